"""A conversation as a JSON file, and back.

Plain data only, checked field by field on reading: the tree of turns, what each asked for and what
came. Not in it: the wire, keys, tokens, the connection. A turn that is under way is saved as far
as it came, as one that was interrupted.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import DataFormatError, SaveFailedError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.plain_data import from_data, parse_json, to_data, write_json
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import Answer

from .reply import Reply, Timing
from .retention import Place
from .turn import Asked, Turn

if TYPE_CHECKING:
    from .conversation import Conversation

FORMAT = "ocigenai_nb conversation"
VERSION = 1


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """A turn in a file. `route` and `place` are positions in the file's lists: they repeat."""

    number: int
    parent: int | None
    prompt: Message
    asked: Asked
    answer: Answer
    route: int
    place: int
    timing: Timing
    sent_at: str
    emulated: bool = False


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation in a file."""

    name: str
    model: str
    turns: tuple[SavedTurn, ...]
    routes: tuple[Route, ...]
    places: tuple[Place, ...]
    transport: str | None = None
    system: str | None = None
    parameters: Parameters = Parameters()
    store: bool = True
    head: int | None = None
    lost: tuple[str, ...] = ()


def save(conversation: Conversation, path: str | os.PathLike[str]) -> Path:
    """Write the file whole or not at all. Raises SaveFailedError where it can't be written."""
    data = {"format": FORMAT, "version": VERSION, "conversation": to_data(_take_down(conversation))}
    return write_whole(Path(path).expanduser(), write_json(data))


def read(path: str | os.PathLike[str]) -> SavedConversation:
    """A saved conversation. Raises DataFormatError for a file that isn't one, or does not fit."""
    file = Path(path).expanduser()
    try:
        data = parse_json(file.read_bytes())
    except OSError as error:
        raise DataFormatError(f"{file} can't be read: {error.strerror}.") from None
    _check_head(data, file)
    saved = from_data(SavedConversation, data.get("conversation"), place="conversation")
    _check_tree(saved)
    return saved


def write_whole(file: Path, text: str) -> Path:
    """Write a file that is there whole or, where that fails, as it was before."""
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as draft:
            draft.write(text)
        Path(name).replace(file)
    except OSError as error:
        with suppress(OSError):
            Path(name or file.parent / ".none").unlink()
        raise SaveFailedError(
            f"{file} could not be written: {error.strerror or error}.",
            remedy="Nothing is lost: it is still in memory. Free some space, or save elsewhere.",
        ) from None
    return file


def restore_turns(saved: SavedConversation) -> list[Turn]:
    """The turns of a saved conversation, oldest first."""
    return [_restore(turn, saved, number) for number, turn in enumerate(saved.turns)]


def _take_down(conversation: Conversation) -> SavedConversation:
    turns = conversation.turns
    routes = list(dict.fromkeys(turn.route for turn in turns))
    places = list(dict.fromkeys(turn.place for turn in turns))
    by_route = {route: position for position, route in enumerate(routes)}
    by_place = {place: position for position, place in enumerate(places)}
    return SavedConversation(
        name=conversation.name,
        model=conversation.model,
        turns=tuple(_save(t, by_route[t.route], by_place[t.place]) for t in turns),
        routes=tuple(routes),
        places=tuple(places),
        transport=conversation.transport,
        system=conversation.system,
        parameters=conversation.parameters,
        store=conversation.store,
        head=conversation.head.number if conversation.head else None,
        lost=tuple(sorted(conversation.lost)),
    )


def _save(turn: Turn, route: int, place: int) -> SavedTurn:
    reply = turn.reply
    answer = reply.answer
    if answer.status == "streaming":
        answer = replace(answer, status="interrupted", finish_reason="saved")
    return SavedTurn(
        number=turn.number,
        parent=turn.parent,
        prompt=turn.prompt,
        asked=turn.asked,
        answer=answer,
        route=route,
        place=place,
        timing=reply.timing,
        sent_at=reply.sent_at.isoformat(),
        emulated=reply.emulated,
    )


def _restore(turn: SavedTurn, saved: SavedConversation, position: int) -> Turn:
    place = f"conversation.turns[{position}]"
    if not (0 <= turn.route < len(saved.routes) and 0 <= turn.place < len(saved.places)):
        raise DataFormatError(f"{place}: its route or place is not in the file.")
    _check_rounds(turn.answer.rounds, place)
    try:
        sent_at = datetime.fromisoformat(turn.sent_at)
    except ValueError:
        raise DataFormatError(f"{place}.sent_at: {turn.sent_at!r} is no date.") from None
    reply = Reply(
        prompt=turn.prompt,
        answer=turn.answer,
        route=saved.routes[turn.route],
        timing=turn.timing,
        sent_at=sent_at,
        emulated=turn.emulated,
    )
    return Turn.made(turn.number, turn.parent, turn.asked, saved.places[turn.place], reply)


def _check_head(data: Any, file: Path) -> None:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DataFormatError(f"{file} is not a saved conversation.")
    version = data.get("version")
    if version != VERSION:
        raise DataFormatError(
            f"{file} is of version {version!r}, and this ocigenai_nb reads version {VERSION}.",
            remedy="Update ocigenai_nb.",
        )


def _check_rounds(rounds: tuple[Round, ...], place: str) -> None:
    for position, each in enumerate(rounds):
        answered = sum(result is not None for _, result in each.pairs)
        if answered < len(each.results):
            raise DataFormatError(
                f"{place}.answer.rounds[{position}]: a result does not fit: no call has its id."
            )


def _check_tree(saved: SavedConversation) -> None:
    seen: set[int | None] = {None}
    last = 0
    for position, turn in enumerate(saved.turns):
        if turn.parent not in seen or turn.number <= last:
            raise DataFormatError(
                f"conversation.turns[{position}]: turn {turn.number} under {turn.parent} does not "
                "fit: turns are numbered upwards, each after the one that it follows."
            )
        last = turn.number
        seen.add(turn.number)
    if saved.head not in seen:
        raise DataFormatError(f"conversation.head: there is no turn {saved.head}.")
