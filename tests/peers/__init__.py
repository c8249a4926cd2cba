"""Other clients of the service and other chats in a notebook: run, and measured beside ours.

`make peers` and `make bench-peers`.
"""
