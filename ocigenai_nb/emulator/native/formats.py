"""The three formats of a native chat request, and which models speak them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from ocigenai_nb.emulator.answer import Answer, Ask, Coming
from ocigenai_nb.emulator.native.cohere import CohereChat
from ocigenai_nb.emulator.native.cohere_v2 import CohereV2Chat
from ocigenai_nb.emulator.native.events import Stream
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.emulator.native.generic import GenericChat
from ocigenai_nb.emulator.streams import EventShape
from ocigenai_nb.model_facts import ModelFacts


class NativeChat(Protocol):
    """One request in one of the formats, and the writing of its answer."""

    ask: Ask
    count: int
    """How many answers are wanted."""

    def __init__(self, request: Fields, facts: ModelFacts, fault: str | None, /) -> None:
        """Check and read ``request``, whose answer ``fault`` strikes; raises ``RefusedError``."""

    @property
    def shape(self) -> EventShape:
        """What events of a stream look like, for the faults that imitate them."""
        ...

    def write_whole(self, answers: Sequence[Answer], *, now: float) -> dict[str, Any]:
        """Return the ``chatResponse`` of ``answers``, as many as are wanted."""
        ...

    def write_stream(self, comings: Sequence[Coming]) -> Stream:
        """Return the answers in events."""
        ...


_FORMATS: Final[Mapping[str, type[NativeChat]]] = {
    "GENERIC": GenericChat,
    "COHERE": CohereChat,
    "COHEREV2": CohereV2Chat,
}


def open_chat(request: Fields, facts: ModelFacts, fault: str | None = None) -> NativeChat:
    """Read ``request`` in the format that it names, if the model speaks it.

    ``fault`` is the name of the one that strikes the answer.

    Raises:
        RefusedError: If there is no such format, or the model doesn't speak it.
    """
    name = request.read_word("apiFormat", tuple(_FORMATS))
    if name not in _list_formats(facts):
        refuse_format()
    return _FORMATS[name](request, facts, fault)


def _list_formats(facts: ModelFacts) -> tuple[str, ...]:
    if facts["kind"] != "chat":
        return ()
    if facts["vendor"] != "cohere":
        return ("GENERIC",)
    if {"vision", "reasoning"} & set(facts["capabilities"]):
        return ("COHEREV2",)
    return ("COHERE",) if facts["family"] == "cohere-r" else ("COHERE", "COHEREV2")
