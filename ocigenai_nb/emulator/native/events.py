"""Events of native streams: unnamed, and each padded.

Rules: ``data: {json}`` and an empty line, compact JSON, a member ``pad`` of ``a`` repeated.
Source: recordings of the live service.

Known deviations: the service's pads are of random length; here the length goes round, so that the
same request always gets the same bytes. Errors inside a native stream have not been recorded: an
"error_event" is OCI's error envelope.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, Final

FAILURE: Final = b'data: {"code":"500","message":"Internal Server Error"}\n\n'
"""An event that reports an error."""

_LONGEST: Final = 12
_STEP: Final = 7  # shares no divisor with the longest, so every length has its turn
_PADS: Final = tuple("a" * (1 + place * _STEP % _LONGEST) for place in range(_LONGEST))


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer in events."""

    events: Iterator[bytes]
    last: Iterable[bytes]
    """The events with which the answer is whole, looked at once the others are written."""


class EventWriter:
    """Writes the events of one stream."""

    def __init__(self) -> None:
        self._pads = itertools.cycle(_PADS)

    def write(self, event: Mapping[str, Any], **after_pad: Any) -> bytes:
        """Return ``event``, padded, as a server-sent event."""
        padded = {**event, "pad": next(self._pads), **after_pad}
        text = json.dumps(padded, separators=(",", ":"), ensure_ascii=False)
        return f"data: {text}\n\n".encode()

    def write_pieces(self, pieces: Iterable[str], before: str, after: str) -> Iterator[bytes]:
        """Yield an event for each of ``pieces``, between JSON that is already written."""
        pads = self._pads
        for piece in pieces:
            yield (
                f'data: {before}{encode_basestring(piece)}{after},"pad":"{next(pads)}"}}\n\n'
            ).encode()
