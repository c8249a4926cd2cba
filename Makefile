# Works from a clean clone: needs make, git and Python 3.11+. `make help` lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help lab test check widgets pictures docs model peers bench bench-peers clean environment

# The folder of the environment, the Python it is made with (by default the newest one found),
# and what to pass on to JupyterLab (e.g. LAB_ARGS="--no-browser --port 8888").
VENV ?= .venv
PYTHON ?=
LAB_ARGS ?=

# Another environment's variables would send the packages there, or bring its modules here.
unexport CONDA_PREFIX PYTHONHOME PYTHONPATH VIRTUAL_ENV

CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
PY := "$(VENV)/bin/python"

help: ## Say what the commands are
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

lab: environment ## Open JupyterLab on a copy of the notebooks (flags: LAB_ARGS=...)
	PATH="$$(cd "$(VENV)/bin" && pwd):$$PATH" $(PY) -m ocigenai_nb lab $(LAB_ARGS)

test: environment ## Bring a browser and run every test, also against openai 2
	@$(PY) -m tests.tools.suite

check: environment ## Lint, formatting, strict types and the rules between layers
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m pytest -q tests/test_layers.py

widgets: environment ## Bundle the widgets' JavaScript into ocigenai_nb/notebook/static
	$(PY) -m tests.tools.frontend build

docs: environment ## Write the API pages, from the docstrings, to build/docs
	$(PY) -m tests.tools.docs

pictures: environment ## Make the README's pictures again, from JupyterLab in a browser
	$(PY) -m tests.tools.pictures

model: environment ## Fetch a small model (200 MB) and ask it through the emulator
	$(PY) -m tests.tools.local_model

peers: environment ## Run other people's clients against the emulator and print what each can do
	$(PY) -m tests.peers

bench: environment ## Measure, as ratios in one run
	$(PY) -m tests.bench

bench-peers: environment ## Measure other clients and other chats in notebooks beside ours
	$(PY) -m tests.peers.bench

clean: ## Remove the environment and every cache
	rm -rf "$(VENV)" build ocigenai_nb/notebook/js/node_modules .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

environment:
	@for python in "$(PYTHON)" $(CANDIDATES); do \
		if "$$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then exec "$$python" -m tests.tools.environment "$(VENV)"; fi; \
	done; \
	echo "Python 3.11 or newer is needed: install it, or set PYTHON to its path."; exit 1
