"""What can be told about one exchange: what was said, who keeps it, and how it hangs together.

Everything is read from the journal's view of an exchange, in which secrets are replaced; a turn of
a conversation is brought into the same form first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from ocigenai_nb.core.chat_completions import ChunkFold
from ocigenai_nb.core.cohere_chat import CohereFold
from ocigenai_nb.core.cohere_v2_chat import CohereV2Fold
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.events import Event
from ocigenai_nb.core.generic_chat import GenericFold
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.plain_data import to_data
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.responses_answer import ResponseFold
from ocigenai_nb.core.thread import fold
from ocigenai_nb.core.wire_items import Item, read_sent

from .journal_entry import Entry, make_row, read_row
from .reply import Raw, Reply
from .retention import keeps
from .turn import Turn

Who: TypeAlias = Literal["server", "client", "gone", "nothing", "hand", "unknown"]

_NATIVE_FOLDS = {"GENERIC": GenericFold, "COHERE": CohereFold, "COHEREV2": CohereV2Fold}
_CALLS = ('"function_call', '"tool_calls"', '"toolCalls"')


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps what the next turn needs, and a sentence that says so.

    `who` is "server" (the Responses API has it under its id), "client" (it travels with every
    request), "gone" (it was kept there and no longer is), "nothing" (Zero Data Retention), "hand"
    (written here, never sent) or "unknown" (cut off before its id came).
    """

    who: Who
    sentence: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one exchange said: its new items, and how many messages of the past were sent along.

    The first `asked` of the items were said to the model before its rounds; the others came after.
    """

    items: tuple[Item, ...]
    history: int
    asked: int


def read_turn(turn: Turn, conversation: str, *, wire: bool = True) -> Entry:
    """A turn as the journal would have it.

    Without `wire`, which is quick, there are of its wire only the first request and the last. A
    turn that is under way is read as far as it came.
    """
    reply = turn.reply
    if not reply.raw.request and turn.request:
        reply = replace(reply, raw=Raw(turn.request, reply.raw.events))
    if not wire:
        first = tuple(Raw(each.request) for each in reply.earlier[:1])
        others = (Raw({}),) * len(reply.earlier[1:])
        reply = replace(reply, raw=Raw(reply.raw.request), earlier=first + others)
    return read_row(make_row(reply, conversation, turn.number, turn.parent))


def find_holder(turn: Turn, lost: Collection[str]) -> Holder:
    """Who keeps a turn; `lost` are the ids that the service was found not to have any more."""
    if turn.asked.edited:
        return Holder("hand", "It was written here by hand, and never sent.")
    if turn.route.transport != "responses":
        return _held_here("This API keeps nothing")
    if turn.unknown:
        return Holder("unknown", "It broke off before its id came: the service may hold it.")
    return _find_kept(turn, lost)


def _find_kept(turn: Turn, lost: Collection[str]) -> Holder:
    """Who keeps a turn on Responses."""
    name = turn.reply.response_id
    if not turn.asked.stored:
        return _held_here("The service was asked not to store it")
    if name is None and turn.reply.rounds:
        return _held_here("It ended before its last answer")
    if name is None:
        return _held_here("No response began")
    if name in lost:
        return Holder("gone", "The service no longer has it: the next request carries it all.")
    if not keeps(turn.place):
        return Holder("nothing", "The service was found to keep nothing (Zero Data Retention).")
    return Holder("server", "The service keeps it under its id: only new turns travel.")


def find_recorded_holder(entry: Entry) -> Holder:
    """Who kept an exchange when it was recorded; what became of it since, the journal can't say."""
    if entry.transport != "responses":
        return _held_here("This API keeps nothing")
    asked: object = (entry.request or {}).get("store", True)
    if asked is False or entry.response_id is None:
        return _held_here("The service was asked not to store it, or gave no id")
    return Holder("server", "The service was asked to keep it under its id when it was recorded.")


def _held_here(why: str) -> Holder:
    return Holder("client", f"{why}: the history travels with every request.")


def read_said(entry: Entry, *, system: str | None, calls: Sequence[ToolCall]) -> Said:
    """What an exchange said, in order. `system` stands in where the request isn't known."""
    first = read_sent(read_first(entry))
    sent = first or read_sent(entry.request)
    instructions = [item for item in sent if item.kind == "system"]
    talk = [item for item in first if item.kind != "system"]
    if not talk:
        talk = [Item("prompt", entry.prompt)]
        instructions = instructions or ([Item("system", redact(system))] if system else [])
    new = _begin_of_turn(talk)
    received = [Item("reasoning", entry.reasoning)] if entry.reasoning else []
    if entry.answer:
        kind: Literal["refusal", "answer"] = (
            "refusal" if entry.finish_reason == "refusal" else "answer"
        )
        received.append(Item(kind, entry.answer))
    received += [Item("tool call", redact(c.arguments), redact(c.name), c.id) for c in calls]
    asked = (*instructions, *talk[new:])
    return Said((*asked, *received), history=new, asked=len(asked))


def read_first(entry: Entry) -> Any:
    """The first request of an exchange; empty or None where it isn't known."""
    return entry.earlier[0].request if entry.earlier else entry.request


def find_wire(entry: Entry, place: int) -> tuple[Any, list[Any]]:
    """A request of an exchange, the first being 1 and the last 0 too, and its events.

    Raises UsageError for a place where there is none.
    """
    if place in {0, len(entry.earlier) + 1}:
        return entry.request, entry.events
    if not 0 < place <= len(entry.earlier):
        raise UsageError(f"This exchange has no request {place}.", remedy="Choose another one.")
    raw = entry.earlier[place - 1]
    return raw.request, [*raw.events]


def _begin_of_turn(talk: Sequence[Item]) -> int:
    """Where the new turn begins: after the last thing that the model said."""
    said = [at for at, item in enumerate(talk) if item.kind in {"answer", "tool call"}]
    return said[-1] + 1 if said else 0


def read_calls(entry: Entry) -> tuple[ToolCall, ...]:
    """The tool calls that nobody answered in a recorded exchange, read from its events."""
    if len(entry.earlier) < len(entry.rounds):  # the events are those of the last round
        return ()
    events = entry.events
    if not any(mark in text for text in map(json.dumps, events) for mark in _CALLS):
        return ()
    answer = _make_fold(entry)
    ours: list[Event] = []
    if len(events) == 1 and not _streamed(entry.request):
        ours += answer.whole(events[0])
    else:
        for event in events:
            ours += answer.take(json.dumps(event).encode())
    ours += answer.end(b"")
    return fold(ours).tool_calls


def _make_fold(entry: Entry) -> Any:
    if entry.transport == "v1":
        return ChunkFold(_no_id)
    if entry.transport == "responses":
        return ResponseFold(_no_id, store=True)
    native = (entry.request or {}).get("chatRequest", {}).get("apiFormat", "GENERIC")
    make: Callable[[Callable[[], str]], Any] = _NATIVE_FOLDS.get(native, GenericFold)
    return make(_no_id)


def _streamed(request: Mapping[str, Any] | None) -> bool:
    body = request or {}
    return bool(body.get("stream") or body.get("chatRequest", {}).get("isStream"))


def _no_id() -> str:
    return ""


def export_entry(entry: Entry) -> str:
    """A recorded exchange as JSON text: its facts, what was sent and what came."""
    own = {"packed_request", "packed_events", "packed_earlier", "packed_rounds", "judged"}
    facts: dict[str, Any] = {
        name: getattr(entry, name) for name in Entry.__slots__ if name not in own
    }
    facts["at"] = entry.at.isoformat()
    facts["rounds"] = [to_data(each) for each in entry.rounds]
    facts["judged"] = [to_data(each) for each in entry.judged]
    facts["earlier"] = [
        {"request": each.request, "events": list(each.events)} for each in entry.earlier
    ]
    facts |= {"request": entry.request, "events": entry.events}
    return json.dumps(facts, ensure_ascii=False, indent=2)


def find_past_id(reply: Reply, request: Mapping[str, Any]) -> str | None:
    """The id of the response that a request continued; None where it began anew."""
    first = reply.earlier[0] if reply.earlier else reply.raw
    name = (first.request or request).get("previous_response_id")
    return str(name) if name else None
