"""Bytes in, server-sent events out, right at every split point.

Rules (WHATWG HTML, section 9.2): lines end in LF, CRLF or CR and in nothing else, so U+2028,
U+2029 and U+0085 inside an answer are text (the `iter_lines()` of httpx and of the openai SDK
splits there and breaks such answers); a blank line ends an event; a fragment that the end of the
stream leaves without its blank line is dropped, and here also reported. `data` stays bytes: JSON
is decoded once, by whoever parses it.

Added to the rules: caps, because a peer may send a line without end.
"""

from __future__ import annotations

from typing import NamedTuple

from .errors import StreamLimitError

MAX_EVENT_BYTES = 8 * 1024 * 1024
MAX_STREAM_BYTES = 256 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event: its `data` lines joined by LF, its type, and the last id seen.

    A tuple, because one is made for every token and a frozen dataclass costs three times as much.
    """

    data: bytes
    event: str = "message"
    id: str = ""


class SSEDecoder:
    """A decoder for one stream: `feed` it bytes, then `finish` it.

    Raises StreamLimitError from `feed` when one event is larger than `max_event_bytes` or the
    whole stream larger than `max_stream_bytes`.
    """

    def __init__(
        self,
        *,
        max_event_bytes: int = MAX_EVENT_BYTES,
        max_stream_bytes: int = MAX_STREAM_BYTES,
    ) -> None:
        self._max_event = max_event_bytes
        self._max_stream = max_stream_bytes
        self._total = 0
        self._line: list[bytes] = []  # pieces of the line that is not complete yet
        self._line_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._event = ""
        self._id = ""
        self._after_cr = False
        self._first = True  # until the first line is complete
        self._at_rest = False  # after a whole event, with nothing pending

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes."""
        self._total += len(chunk)
        if self._total > self._max_stream:
            raise StreamLimitError(
                f"The answer is larger than {self._max_stream:,} bytes.",
                remedy="Ask for less at once; what came before is kept.",
            )
        if self._at_rest and (event := self._read_one_event(chunk)):
            return [event]
        self._at_rest = False
        if b"\r" in chunk or self._after_cr:
            chunk = self._normalize(chunk)
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if not lines:
            self._keep(rest)
            return []
        if self._line:
            lines[0] = b"".join((*self._line, lines[0]))
        self._line, self._line_size = [], 0
        events = [event for line in lines if (event := self._take(line)) is not None]
        self._keep(rest)
        self._at_rest = not (rest or self._data or self._event or self._after_cr)
        return events

    def finish(self) -> bytes:
        """The fragment that the end of the stream left incomplete; empty when there is none."""
        line = b"".join(self._line)
        if self._first:
            line = line.removeprefix(_BOM)
        return b"\n".join([*self._data, line]).strip(b"\n")

    def _read_one_event(self, chunk: bytes) -> ServerSentEvent | None:
        """The event where the chunk is one whole event and no more: nearly always."""
        if not chunk.endswith(b"\n\n") or b"\r" in chunk or len(chunk) > self._max_event:
            return None
        lines = chunk.count(b"\n")
        if lines == 2 and chunk.startswith(b"data: "):
            return ServerSentEvent(chunk[6:-2], "message", self._id)
        if lines == 3 and chunk.startswith(b"event: "):
            name, data, value = chunk[7:-2].partition(b"\ndata: ")
            if name and data:
                return ServerSentEvent(value, name.decode("utf-8", "replace"), self._id)
        return None

    def _normalize(self, chunk: bytes) -> bytes:
        """CRLF and CR as LF, also where the CR ended the chunk before."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
            return chunk if b"\r" not in chunk else self._normalize(chunk)
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._line.append(piece)
            self._line_size += len(piece)
            self._check(self._line_size)

    def _check(self, line_size: int) -> None:
        if line_size + self._data_size > self._max_event:
            raise StreamLimitError(
                f"One event of the stream is larger than {self._max_event:,} bytes.",
                remedy="This is not a stream of this service; what came before is kept.",
            )

    def _take(self, line: bytes) -> ServerSentEvent | None:
        self._check(len(line))
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_size += len(value) + 1  # with its LF: empty lines take memory, too
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event
        self._data, self._data_size, self._event = [], 0, ""
        if not data:
            return None
        return ServerSentEvent(b"\n".join(data), event or "message", self._id)
