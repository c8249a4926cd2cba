"""What is true: pure values and functions, with no files, sockets, clocks or environment."""
