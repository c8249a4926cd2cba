"""Agents: a model that works on a prompt with tools, hooks, memory and checkpoints."""
