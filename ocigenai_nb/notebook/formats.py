"""The forms that an answer is shown in: Markdown, text, JSON, code, a table.

JSON, code and tables are asked for with a sentence among the instructions, because every family
understands that; a dry run shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ocigenai_nb.chat.watching import Watch
from ocigenai_nb.core.errors import AnswerFormatError
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.safe_markdown import safe_markdown

if TYPE_CHECKING:
    from ocigenai_nb.chat.reply import Reply
    from ocigenai_nb.chat.turn import Turn

INSTRUCTIONS: Final = {
    "json": "Answer with JSON only, without any other text.",
    "code": "Answer with code only, in one fenced block.",
    "df": "Answer with a JSON list of flat objects only, one object for each row of the table.",
}


def watch_as(format: str, *, live: bool, quiet: bool) -> Watch:  # noqa: A002 (the option's name)
    """Who watches the answer grow; what is shown in a form of its own is shown at its end.

    What tools do is shown while they do it. What breaks off has no form: it is shown as it came.
    """
    from .display import LiveAnswer

    if quiet:
        return _look_away
    if format in INSTRUCTIONS:
        return LiveAnswer(live=live, form="rounds")
    return LiveAnswer(live=live, form="plain" if format == "text" else "markdown")


def show_as(format: str, reply: Reply, *, next_cell: Callable[[str], None]) -> None:  # noqa: A002
    """Show what was not shown as it grew; code goes to a new cell, too.

    Raises AnswerFormatError where the answer does not hold what was asked for; it is shown then as
    it came.
    """
    if format not in INSTRUCTIONS:
        return
    try:
        _SHOW[format](reply, next_cell)
    except AnswerFormatError as error:
        _show_as_it_came(reply)
        raise AnswerFormatError(error.message, remedy="The answer is above, and in _oci.") from None


def _show_json(reply: Reply, _next_cell: Callable[[str], None]) -> None:
    text = json.dumps(reply.json, indent=2, ensure_ascii=False)
    # Half a surrogate pair can be written in JSON, but not sent to a page.
    _show_block(text.encode("utf-8", "backslashreplace").decode(), "json", reply)


def _show_code(reply: Reply, next_cell: Callable[[str], None]) -> None:
    if not reply.code_blocks:
        raise AnswerFormatError("The answer holds no block of code.")
    _show_block(reply.code, reply.code_blocks[0].language, reply)
    next_cell(reply.code)


def _show_table(reply: Reply, _next_cell: Callable[[str], None]) -> None:
    from IPython.display import display

    from .display import end_text, show

    display(reply.df)
    markdown, plain = end_text(reply)
    show({"text/markdown": markdown, "text/plain": plain})


_SHOW: Final[dict[str, Callable[[Reply, Callable[[str], None]], None]]] = {
    "json": _show_json,
    "code": _show_code,
    "df": _show_table,
}


def _show_block(text: str, language: str, reply: Reply) -> None:
    from .display import end_text, show

    markdown, plain = end_text(reply)
    show(
        {
            "text/markdown": f"{safe_markdown(fence(text, language))}\n\n{markdown}",
            "text/plain": f"{safe_plain(text)}\n\n{plain}",
        }
    )


def _show_as_it_came(reply: Reply) -> None:
    """Show an answer whose rounds were shown as they went on."""
    from .display import final_text, show

    markdown, plain = final_text(reply, rounds=False)
    show({"text/markdown": markdown, "text/plain": plain})


def _look_away(_turn: Turn) -> None:
    """Nobody watches."""
