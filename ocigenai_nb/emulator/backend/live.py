"""An answer that is still coming from a backend."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from ocigenai_nb.emulator.answer import Answer, Ask, count_prompt
from ocigenai_nb.emulator.backend.connection import Connection
from ocigenai_nb.emulator.backend.failures import BackendError
from ocigenai_nb.emulator.backend.reading import Piece, Reading


class LiveAnswer:
    """Read in one thread, and in order: ``open``, the reasoning, the text, then the whole.

    All of these block until the backend has said enough; ``close`` ends them from any thread.
    """

    def __init__(
        self,
        ask: Ask,
        connection: Connection,
        *,
        reasons: bool,
        shows_reasoning: bool,
        forced: str | None,
        done: Callable[[LiveAnswer], None],
    ) -> None:
        self.shows_reasoning = reasons and shows_reasoning
        self.heard = time.monotonic()
        """When the backend last said anything."""
        self.timeout = connection.timeout
        self._ask = ask
        self._connection = connection
        self._chunks: Iterator[Mapping[str, Any]] = connection.read()
        self._reading = Reading(forced)
        self._reasons = reasons
        self._done = done
        self._waiting: deque[Piece] = deque()
        self._ended = False

    @property
    def begins_with_calls(self) -> bool:
        """Whether the first thing that came is a tool call."""
        return not self._reading.text and bool(self._reading.calls)

    @property
    def refused(self) -> bool:
        """Whether what came so far says that the model won't answer."""
        return self._reading.refused

    def open(self) -> None:
        """Ask, and wait for the first words.

        Raises:
            BackendError: If the backend fails before.
        """
        self._look()

    def stream_reasoning(self) -> Iterator[str]:
        """Yield the reasoning before the first words, as it comes.

        Raises:
            BackendError: If the backend fails before it is over.
        """
        while (piece := self._look()) and piece[0] == "reasoning":
            self._waiting.popleft()
            yield piece[1]

    def stream_text(self) -> Iterator[str]:
        """Yield the text as it comes.

        Raises:
            BackendError: If the backend fails before it is over.
        """
        while piece := self._look():
            self._waiting.popleft()
            if piece[0] == "text":
                yield piece[1]

    def whole(self) -> Answer:
        """Return the answer, once all of it came.

        Raises:
            BackendError: If the backend fails before.
        """
        for _ in self.stream_text():
            pass
        read, usage = self._reading, self._reading.usage
        return Answer(
            text="".join(read.text),
            calls=read.calls,
            reasoning="".join(read.reasoning) if self._reasons else "",
            shows_reasoning=self.shows_reasoning,
            finish_reason=self._find_reason(),
            prompt_tokens=usage.prompt if usage else count_prompt(self._ask.turns),
            cached_tokens=usage.cached if usage else 0,
            refused=read.refused,
            usage=usage,
        )

    def close(self) -> None:
        """Ask no more of the backend."""
        self._connection.close()
        self._done(self)

    def _look(self) -> Piece | None:
        """Return the next piece, still waiting; ``None`` at the end."""
        while not self._waiting and not self._ended:
            chunk = next(self._chunks, None)
            self.heard = time.monotonic()
            if chunk is None:
                self._end()
            else:
                self._waiting.extend(p for p in self._reading.take(chunk) if self._counts(p))
        return self._waiting[0] if self._waiting else None

    def _counts(self, piece: Piece) -> bool:
        return self._reasons or piece[0] != "reasoning"

    def _end(self) -> None:
        if self._reading.finish is None:
            raise BackendError("The backend's answer broke off.")
        self._ended = True

    def _find_reason(self) -> Literal["stop", "length", "tool_calls"]:
        if self._reading.finish == "length":
            return "length"
        return "tool_calls" if self._reading.calls else "stop"
