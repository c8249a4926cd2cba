"""The forms that an answer is shown in: Markdown, text, JSON, code, a table.

JSON, code and tables are asked for with a sentence among the instructions, because every family
understands that; a dry run shows it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ocigenai_nb.chat.watching import Watch
from ocigenai_nb.core.errors import AnswerFormatError
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.safe_markdown import safe_markdown

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from ocigenai_nb.chat.reply import Reply
    from ocigenai_nb.chat.turn import Turn

INSTRUCTIONS: Final = {
    "json": "Answer with JSON only, without any other text.",
    "code": "Answer with code only, in one fenced block.",
    "df": "Answer with a JSON list of flat objects only, one object for each row of the table.",
}


class PlainAnswer:
    """Shows one turn as text and nothing else: as it grows where `live`, else at its end."""

    def __init__(self, *, live: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._live = live
        self._clock = clock
        self._handle: DisplayHandle | None = None
        self._next = 0.0

    def __call__(self, turn: Turn) -> None:
        """Take the turn as it stands; show it when it is time, and at its end."""
        from .display import final_text, interval

        if turn.done:
            if _has_something(turn.reply):
                self._show(final_text(turn.reply)[1])
        elif self._live and turn.text and self._clock() >= self._next:
            self._show(turn.text)
            self._next = self._clock() + interval(len(turn.text))

    def _show(self, text: str) -> None:
        from .display import show

        bundle = {"text/plain": safe_plain(text)}
        if self._handle is None:
            self._handle = show(bundle)
        else:
            self._handle.update(bundle, raw=True)


def watch_as(format: str, *, live: bool, quiet: bool) -> Watch:  # noqa: A002 (the option's name)
    """Who watches the answer grow; what is shown in a form of its own is shown at its end.

    What breaks off has no form, and so is shown as it came.
    """
    from .display import LiveAnswer

    if quiet:
        return _look_away
    if format in INSTRUCTIONS:
        return _show_broken
    return PlainAnswer(live=live) if format == "text" else LiveAnswer(live=live)


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

    from .display import show

    display(reply.df)
    markdown, plain = _end_of(reply)
    show({"text/markdown": markdown, "text/plain": plain})


_SHOW: Final[dict[str, Callable[[Reply, Callable[[str], None]], None]]] = {
    "json": _show_json,
    "code": _show_code,
    "df": _show_table,
}


def _show_block(text: str, language: str, reply: Reply) -> None:
    from .display import show

    markdown, plain = _end_of(reply)
    show(
        {
            "text/markdown": f"{safe_markdown(fence(text, language))}\n\n{markdown}",
            "text/plain": f"{safe_plain(text)}\n\n{plain}",
        }
    )


def _end_of(reply: Reply) -> tuple[str, str]:
    """What stands below an answer: what happened to it, and its provenance."""
    from .display import final_text

    return final_text(replace(reply, answer=replace(reply.answer, text="", reasoning="")))


def _show_as_it_came(reply: Reply) -> None:
    from .display import final_text, show

    markdown, plain = final_text(reply)
    show({"text/markdown": markdown, "text/plain": plain})


def _show_broken(turn: Turn) -> None:
    if turn.done and turn.status != "finished" and _has_something(turn.reply):
        _show_as_it_came(turn.reply)


def _has_something(reply: Reply) -> bool:
    """Whether there is more to show than an error, which is raised."""
    return bool(reply.text or reply.reasoning or reply.error is None)


def _look_away(_turn: Turn) -> None:
    """Nobody watches."""
