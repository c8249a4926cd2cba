"""What stands behind `%ocichat`: a verb and its words, read and checked.

The verbs, their help and what can be completed after them are one table.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from IPython.core.error import UsageError

from ocigenai_nb.core.suggestions import suggest

from .arguments import (
    EXAMPLES,
    NOTES,
    LineParser,
    make_parser,
    read_choice,
    read_label,
    read_name,
    read_turn,
    split_line,
)

MAGIC: Final = "%ocichat"
EXPORTS: Final = ("python", "curl", "markdown", "json", "notebook")
ALL: Final = "all"
"""The word with which `export` takes every turn."""

Kind: TypeAlias = Literal["model", "alias", "profile", "thread", "variable", "file", "all", "verb"]
"""What a word stands for, so that it can be completed."""


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with what was said after it; None means "not said".

    `words` are the names (of models, threads, aliases) or the words to search for. `turn` is a
    turn's number, a response id, or ALL. `format` is an export's. `out` is the variable (of
    `history`) or the file (of `export`) to write to; `last` how many lines of history; `delete`
    whether an alias goes; `prices` are model, input and output price in US dollars per million
    tokens. `profile` and `offline` are the doctor's.
    """

    verb: str
    words: tuple[str, ...] = ()
    turn: int | str | None = None
    format: str | None = None
    out: str | None = None
    last: int | None = None
    delete: bool = False
    prices: tuple[tuple[str, float, float], ...] = ()
    profile: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: how it is written, what it does, its grammar, and what its words stand for."""

    name: str
    usage: str
    help: str
    add: Callable[[LineParser], object] = lambda _parser: None
    kinds: tuple[Kind, ...] = ()


def make_verb_parser(verb: Verb) -> LineParser:
    """The grammar of what follows a verb."""
    parser = LineParser(f"{MAGIC} {verb.name}", help_hint=f"{MAGIC} help", description=verb.help)
    verb.add(parser)
    return parser


def parse_command(line: str) -> Command:
    """The command of a line; without a verb it is `help`.

    Raises IPython's UsageError, which shows one sentence.
    """
    name, *words = split_line(MAGIC, line) or ["help"]
    name = _SYNONYMS.get(name, name)
    if name not in VERBS:
        raise UsageError(_explain_verb(name))
    parser = make_verb_parser(VERBS[name])
    found = vars(parser.read(words))
    if name == "alias":
        _check_alias(parser, **found)
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return Command(name, **(found | lists))


def describe() -> str:
    """The help of both magics: the cell's options, the verbs, and examples of each."""
    usages = {f"{verb.name} {verb.usage}": verb.help for verb in VERBS.values()}
    width = max(map(len, usages))
    verbs = [f"  {usage:<{width}}  {text}" for usage, text in usages.items()]
    title = f"{MAGIC} VERB, on a line of its own:"
    return "\n".join([make_parser().format_help(), title, *verbs, "", EXAMPLES + _EXAMPLES, NOTES])


def _add_word(metavar: str) -> Callable[[LineParser], object]:
    """One word, or none, as a list."""
    return lambda parser: parser.add_argument(
        "words", nargs="?", default=(), metavar=metavar, type=_read_single
    )


def _add_turn(nargs: Literal["?"] | None = None) -> Callable[[LineParser], object]:
    return lambda parser: parser.add_argument("turn", nargs=nargs, metavar="TURN", type=read_turn)


def _add_alias(parser: LineParser) -> None:
    parser.add_argument("words", nargs="*", metavar="NAME", type=read_label)
    parser.add_argument("--delete", action="store_true")


def _check_alias(parser: LineParser, words: list[str], *, delete: bool) -> None:
    if len(words) > 2:
        parser.error(f"{words[2]!r} is one word too many")
    if delete and len(words) != 1:
        parser.error("--delete takes the NAME of one alias and no model")


def _add_history(parser: LineParser) -> None:
    parser.add_argument("words", nargs="*", metavar="WORDS")
    parser.add_argument("-o", "--out", metavar="NAME", type=read_name)
    parser.add_argument("-n", "--last", metavar="N", type=_read_count)


def _add_export(parser: LineParser) -> None:
    add = parser.add_argument
    add("turn", nargs="?", metavar="TURN|all", type=_read_turns)
    add("-f", "--format", metavar="FORMAT", type=read_choice("format", EXPORTS))
    add("-o", "--out", metavar="FILE")


def _add_cost(parser: LineParser) -> None:
    parser.add_argument(
        "--price",
        dest="prices",
        action="append",
        default=[],
        metavar="MODEL=IN/OUT",
        type=_read_price,
    )


def _add_doctor(parser: LineParser) -> None:
    parser.add_argument("-p", "--profile", metavar="PROFILE")
    parser.add_argument("--offline", action="store_true")


_TABLE = (
    Verb(
        "models", "[WORD]", "models that can be asked, or those whose id has WORD",
        _add_word("WORD"), ("model",),
    ),
    Verb("profiles", "", "profiles of the OCI configuration, and the one in use"),
    Verb(
        "threads", "[NAME]", "conversations, or go on with the one of that name",
        _add_word("NAME"), ("thread",),
    ),
    Verb("show", "[TURN]", "all turns of the conversation as a tree, or one", _add_turn("?")),
    Verb("fork", "[TURN]", "branch off after TURN, or beside the last one", _add_turn("?")),
    Verb("switch", "TURN", "go on after a turn, on the branch that it is on", _add_turn()),
    Verb(
        "reset", "[NAME]", "begin the conversation, or the one of that name, anew",
        _add_word("NAME"), ("thread",),
    ),
    Verb(
        "alias", "[NAME [MODEL|--delete]]", "short names of models: list, show, set, delete",
        _add_alias, ("alias", "model"),
    ),
    Verb(
        "history", "[WORDS...] [-o NAME] [-n N]", "the exchanges, or the last N, with these words",
        _add_history,
    ),
    Verb(
        "export", "[TURN|all] [-f FORMAT] [-o FILE]", f"what ran, as {', '.join(EXPORTS)}",
        _add_export, ("all",),
    ),
    Verb(
        "cost", "[--price MODEL=IN/OUT]", "an estimate; prices are US dollars a million tokens",
        _add_cost,
    ),
    Verb(
        "doctor", "[-p PROFILE] [--offline]", "check key, network, policy (one small request)",
        _add_doctor,
    ),
    Verb("error", "", "explain what failed last, asking a model if need be"),
    Verb("help", "", "this"),
    Verb("version", "", "versions of what is at work here"),
)  # fmt: skip
VERBS: Final[dict[str, Verb]] = {verb.name: verb for verb in _TABLE}
_SYNONYMS = {
    "--list": "models",
    "list": "models",
    "-h": "help",
    "--help": "help",
    "--version": "version",
}
_PRICE = re.compile(r"(\S+)=(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", re.ASCII)
_EXAMPLES = """\
  %ocichat models llama                       the models whose id has "llama"
  %ocichat alias fast meta.llama-3.3-70b-instruct
  %ocichat history rivers -o found            search; the lines as a DataFrame in `found`
  %ocichat export all -f notebook -o chat.ipynb
  %ocichat cost --price openai.gpt-4.1=2/8
"""


def _explain_verb(word: str) -> str:
    if word.startswith("-"):
        near = suggest(word, [option for option in _SYNONYMS if option.startswith("--")])
        return (
            f"{MAGIC}: {word} is no verb.{near} Options go on a line with %%ocichat. "
            f"See {MAGIC} help."
        )
    near = suggest(word, VERBS)
    return (
        f"{MAGIC}: there is no verb {word!r}.{near} A prompt goes below a line with %%ocichat. "
        f"See {MAGIC} help."
    )


def _read_single(word: str) -> tuple[str]:
    return (read_label(word),)


def _read_turns(word: str) -> int | str:
    return ALL if word == ALL else read_turn(word)


def _read_count(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) == 0:
        raise argparse.ArgumentTypeError(f"{word!r} is no number above 0")
    return int(word)


def _read_price(word: str) -> tuple[str, float, float]:
    found = _PRICE.fullmatch(word)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{word!r} is no price; write MODEL=IN/OUT, such as openai.gpt-4.1=2/8"
        )
    return found[1], float(found[2]), float(found[3])
