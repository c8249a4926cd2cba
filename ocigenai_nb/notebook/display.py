"""An answer on screen while it streams, and as it stays.

One Markdown display is updated about ten times a second, less often as the text grows, since each
update carries the whole text: so traffic stays in proportion to the answer. It ends with a true
`text/plain` and `text/markdown`, so that the saved notebook reads well with no kernel. What the
model or the service wrote is hostile: renderers get it with nothing in it that loads or runs.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Literal, TypeAlias

from IPython.display import DisplayHandle, display

from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.quoting import quote
from ocigenai_nb.core.safe_markdown import close_fence, safe_markdown
from ocigenai_nb.core.thread import AnswerFold

from .round_lines import write_rounds
from .typed_values import fits, write_value

Form: TypeAlias = Literal["markdown", "plain", "rounds"]

FAST = 0.1  # seconds between updates of a short answer
SLOW = 0.4  # and of a long one: never half a second behind
_SHOWN_OF_ID = 8  # characters of a request id in Markdown; text/plain has it whole
_REQUEST_ID = re.compile(r"[0-9A-Za-z/_-]+")
_FAST_UP_TO = 4096  # characters


class LiveAnswer:
    """Shows one turn: as it grows where `live`, else at its end. `clock` is in seconds.

    `form` is "markdown", "plain" for text alone, or "rounds" for what tools do while they do it,
    and of the answer only one that breaks off. A terminal is not live, because it can't update
    what it has printed.
    """

    def __init__(
        self,
        *,
        live: bool,
        form: Form = "markdown",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live = live
        self._form = form
        self._clock = clock
        self._handle: DisplayHandle | None = None
        self._text = ""
        self._calls: object = None
        self._next = 0.0

    def __call__(self, turn: Turn) -> None:
        """Take the turn as it stands; show it when it is time, and at its end."""
        fold = turn.growing
        if turn.done:
            self._end(turn.reply)
        elif self._live and fold is not None:
            self._grow(turn, fold)

    def _grow(self, turn: Turn, fold: AnswerFold) -> None:
        calls = fold.rounds, fold.begun, turn.desk.waiting
        gone_on = bool(calls[0]) and calls != self._calls  # at once: nothing may come for long
        if not gone_on and self._clock() < self._next:
            return
        # What a person is asked stands above what comes of it, unless there is something already.
        if self._handle is None and calls[2]:
            return
        text = "" if self._form == "rounds" else turn.text
        if gone_on or text != self._text:
            self._show(
                *_join_both(write_rounds(calls[0], turn), (safe_markdown(text), safe_plain(text)))
            )
            self._text, self._calls = text, calls
            self._next = self._clock() + interval(len(text))

    def _end(self, reply: Reply) -> None:
        if self._form == "rounds" and reply.status == "finished" and fits(reply):
            if reply.rounds:
                self._show(*write_rounds(reply.rounds))
        # A failure without any answer has nothing to show but its error, which is raised.
        elif reply.text or reply.reasoning or reply.rounds or reply.error is None:
            self._show(*final_text(reply))

    def _show(self, markdown: str, plain: str) -> None:
        bundle = {"text/plain": plain}
        if self._form != "plain":
            bundle["text/markdown"] = markdown
        if self._handle is None:
            self._handle = show(bundle)
        else:
            self._handle.update(bundle, raw=True)


def show(bundle: dict[str, str]) -> DisplayHandle:
    """Display a MIME bundle as it is; the handle updates it."""
    handle: DisplayHandle = display(bundle, raw=True, display_id=True)
    return handle


def interval(length: int) -> float:
    """Seconds until the next update of a text of that length."""
    return min(SLOW, max(FAST, FAST * length / _FAST_UP_TO))


def final_text(reply: Reply, *, rounds: bool = True) -> tuple[str, str]:
    """Markdown and plain text of a reply as it stays: text, what happened to it, provenance.

    An answer of a type is shown as its value; without `rounds` the calls of tools are left out.
    Both are safe to render, whatever the model, a tool or the service wrote.
    """
    said = write_value(reply) or (close_fence(safe_markdown(reply.text)), safe_plain(reply.text))
    calls = write_rounds(reply.rounds if rounds else ())
    return _join_both(calls, said, end_text(reply))


def end_text(reply: Reply) -> tuple[str, str]:
    """What stands below an answer: calls that nobody ran, what happened to it, provenance."""
    said = [_mark(reply), *reply.answer.notices, reply.origin]
    notes = [" ".join(safe_plain(note).split()) for note in said if note]
    calls = [safe_plain(f"{call.name}({call.arguments})") for call in reply.tool_calls]
    line = reply.provenance()
    markdown = [
        *(safe_markdown(fence(call)) for call in calls),
        *(f"> {safe_markdown(note)}" for note in notes),
        f"<sub>{_fold_request_id(quote(line), reply)}</sub>",
    ]
    return _join(markdown), safe_plain(_join([*calls, *notes, f"[{line}]"]))


def _join_both(*parts: tuple[str, str]) -> tuple[str, str]:
    """Markdown and plain text of several parts, each with its own kind."""
    return _join([markdown for markdown, _ in parts]), _join([plain for _, plain in parts])


def _fold_request_id(line: str, reply: Reply) -> str:
    """The line with the request id's beginning; all of it, which is long, on hovering over it."""
    whole = reply.request_id
    if not whole or len(whole) <= _SHOWN_OF_ID or not _REQUEST_ID.fullmatch(whole):
        return line
    return line.replace(whole, f'<span title="{whole}">{whole[:_SHOWN_OF_ID]}…</span>')


def _mark(reply: Reply) -> str:
    if reply.error is not None or reply.status == "interrupted":
        how = "Stopped" if reply.finish_reason == "stopped" else "Broken off"
        return f"{how}: this answer is not complete."
    if reply.finish_reason == "length":
        return "The answer reached its token limit: raise max_tokens (--max-tokens)."
    if reply.finish_reason == "content_filter":
        return "The service's content filter ended this answer."
    return ""


def _join(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
