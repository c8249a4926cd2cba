"""Secrets that stand beside their name: `password = …`, `"api_key": "…"`, `key_file=…`.

A quoted value of such a name is a secret. One without quotes may be code, which stays: a call, a
type, a name such as `args.password`, a placeholder. `token` alone is too common a word (tokens of
a text, of a page), so its value has to look like a secret, too.

Source of the names: the `oci` SDK's `_log_redaction.py` (2.189), without its public keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]
"""Start, end and kind of a secret."""

_NAMES = {
    r"pass[_-]?phrase": "pass phrase",
    r"pass[_-]?word|passwd|pwd": "password",
    r"security[_-]?token[_-]?file": "token file",
    r"key[_-]?file": "key file",
    r"api[_-]?key|pod[_-]?key": "API key",
    r"private[_-]?key": "private key",
    r"secret[_-]?(?:access[_-]?)?key|secret": "secret",
    r"(?:access|auth|bearer|delegation|id|obo|refresh|security|service[_-]?account|session|subject)"
    r"[_-]?token": "token",
    r"token": "token",
}
_NAME = "|".join(f"(?P<k{i}>{names})" for i, names in enumerate(_NAMES))
_KINDS = dict(enumerate(_NAMES.values()))
_WEAK = len(_NAMES) - 1
_WHOLE_LINE = {"pass phrase", "token file", "key file"}  # of an OCI configuration

_NAMED = re.compile(
    # The letters that names begin with: three times as fast.
    rf"(?=[abdikoprst])(?:{_NAME})\\{{0,4}}[\"'`]?\]?"
    r"(?P<sign>[ \t]{0,8}(?:=>|:=|=(?!=)|:(?![:=/]))[ \t]{0,8})",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"[rbfu]{0,2}(\"\"\"|'''|\\{0,4}[\"'`])", re.IGNORECASE)
_INSIDE = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\.)*+") for quote in ('"', "'", "`")}
_BARE = re.compile(r"(?:[^\s\"'`,;&<>(){}\[\]|\\]|\\(?![nrt\"']))+")
_LINE = re.compile(r"(?:[^\r\n\"'`\\]|\\(?![nrt\"']))+")
_LINE_END = re.compile(r"[ \t]*(?:\\[nr]|[\r\n,;#\"'`}]|$)")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_LINE_START = re.compile(r"(?:^|[\r\n]|\\n)[ \t]*$")
_NAME_ALONE = re.compile(r"[A-Za-z_]+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
# Ten letters and digits in one piece: neither base64-encoded nor 8-character.
_MIXED = re.compile(r"(?=[A-Za-z]*+\d)(?=\d*+[A-Za-z])[A-Za-z0-9]{10}")
_TYPED = re.compile(r"[ \t]*[=|({\[]")  # an annotation, or a call
_PLACEHOLDER = re.compile(
    r"<[^>]*>|\$\{?[\w.]*\}?|%\w+%|\{+[^}]*\}+|\[redacted [^\]]*\]|[*.xX•…-]+"
)
_SECRET_WORD = re.compile(_NAME, re.IGNORECASE)
_CODE_WORDS = {
    "any", "bool", "boolean", "bytes", "false", "float", "int", "integer", "nil", "none", "null",
    "number", "object", "optional", "required", "secretstr", "self", "str", "string", "text",
    "true", "undefined",
}  # fmt: skip


def find_named(text: str) -> Iterator[Span]:
    """The values that stand beside the name of a secret."""
    at = 0
    while (named := _NAMED.search(text, at)) is not None:
        at = named.end()
        number = _number(named)
        span = _find_value(text, named, _KINDS[number])
        if span is None or (number == _WEAK and not _looks_random(text[slice(*span)])):
            continue
        yield *span, _KINDS[number]
        at = span[1]


def secret_kind(name: str, value: str) -> str | None:
    """The kind of secret that the whole value of a name is, as in `db_password`; None for none."""
    ends = [found for found in _SECRET_WORD.finditer(name) if found.end() == len(name)]
    if not ends or _stands_for_one(value):
        return None
    number = _number(ends[0])
    return None if number == _WEAK and not _looks_random(value) else _KINDS[number]


def _looks_random(value: str) -> bool:
    """Whether a value is long, without spaces, and holds a digit."""
    return len(value) >= 16 and " " not in value and re.search(r"\d", value) is not None


def _number(named: re.Match[str]) -> int:
    return next(number for number in _KINDS if named[f"k{number}"] is not None)


def _find_value(text: str, named: re.Match[str], kind: str) -> tuple[int, int] | None:
    at = named.end()
    quoted = _QUOTE.match(text, at)
    if quoted is not None:
        end = _find_close(text, quoted.end(), quoted[1])
        return None if _stands_for_one(text[quoted.end() : end]) else (quoted.end(), end)
    bare = _BARE.match(text, at)
    if bare is None or _is_code(text, bare):
        return None
    before = text[max(0, named.start() - 40) : named.start()]
    if kind in _WHOLE_LINE and _LINE_START.search(before):
        line = _LINE.match(text, at)
        return at, line.end() if line else bare.end()
    if len(bare[0]) < 3 or (named["sign"] != "=" and not _is_lone(text, bare)):
        return None
    return at, bare.end()


def _find_close(text: str, at: int, quote: str) -> int:
    """Where a quoted value ends: at its quote, or with its line."""
    if len(quote) > 1:
        end = text.find(quote, at)
        return len(text) if end < 0 else end
    inside = _INSIDE[quote].match(text, at)
    return inside.end() if inside else at


def _is_lone(text: str, bare: re.Match[str]) -> bool:
    """Whether a value is alone on the rest of its line, and more than a word or a name.

    Within a line it has to look like nothing but a secret.
    """
    if _LINE_END.match(text, bare.end()) is not None:
        return _NAME_ALONE.fullmatch(bare[0]) is None
    return _MIXED.search(bare[0]) is not None and _TYPED.match(text, bare.end()) is None


def _is_code(text: str, bare: re.Match[str]) -> bool:
    """Whether a value is a placeholder, a call, an item, or another thing of such a name."""
    value = bare[0].rstrip(".,;:")
    if _stands_for_one(value):
        return True
    if _DOTTED.fullmatch(value) is None:
        return False
    named = _SECRET_WORD.search(value) is not None and not value[-1].isdigit()
    called = text[bare.end() : bare.end() + 1] in {"(", "["}
    return named or called or value.startswith(("self.", "cls."))


def _stands_for_one(value: str) -> bool:
    """Whether a value only stands for a secret, or for its type."""
    if not value or value.lower() in _CODE_WORDS:
        return True
    return bool(_PLACEHOLDER.fullmatch(value) or _SECRET_WORD.fullmatch(value))
