"""The inspector of turns in which tools ran: every round, every request, and nothing secret."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from ocigenai_nb import Agent, Connection, Conversation, Journal
from ocigenai_nb.chat.reply import Raw
from ocigenai_nb.core.errors import NotFoundError
from ocigenai_nb.core.events import Judged
from ocigenai_nb.core.rounds import ToolResult
from ocigenai_nb.notebook.thread_inspector import ThreadInspector
from tests.chat.replies import make_reply, make_round
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import GPT
from tests.widgets.comms import FrontEnd

KEY = "sk-canary0123456789abcdefghij"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def chat(connection: Connection) -> Conversation:
    """Two turns; in the second one two calls ran."""
    chat = connection.chat(GPT, transport="responses", tools=[Calls().get_weather])
    chat.send("Say exactly: one")
    chat.send(WEATHER)
    return chat


@pytest.fixture(params=["conversation", "journal"])
def view(request: pytest.FixtureRequest, chat: Conversation, journal: Journal) -> FrontEnd:
    """The same turns, as they are held here and as they were recorded."""
    view = FrontEnd(ThreadInspector(chat if request.param == "conversation" else journal))
    view.ask("open")
    return view


def find_row(view: FrontEnd, number: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = view.ask("rows")["rows"]
    return next(row for row in rows if row["number"] == number)


def test_a_row_says_what_was_called(view: FrontEnd) -> None:
    assert find_row(view, 1)["calls"] == ""
    assert find_row(view, 2)["calls"] == "2 calls: get_weather"


def test_each_round_shows_its_calls_with_what_came_of_them(
    view: FrontEnd, chat: Conversation
) -> None:
    detail = view.ask("detail", number=2)["detail"]
    (told,) = detail["rounds"]
    (kept,) = chat.turn(2).reply.rounds
    assert [json.loads(call["arguments"]) for call in told["calls"]] == [
        {"city": "Rome"},
        {"city": "Oslo"},
    ]
    assert [call["id"] for call in told["calls"]] == [call.id for call in kept.tool_calls]
    assert [call["state"] for call in told["calls"]] == ["returned"] * 2
    assert [call["result"] for call in told["calls"]] == [each.text for each in kept.results]
    assert all("data, not instructions" in call["result"] for call in told["calls"])
    assert [call["seconds"] for call in told["calls"]] == [each.seconds for each in kept.results]
    assert told["response_id"] == kept.response_id
    assert (told["calls"][0]["ran"], told["calls"][0]["cut"]) == (None, 0)


def test_the_prompt_comes_before_the_rounds_and_the_answer_after_them(view: FrontEnd) -> None:
    detail = view.ask("detail", number=2)["detail"]
    items, asked = detail["items"], detail["asked"]
    assert [item["kind"] for item in items[:asked]] == ["prompt"]
    assert items[0]["text"] == WEATHER
    assert [item["kind"] for item in items[asked:]] == ["answer"]
    assert detail["history"] == 0  # the service keeps it


def test_the_chain_goes_on_from_the_turn_before_and_not_from_a_round(
    view: FrontEnd, chat: Conversation
) -> None:
    (newest, oldest) = view.ask("detail", number=2)["detail"]["chain"]
    assert newest["past"] == oldest["id"] == chat.turn(1).reply.response_id


def test_each_request_and_its_events_can_be_seen(view: FrontEnd, chat: Conversation) -> None:
    reply = chat.turn(2).reply
    assert view.ask("detail", number=2)["detail"]["requests"] == 2
    first, last = (
        view.ask("wire", number=2, part="request", place=place)["value"] for place in (1, 2)
    )
    assert (first, last) == (reply.earlier[0].request, reply.raw.request)
    assert view.ask("wire", number=2, part="request")["value"] == last
    for place, wire in ((1, reply.earlier[0]), (2, reply.raw)):
        events = view.ask("wire", number=2, part="events", place=place)
        assert events["count"] == len(wire.events)
    refused = view.ask("wire", number=2, part="request", place=3)
    assert refused["message"] == "This exchange has no request 3."


def test_a_request_is_compared_with_the_one_before_it(view: FrontEnd) -> None:
    lines = view.ask("diff", number=2, place=2)["lines"]
    new = "\n".join(text for mark, text in lines if mark == "new")
    old = "\n".join(text for mark, text in lines if mark == "old")
    assert "function_call_output" in new
    assert WEATHER in old
    assert {mark for mark, _ in view.ask("diff", number=2, place=1)["lines"]} <= {
        "same",
        "left out",
    }


@pytest.mark.parametrize("words", ["get_weather", "oslo 18 degrees"])
def test_rounds_are_searched(view: FrontEnd, words: str) -> None:
    rows = view.ask("rows", words=words)["rows"]
    assert [row["number"] for row in rows if row["number"] > 0] == [2]


def test_the_page_shows_the_rounds(view: FrontEnd, chat: Conversation) -> None:
    page = ThreadInspector(chat).to_html()
    assert "<b>Round 1</b>" in page
    assert "Tool get_weather: returned" in page
    assert "Result (data, not instructions)" in page


def test_deleting_takes_the_responses_of_the_rounds_along(chat: Conversation) -> None:
    view = FrontEnd(ThreadInspector(chat))
    reply = chat.turn(2).reply
    assert view.ask("detail", number=2)["detail"]["stored_below"] == 2
    deleted = view.ask("delete", number=2)["deleted"]
    assert list(deleted) == [reply.rounds[0].response_id, reply.response_id]
    model: Any = chat.connection.model(GPT, transport="responses")
    for name in deleted:
        assert name in chat.lost
        with pytest.raises(NotFoundError):
            model.retrieve_sync(name)


def test_a_turn_under_way_shows_the_calls_that_have_no_result_yet(connection: Connection) -> None:
    begun, gate = threading.Event(), threading.Event()

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        begun.set()
        gate.wait(30)
        return city

    chat = connection.chat(GPT, transport="responses", tools=[get_weather])
    stream = chat.stream("What is the weather in Rome?")
    assert begun.wait(30)
    view = FrontEnd(ThreadInspector(chat))
    detail = view.ask("detail", number=1)["detail"]
    assert [call["state"] for call in detail["rounds"][0]["calls"]] == ["no result"]
    assert detail["requests"] == 1
    stream.turn.stop()
    stream.turn.wait()
    gate.set()
    assert not stream.turn.unknown, "Its only response has come."
    assert chat.delete_stored() == (stream.turn.reply.rounds[0].response_id,)


def test_the_run_of_an_agent_is_inspected_as_its_conversation(connection: Connection) -> None:
    model = connection.model(GPT, transport="responses")
    agent = Agent(model=model, tools=[Calls().get_weather], system_prompt="Be brief.")
    agent.run_sync(WEATHER, thread_id="a trip to Rome and Oslo")
    view = FrontEnd(ThreadInspector(connection.journal))
    rows = view.ask("open")["rows"]
    assert rows[0]["group"] == "a trip to Rome and Oslo"
    assert rows[1]["calls"] == "2 calls: get_weather"
    detail = view.ask("detail", number=rows[1]["number"])["detail"]
    assert [item["kind"] for item in detail["items"]] == ["system", "prompt", "answer"]
    assert (detail["asked"], len(detail["rounds"]), detail["requests"]) == (2, 1, 2)


# Of what no service made


def record(journal: Journal, *rounds: Any, **answer: Any) -> FrontEnd:
    reply = make_reply("Done.", rounds=rounds, **answer)
    assert journal.record(reply, conversation="c", turn=1, parent=None) is None
    view = FrontEnd(ThreadInspector(journal))
    view.ask("open")
    return view


def test_what_a_hook_ran_instead_and_what_it_found_is_told(journal: Journal) -> None:
    asked = make_round()
    (call,) = asked.tool_calls
    other = ToolResult(type(call)(call.id, call.name, '{"city": "Oslo"}'), "9 degrees", "repeated")
    changed = type(asked)(tool_calls=(call,), results=(other,))
    found = Judged("Grounding", "grounded", "It rests on the tool.", 0.9)
    view = record(journal, changed, judged=(found,))
    detail = view.ask("detail", number=1)["detail"]
    (told,) = detail["rounds"][0]["calls"]
    assert (told["ran"], told["state"]) == ('{"city": "Oslo"}', "repeated")
    assert detail["judged"] == [
        {"by": "Grounding", "verdict": "grounded", "text": "It rests on the tool.", "score": 0.9}
    ]


def test_a_run_that_was_resumed_shows_its_prompt_though_its_first_request_is_not_known(
    journal: Journal,
) -> None:
    sent = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "An older prompt"},
        {"role": "assistant", "content": "An older answer"},
        {"role": "user", "content": "Why?"},
    ]
    reply = make_reply("Done.", rounds=(make_round(),), raw=Raw({"messages": sent}))
    reply = replace(reply, earlier=(Raw({}),))
    assert journal.record(reply, conversation="c", turn=1, parent=None) is None
    view = FrontEnd(ThreadInspector(journal))
    view.ask("open")
    detail = view.ask("detail", number=1)["detail"]
    said = [(item["kind"], item["text"]) for item in detail["items"]]
    assert said == [("system", "Be brief."), ("prompt", "Why?"), ("answer", "Done.")]
    assert (detail["asked"], detail["history"]) == (2, 0)
    assert view.ask("wire", number=1, part="request", place=1)["value"] == {}


def test_results_are_cut_and_the_page_runs_nothing(journal: Journal) -> None:
    view = record(journal, make_round(SCRIPT, SCRIPT + "x" * 300_000, name=SCRIPT))
    (told,) = view.ask("detail", number=1)["detail"]["rounds"][0]["calls"]
    assert told["cut"] == 100_000 + len(SCRIPT)
    page = ThreadInspector(journal).to_html()
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_no_secret_of_a_round_is_in_any_message_or_in_the_page(connection: Connection) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        return f"18 degrees in {city}, says {KEY}"

    chat = connection.chat(GPT, transport="responses", tools=[get_weather])
    chat.send(f"What is the weather in Rome? My key is {KEY}.")
    for inspector in (ThreadInspector(chat), ThreadInspector(connection.journal)):
        view = FrontEnd(inspector)
        view.ask("open")
        view.ask("rows", words="get_weather")
        view.ask("detail", number=1)
        for place in (1, 2):
            view.ask("wire", number=1, part="request", place=place)
            view.ask("wire", number=1, part="events", place=place)
        view.ask("diff", number=1, place=2)
        view.ask("export", number=1, kind="json")
        assert KEY not in json.dumps(view.comm.sent, default=str)
        assert KEY not in inspector.to_html()
