"""The tests of ocigenai_nb, and the tools that run them."""
