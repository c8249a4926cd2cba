"""A wish that the service refuses: which it is, and the request without it.

The service's words (observed in public, 2026, some by the emulator's authors alone): OpenAI's
"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'
instead.", with the name also in `param`; xAI's "Argument not supported on this model: stop"; OCI's
"Field 'user' is not supported". On the native API the same come with the names that it has there.

Rule: only what a person may wish besides the answer itself is ever taken out; messages, tools and
the model never are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .service_errors import read_refusal

_WISHES = frozenset({
    "max_tokens", "max_completion_tokens", "max_output_tokens", "temperature", "top_p", "top_k",
    "seed", "stop", "stop_sequences", "frequency_penalty", "presence_penalty", "reasoning",
    "reasoning_effort", "verbosity", "stream_options", "include",
})  # fmt: skip
_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
_NAMED = re.compile(
    r"(?:Unsupported (?:parameter|value)|Unknown parameter): '([\w.]{1,40})'"
    r"|Argument not supported on this model: (\w{1,40})"
    r"|Field '([\w.]{1,40})' is not supported"
)
_INSTEAD = re.compile(r"Use '(\w{1,40})' instead")
_VALUE = re.compile(r"Unsupported value\b")
_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z]")


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a wish: `name` as the body has it, a dot before a part of it.

    `to` is the name under which it is taken; None leaves it out. `lasting` is whether the wish is
    refused whatever its value.
    """

    name: str
    to: str | None = None
    lasting: bool = True


def find_remedy(body: Mapping[str, Any], refusal: bytes) -> Remedy | None:
    """What a 400 asks to change in the `body` that was sent; None where it names no wish of it."""
    code, param, message = read_refusal(refusal)
    found = _NAMED.search(message)
    named = [name for name in found.groups() if name] if found else []
    if param and (code in _CODES or "not supported" in message):
        named.append(param)
    wishes = _wishes(body)
    for name in named:
        if (own := _find(wishes, name)) is None:
            continue
        instead = _INSTEAD.search(message)
        to = _style(instead[1], own) if instead and _snake(instead[1]) in _WISHES else None
        return Remedy(own, None if to in wishes else to, not _VALUE.search(message))
    return None


def apply_remedy(body: dict[str, Any], remedy: Remedy) -> bool:
    """Change `body` so; whether there was anything to change."""
    wishes = _wishes(body)
    name, _, part = remedy.name.partition(".")
    if name not in wishes:
        return False
    if not part:
        value = wishes.pop(name)
        if remedy.to is not None:
            wishes[remedy.to] = value
        return True
    rest = {key: value for key, value in wishes[name].items() if key != part}
    changed = len(rest) < len(wishes[name])
    wishes[name] = rest
    if not rest:
        del wishes[name]
    return changed


def _wishes(body: Mapping[str, Any]) -> dict[str, Any]:
    """Where the wishes are: on the native API within the chat request."""
    wishes: dict[str, Any] = body.get("chatRequest", body)
    return wishes


def _find(wishes: Mapping[str, Any], name: str) -> str | None:
    """The wish of that name, however it is spelled there."""
    whole, _, part = name.partition(".")
    for own, value in wishes.items():
        if _snake(own) == _snake(whole) and _snake(own) in _WISHES:
            inner = isinstance(value, Mapping) and part in value
            return f"{own}.{part}" if inner else own
    return None


def _snake(name: str) -> str:
    return _HUMP.sub(lambda hump: f"_{hump[0]}", name).lower()


def _style(name: str, like: str) -> str:
    """`name` as the wire that says `like` would spell it."""
    if _snake(like) == like:
        return _snake(name)
    first, *rest = _snake(name).split("_")
    return first + "".join(word.capitalize() for word in rest)
