"""The rules between the layers: they hold, and each would break on a planted violation.

The contracts are in pyproject.toml, checked by import-linter. What it can't see (which parts of
the standard library do I/O) is checked here on the syntax trees of `core`.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ocigenai_nb"
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"

# The modules that core may import: they only compute.
PURE = {
    "__future__", "abc", "base64", "bisect", "codecs", "collections", "collections.abc",
    "configparser", "copy", "cryptography", "dataclasses", "datetime", "decimal", "difflib",
    "email.utils", "enum", "fnmatch", "fractions", "functools", "hashlib", "heapq", "hmac", "html",
    "http", "inspect", "ipaddress", "itertools", "json", "keyword", "math", "operator", "re",
    "string", "textwrap", "types", "typing", "unicodedata", "urllib.parse",
    "ocigenai_nb.core", "ocigenai_nb.model_facts",
}  # fmt: skip

# What such modules (and no module at all) offer that is I/O, a clock or chance all the same.
IMPURE_CALLS = {"open", "print", "input", "breakpoint", "eval", "exec", "__import__"}
IMPURE_METHODS = {"now", "utcnow", "today", "localtime", "read_text", "read_bytes", "make_msgid"}

VIOLATIONS = {
    "Imports only point down": ("transports", "from ocigenai_nb.chat import connection"),
    "core does no I/O": ("core", "import socket"),
    "The emulator shares nothing but model facts": ("emulator", "from ocigenai_nb.core import sse"),
    "Only chat.connecting reaches the emulator": ("chat", "from ocigenai_nb import emulator"),
    "Only notebook knows Jupyter": ("transports", "import ipywidgets"),
    "notebook holds no HTTP": ("notebook", "import openai"),
}


def lint(folder: Path) -> dict[str, str]:
    """Check the contracts of the checkout in `folder`; each one's name with KEPT or BROKEN."""
    command = [sys.executable, "-c", LINT, "--no-cache"]
    wide = os.environ | {"COLUMNS": "200"}  # so that each contract is one line
    done = subprocess.run(
        command, check=False, cwd=folder, env=wide, capture_output=True, text=True
    )
    found = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def test_the_contracts_hold() -> None:
    assert lint(ROOT) == dict.fromkeys(VIOLATIONS, "KEPT")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("contract", "violation"), VIOLATIONS.items())
def test_a_planted_violation_breaks_its_contract_and_no_other(
    copied: Path, contract: str, violation: tuple[str, str]
) -> None:
    layer, statement = violation
    (copied / PACKAGE.name / layer / "planted.py").write_text(f"{statement}\n")
    assert lint(copied) == dict.fromkeys(VIOLATIONS, "KEPT") | {contract: "BROKEN"}


def find_impurities(source: str, package: str = "ocigenai_nb.core") -> Iterator[str]:
    """What the source of a module in `package` imports or calls that core may not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if not is_pure(alias.name))
        elif isinstance(node, ast.ImportFrom):
            name = resolve_name("." * node.level + (node.module or ""), package)
            if not is_pure(name):  # then what is imported from it may be a module that is
                modules = (f"{name}.{alias.name}" for alias in node.names)
                yield from (module for module in modules if not is_pure(module))
        elif isinstance(node, ast.Call):
            yield from find_impure_call(node.func)


def is_pure(module: str) -> bool:
    """Whether core may import this module."""
    packages = ("cryptography.", "ocigenai_nb.core.", "ocigenai_nb.model_facts.")
    return module in PURE or module.startswith(packages)


def find_impure_call(function: ast.expr) -> Iterator[str]:
    """The function's name, if calling it is I/O, a clock or chance."""
    if isinstance(function, ast.Name) and function.id in IMPURE_CALLS:
        yield function.id
    if isinstance(function, ast.Attribute) and function.attr in IMPURE_METHODS:
        yield function.attr


def test_core_imports_and_calls_only_what_computes() -> None:
    files = (PACKAGE / "core").glob("*.py")
    found = [(file.name, what) for file in files for what in find_impurities(file.read_text())]
    assert found == []


def test_the_model_facts_import_and_call_only_what_computes() -> None:
    source = (PACKAGE / "model_facts.py").read_text()
    assert list(find_impurities(source, "ocigenai_nb")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import os.path",
        "from os import environ",
        "import urllib.request",
        "from urllib import request",
        "import http.client",
        "from pathlib import Path",
        "import random",
        "from ocigenai_nb import chat",
        "from .. import chat",
        "open('x')",
        "datetime.now(UTC)",
        "import asyncio",
        "def f(): import time",
    ],
)
def test_what_does_io_is_found_in_core(statement: str) -> None:
    assert list(find_impurities(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "from urllib.parse import quote",
        "from urllib import parse",
        "from collections.abc import Iterator",
        "from cryptography.hazmat.primitives import hashes",
        "from ocigenai_nb.core.errors import OCIError",
        "from . import errors",
        "from .errors import OCIError",
        "from .. import model_facts",
    ],
)
def test_what_only_computes_is_allowed_in_core(statement: str) -> None:
    assert not list(find_impurities(statement))
