"""A response whose answer is still coming from a backend: its events as they come, then kept.

Rules: those of ``events``. The reasoning is an item once it is over, the text comes piece by
piece, the calls follow. It is kept as being in progress, then as it ended; as failed where the
backend failed or the client left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer
from ocigenai_nb.emulator.backend import LiveAnswer
from ocigenai_nb.emulator.backend.failures import BackendError
from ocigenai_nb.emulator.responses.events import EventWriter, begin, write_last
from ocigenai_nb.emulator.responses.resource import fail
from ocigenai_nb.emulator.responses.store import StoredResponse

Output = list[dict[str, Any]]

_NOTHING: Final = Answer(
    text="",
    calls=(),
    reasoning="",
    shows_reasoning=False,
    finish_reason="stop",
    prompt_tokens=0,
    cached_tokens=0,
)


class LiveResponse:
    """Its events and its end; all but the making of it is for the thread that reads."""

    def __init__(
        self,
        coming: LiveAnswer,
        *,
        write_output: Callable[[Answer], Output],
        record: Callable[[Answer, Output], StoredResponse],
        keep: Callable[[StoredResponse], None],
        before: Sequence[Mapping[str, Any]] = (),
        fault: str | None = None,
        pads: bool = False,
    ) -> None:
        self._coming = coming
        self._write_output = write_output
        self._record = record
        self._keep = keep
        self._before = before
        self._fault = fault
        self._pads = pads
        whole = record(_NOTHING, [])
        self.begun = replace(whole, resource=begin(whole.resource))
        self._ended = self.begun
        self._made: Output = []

    def write_events(self) -> Iterator[bytes]:
        """Yield the events, all but the last ones, and keep what it ended as.

        Raises:
            BackendError: If the backend fails.
        """
        resource = {**self.begun.resource, "output": self._make_items()}
        try:
            yield from EventWriter(resource, self._fault, pads=self._pads).write()
            self._ended = self._end(self._coming.whole())
        except BackendError:
            self._keep(replace(self.begun, resource=fail(self.begun.resource)))
            raise
        self._keep(self._ended)

    def write_last(self) -> Iterator[bytes]:
        """Yield the last events."""
        yield from write_last(self._ended.resource)

    def _make_items(self) -> Iterator[Mapping[str, Any]]:
        for item in self._list_items():
            self._made.append(item)
            yield item

    def _list_items(self) -> Iterator[dict[str, Any]]:
        yield from map(dict, self._before)
        reasoning = "".join(self._coming.stream_reasoning())
        yield from self._write_output(replace(_NOTHING, reasoning=reasoning))
        pieces = self._coming.stream_text()
        first = next(pieces, "")
        told = replace(_NOTHING, text=first, refused=self._coming.refused)
        for item in self._write_output(told):
            part = item["content"][0]
            field = "refusal" if "refusal" in part else "text"
            part[field] = self._tell(first, pieces, item, field)
            yield item
        answer = self._coming.whole()
        yield from self._write_output(replace(answer, reasoning="", text=""))

    def _tell(
        self, first: str, pieces: Iterator[str], item: dict[str, Any], field: str
    ) -> Iterator[str]:
        """Yield the pieces of a message's text; at the end put the whole into its place."""
        said = [first]
        yield first
        for piece in pieces:
            said.append(piece)
            yield piece
        item["content"][0][field] = "".join(said)
        answer = self._coming.whole()
        if answer.finish_reason == "length" and not answer.calls:
            item["status"] = "incomplete"

    def _end(self, answer: Answer) -> StoredResponse:
        ended = self._record(answer, self._made)
        known: Sequence[str] = ("id", "created_at")
        resource = {**ended.resource, **{name: self.begun.resource[name] for name in known}}
        return replace(ended, created=self.begun.created, resource=resource)
