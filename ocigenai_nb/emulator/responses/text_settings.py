"""The field ``text`` of a request: the format of what the model says, and how wordy it is.

Source: OpenAI's reference and published error texts. Known deviation: how wordy an answer is to be
changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_schema,
    refuse,
    refuse_choice,
    refuse_missing,
)

_FORMATS: Final = ("text", "json_object", "json_schema")
_VERBOSITIES: Final = ("low", "medium", "high")
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_KINDS: Final = {
    "name": Rule("a string"),
    "description": Rule("a string"),
    "schema": Rule("an object"),
    "strict": Rule("a boolean"),
}


def read_text(text: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``text`` as a response states it.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    verbosity = text.get("verbosity") or "medium"
    if verbosity not in _VERBOSITIES:
        refuse_choice(verbosity, _VERBOSITIES, param="text.verbosity")
    return {"format": _read_format(text), "verbosity": verbosity}


def _read_format(text: Mapping[str, Any]) -> dict[str, Any]:
    wanted = text.get("format") or {"type": "text"}
    check(wanted, Rule("an object"), param="text.format")
    kind = wanted.get("type")
    if kind not in _FORMATS:
        refuse_choice(kind, _FORMATS, param="text.format.type")
    if kind != "json_schema":
        return {"type": kind}
    given = {name: value for name, value in wanted.items() if value is not None}
    _check_schema_format(given)
    return {"description": None, "strict": False, **given}


def _check_schema_format(given: Mapping[str, Any]) -> None:
    for name in ("name", "schema"):
        if name not in given:
            refuse_missing(f"text.format.{name}")
    for name, rule in _KINDS.items():
        if name in given:
            check(given[name], rule, param=f"text.format.{name}")
    if not _NAME.fullmatch(given["name"]):
        refuse(
            "Invalid 'text.format.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'.",
            param="text.format.name",
        )
    check_schema(
        given["schema"], of=f"response_format '{given['name']}'", param="text.format.schema"
    )
