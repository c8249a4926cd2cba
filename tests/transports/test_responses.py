"""The Responses transport on the wire: the request, the thread and whole answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    NotFoundError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    ServiceError,
    UnknownOptionError,
    UsageError,
    ZeroRetentionError,
)
from ocigenai_nb.core.events import Continuation, Finished, TextDelta
from ocigenai_nb.core.messages import Message, ResponseFormat, Tool
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.core.response_events import ID, completed, created, done, message, reasoning, text, whole
from tests.transports.keys import TENANCY
from tests.transports.listener import Listener, respond
from tests.transports.response_bodies import (
    DONE,
    GPT_PRO,
    HELLO,
    PROJECT,
    WEATHER,
    Ask,
    ask,
    give,
    head,
    refuse,
    sent,
    stream,
)

GROK: Final = "xai.grok-4.3"
SYSTEM: Final = Message.system("You are concise.")


# The turn


def test_an_answer_streams_token_by_token_from_the_responses_endpoint(model: Ask) -> None:
    with Listener(stream(*HELLO, DONE)) as listener:
        events = list(model(listener.url, project=PROJECT).stream("Hi."))
    assert [e.text for e in events if isinstance(e, TextDelta)] == ["Hel", "lo"]
    assert events[-1] == Finished("stop", "m")
    lines = head(listener)
    assert lines.startswith("post /openai/v1/responses http/1.1")
    assert f"opc-compartment-id: {TENANCY}" in lines
    assert f"openai-project: {PROJECT}" in lines
    assert "authorization: signature " in lines
    assert "zstd" not in lines
    assert sent(listener) == {
        "model": GPT_PRO,
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
        ],
        "stream": True,
    }


def test_the_four_ways_to_ask_give_the_same_answer(model: Ask) -> None:
    items = (reasoning("Hm.", sealed="x"), message("Hello"), WEATHER)
    streamed = stream(created(), *(done(item, at) for at, item in enumerate(items)), DONE)
    body = give(whole("completed", *items))

    async def read(asked: OCIResponsesModel) -> Answer:
        return fold([event async for event in asked.stream("Hi.")])

    with Listener(streamed, streamed, body, body, body) as listener:
        asked = model(listener.url)
        answers = [
            fold(asked.stream("Hi.")),
            asyncio.run(read(asked)),
            asked.complete_sync("Hi."),
            asyncio.run(asked.complete("Hi.")),
            fold(asked.stream("Hi.", whole=True)),
        ]
    facts = [
        (a.text, a.reasoning, a.tool_calls, a.usage, a.finish_reason, a.response_id, a.message)
        for a in answers
    ]
    assert facts == facts[:1] * 5
    assert [sent(listener, n).get("stream") for n in range(5)] == [True, True, None, None, None]


def test_what_the_specification_writes_makes_a_model(config: Path) -> None:
    made = OCIResponsesModel(
        model=GPT_PRO,
        profile="DEFAULT",
        region="us-chicago-1",
        compartment_id="ocid1.compartment.oc1..aaaa",
        config_file=config,
        store=False,
    )
    assert made.route.url == (
        "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com/openai/v1/responses"
    )
    assert (made.transport, made.server_stateful) == ("responses", False)
    assert OCIResponsesModel(GPT_PRO, config_file=config).server_stateful


def test_the_options_are_wishes_of_the_request(config: Path) -> None:
    made = OCIResponsesModel(
        "openai.gpt-4.1",
        config_file=config,
        max_output_tokens=900,
        temperature=0.25,
        top_p=0.5,
        reasoning_effort="low",
    )
    body = made.plan("Hi.").body
    assert (body["max_output_tokens"], body["temperature"], body["top_p"]) == (900, 0.25, 0.5)
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}


def test_the_project_has_two_names_that_must_agree(config: Path) -> None:
    OCIResponsesModel(GROK, config_file=config, project_ocid=PROJECT)
    with pytest.raises(UsageError, match="project"):
        OCIResponsesModel(GROK, config_file=config, project=PROJECT, project_ocid="other")


def test_an_option_that_does_not_exist_is_refused(config: Path) -> None:
    options: dict[str, Any] = {"max_output_token": 5}
    with pytest.raises(UnknownOptionError, match="max_output_tokens"):
        OCIResponsesModel(GPT_PRO, config_file=config, **options)


# The thread


def test_a_stored_thread_is_continued_by_its_new_turn_and_the_instructions_again(
    model: Ask,
) -> None:
    # "Still present" 8: the system prompt was lost from the second turn on.
    history = [SYSTEM, Message.user("Hi.")]
    with Listener(stream(*HELLO, DONE), stream(*HELLO, DONE)) as listener:
        asked = model(listener.url)
        first = fold(asked.stream(history))
        history += [first.message, Message.user("And now?")]
        fold(asked.stream(history, continuation=first.response_id))
    assert asked.server_stateful
    assert first.response_id == ID
    body = sent(listener)
    assert (body["previous_response_id"], body["instructions"]) == (ID, "You are concise.")
    assert [item["content"][0]["text"] for item in body["input"]] == ["And now?"]
    assert "store" not in body


def test_without_store_nothing_is_kept_and_reasoning_goes_back_sealed(model: Ask) -> None:
    # "Still present" 10: reasoning was not replayed with store=False.
    sealed = reasoning(sealed="gAAAA")
    first_stream = stream(created(), done(sealed), text("Hello", 1), completed(sealed))
    history = [SYSTEM, Message.user("Hi.")]
    with Listener(first_stream, stream(*HELLO, DONE)) as listener:
        asked = model(listener.url, store=False)
        events = list(asked.stream(history))
        history += [fold(events).message, Message.user("And now?")]
        second = fold(asked.stream(history, continuation=ID))
    assert not asked.server_stateful
    assert not [event for event in events if isinstance(event, Continuation)]
    assert (fold(events).response_id, second.response_id) == (None, None)
    for number in range(2):
        body = sent(listener, number)
        assert body["store"] is False
        assert body["include"] == ["reasoning.encrypted_content"]
        assert "previous_response_id" not in body
    assert [item["type"] for item in sent(listener)["input"]] == [
        "message",
        "reasoning",
        "message",
        "message",
    ]
    assert sent(listener)["input"][1]["encrypted_content"] == "gAAAA"


def test_a_thread_whose_stream_was_cut_still_has_its_id(model: Ask) -> None:
    answer = ask(model, stream(*HELLO))
    assert (answer.text, answer.status, answer.response_id) == ("Hello", "interrupted", ID)


LOST: Final = "Previous response with id 'resp_1' not found."
RETENTION: Final = (
    "Previous response cannot be used for this organization due to Zero Data Retention."
)
NO_PROJECT: Final = (
    "Non-OpenAI models require 'OpenAI-Project' or 'opc-conversation-store-id' header"
)


# "Still present" 6 and 7: a refusal of a stream raised ResponseNotRead, and lost threads and
# missing projects were told by stray words.
@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (refuse(404, LOST), OCIResponsesStateLostError),
        (refuse(400, "Gone.", code="previous_response_not_found"), OCIResponsesStateLostError),
        (refuse(400, RETENTION, param="previous_response_id"), ZeroRetentionError),
        (refuse(400, NO_PROJECT), OCIProjectRequiredError),
        (refuse(404, "Entity with key project-thread not found"), NotFoundError),
    ],
)
def test_a_refusal_is_told_by_its_code_or_its_sentence(
    model: Ask, refusal: bytes, kind: type[ServiceError]
) -> None:
    with Listener(refusal, refusal) as listener:
        asked = model(listener.url)
        streamed = fold(asked.stream("Hi.", continuation=ID)).error
        with pytest.raises(kind) as whole_answer:
            asked.complete_sync("Hi.", continuation=ID)
    for failed in (streamed, whole_answer.value):
        assert type(failed) is kind
        assert failed.request_id == "A/B/C"


# "Still present" 7, 9 and 11


def test_a_failed_answer_is_no_empty_success(model: Ask) -> None:
    why = {"code": "server_error", "message": "The model is gone."}
    with (
        Listener(give(whole("failed", error=why))) as listener,
        pytest.raises(InStreamError, match="The model is gone"),
    ):
        model(listener.url).complete_sync("Hi.")


def test_an_answer_whose_output_is_null_is_read(model: Ask) -> None:
    with Listener(give({**whole("completed"), "output": None})) as listener:
        answer = model(listener.url).complete_sync("Hi.")
    assert (answer.text, answer.status) == ("", "finished")


def test_an_answer_that_is_not_json_is_an_error(model: Ask) -> None:
    with Listener(respond(200, b"<html>")) as listener, pytest.raises(MalformedStreamError):
        model(listener.url).complete_sync("Hi.")


def test_a_response_format_travels_within_text(model: Ask) -> None:
    with Listener(stream(*HELLO, DONE)) as listener:
        wanted = ResponseFormat({"type": "object"}, "place")
        tool = Tool("weather")
        list(model(listener.url).stream("Hi.", response_format=wanted, tools=[tool]))
    body = sent(listener)
    assert "response_format" not in body
    assert body["text"]["format"]["type"] == "json_schema"
    assert body["tools"][0]["name"] == "weather"


def test_one_model_serves_a_second_event_loop(model: Ask) -> None:
    answers = [stream(*HELLO, DONE), give(whole("completed", message("Hello")))] * 2

    async def twice(asked: OCIResponsesModel) -> list[str]:
        streamed = fold([event async for event in asked.stream("Hi.")])
        return [streamed.text, (await asked.complete("Hi.")).text]

    with Listener(*answers) as listener:
        asked = model(listener.url)
        texts = [asyncio.run(twice(asked)) for _ in range(2)]
    assert texts == [["Hello", "Hello"]] * 2
