"""The parts of an item's content, checked, and with all that a response states of them.

Rules: a text has its text; an image its URL or the id of a file, and a detail, "auto" where it is
left out; a file its data, its URL or its id; what the assistant said its annotations.
Source: OpenAI's reference, the Open Responses specification, OpenAI's published error texts.

Known deviations: the words for an image or a file that is none were not observed; annotations and
log probabilities that come back are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice

HEARD: Final = ("input_text", "input_image", "input_file")
"""What the model hears."""
SPOKEN: Final = ("output_text", "refusal")
"""What it says."""
TEXTS: Final[Mapping[str, str]] = {
    "input_text": "text",
    "output_text": "text",
    "refusal": "refusal",
    "summary_text": "text",
    "reasoning_text": "text",
}
"""Where the text of a part is, by its type."""

_SOURCES: Final = {
    "input_image": ("image_url", "file_id"),
    "input_file": ("file_data", "file_url", "file_id"),
}
_STRINGS: Final = (*_SOURCES["input_image"], *_SOURCES["input_file"], "filename")
_LISTS: Final = ("annotations", "logprobs")
_DETAILS: Final = ("low", "high", "auto", "original")


def read_parts(parts: list[Any], where: str, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return ``parts``, each of a type that is ``allowed``, as they are kept.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    return [_read_part(part, f"{where}[{index}]", allowed) for index, part in enumerate(parts)]


def _read_part(part: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    check(part, Rule("an object"), param=where)
    kind = part.get("type")
    if kind not in allowed:
        refuse_choice(kind, allowed, param=f"{where}.type")
    if kind in TEXTS:
        check(part.get(TEXTS[kind]), Rule("a string"), param=f"{where}.{TEXTS[kind]}")
    given = {name: value for name, value in part.items() if value is not None}
    if kind == "output_text":
        return _read_spoken(given, where)
    return _read_media(given, where) if kind in _SOURCES else given


def _read_spoken(given: dict[str, Any], where: str) -> dict[str, Any]:
    for name in _LISTS:
        check(given.setdefault(name, []), Rule("an array"), param=f"{where}.{name}")
    return given


def _read_media(given: dict[str, Any], where: str) -> dict[str, Any]:
    for name in _STRINGS:
        if name in given:
            check(given[name], Rule("a string"), param=f"{where}.{name}")
    sources = _SOURCES[given["type"]]
    if not any(name in given for name in sources):
        listed = ", ".join(f"'{name}'" for name in sources)
        refuse(
            f"Missing required parameter: one of {listed} must be provided for '{where}'.",
            param=where,
            code="missing_required_parameter",
        )
    if given["type"] == "input_file":
        return given
    detail = given.get("detail", "auto")
    if detail not in _DETAILS:
        refuse_choice(detail, _DETAILS, param=f"{where}.detail")
    return {"image_url": None, **given, "detail": detail}
