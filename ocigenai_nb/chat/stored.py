"""What the service holds of a conversation: shown beside what is held here, and deleted there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ocigenai_nb.core.errors import NotFoundError, UsageError
from ocigenai_nb.transports.responses import OCIResponsesModel

from .turn import Turn

if TYPE_CHECKING:
    from .connection import Connection

There: TypeAlias = Literal["the same", "differs", "gone", "not stored", "unknown"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One turn: its response's id, and what the service holds under it.

    `there` is "the same" as here, "differs", "gone" (deleted or expired), "not stored" (the service
    was not asked to, or keeps nothing) or "unknown" (cut off before its id came).
    """

    turn: int
    response_id: str | None
    there: There
    status: str | None = None


class Holdings(tuple[Holding, ...]):
    """What the service holds of some turns, in their order."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(
            f"turn {held.turn}: {held.there}"
            + (f" ({held.response_id})" if held.response_id else "")
            for held in self
        )

    def _repr_markdown_(self) -> str:
        rows = [
            f"| {held.turn} | {held.there} | {held.status or ''} | {held.response_id or ''} |"
            for held in self
        ]
        return "\n".join(["| turn | at the service | status | id |", "|--:|:--|:--|:--|", *rows])


def look_up(connection: Connection, turns: Iterable[Turn]) -> Holdings:
    """Ask the service what it holds of each turn that was to be stored."""
    return Holdings(_compare(connection, turn) for turn in turns)


def delete(connection: Connection, turns: Iterable[Turn]) -> tuple[str, ...]:
    """Delete the responses of these turns at the service; returns the ids that were deleted.

    What is gone already counts as deleted. Raises what the service refuses it with; those before
    it are deleted then.
    """
    deleted = []
    for turn in turns:
        for name in turn.stored_ids:
            with suppress(NotFoundError):
                _model(connection, turn).delete_sync(name)
            deleted.append(name)
    return tuple(deleted)


def _compare(connection: Connection, turn: Turn) -> Holding:
    name = next(reversed(turn.stored_ids), None)
    if name is None or turn.unknown:
        return Holding(turn.number, name, "unknown" if turn.unknown else "not stored")
    try:
        response = _model(connection, turn).retrieve_sync(name)
    except NotFoundError:
        return Holding(turn.number, name, "gone")
    reply = turn.reply
    said = reply.text if name == reply.response_id else reply.rounds[-1].text
    same = _text(response) == said and not turn.asked.edited
    status = response.get("status")
    return Holding(turn.number, name, "the same" if same else "differs", status and str(status))


def _model(connection: Connection, turn: Turn) -> OCIResponsesModel:
    model = connection.model(turn.asked.model, transport="responses")
    if isinstance(model, OCIResponsesModel):
        return model
    raise UsageError("Only the Responses API keeps responses.")


def _text(response: Mapping[str, Any]) -> str:
    """The text of a stored response, refusals among it."""
    parts = (
        part
        for item in response.get("output") or []
        if item.get("type") == "message"
        for part in item.get("content") or []
    )
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)
