"""Rows 32 and 33: calls whose pieces mix are told apart, and one that is not whole is never run."""

from __future__ import annotations

import json
from typing import Any, Final

from ocigenai_nb.core.messages import Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from tests.faults.streams import ask_listener, write_stream
from tests.transports.subject import Transport

NAMES: Final = tuple("abcdefgh")
LONG: Final = Tool(
    "add_many",
    "Add many numbers.",
    {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in NAMES},
        "required": list(NAMES),
    },
)
QUESTION: Final = "Add 1, 2, 3, 4, 5, 6, 7 and 8."
WHOLE: Final = dict(zip(NAMES, range(1, 9), strict=True))
# Two calls: which one, its name where it begins, and a piece of its arguments.
PIECES: Final = (
    ("call_a", "f", ""),
    ("call_b", "g", ""),
    ("call_a", "", '{"n":'),
    ("call_b", "", '{"n":'),
    ("call_b", "", "2}"),
    ("call_a", "", "1}"),
)


def write_calls(transport: Transport, *, index: int | None) -> list[dict[str, Any]]:
    """The calls as the wire has them, their pieces mixed; `index` is what all claim to have."""
    match transport.name:
        case "v1":
            return [
                {"choices": [{"delta": {"tool_calls": [write_v1(piece, index)]}}]}
                for piece in PIECES
            ]
        case "sdk":
            return [{"message": {"toolCalls": [write_generic(piece, index)]}} for piece in PIECES]
        case "sdk-cohere":  # its calls come whole, and again with the end
            calls = [{"name": name, "parameters": {"n": n}} for name, n in (("f", 1), ("g", 2))]
            return [{"toolCalls": calls}, {"toolCalls": calls}]
    return [write_response(piece, index) for piece in PIECES]


def read_index(call_id: str, index: int | None) -> int:
    return ["call_a", "call_b"].index(call_id) if index is None else index


def write_v1(piece: tuple[str, str, str], index: int | None) -> dict[str, Any]:
    call_id, name, arguments = piece
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return {"index": read_index(call_id, index), "id": call_id, "function": function}


def write_generic(piece: tuple[str, str, str], index: int | None) -> dict[str, Any]:
    call_id, name, arguments = piece
    named = {"name": name} if name else {}
    return {
        "index": read_index(call_id, index), "id": call_id, "type": "FUNCTION", **named,
        "arguments": arguments,
    }  # fmt: skip


def write_response(piece: tuple[str, str, str], index: int | None) -> dict[str, Any]:
    call_id, name, arguments = piece
    place = {"output_index": read_index(call_id, index)}
    if not name:
        delta = {"type": "response.function_call_arguments.delta", "delta": arguments}
        return {**delta, **place, "item_id": f"fc_{call_id}"}
    item = {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": name}
    return {"type": "response.output_item.added", **place, "item": {**item, "arguments": ""}}


def read_calls(transport: Transport, *, index: int | None) -> list[tuple[str, int]]:
    datas = [json.dumps(event) for event in write_calls(transport, index=index)]
    answer = fold(ask_listener(transport, write_stream(*datas, transport.wire.end)))
    assert (answer.status, answer.finish_reason) == ("finished", read_reason(transport))
    return [(call.id, json.loads(call.arguments)["n"]) for call in answer.tool_calls]


def read_reason(transport: Transport) -> str:
    """Chat completions and GENERIC say it themselves; here they say "stop"."""
    return "stop" if transport.name in {"v1", "sdk"} else "tool_calls"


def check_calls(transport: Transport, calls: list[tuple[str, int]]) -> None:
    assert [number for _, number in calls] == [1, 2]
    if transport.name != "sdk-cohere":  # which has no ids: they are made here
        assert [call_id for call_id, _ in calls] == ["call_a", "call_b"]
    assert len({call_id for call_id, _ in calls}) == 2


def test_row_32_interleaved_calls_are_grouped(transport: Transport) -> None:
    check_calls(transport, read_calls(transport, index=None))


def test_row_32_calls_that_share_an_index_are_grouped_by_their_ids(transport: Transport) -> None:
    check_calls(transport, read_calls(transport, index=0))


def check_whole_or_none(answer: Answer) -> bool:
    """No call, unless the service ended the answer itself; then the whole one."""
    calls = [json.loads(call.arguments) for call in answer.tool_calls]
    assert calls == ([WHOLE] if answer.status == "finished" else [])
    return bool(calls)


def test_row_33_of_an_answer_that_was_cut_no_call_is_ever_run(transport: Transport) -> None:
    """Wherever it was cut."""
    client = transport.client()
    assert check_whole_or_none(transport.ask(QUESTION, client=client, tools=(LONG,)))
    events = transport.service.journal.last.events
    assert events > 1
    for position in range(events - 1):
        with transport.service.fault("eof", after_events=position):
            check_whole_or_none(transport.ask(QUESTION, client=client, tools=(LONG,)))


def test_row_33_a_call_that_the_cap_cut_off_is_left_out_and_told(transport: Transport) -> None:
    """It must never be run: its arguments are not what the model meant to say."""
    answer = transport.ask(QUESTION, tools=(LONG,), parameters=Parameters(max_tokens=16))
    assert (answer.tool_calls, answer.finish_reason) == ((), "length")
    left_out = ("The call of add_many came incomplete and is left out.",)
    # Cohere's first format has no parts of calls: one that is not whole does not come at all.
    assert answer.notices == (() if transport.name == "sdk-cohere" else left_out)
