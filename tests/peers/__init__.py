"""Other clients of the service and other chats in a notebook, measured: `make bench-peers`."""
