"""Tools over every transport: the same rounds, the same events, the same history."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import pytest

from ocigenai_nb import Connection, Conversation, Journal, emulator, tool
from ocigenai_nb.core.errors import StreamCutError, ToolLimitError
from ocigenai_nb.core.events import (
    Continuation,
    Event,
    Finished,
    ReasoningDelta,
    ServiceEvent,
    TextDelta,
)
from ocigenai_nb.emulator.service import Service
from tests.chat.tools.conftest import WAYS, Open
from tests.chat.tools.functions import WEATHER, Calls, meet

# What one wire has and another has not.
OWN = (Continuation, ReasoningDelta, ServiceEvent)


def name_events(events: list[Event], way: str) -> list[str]:
    """The kinds of events in order, each once where several follow one another."""
    names = [type(event).__name__ for event in events if not isinstance(event, OWN)]
    if way == "sdk-cohere" and names[1] == "TextDelta":  # it says aloud that it will call
        names = [names[0], *names[names.index("ToolCallDelta") :]]
    return [names[0], *(now for before, now in pairwise(names) if now != before)]


def test_the_events_are_the_same_on_every_transport(open_chat: Open, way: str) -> None:
    events = list(open_chat(Calls().get_weather).stream(WEATHER))
    names = name_events(events, way)
    done = names.index("RoundFinished")
    assert names[:done] == ["Started", "ToolCallDelta", "UsageReport", "ToolCallReady"]
    ran = names[done + 1 : names.index("Started", 1)]
    assert set(ran) == {"ToolStarted", "ToolFinished"}
    assert names[names.index("Started", 1) :] == ["Started", "TextDelta", "UsageReport", "Finished"]


def test_exactly_one_event_is_terminal(open_chat: Open) -> None:
    events = list(open_chat(Calls().get_weather).stream(WEATHER))
    assert [isinstance(event, Finished) for event in events].count(True) == 1
    assert events[-1] == Finished("stop", events[-1].model)  # type: ignore[union-attr]


def test_each_call_has_its_own_result(open_chat: Open) -> None:
    calls = Calls()
    reply = open_chat(calls.get_weather).send(WEATHER)
    assert calls.cities == ["Oslo", "Rome"]
    (round_,) = reply.rounds
    assert [result.call for result in round_.results] == list(round_.tool_calls)
    assert len({result.call.id for result in round_.results}) == 2
    for result, city in zip(round_.results, ("Rome", "Oslo"), strict=True):
        assert result.text.endswith(f"18 degrees in {city}")
    assert reply.text == (
        "According to get_weather: 18 degrees in Rome. According to get_weather: 18 degrees in "
        "Oslo."
    )


def test_coroutine_functions_are_tools(open_chat: Open) -> None:
    calls = Calls()
    reply = open_chat(tool(calls.get_weather_async, name="get_weather")).send(WEATHER)
    assert calls.cities == ["Oslo", "Rome"]
    assert "18 degrees in Rome" in reply.text


def test_calls_of_one_round_run_at_the_same_time(open_chat: Open) -> None:
    assert "18 degrees in Oslo" in open_chat(meet(2)).send(WEATHER).text


def test_usage_is_that_of_all_requests_together(open_chat: Open) -> None:
    reply = open_chat(Calls().get_weather).send(WEATHER)
    (round_,) = reply.rounds
    assert reply.usage is not None
    assert round_.usage is not None
    assert reply.usage.input > round_.usage.input
    assert reply.usage.total == reply.usage.input + reply.usage.output


def test_the_wire_of_every_request_is_kept(open_chat: Open, service: Service) -> None:
    reply = open_chat(Calls().get_weather).send(WEATHER)
    sent = [entry.body for entry in service.journal][-2:]
    assert [raw.request for raw in (*reply.earlier, reply.raw)] == sent
    assert all(raw.events for raw in (*reply.earlier, reply.raw))


def test_a_turn_with_tools_is_one_turn_and_goes_on(open_chat: Open) -> None:
    chat = open_chat(Calls().get_weather)
    chat.send("My name is Ada.")
    chat.send(WEATHER)
    assert chat.send("What is my name?").text == "Your name is Ada."
    assert len(chat.turns) == 3


def test_what_tools_returned_is_part_of_the_history(open_chat: Open, way: str) -> None:
    chat = open_chat(Calls().get_weather)
    chat.send(WEATHER)
    said = chat.messages()
    assert [message.role for message in said] == ["user", "assistant", "tool", "tool", "assistant"]
    if way == "responses":
        chat.send("Thank you.")
        assert chat.replies[-1].raw.request["previous_response_id"]


def test_without_tools_the_history_tells_in_words_what_they_returned(open_chat: Open) -> None:
    chat = open_chat(Calls().get_weather)
    chat.send(WEATHER)
    chat.tools = ()
    prompt, answer = chat.messages()
    assert "The tool get_weather" in prompt.text
    assert "18 degrees in Oslo" in prompt.text
    assert answer.tool_calls == ()


@pytest.mark.parametrize("into", WAYS)
def test_a_conversation_with_tools_goes_on_with_any_other_model(open_chat: Open, into: str) -> None:
    chat = open_chat(Calls().get_weather)
    chat.send("My name is Ada.")
    chat.send(WEATHER)
    chat.model, chat.transport, chat.store = WAYS[into]
    assert chat.send("What is my name?").text == "Your name is Ada."


def test_it_is_saved_and_read_with_its_rounds(
    open_chat: Open, connection: Connection, tmp_path: Any
) -> None:
    chat = open_chat(Calls().get_weather)
    reply = chat.send(WEATHER)
    again = connection.load_chat(chat.save(tmp_path / "chat.json"))
    assert again.replies[-1].rounds == reply.rounds


def test_a_limit_ends_a_model_that_never_stops_calling(open_chat: Open) -> None:
    chat = open_chat(Calls().get_weather, max_rounds=0)
    with pytest.raises(ToolLimitError, match="called tools in 0 rounds"):
        chat.send(WEATHER)
    assert chat.replies[-1].status == "interrupted"


def test_a_stream_that_breaks_in_a_later_round_keeps_the_results(
    open_chat: Open, service: Service
) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        service.fault("cut", after_events=6)
        return f"18 degrees in {city}"

    chat = open_chat(get_weather)
    with pytest.raises(StreamCutError):
        chat.send("What is the weather in Rome?")
    reply = chat.replies[-1]
    assert len(reply.rounds[0].results) == 1
    assert "18 degrees in Rome" in "".join(message.text for message in chat.messages())


def test_stop_leaves_a_running_tool_behind_and_keeps_what_came(open_chat: Open) -> None:
    running, release = threading.Event(), threading.Event()

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        running.set()
        release.wait(60)
        return city

    chat = open_chat(get_weather)
    stream = chat.stream("What is the weather in Rome?")
    assert running.wait(60)
    stream.stop()
    reply = stream.turn.wait(60)
    release.set()
    assert (reply.status, reply.finish_reason) == ("interrupted", "stopped")
    assert reply.rounds[0].results == ()
    chat.tools = ()
    assert chat.send("My name is Ada.").text == "Nice to meet you, Ada."


def test_a_call_that_was_cut_off_is_never_run(open_chat: Open, service: Service) -> None:
    calls = Calls()
    chat = open_chat(calls.get_weather)
    with service.fault("cut", after_events=3), pytest.raises(StreamCutError):
        chat.send(WEATHER)
    assert calls.made == []


def test_a_thread_that_is_lost_between_two_rounds_is_made_up_for(
    connection: Connection, service: Service
) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        service.forget_responses()
        return f"18 degrees in {city}"

    chat = connection.chat("openai.gpt-4.1", transport="responses", tools=[get_weather])
    reply = chat.send("What is the weather in Rome?")
    assert reply.text == "According to get_weather: 18 degrees in Rome."
    assert any("no longer has this thread" in notice for notice in reply.answer.notices)


def test_zero_retention_is_no_hindrance() -> None:
    with emulator.start() as service:
        import ocigenai_nb as og

        zdr = og.connect("ZDR", config_file=service.config_file)
        chat = zdr.chat("openai.gpt-4.1", transport="responses", tools=[Calls().get_weather])
        assert "18 degrees in Rome" in chat.send(WEATHER).text


def test_only_results_travel_where_the_service_keeps_the_thread(
    connection: Connection, service: Service
) -> None:
    chat = connection.chat("openai.gpt-4.1", transport="responses", system="Be kind.",
                           tools=[Calls().get_weather])  # fmt: skip
    reply = chat.send(WEATHER)
    body: Any = service.journal.last.body
    assert body["previous_response_id"] == reply.rounds[0].response_id
    assert [item["type"] for item in body["input"]] == ["function_call_output"] * 2
    assert body["instructions"] == "Be kind."
    assert body["tools"]


def test_the_journal_has_the_turn(connection: Connection) -> None:
    with Journal() as journal:
        connection.journal = journal
        chat = connection.chat(tools=[Calls().get_weather])
        chat.send(WEATHER)
        (entry,) = journal
        assert entry.answer.startswith("According to")


def test_text_of_a_round_is_not_part_of_the_last_answer(open_chat: Open, way: str) -> None:
    chat: Conversation = open_chat(Calls().get_weather)
    stream = chat.stream(WEATHER)
    texts = [event.text for event in stream if isinstance(event, TextDelta)]
    reply = chat.replies[-1]
    assert reply.rounds[0].text + reply.text == "".join(texts)
    assert bool(reply.rounds[0].text) == (way == "sdk-cohere")
