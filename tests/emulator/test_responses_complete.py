"""The rest of `/responses`: background streams, events again, counting, compacting, lists."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, GPT_5, GPT_OSS, connect
from tests.emulator.responses_client import (
    RESPONSES,
    WEATHER,
    ask,
    connect_http,
    connect_sdk,
    create,
    find_text,
    read_error,
    read_events,
    say,
    stream,
)


def test_background_work_can_be_streamed_from_the_queue_on(service: Service) -> None:
    events = stream(service, model=GPT, input="count to 3", background=True)
    assert [(event["type"], event["response"]["status"]) for event in events[:3]] == [
        ("response.created", "queued"),
        ("response.queued", "queued"),
        ("response.in_progress", "in_progress"),
    ]
    assert events[-1]["response"]["status"] == "completed"
    assert events[-1]["response"]["background"]


def test_a_stream_that_was_left_is_taken_up_again(service: Service) -> None:
    with connect_sdk(service) as client:
        response_id, seen = "", -1
        text = ""
        with client.responses.create(
            model=GPT, input="count to 9", background=True, stream=True
        ) as begun:
            for event in begun:
                seen = event.sequence_number
                if event.type == "response.created":
                    response_id = event.response.id
                if event.type == "response.output_text.delta":
                    text += event.delta
                    if len(text) > 5:
                        break
        last = ""
        for event in client.responses.retrieve(response_id, stream=True, starting_after=seen):
            assert event.sequence_number == seen + 1
            seen, last = event.sequence_number, event.type
            if event.type == "response.output_text.delta":
                text += event.delta
    assert (text, last) == ("1 2 3 4 5 6 7 8 9", "response.completed")


def test_events_again_start_where_they_are_told_to(service: Service) -> None:
    events = stream(service, model=GPT, input="count to 9")
    path = f"{RESPONSES}/{events[0]['response']['id']}"

    def again(after: int) -> list[dict[str, Any]]:
        with connect_http(service) as client:
            return read_events(
                client.get(path, params={"stream": "true", "starting_after": after}).content
            )

    for after in (0, 5, len(events) - 2):
        assert again(after) == events[after + 1 :]
    assert again(len(events) - 1) == again(len(events) + 5) == []


@pytest.mark.parametrize(
    ("after", "code"),
    [("-2", "integer_below_min_value"), ("x", "invalid_type"), ("³", "invalid_type")],
)
def test_a_wrong_start_is_refused(service: Service, after: str, code: str) -> None:
    made = ask(service, model=GPT, input="hi")["id"]
    with connect_http(service) as client:
        query = {"stream": "true", "starting_after": after}
        assert read_error(client.get(f"{RESPONSES}/{made}", params=query))[3] == code


def test_input_tokens_are_those_of_the_usage(service: Service) -> None:
    body: dict[str, Any] = {
        "model": GPT,
        "input": [say("user", "My name is Ada."), say("user", "What is my name?")],
        "instructions": "Be brief.",
        "tools": [WEATHER],
    }
    made = ask(service, **body)
    with connect_sdk(service) as client:
        counted = client.responses.input_tokens.count(**body)
        longer = client.responses.input_tokens.count(
            model=GPT, input="and now?", previous_response_id=made["id"]
        )
        same = client.responses.input_tokens.count(model=GPT, previous_response_id=made["id"])
    assert counted.object == "response.input_tokens"
    assert counted.input_tokens == made["usage"]["input_tokens"]
    assert longer.input_tokens > same.input_tokens > 0


def test_what_is_too_long_can_be_counted(service: Service) -> None:
    with connect_sdk(service) as client:
        counted = client.responses.input_tokens.count(model=GPT_OSS, input="word " * 130_000)
    assert counted.input_tokens > 128_000


def test_a_thread_is_compacted_and_goes_on(service: Service) -> None:
    thread = [
        say("user", "My name is Ada."),
        say("assistant", "Hello Ada. The code word is walrus."),
        say("user", "count to 3"),
    ]
    with connect_sdk(service) as client:
        items: Any = thread
        compacted = client.responses.compact(model=GPT, input=items)
        assert compacted.object == "response.compaction"
        assert compacted.id.startswith("resp_")
        *users, compaction = compacted.model_dump(exclude_none=True, warnings=False)["output"]
        assert [item["content"][0]["text"] for item in users] == ["My name is Ada.", "count to 3"]
        assert "walrus" not in compaction["encrypted_content"]
        assert compacted.usage.output_tokens > 0
        question: Any = [*users, compaction, say("user", "What is my name?")]
        told = client.responses.create(model=GPT, input=question)
    assert "Ada" in told.output_text
    assert told.usage
    plain = ask(service, model=GPT, input=[*thread, say("user", "What is my name?")])
    assert told.usage.input_tokens == plain["usage"]["input_tokens"]


def test_what_is_kept_can_be_compacted_too(service: Service) -> None:
    made = ask(service, model=GPT, input="My name is Ada.", instructions="Be brief.")
    with connect_sdk(service) as client:
        compacted = client.responses.compact(
            model=GPT, previous_response_id=made["id"], instructions="Be brief."
        )
    assert [item.type for item in compacted.output] == ["message", "compaction"]


def test_a_compaction_is_its_owners_and_nothing_else_is_one(service: Service) -> None:
    with connect_sdk(service) as client:
        compacted = client.responses.compact(model=GPT, input="hi")
    item = compacted.output[-1].model_dump(exclude_none=True)
    refused = [
        create(service, "ZDR", model=GPT, input=[item]),
        create(service, model=GPT, input=[{**item, "encrypted_content": "é"}]),
    ]
    thought = ask(service, model=GPT_5, input="hi", include=["reasoning.encrypted_content"])
    sealed = thought["output"][0]["encrypted_content"]
    refused.append(create(service, model=GPT, input=[{**item, "encrypted_content": sealed}]))
    assert {read_error(answer)[3] for answer in refused} == {"invalid_encrypted_content"}
    bare = create(service, model=GPT, input=[{"type": "compaction"}])
    assert read_error(bare)[2] == "input[0].encrypted_content"


def test_zero_data_retention_compacts_and_counts(service: Service) -> None:
    with connect_sdk(service, "ZDR") as client:
        assert client.responses.compact(model=GPT, input="hi").output[-1].type == "compaction"
        assert client.responses.input_tokens.count(model=GPT, input="hi").input_tokens > 0


@pytest.mark.parametrize("path", ["input_tokens", "compact"])
def test_side_calls_need_a_model_and_an_input(service: Service, path: str) -> None:
    with connect_http(service) as client:
        assert read_error(client.post(f"{RESPONSES}/{path}", json={}))[2] == "model"
        assert read_error(client.post(f"{RESPONSES}/{path}", json={"model": GPT}))[2] == "input"
        assert client.post(f"{RESPONSES}/{path}", content=b"[]").status_code == 400


def test_metadata_is_checked_and_restated(service: Service) -> None:
    made = ask(service, model=GPT, input="hi", metadata={"a": "b"})
    assert made["metadata"] == {"a": "b"}
    wrong = create(service, model=GPT, input="hi", metadata={"a": 1})
    assert read_error(wrong)[2:] == ("metadata.a", "invalid_type")


@pytest.mark.parametrize(
    "path",
    ["/openai/v1/models", "/openai/v1/moderations", "/openai/v1/memories", "/openai/v1", "/v2/x"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_that_the_service_does_not_have_says_so(
    service: Service, path: str, method: str
) -> None:
    with connect(service) as client:
        answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "404", "message": "Path doesn't map to a registered service!"},
    )


def test_the_sdk_meets_the_refusal_of_models(service: Service) -> None:
    with connect_sdk(service) as client, pytest.raises(openai.NotFoundError, match="registered"):
        client.models.list()


def test_a_cancelled_response_stays_cancelled(service: Service) -> None:
    service.pace = 1
    with connect_sdk(service) as client:
        made = client.responses.create(model=GPT, input="count to 40", background=True)
        assert client.responses.cancel(made.id).status == "cancelled"
        assert client.responses.cancel(made.id).status == "cancelled"
        service.pace = None
        assert find_text(client.responses.retrieve(made.id).model_dump()) == ""
