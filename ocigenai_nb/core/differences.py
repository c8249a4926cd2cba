"""What differs between two JSON values, in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

_SHOWN = 40  # characters of a text
_MOST = 3  # differences that are named
_MISSING = object()


def describe_differences(given: Any, kept: Any, *, kept_by: str) -> str:
    """The first differences, such as "temperature is 0.2, the cassette has 0.7".

    `kept_by` names what holds the other value. Empty where there is no difference.
    """
    found = list(islice(_differences("", given, kept, kept_by), _MOST + 1))
    more = "; and more" if len(found) > _MOST else ""
    return "; ".join(found[:_MOST]) + more


def _differences(place: str, given: Any, kept: Any, kept_by: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(kept, dict):
        for name in [*given, *(name for name in kept if name not in given)]:
            inside = f"{place}.{name}" if place else str(name)
            one, other = given.get(name, _MISSING), kept.get(name, _MISSING)
            yield from _differences(inside, one, other, kept_by)
    elif isinstance(given, list) and isinstance(kept, list):
        for index, (one, other) in enumerate(zip(given, kept, strict=False)):
            yield from _differences(f"{place}[{index}]", one, other, kept_by)
        if len(given) != len(kept):
            yield f"{place} has {_count(given)}, {kept_by} has {_count(kept)}"
    elif given != kept:
        yield _describe(place, given, kept, kept_by)


def _describe(place: str, given: Any, kept: Any, kept_by: str) -> str:
    if isinstance(given, str) and isinstance(kept, str) and max(len(given), len(kept)) > 0:
        one, other = _excerpts(given, kept)
        return f"{place} differs: {one} / {other}"
    if given is _MISSING:
        return f"{place} is not sent, {kept_by} has {_show(kept)}"
    return f"{place} is {_show(given)}, {kept_by} has {_show(kept)}"


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """Both texts from a little before where they part."""
    pairs = enumerate(zip(one, other, strict=False))
    parting = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, parting - _SHOWN // 2) if max(len(one), len(other)) > _SHOWN else 0
    return _excerpt(one, start), _excerpt(other, start)


def _excerpt(text: str, start: int) -> str:
    end = start + _SHOWN
    return repr(f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}")


def _show(value: Any) -> str:
    if value is _MISSING:
        return "none"
    if isinstance(value, dict | list):
        return f"an object of {_count(value)}" if isinstance(value, dict) else _count(value)
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _count(value: list[Any] | dict[str, Any]) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"
