"""JSON as it arrives, event by event."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_decode = json.JSONDecoder().raw_decode


class RawEvent(Mapping[str, Any]):
    """A service event as it came, parsed when somebody looks.

    Text deltas keep their event only for whoever inspects the wire. As parsed values, thousands
    of small dicts that live as long as a batch, they cost the garbage collector more than
    parsing costs.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def text(self) -> str:
        """Its JSON text, unparsed."""
        return self._data.decode()

    def __getitem__(self, name: str) -> Any:
        return read_json(self._data)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(read_json(self._data))

    def __len__(self) -> int:
        return len(read_json(self._data))

    def __repr__(self) -> str:
        return repr(read_json(self._data))


def read_json(data: bytes) -> Any:
    """The one value that `data` holds. Raises ValueError where it holds anything else.

    Half the cost of `json.loads`, which guesses the encoding and looks for options and space.
    """
    text = data.decode().strip()
    value, end = _decode(text)
    if end != len(text):
        raise ValueError("more than one value")
    return value
