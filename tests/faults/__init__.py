"""The fault table, row by row: what goes wrong on the wire and in transport, and what is left.

Each test has the number of its row in its name, and is made once for every transport that the row
applies to.
"""
