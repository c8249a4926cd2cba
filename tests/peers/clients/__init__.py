"""One script for each client of `tests.peers.table`, run in an environment of its own."""
