"""Tab completion of the magic: options and their values, verbs and their words, `{{name}}`.

What can't be found out is not offered.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult

from .arguments import NO_TOOLS, LineParser, make_parser
from .settings import FORMATS
from .verbs import ALL, EXPORTS, VERBS, make_verb_parser

Source: TypeAlias = Callable[[], Iterable[str]]

_MOST_FILES = 200
_LINE = re.compile(r"\s*(?:[\w., ]+=\s*)?(?P<magic>%%?)ocichat(?P<rest>\s.*)", re.DOTALL)
_OPEN = re.compile(r"(?<!\{)\{\{[ \t]*(?P<name>\w*)$")  # a placeholder that is being written
_BODY = re.compile(r"\s*%%ocichat\b")


def _nothing() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the names come from; each is asked anew whenever something is completed.

    They should answer at once, from what is in memory or a small file. One that raises counts as
    having nothing.
    """

    models: Source = _nothing
    aliases: Source = _nothing
    profiles: Source = _nothing
    threads: Source = _nothing
    variables: Source = _nothing
    functions: Source = _nothing
    types: Source = _nothing


@dataclass(frozen=True, slots=True)
class Fragment:
    """The word at the cursor: as it is `written`, as it is `meant`, and the words before it."""

    written: str
    meant: str
    before: tuple[str, ...]


def list_variables(namespace: Mapping[str, object], hidden: Iterable[str] = ()) -> list[str]:
    """The variables that a person made and that may be filled in, and `_oci`.

    `hidden` are the shell's own (`shell.user_ns_hidden`).
    """
    from ocigenai_nb.core.interpolation import is_fillable

    own = set(hidden)
    return [
        name
        for name, value in list(namespace.items())
        if name == "_oci" or (name[:1] != "_" and name not in own and is_fillable(value))
    ]


def complete(text: str, sources: Sources) -> tuple[str, list[str]]:
    """What may stand at the end of `text`, the cell up to the cursor, and what it replaces.

    The names that begin as what is written come first; where there are none, those that hold it.
    """
    line = text.rpartition("\n")[2]
    in_body = "\n" in text.lstrip() and _BODY.match(text) is not None
    command = None if in_body else _LINE.fullmatch(line)
    if (in_body or command) and (name := _OPEN.search(line)):
        return name["name"], _select(name["name"], _ask(sources.variables))
    if command is None:
        return "", []
    fragment = split(command["rest"])
    find = _complete_cell if command["magic"] == "%%" else _complete_command
    return find(fragment, sources)


def split(text: str) -> Fragment:
    """The words of a line that is being written, as a POSIX shell reads them."""
    start, quote, escaped = 0, "", False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character.isspace():
            start = place + 1
    written = text[start:]
    closed = written[:-1] if escaped else f"{written}{quote}"
    return Fragment(written, "".join(shlex.split(closed)), tuple(shlex.split(text[:start])))


def match(context: CompletionContext, sources: Sources) -> SimpleMatcherResult:
    """What IPython's completer is told."""
    lines = context.full_text.split("\n")
    written = [*lines[: context.cursor_line], context.text_until_cursor]
    fragment, found = complete("\n".join(written), sources)
    return {
        "completions": [SimpleCompletion(text=text, type="magic") for text in found],
        "matched_fragment": fragment,
        "suppress": bool(found),
        "ordered": True,
    }


def _complete_cell(fragment: Fragment, sources: Sources) -> tuple[str, list[str]]:
    from ocigenai_nb.core.routing import TRANSPORTS

    values = {
        "model": lambda: [*_ask(sources.aliases), *_ask(sources.models)],
        "models": lambda: [*_ask(sources.aliases), *_ask(sources.models)],
        "profile": sources.profiles,
        "transport": lambda: TRANSPORTS,
        "format": lambda: FORMATS,
        "thread": sources.threads,
        "out": sources.variables,
        "tools": lambda: [*_ask(sources.functions), NO_TOOLS],
        "schema": sources.types,
    }
    files = {"attach", "record", "replay"}
    return _complete(fragment, make_parser(), values, files, [values["model"]])


def _complete_command(fragment: Fragment, sources: Sources) -> tuple[str, list[str]]:
    if not fragment.before:
        return fragment.written, _select(fragment.meant, VERBS)
    verb = VERBS.get(fragment.before[0])
    if verb is None:
        return "", []
    kinds: dict[str, Source] = {
        "model": sources.models,
        "alias": sources.aliases,
        "thread": sources.threads,
        "all": lambda: [ALL],
    }
    values: dict[str, Source] = {
        "format": lambda: EXPORTS,
        "profile": sources.profiles,
        "prices": lambda: [f"{model}=" for model in _ask(sources.models)],
    }
    if verb.name == "history":
        values["out"] = sources.variables
    rest = Fragment(fragment.written, fragment.meant, fragment.before[1:])
    files = {"out"} if verb.name == "export" else set()
    return _complete(rest, make_verb_parser(verb), values, files, [kinds[k] for k in verb.kinds])


def _complete(
    fragment: Fragment,
    parser: LineParser,
    values: Mapping[str, Source],
    files: set[str],
    words: list[Source],
) -> tuple[str, list[str]]:
    """Complete an option, the value of one, or the word that has its turn."""
    taking = {name: each.dest for name, each in parser.options.items() if each.nargs != 0}
    option, sign, value = fragment.meant.partition("=")
    if sign and option in taking:
        written = fragment.written.partition("=")[2]
        return written, _find_values(taking[option], value, values, files)
    if fragment.before and (before := fragment.before[-1]) in taking and before != "--fork":
        return fragment.written, _find_values(taking[before], fragment.meant, values, files)
    place = _count_words(fragment.before, taking)
    if fragment.meant.startswith("-") or (not fragment.meant and place >= len(words)):
        return fragment.written, _select(fragment.meant, sorted(parser.options))
    source = words[place] if place < len(words) else _nothing
    return fragment.written, _quote(_select(fragment.meant, _ask(source)))


def _find_values(dest: str, begun: str, values: Mapping[str, Source], files: set[str]) -> list[str]:
    if dest in files:
        return _quote(list_files(begun))
    if dest == "tools":  # several, with commas between
        before, comma, last = begun.rpartition(",")
        found = _select(last, _ask(values.get(dest, _nothing)))
        return [f"{before}{comma}{name}" for name in found if name not in before.split(",")]
    return _quote(_select(begun, _ask(values.get(dest, _nothing))))


def _count_words(words: Iterable[str], taking: Mapping[str, Any]) -> int:
    """How many of the words are neither an option nor the value of one."""
    count, value = 0, False
    for word in words:
        if not value and not word.startswith("-"):
            count += 1
        value = not value and word in taking
    return count


def list_files(begun: str) -> list[str]:
    """Files and folders whose path begins so; `~` is the home folder, hidden ones have to be begun.

    Folders end with a slash.
    """
    folder, name = os.path.split(begun)
    lead = begun[: len(begun) - len(name)]
    found: list[str] = []
    with suppress(OSError, RuntimeError), os.scandir(Path(folder or ".").expanduser()) as entries:
        found += (
            f"{lead}{entry.name}{'/' if entry.is_dir() else ''}"
            for entry in entries
            if entry.name.startswith(name) and (name or not entry.name.startswith("."))
        )
    return sorted(found)[:_MOST_FILES]


def _select(begun: str, names: Iterable[str]) -> list[str]:
    unique = list(dict.fromkeys(names))
    low = begun.lower()
    first = [name for name in unique if name.lower().startswith(low)]
    return first or [name for name in unique if low in name.lower()]


def _quote(names: Iterable[str]) -> list[str]:
    """As they have to be written on the line; a `~` stays bare, since nobody expands it there."""
    return [
        name if re.fullmatch(r"[\w@%+=:,./~{}-]+", name) else shlex.quote(name) for name in names
    ]


def _ask(source: Source) -> list[str]:
    with suppress(Exception):  # a broken configuration is said where it is used
        return list(source())
    return []
