"""Faults as other programs order them: in a header of the request to be struck, or as JSON.

    x-ocigenai-fault: status; status=503; times=2; retry_after=1

A header has the fault's name first, then its settings; of ``before_headers`` the name is enough.
Without ``times`` every request with the header is struck; with it, the first ones that have the
very same text, so that an SDK which sends its default headers with each retry is answered in the
end. ``id=...`` tells two such texts apart. As JSON it is one object with ``name`` and the same
settings, where ``times`` is 1 if it isn't given and ``null`` for always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ocigenai_nb.emulator.fault_plans import FaultPlan

HEADER: Final = "x-ocigenai-fault"
"""The header of a request that is to be struck."""

_ID: Final = "id"
_WHOLE: Final = ("after_events", "size", "status", "times")
_NUMBERS: Final = ("retry_after_date", "retry_after_ms", "seconds")
_TEXTS: Final = (
    "code", "inside", "location", "message", "model", "param", "path", "retry_after",
)  # fmt: skip
_FLAGS: Final = ("before_headers",)
_NULLS: Final = (
    "times", "code", "inside", "message", "model", "path", "retry_after", "retry_after_date",
    "retry_after_ms",
)  # fmt: skip
_SETTINGS: Final = (*_WHOLE, *_NUMBERS, *_TEXTS, *_FLAGS)


def read_header(text: str) -> FaultPlan:
    """Return what the header asks for.

    Raises:
        ValueError: If it is no fault; the words say what to write instead.
    """
    name, *settings = [part.strip() for part in text.split(";")]
    given: dict[str, Any] = {"times": None}
    for setting in filter(None, settings):
        key, equals, value = setting.partition("=")
        key, value = key.strip(), value.strip()
        if key == _ID and value:
            continue
        _check_known(key)
        given[key] = _read_text(key, value if equals else "true")
    return _make({"name": name, **given})


def read_object(value: object) -> FaultPlan:
    """Return what a JSON object asks for.

    Raises:
        ValueError: If it is no fault; the words say what to write instead.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise ValueError(  # noqa: TRY004 - what a program sent, not how it was called
            'A fault is an object with a name, such as {"name": "cut"}.'
        )
    for key in value:
        if key != "name":
            _check_known(str(key))
            _check_type(key, value[key])
    return _make(value)


def _make(given: Mapping[str, Any]) -> FaultPlan:
    return FaultPlan(**given)


def _check_known(key: str) -> None:
    if key not in _SETTINGS:
        known = ", ".join(sorted(_SETTINGS))
        raise ValueError(f"A fault has no setting {key!r}: use one of {known}.")


def _read_text(key: str, text: str) -> Any:
    reader: Callable[[str], Any] = str
    if key in _WHOLE:
        reader = int
    elif key in _NUMBERS:
        reader = float
    elif key in _FLAGS:
        reader = {"true": True, "false": False}.__getitem__
    try:
        return reader(text)
    except (ValueError, KeyError):
        raise ValueError(f"A fault's {key} can't be {text!r}.") from None


def _check_type(key: str, value: object) -> None:
    if value is None and key in _NULLS:
        return
    kinds: tuple[type, ...] = (str,)
    if key in _WHOLE:
        kinds = (int,)
    elif key in _NUMBERS or key == "retry_after":
        kinds = (int, float) if key in _NUMBERS else (int, float, str)
    elif key in _FLAGS:
        kinds = (bool,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ValueError(f"A fault's {key} can't be {value!r}.")
