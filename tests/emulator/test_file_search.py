"""The tool file_search of the Responses API, as the `openai` SDK speaks it."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, GPT_OSS
from tests.emulator.files_client import HOURS, REFUNDS, connect_control, make_store
from tests.emulator.mutations import mutate
from tests.emulator.responses_client import (
    RESPONSES,
    WEATHER,
    ask,
    connect_http,
    connect_sdk,
    create,
    find_text,
    read_error,
    say,
    stream,
)

ASKED = "How many days does a refund take?"
ANSWER = "According to refunds.md: Refunds are paid within 14 days."


def write_tool(service: Service, **fields: Any) -> dict[str, Any]:
    """The tool over a new store with two files."""
    store_id = make_store(service, refunds=REFUNDS, hours=HOURS)
    return {"type": "file_search", "vector_store_ids": [store_id], **fields}


def test_what_is_found_is_told_and_cited(service: Service) -> None:
    tool: Any = write_tool(service)
    with connect_sdk(service) as client:
        response = client.responses.create(model=GPT, input=ASKED, tools=[tool])
    search, message = response.output
    assert search.type == "file_search_call"
    assert (search.status, search.queries, search.results) == ("completed", [ASKED], None)
    assert search.id.startswith("fs_")
    assert response.output_text == ANSWER
    assert message.type == "message"
    assert message.content[0].type == "output_text"
    [citation] = message.content[0].annotations
    assert citation.type == "file_citation"
    assert citation.filename == "refunds.md"
    assert ANSWER[: citation.index].endswith("within 14 days")


def test_the_results_come_along_where_they_are_asked_for(service: Service) -> None:
    tool: Any = write_tool(service, max_num_results=1)
    with connect_sdk(service) as client:
        response = client.responses.create(
            model=GPT_OSS, input=ASKED, tools=[tool], include=["file_search_call.results"]
        )
    search = response.output[0]
    assert search.type == "file_search_call"
    assert search.results is not None
    [result] = search.results
    assert (result.filename, result.text) == ("refunds.md", REFUNDS.decode())
    assert 0.25 < (result.score or 0) <= 1


def test_the_events_of_a_search_come_in_their_order(service: Service) -> None:
    events = stream(service, model=GPT, input=ASKED, tools=[write_tool(service)])
    kinds = [event["type"].removeprefix("response.") for event in events]
    assert [kind for kind in dict.fromkeys(kinds) if kind != "output_text.delta"] == [
        "created",
        "in_progress",
        "output_item.added",
        "file_search_call.in_progress",
        "file_search_call.searching",
        "file_search_call.completed",
        "output_item.done",
        "content_part.added",
        "output_text.annotation.added",
        "output_text.done",
        "content_part.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    added, done = (events[kinds.index(f"output_item.{word}")] for word in ("added", "done"))
    assert (added["item"]["status"], added["item"]["queries"]) == ("in_progress", [])
    assert done["item"] == events[-1]["response"]["output"][0]
    cited = events[kinds.index("output_text.annotation.added")]
    place = {"output_index": 1, "content_index": 0, "annotation_index": 0}
    assert {name: cited[name] for name in place} == place
    message = events[-1]["response"]["output"][1]
    assert cited["item_id"] == message["id"]
    assert [cited["annotation"]] == message["content"][0]["annotations"]
    assert events[kinds.index("content_part.added")]["part"]["annotations"] == []


def test_the_sdk_reads_the_stream(service: Service) -> None:
    tool: Any = write_tool(service)
    with connect_sdk(service) as client:
        arguments: Any = {"model": GPT, "input": ASKED, "tools": [tool]}
        with client.responses.stream(**arguments) as events:
            kinds = {event.type for event in events}
            final = events.get_final_response()
    assert "response.output_text.annotation.added" in kinds
    assert final.output_text == ANSWER


def test_two_files_that_fit_alike_are_both_told(service: Service) -> None:
    store_id = make_store(service, a=b"The red door is locked.", b=b"The blue door is locked.")
    tool = {"type": "file_search", "vector_store_ids": [store_id]}
    response = ask(service, model=GPT, input="Is the door locked?", tools=[tool])
    assert find_text(response) == (
        "According to a.md: The red door is locked. According to b.md: The blue door is locked."
    )
    assert len(response["output"][1]["content"][0]["annotations"]) == 2


def test_what_is_not_in_the_files_is_answered_without_them(service: Service) -> None:
    response = ask(service, model=GPT, input="what is 17 * 23?", tools=[write_tool(service)])
    assert find_text(response) == "17 * 23 = 391"
    assert response["output"][1]["content"][0]["annotations"] == []


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [
        ("auto", ["function_call"]),
        ("none", ["message"]),
        ("required", ["function_call"]),
        ({"type": "file_search"}, ["file_search_call", "message"]),
        ({"type": "function", "name": "get_weather"}, ["function_call"]),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "file_search"}]},
            ["file_search_call", "message"],
        ),
    ],
)
def test_the_choice_of_tools_is_obeyed(service: Service, choice: Any, kinds: list[str]) -> None:
    tools = [write_tool(service), WEATHER]
    asked = "What is the weather in Chicago?"
    response = ask(service, model=GPT, input=asked, tools=tools, tool_choice=choice)
    assert [item["type"] for item in response["output"]] == kinds


def test_a_search_is_done_where_a_tool_is_required(service: Service) -> None:
    tools = [write_tool(service), WEATHER]
    response = ask(service, model=GPT, input=ASKED, tools=tools, tool_choice="required")
    assert [item["type"] for item in response["output"]] == ["file_search_call", "message"]


def test_a_thread_goes_on_after_a_search(service: Service) -> None:
    tool = write_tool(service)
    first = ask(service, model=GPT, input=ASKED, tools=[tool])
    again = {"model": GPT, "input": "Say that again"}
    assert find_text(ask(service, previous_response_id=first["id"], **again)) == ANSWER
    thread = [say("user", ASKED), *first["output"], say("user", "Say that again")]
    assert find_text(ask(service, model=GPT, input=thread)) == ANSWER


def test_the_tool_is_stated_whole(service: Service) -> None:
    tool = write_tool(service)
    [stated] = ask(service, model=GPT, input=ASKED, tools=[tool])["tools"]
    ranking = {"ranker": "auto", "score_threshold": 0.0}
    assert stated == tool | {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": ranking,
    }


def test_filters_keep_files_out(service: Service) -> None:
    unfit = {"type": "eq", "key": "lang", "value": "en"}
    response = ask(service, model=GPT, input=ASKED, tools=[write_tool(service, filters=unfit)])
    assert "script" in find_text(response)


def test_a_store_that_is_not_there_is_not_found(service: Service) -> None:
    tool: Any = write_tool(service)
    with connect_control(service) as control:
        control.vector_stores.delete(tool["vector_store_ids"][0])
    with connect_sdk(service) as client, pytest.raises(openai.NotFoundError, match="not found"):
        client.responses.create(model=GPT, input=ASKED, tools=[tool])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "tools[0].vector_store_ids"),
        ({"vector_store_ids": []}, "tools[0].vector_store_ids"),
        ({"vector_store_ids": [5]}, "tools[0].vector_store_ids[0]"),
        ({"vector_store_ids": ["vs"], "max_num_results": 0}, "tools[0].max_num_results"),
        ({"vector_store_ids": ["vs"], "filters": 5}, "tools[0].filters"),
    ],
)
def test_a_malformed_tool_is_refused(service: Service, fields: dict[str, Any], param: str) -> None:
    answer = create(service, model=GPT, input="x", tools=[{"type": "file_search", **fields}])
    status, _, named, _ = read_error(answer)
    assert (status, named) == (400, param)


def test_a_choice_of_a_tool_that_is_not_there_is_refused(service: Service) -> None:
    choice = {"type": "file_search"}
    answer = create(service, model=GPT, input="x", tools=[WEATHER], tool_choice=choice)
    assert read_error(answer)[2] == "tool_choice"


def test_no_misfit_breaks_the_service(service: Service) -> None:
    filters = {"type": "and", "filters": [{"type": "eq", "key": "a", "value": 1}]}
    tool = write_tool(service, max_num_results=5, filters=filters)
    tool["ranking_options"] = {"ranker": "auto", "score_threshold": 0.1}
    searched = {"type": "file_search_call", "id": "fs_1", "queries": ["x"], "results": []}
    given: list[Any] = [searched, say("user", ASKED)]
    body = {"input": given, "tools": [tool], "tool_choice": {"type": "file_search"}}
    with connect_http(service) as client:
        for broken in mutate(body):
            content = json.dumps({"model": GPT, **broken})
            answer = client.post(
                RESPONSES, content=content, headers={"content-type": "application/json"}
            )
            assert answer.status_code in (200, 400, 404), broken
