"""Benchmarks, run by `make bench`: what it costs, as ratios measured in one run."""
