"""What stands behind `%%ocichat`, read and checked.

A wrong option is one sentence on stderr, with the right one if it is near; never a traceback.
"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from keyword import iskeyword
from typing import NoReturn

from IPython.core.error import UsageError

from ocigenai_nb.core.suggestions import suggest

EXAMPLES = """\
examples:
  %%ocichat                                   continue with the model used last
  %%ocichat openai.gpt-oss-120b -o answer     name a model, keep the reply in `answer`
  %%ocichat -s "You are concise." -t 0.2      standing instructions, a lower temperature
  %%ocichat --dry-run                         show where it would go and what would be sent

The reply of the last cell is always in `_oci`; `print(_oci)` prints its text.
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was asked for; None means "not said"."""

    model: str | None
    profile: str | None
    transport: str | None
    system: str | None
    temperature: float | None
    max_tokens: int | None
    out: str | None
    new: bool
    stream: bool
    dry_run: bool
    help: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%ocichat: {message}. See %ocichat -h.")


def make_parser() -> argparse.ArgumentParser:
    """The grammar of the magic's line."""
    parser = _Parser(
        prog="%%ocichat",
        description="Send the cell to a model of OCI Generative AI and stream its answer.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("model", nargs="?", help="model id, e.g. meta.llama-3.3-70b-instruct; the last one's kept")
    add("-m", "--model", dest="model_option", metavar="MODEL", help="the same, as an option")
    add("-p", "--profile", help="profile of the OCI configuration")
    add("--transport", help="v1, sdk or responses; by the model's family where it isn't named")
    add("-s", "--system", help="standing instructions, for this cell and those that follow")
    add("-t", "--temperature", type=float, help="0 to 2, for this cell")
    add("--max-tokens", type=int, metavar="N", help="cap on the answer in tokens, for this cell")
    add("-o", "--out", metavar="NAME", help="variable that the reply is bound to")
    add("--new", action="store_true", help="begin a new conversation")
    add("--no-stream", action="store_true", help="ask for the answer in one piece")
    add("--dry-run", action="store_true", help="show route and request; send nothing")
    add("-h", "--help", action="store_true", help="show this")
    return parser


def parse(line: str) -> Arguments:
    """The arguments of a line. Raises IPython's UsageError, which shows one sentence."""
    parser = make_parser()
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%ocichat: {str(error).lower()} in {line.strip()!r}.") from None
    found, unknown = parser.parse_known_args(words)
    if unknown:
        raise UsageError(_unknown(parser, unknown[0]))
    if found.model and found.model_option:
        raise UsageError("%%ocichat: the model is named twice; name it once.")
    if found.out is not None and (not found.out.isidentifier() or iskeyword(found.out)):
        raise UsageError(f"%%ocichat: {found.out!r} can't be a variable's name.")
    return Arguments(
        model=found.model or found.model_option,
        profile=found.profile,
        transport=found.transport,
        system=found.system,
        temperature=found.temperature,
        max_tokens=found.max_tokens,
        out=found.out,
        new=found.new,
        stream=not found.no_stream,
        dry_run=found.dry_run,
        help=found.help,
    )


def _unknown(parser: argparse.ArgumentParser, word: str) -> str:
    if not word.startswith("-"):
        return f"%%ocichat: {word!r} is one word too many. Quote texts with spaces."
    known = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 (argparse offers no other way)
    near = suggest(word.partition("=")[0], [option for option in known if option.startswith("--")])
    return f"%%ocichat: there is no option {word}.{near} See %ocichat -h."
