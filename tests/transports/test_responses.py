"""The Responses transport on the wire, against answers that follow the SDK's own types."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    NotFoundError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    ServiceError,
    StreamCutError,
    UnknownOptionError,
    UsageError,
    ZeroRetentionError,
)
from ocigenai_nb.core.events import Continuation, Finished, Interrupted, TextDelta
from ocigenai_nb.core.messages import Message, ResponseFormat, Tool, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.responses import OCIResponsesModel
from ocigenai_nb.transports.settings import Wishes, settle
from tests.core.response_events import (
    ID,
    Body,
    added,
    arguments,
    call,
    completed,
    created,
    done,
    ended,
    error,
    message,
    numbered,
    reasoning,
    refused,
    text,
    whole,
)
from tests.transports.keys import TENANCY, USER, make_key, write_config, write_pem
from tests.transports.listener import Listener, begin_stream, respond
from tests.transports.subject import QUICK

Ask: TypeAlias = Callable[..., OCIResponsesModel]

GPT_PRO: Final = "openai.gpt-5.5-pro"
GROK: Final = "xai.grok-4.3"
PROJECT: Final = "ocid1.generativeaiproject.oc1.us-chicago-1.aaaaproject"

HELLO: Final = (created(), text("Hel"), text("lo"), done(message("Hello")))
DONE: Final = completed(message("Hello"))
WEATHER: Final = call("call_a", "weather", '{"city": "Paris"}')
SYSTEM: Final = Message.system("You are concise.")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    key = make_key()
    key_file = tmp_path / "key.pem"
    key_file.write_text(write_pem(key))
    settings = {
        "tenancy": TENANCY,
        "user": USER,
        "fingerprint": fingerprint(key),
        "key_file": str(key_file),
        "region": "us-chicago-1",
    }
    return write_config(tmp_path, {"DEFAULT": settings})


@pytest.fixture
def model(config: Path) -> Iterator[Ask]:
    """Makes models for a URL, on clients that are closed in the end."""
    clients: list[SignedClient] = []

    def make(
        url: str,
        name: str = GPT_PRO,
        *,
        project: str | None = None,
        parameters: Parameters = Parameters(),
        store: bool = True,
    ) -> OCIResponsesModel:
        wishes = Wishes(config_file=config, endpoint=url, project=project)
        clients.append(SignedClient(settle(wishes), retry=QUICK))
        return OCIResponsesModel.over(clients[-1], name, parameters, store=store)

    yield make
    for client in clients:
        io_thread().run(client.aclose())


def stream(*events: Body, tail: bytes = b"") -> bytes:
    datas = (b"event: x\ndata: %s\n\n" % data for data in numbered(*events))
    return begin_stream() + b"".join(datas) + tail


def give(body: Body) -> bytes:
    return respond(200, json.dumps(body).encode(), opc_request_id="A/B/C")


def refuse(status: int, message: str, **rest: Any) -> bytes:
    inner = {"message": message, "type": "invalid_request_error", **rest}
    return respond(status, json.dumps({"error": inner}).encode(), opc_request_id="A/B/C")


def sent(listener: Listener, number: int = -1) -> Body:
    body: Body = json.loads(listener.requests[number].partition(b"\r\n\r\n")[2])
    return body


def head(listener: Listener, number: int = -1) -> str:
    return listener.requests[number].partition(b"\r\n\r\n")[0].decode().lower()


def ask(model: Ask, *answers: bytes, prompt: Any = "Hi.", **options: Any) -> Answer:
    with Listener(*answers) as listener:
        return fold(model(listener.url, **options).stream(prompt))


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


# "Still present" 6: streams


def test_a_streamed_call_has_its_name_and_its_call_id(model: Ask) -> None:
    begun = call("call_a", "weather")
    pieces = (arguments('{"city": '), arguments('"Paris"}'))
    events = (created(), added(begun), *pieces, done(WEATHER), completed(WEATHER))
    answer = ask(model, stream(*events))
    assert answer.tool_calls == (ToolCall("call_a", "weather", '{"city": "Paris"}'),)
    assert answer.finish_reason == "tool_calls"


def test_a_streamed_call_without_deltas_of_arguments_does_not_vanish(model: Ask) -> None:
    answer = ask(model, stream(created(), done(WEATHER), completed(WEATHER)))
    assert answer.tool_calls == (ToolCall("call_a", "weather", '{"city": "Paris"}'),)


@pytest.mark.parametrize(
    "end",
    [
        error("The model is gone.", "server_error"),
        ended("failed", error={"code": "server_error", "message": "The model is gone."}),
    ],
)
def test_an_error_within_a_stream_is_not_silent(model: Ask, end: Body) -> None:
    answer = ask(model, stream(*HELLO, end))
    assert (answer.text, answer.status) == ("Hello", "failed")
    assert isinstance(answer.error, InStreamError)
    assert (answer.error.message, answer.error.code) == ("The model is gone.", "server_error")


def test_an_incomplete_stream_ends_and_says_why(model: Ask) -> None:
    end = ended("incomplete", incomplete_details={"reason": "max_output_tokens"})
    answer = ask(model, stream(*HELLO, end))
    assert (answer.text, answer.status, answer.finish_reason) == ("Hello", "finished", "length")


def test_usage_of_a_stream_is_kept(model: Ask) -> None:
    usage = ask(model, stream(*HELLO, DONE)).usage
    assert usage is not None
    assert (usage.input, usage.output, usage.cached, usage.reasoning) == (5, 4, 2, 1)


def test_a_final_event_without_its_blank_line_is_a_cut_and_not_a_silence(model: Ask) -> None:
    (end,) = numbered(DONE, first=len(HELLO))
    with Listener(stream(*HELLO, tail=b"data: " + end)) as listener:
        events = list(model(listener.url).stream("Hi."))
    answer = fold(events)
    assert (answer.text, answer.status, answer.response_id) == ("Hello", "interrupted", ID)
    assert isinstance(answer.error, StreamCutError)
    assert "was dropped" in answer.notices[0]


def test_a_stream_that_the_connection_cuts_keeps_its_text(model: Ask) -> None:
    cut = stream(*HELLO).replace(b"connection: close", b"content-length: 100000")
    answer = ask(model, cut)
    assert (answer.text, answer.status, answer.finish_reason) == ("Hello", "interrupted", "cut")


def test_an_early_done_is_a_cut(model: Ask) -> None:
    answer = ask(model, stream(*HELLO, tail=b"data: [DONE]\n\n"))
    assert (answer.text, answer.status) == ("Hello", "interrupted")


def test_a_refusal_of_the_model_is_told(model: Ask) -> None:
    answer = ask(model, stream(created(), refused("I won't."), completed()))
    assert (answer.text, answer.finish_reason) == ("I won't.", "refusal")


def test_stopping_a_stream_ends_it_at_once(model: Ask) -> None:
    closed = threading.Event()

    def answer(connection: Any) -> None:
        connection.sendall(stream(*HELLO))
        connection.settimeout(5)
        assert connection.recv(1) == b""
        closed.set()

    with Listener(answer) as listener:
        events = model(listener.url).stream("Hi.")
        read = []
        for event in events:
            read.append(event)
            if isinstance(event, TextDelta):
                events.stop()
    assert closed.is_set()
    assert isinstance(read[-1], Interrupted)


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


# What is stored


def test_a_stored_response_is_retrieved_cancelled_and_deleted(model: Ask) -> None:
    stored = whole("completed", message("Hello"))
    deleted = respond(200, b'{"id": "resp_1", "object": "response", "deleted": true}')
    answers = (give(stored), give(stored), deleted, respond(200, b""))
    with Listener(*answers) as listener:
        asked = model(listener.url)
        assert asked.retrieve_sync("resp_1") == stored
        assert asked.cancel_sync("resp_1") == stored
        asked.delete_sync("resp_1")
        asked.delete_sync("resp_1")
    lines = [head(listener, number).partition("\r\n")[0] for number in range(4)]
    assert lines == [
        "get /openai/v1/responses/resp_1 http/1.1",
        "post /openai/v1/responses/resp_1/cancel http/1.1",
        "delete /openai/v1/responses/resp_1 http/1.1",
        "delete /openai/v1/responses/resp_1 http/1.1",
    ]
    assert all("authorization: signature " in head(listener, number) for number in range(4))


def test_the_input_items_of_all_pages_are_listed(model: Ask) -> None:
    items = [{**message("Hi."), "id": f"msg_{number}", "role": "user"} for number in range(3)]
    pages = [
        {"object": "list", "data": items[:2], "has_more": True, "last_id": "msg_1"},
        {"object": "list", "data": items[2:], "has_more": False, "last_id": "msg_2"},
    ]
    with Listener(*(give(page) for page in pages)) as listener:
        assert model(listener.url).input_items_sync("resp_1") == items
    assert "get /openai/v1/responses/resp_1/input_items?" in head(listener, 0)
    assert "after=msg_1" in head(listener, 1)
    assert "order=asc" in head(listener, 1)


def test_listing_ends_although_the_service_says_there_is_more(model: Ask) -> None:
    page = {"object": "list", "data": [], "has_more": True, "last_id": "msg_1"}
    with Listener(give(page), give(page)) as listener:
        assert model(listener.url).input_items_sync("resp_1") == []


def test_what_is_stored_is_reached_from_any_event_loop(model: Ask) -> None:
    stored = whole("completed", message("Hello"))
    page = {"object": "list", "data": [stored], "has_more": False}

    async def use(asked: OCIResponsesModel) -> None:
        assert await asked.retrieve("resp_1") == stored
        assert await asked.cancel("resp_1") == stored
        assert await asked.input_items("resp_1") == [stored]
        await asked.delete("resp_1")

    with Listener(give(stored), give(stored), give(page), respond(200)) as listener:
        asyncio.run(use(model(listener.url)))


def test_a_response_that_is_not_there_is_not_found(model: Ask) -> None:
    with Listener(refuse(404, "Response with id 'resp_9' not found.")) as listener:
        asked = model(listener.url)
        with pytest.raises(NotFoundError, match="resp_9") as caught:
            asked.retrieve_sync("resp_9")
    assert "expired" in caught.value.remedy


def test_a_passing_refusal_of_what_is_stored_is_tried_again(model: Ask) -> None:
    stored = whole("completed")
    with Listener(respond(503), give(stored)) as listener:
        assert model(listener.url).retrieve_sync("resp_1") == stored


def test_a_stored_response_that_breaks_off_is_a_typed_error(model: Ask) -> None:
    cut = give(whole("completed"))[:-10]
    with Listener(cut) as listener, pytest.raises(StreamCutError):
        model(listener.url).retrieve_sync("resp_1")


def test_an_empty_id_is_refused_and_nothing_is_sent(model: Ask) -> None:
    asked = model("http://127.0.0.1:9")
    for use in (asked.retrieve_sync, asked.cancel_sync, asked.delete_sync, asked.input_items_sync):
        with pytest.raises(UsageError, match="no response id"):
            use("")


def test_an_id_never_leads_to_another_path(model: Ask) -> None:
    with Listener(give(whole("completed"))) as listener:
        model(listener.url).retrieve_sync("a/../../files?x=1")
    assert head(listener).startswith("get /openai/v1/responses/a%2f")
