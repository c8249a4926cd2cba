"""What the same streams cost through other clients of OCI Generative AI: `make bench-peers`."""
