"""What stands behind `%%ocichat`, read and checked.

A wrong option is one sentence on stderr, with the right one if it is near; never a traceback.
"""

from __future__ import annotations

import argparse
import math
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from keyword import iskeyword
from typing import Final, NoReturn

from IPython.core.error import UsageError

from ocigenai_nb.core.suggestions import suggest

from .settings import FORMATS

BEFORE_LAST: Final = "before-last"
"""What a bare `--fork` means: the prompt takes the last one's place, beside it."""

EXAMPLES = """\
examples:
  %%ocichat                                   continue with the model used last
  %%ocichat openai.gpt-oss-120b -o answer     name a model, keep the reply in `answer`
  %%ocichat -m llama -m openai.gpt-4.1        ask two models (`llama` is an alias), one by one
  %%ocichat -s "You are concise." -t 0.2      standing instructions, a lower temperature
  %%ocichat -a photo.png -a {{table}}         along with a picture and a variable
  %%ocichat --fork                            ask again in other words; both answers stay
  %%ocichat --fork 3                          go on from the third turn
  %%ocichat --thread ideas                    go on with, or begin, the conversation `ideas`
  %%ocichat -f df -o people                   show the table in the answer; it is `people.df`
  %%ocichat --tools get_weather,add           let the model call these functions of yours
  %%ocichat --schema list[Person] -f df       an answer of that type; it is `_oci.parsed`
  %%ocichat --dry-run                         show where it would go and what would be sent
"""
NOTES = """\
In the prompt, {{name}}, {{name.attr}}, {{name["key"]}} and {{name[0]}} are filled in from your
variables; single braces are just braces, and \\{{name}} stays {{name}}.

The reply of the last cell is always in `_oci`; `print(_oci)` prints its text.
"""

NO_TOOLS: Final = "none"

_TURN = re.compile(r"[1-9]\d{0,8}|resp_\S+")
_OPTION = re.compile(r"--?[A-Za-z]")
_WIDTH = 96  # characters of a line of help


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was asked for; None means "not said".

    `models` are asked one after the other. `fork` is a turn's number, a response id, or
    BEFORE_LAST. `attach` holds file names, addresses and placeholders as they were written.
    `tools` are names of functions, none of them where there shall be none; `schema` is the name of
    a type. `timeout` is in seconds.
    """

    models: tuple[str, ...]
    profile: str | None
    transport: str | None
    system: str | None
    temperature: float | None
    max_tokens: int | None
    format: str | None
    out: str | None
    thread: str | None
    new: bool
    fork: int | str | None
    store: bool | None
    attach: tuple[str, ...]
    tools: tuple[str, ...] | None
    schema: str | None
    stream: bool
    raw_prompt: bool
    dry_run: bool
    record: str | None
    replay: str | None
    timeout: float | None
    raise_error: bool
    quiet: bool
    help: bool


class LineParser(argparse.ArgumentParser):
    """A parser of a magic's line: what is wrong is IPython's UsageError, one line on stderr."""

    def __init__(self, magic: str, *, help_hint: str, description: str) -> None:
        super().__init__(
            prog=magic,
            description=description,
            formatter_class=_format,
            add_help=False,
            allow_abbrev=False,
        )
        self.color = False  # from Python 3.14 on it would color what is kept and shown elsewhere
        self._magic = magic
        self._help_hint = help_hint

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message and where help is."""
        end = "" if message.endswith((".", "?")) else "."
        raise UsageError(f"{self._magic}: {message}{end} See {self._help_hint}.")

    @property
    def options(self) -> dict[str, argparse.Action]:
        """Each way to write an option, and what it does."""
        return {option: each for each in self._actions for option in each.option_strings}

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The values of the words. Raises UsageError for what the grammar does not have."""
        found, unknown = self.parse_known_args(words)
        if unknown:
            self._refuse(unknown[0])
        return found

    def _refuse(self, word: str) -> NoReturn:
        if not _OPTION.match(word):
            raise UsageError(
                f"{self._magic}: {word!r} is one word too many. Quote texts with spaces."
            )
        known = [option for option in self.options if option.startswith("--")]
        near = suggest(word.partition("=")[0], known)
        raise UsageError(f"{self._magic}: there is no option {word}.{near} See {self._help_hint}.")


def make_parser() -> LineParser:
    """The grammar of the cell magic's line."""
    parser = LineParser(
        "%%ocichat",
        help_hint="%ocichat -h",
        description="Send the cell to a model of OCI Generative AI and stream its answer.",
    )
    _add_model(parser)
    _add_conversation(parser)
    _add_run(parser)
    return parser


def split_line(magic: str, line: str) -> list[str]:
    """The words of a line, as a POSIX shell reads them. Raises UsageError for an open quote."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{magic}: {str(error).lower()} in {line.strip()!r}.") from None


def parse(line: str) -> Arguments:
    """The arguments of a line. Raises IPython's UsageError, which shows one sentence."""
    found = vars(make_parser().read([*_bind_fork(split_line("%%ocichat", line))]))
    model, options = found.pop("model"), found.pop("models")
    models = [*([model] if model else []), *options]
    for name, times in Counter(name.lower() for name in models).items():
        if times > 1:
            raise UsageError(f"%%ocichat: the model {name} is named {_times(times)}; name it once.")
    attach = tuple(found.pop("attach"))
    return Arguments(models=tuple(models), attach=attach, **found)


def read_turn(word: str) -> int | str:
    """A turn's number or a response id. Raises ArgumentTypeError for another word."""
    if not _TURN.fullmatch(word):
        raise argparse.ArgumentTypeError(
            f"{word!r} is neither the number of a turn nor the id of a response"
        )
    return int(word) if word.isdigit() else word


def read_name(word: str) -> str:
    """The name of a variable. Raises ArgumentTypeError for what can't be one."""
    if not word.isidentifier() or iskeyword(word):
        raise argparse.ArgumentTypeError(f"{word!r} can't be a variable's name")
    return word


def read_names(word: str) -> tuple[str, ...]:
    """Names with commas between; `none` is none. Raises ArgumentTypeError for what can't be one."""
    words = [name.strip() for name in word.split(",")]
    if "" in words:
        raise argparse.ArgumentTypeError(f"{word!r} lacks a name: write a,b without a space")
    names = tuple(map(read_name, words))
    return () if names == (NO_TOOLS,) else names


def read_label(word: str) -> str:
    """The name of a conversation or an alias: any printable text, but no option."""
    if not word.strip() or not word.isprintable() or word.startswith("-"):
        raise argparse.ArgumentTypeError(f"{word!r} can't be a name")
    return word


def read_choice(what: str, choices: Sequence[str]) -> Callable[[str], str]:
    """A reader that takes these words and suggests the nearest one for another."""

    def read(word: str) -> str:
        if word not in choices:
            near = suggest(word, choices) or f" There are: {', '.join(choices)}."
            raise argparse.ArgumentTypeError(f"there is no {what} {word!r}.{near}")
        return word

    return read


def _add_model(parser: LineParser) -> None:
    from ocigenai_nb.core.routing import TRANSPORTS

    add = parser.add_argument
    add("model", nargs="?", help="model id or alias; the last one is kept")
    add(
        "-m", "--model", dest="models", action="append", default=[], metavar="MODEL",
        help="the same, or one more: all are asked, one after the other",
    )  # fmt: skip
    add("-p", "--profile", metavar="NAME", help="profile of the OCI configuration")
    add(
        "--transport", metavar="NAME", type=read_choice("transport", TRANSPORTS),
        help="v1, sdk or responses; by the model's family where it isn't named",
    )  # fmt: skip
    add(
        "-s", "--system", metavar="TEXT",
        help="standing instructions, for this cell and those that follow",
    )  # fmt: skip
    add("-t", "--temperature", type=float, metavar="N", help="0 to 2, for this cell")
    add("--max-tokens", type=int, metavar="N", help="cap on the answer in tokens, for this cell")


def _add_conversation(parser: LineParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--thread", metavar="NAME", type=read_label,
        help="the conversation of that name, begun where there is none",
    )  # fmt: skip
    where.add_argument("--new", action="store_true", help="begin a new conversation")
    where.add_argument(
        "--fork", metavar="TURN", nargs="?", const=BEFORE_LAST, type=_read_fork,
        help="go on from that turn (a number or a response id) on a branch of its own; without "
        "TURN the prompt is asked in the last one's place",
    )  # fmt: skip
    parser.add_argument(
        "--store", action=argparse.BooleanOptionalAction, default=None,
        help="whether the service may keep the thread (Responses only)",
    )  # fmt: skip
    parser.add_argument(
        "-a", "--attach", action="append", default=[], metavar="FILE",
        help="image or text file, image address, or {{name}} for a variable; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--tools", metavar="F,G", type=read_names,
        help="functions of yours that the model may call, in this cell and those that follow; "
        f"{NO_TOOLS} for none any more",
    )  # fmt: skip


def _add_run(parser: LineParser) -> None:
    add = parser.add_argument
    add(
        "-f", "--format", type=read_choice("format", FORMATS), metavar="FORMAT",
        help=f"how the answer is shown: {', '.join(FORMATS)}",
    )  # fmt: skip
    add("--schema", metavar="TYPE", help="type of the answer: NAME or list[NAME]")
    add("-o", "--out", metavar="NAME", type=read_name, help="variable that the reply is bound to")
    add("--no-stream", dest="stream", action="store_false", help="ask for the answer in one piece")
    add("--raw-prompt", action="store_true", help="send the prompt as it is: fill nothing in")
    add("--dry-run", action="store_true", help="show route and request; send nothing")
    tape = parser.add_mutually_exclusive_group()
    tape.add_argument("--record", metavar="FILE", help="record the answer's events in a file")
    tape.add_argument("--replay", metavar="FILE", help="play a recorded answer; send nothing")
    add("--timeout", type=_read_seconds, metavar="SECONDS", help="give up after so many seconds")
    add(
        "--no-raise-error", dest="raise_error", action="store_false",
        help="show what goes wrong and let the cells that follow run",
    )  # fmt: skip
    add("-q", "--quiet", action="store_true", help="show nothing; the reply is in _oci")
    add("-h", "--help", action="store_true", help="show this")


def _bind_fork(words: Sequence[str]) -> Iterator[str]:
    """The words with a bare `--fork` marked, so that it takes no model for its turn."""
    for word, following in pairwise([*words, ""]):
        bare = word == "--fork" and not _TURN.fullmatch(following)
        yield f"--fork={BEFORE_LAST}" if bare else word


def _read_fork(word: str) -> int | str:
    return word if word == BEFORE_LAST else read_turn(word)


def _read_seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{word!r} is no number of seconds above 0")
    return seconds


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _format(prog: str) -> argparse.HelpFormatter:
    """As wide wherever it is shown: a kernel has no terminal to ask."""
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30, width=_WIDTH)
