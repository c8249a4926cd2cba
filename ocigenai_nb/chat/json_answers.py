"""The JSON value of an answer: models wrap it in a code fence, in prose, or in both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import AnswerFormatError

from .code_blocks import find_code_blocks

_SPACE = re.compile(r"\s*")
_OPENER = re.compile(r"[\[{]")
# Possessive, and with its end left open, so that hostile text costs no more than its length.
_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\\n]|\\.)*+"?')
_CLOSERS = {"}": "{", "]": "["}
_JSON_WORDS = frozenset({"json", "jsonl", "jsonc", "json5", "ndjson"})
_ASK_AGAIN = "Ask for JSON alone, e.g. with response_format=; what came is in reply.text."

_MOST_FAILURES = 10_000  # Python counts the lines before each, so they cost more than their length

Decode: TypeAlias = Callable[[str, int], tuple[Any, int]]

# Models leave line breaks in their strings.
_decode: Decode = json.JSONDecoder(strict=False).raw_decode
_decode_exactly: Decode = json.JSONDecoder(strict=False, parse_float=Decimal).raw_decode


@dataclass(frozen=True, slots=True)
class Stop:
    """Where JSON that begins at `start` of `text` stops making sense, and why.

    `line` is the answer's line with which `text` begins, `indent` what was taken off its lines.
    """

    text: str
    start: int
    end: int
    why: str
    line: int = 1
    indent: int = 0

    @property
    def length(self) -> int:
        """How many characters of it were read."""
        return self.end - self.start

    @property
    def begun(self) -> bool:
        """Whether more than a bracket was read, as of `[see below]` it is not."""
        return bool(self.text[self.start + 1 : self.end].strip())

    def explain(self, *, cut: str) -> AnswerFormatError:
        """The error that says it. `cut` is the finish reason of an answer that isn't whole."""
        row = self.line + self.text.count("\n", 0, self.end)
        column = self.indent + self.end - self.text.rfind("\n", 0, self.end)
        place = f"line {row}, column {column}"
        if cut:
            return say_cut(cut, f"inside its JSON, at {place}")
        return AnswerFormatError(
            f"The answer's JSON stops making sense at {place}: {self.why}.", remedy=_ASK_AGAIN
        )


@dataclass(frozen=True, slots=True)
class FoundJSON:
    """What looking for JSON brought: `values`, of which there is one or none; or where it stops."""

    values: tuple[Any, ...] = ()
    stop: Stop | None = None


def look_for_json(text: str, *, exact: bool = False) -> FoundJSON:
    """The JSON value of an answer: all of it, or in a code block, or the longest in its prose.

    Objects or arrays one after the other and nothing else (JSON Lines) make a list of them. Where
    it has to be `exact`, fractions are Decimal instead of float.
    """
    decode = _decode_exactly if exact else _decode
    whole = _read_all(text, decode)
    if whole.values:
        return whole
    blocks = [block for block in find_code_blocks(text) if block.language in {"", *_JSON_WORDS}]
    for block in sorted(blocks, key=lambda block: not block.language):
        found = _read_all(block.text, decode)
        if found.values:
            return found
        if found.stop is not None and block.language:
            return FoundJSON(stop=replace(found.stop, line=block.line, indent=block.indent))
    found = _search(text, decode)
    if not found.values and text.lstrip()[:1] in {"{", "["}:
        return whole
    return found


def find_json(text: str, *, cut: str = "", exact: bool = False) -> Any:
    """What `look_for_json` finds. `cut` is the finish reason of an answer that isn't whole.

    Raises AnswerFormatError, which says where the JSON stops.
    """
    found = look_for_json(text, exact=exact)
    if found.stop is not None:
        raise found.stop.explain(cut=cut)
    if found.values:
        return found.values[0]
    if cut:
        raise say_cut(cut, "before any JSON")
    raise AnswerFormatError("The answer holds no JSON.", remedy=_ASK_AGAIN)


def say_cut(reason: str, where: str) -> AnswerFormatError:
    """The error for an answer that ended for `reason` inside or before something: `where`."""
    if reason == "length":
        return AnswerFormatError(
            f"The answer ended at its token limit {where}.",
            remedy="Allow more tokens (max_tokens), or ask for less.",
        )
    return AnswerFormatError(
        f"The answer broke off ({reason}) {where}.",
        remedy="Continue it or ask again; what came is in reply.text.",
    )


def _read_all(text: str, decode: Decode) -> FoundJSON:
    """The value that is all of `text`, or the objects and arrays that are; or where it stops."""
    values: list[Any] = []
    at = _skip_space(text, 0)
    while at < len(text):
        value, end, stop = _read(text, at, decode)
        if stop is not None:
            return FoundJSON(stop=stop)
        values.append(value)
        at = _skip_space(text, end)
    if len(values) > 1:
        lines = all(isinstance(value, dict | list) for value in values)
        return FoundJSON((values,)) if lines else FoundJSON()
    return FoundJSON(tuple(values))


def _search(text: str, decode: Decode) -> FoundJSON:
    """The longest object or array within prose; or where one that went on for longer stops.

    Nothing inside a broken value is taken for the value, so what fails is passed as a whole.
    """
    best: tuple[Any, ...] = ()
    span, worst, at, failures = 0, None, 0, 0
    ends = _match_brackets(text)
    while failures < _MOST_FAILURES and (opener := _OPENER.search(text, at)):
        start = opener.start()
        value, at, stop = _read(text, start, decode)
        if stop is not None:
            failures += 1
            at = ends.get(start, len(text) if stop.begun else start + 1)
            if stop.begun and (worst is None or stop.length > worst.length):
                worst = stop
        elif at - start > span:
            best, span = (value,), at - start
    broken = worst is not None and worst.length > span
    return FoundJSON(stop=worst) if broken else FoundJSON(best)


def _match_brackets(text: str) -> dict[int, int]:
    """Where each bracket opens, and where what it opens ends; those in strings do not count."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for found in _BRACKET_OR_STRING.finditer(text):
        if found[0] in {"[", "{"}:
            opened.append(found.start())
        elif opened and text[opened[-1]] == _CLOSERS.get(found[0]):
            ends[opened.pop()] = found.end()
    return ends


def _read(text: str, start: int, decode: Decode) -> tuple[Any, int, Stop | None]:
    """The value at `start` and its end; or where it stops."""
    try:
        value, end = decode(text, start)
        return value, end, None
    except json.JSONDecodeError as error:
        # Of a string without an end Python names the beginning.
        unended = error.msg.startswith("Unterminated string")
        why = "a string has no end" if unended else error.msg[:1].lower() + error.msg[1:]
        return None, start, Stop(text, start, len(text) if unended else error.pos, why)
    except RecursionError:
        return None, start, Stop(text, start, len(text), "it is nested too deeply")
    except ValueError:  # Python reads no number of more than 4,300 digits
        return None, start, Stop(text, start, start, "a number in it is too long")


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
