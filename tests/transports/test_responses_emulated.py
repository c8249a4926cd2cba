"""The Responses transport against the emulator, which was written from the same facts apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    NotFoundError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    ZeroRetentionError,
)
from ocigenai_nb.core.messages import Message, ResponseFormat, Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.responses import OCIResponsesModel
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.subject import COUNT, COUNTED, GEMINI, GPT, GPT_OSS, QUICK

GPT_PRO: Final = "openai.gpt-5.5-pro"
GROK: Final = "xai.grok-4.3"
LLAMA: Final = "meta.llama-3.3-70b-instruct"
WEATHER: Final = Tool(
    "get_weather",
    "Get the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)

Make: TypeAlias = Callable[..., OCIResponsesModel]


@pytest.fixture
def make(service: Service) -> Iterator[Make]:
    """Makes models of the emulator, on clients that are closed in the end."""
    clients: list[SignedClient] = []

    def model(
        name: str = GPT_PRO,
        *,
        profile: str | None = None,
        project: str | None = service.project_id,
        store: bool = True,
    ) -> OCIResponsesModel:
        wishes = Wishes(profile=profile, config_file=service.config_file, project=project)
        clients.append(SignedClient(settle(wishes), retry=QUICK))
        return OCIResponsesModel.over(clients[-1], name, store=store)

    yield model
    for client in clients:
        io_thread().run(client.aclose())


def talk(model: OCIResponsesModel, *prompts: str) -> tuple[list[Message], Answer]:
    """The history of a conversation, and its last answer."""
    history = [Message.system("You are concise.")]
    answer = Answer()
    for prompt in prompts:
        history.append(Message.user(prompt))
        continuation = answer.response_id if model.server_stateful else None
        answer = fold(model.stream(history, continuation=continuation))
        history.append(answer.message)
    return history, answer


@pytest.mark.parametrize("name", [GPT_PRO, GPT, GPT_OSS, GROK, GEMINI])
@pytest.mark.parametrize("store", [True, False])
def test_every_family_answers_and_remembers(
    service: Service,
    make: Make,
    name: str,
    store: bool,  # noqa: FBT001 (pytest passes by name)
) -> None:
    _, answer = talk(make(name, store=store), "My name is Ada.", "What is my name?")
    assert answer.error is None
    assert answer.text == "Your name is Ada."
    body = service.journal.last.body
    assert isinstance(body, dict)
    assert body["instructions"] == "You are concise."
    assert len([item for item in body["input"] if item["type"] == "message"]) == (1 if store else 3)
    assert ("previous_response_id" in body) is store
    assert (answer.response_id is not None) is store


@pytest.mark.parametrize("name", [GPT_PRO, GPT_OSS, GROK, GEMINI])
@pytest.mark.parametrize("store", [True, False])
def test_a_tool_is_called_and_its_result_is_read(
    make: Make,
    name: str,
    store: bool,  # noqa: FBT001
) -> None:
    model = make(name, store=store)
    history = [Message.user("What is the weather in Paris?")]
    asked = fold(model.stream(history, tools=[WEATHER]))
    (call,) = asked.tool_calls
    assert (call.name, call.arguments) == ("get_weather", '{"city": "Paris"}')
    history += [asked.message, Message.tool(call, '{"temp": "18 C"}')]
    answer = fold(model.stream(history, tools=[WEATHER], continuation=asked.response_id))
    assert answer.error is None
    assert "18 C" in answer.text


def test_reasoning_goes_back_sealed(service: Service, make: Make) -> None:
    history, _ = talk(make(store=False), "Hello.", "And now?")
    assert len(history[2].reasoning_items) == 1
    body = service.journal.last.body
    assert isinstance(body, dict)
    (sealed,) = [item for item in body["input"] if item["type"] == "reasoning"]
    assert sealed["encrypted_content"] == history[2].reasoning_items[0]["encrypted_content"]


def test_the_reasoning_is_summed_up_where_effort_is_asked_for(make: Make) -> None:
    wishes = Parameters(reasoning_effort="low")
    answer = fold(make().stream("Why is the sky blue?", parameters=wishes))
    assert answer.reasoning
    assert answer.usage is not None
    assert answer.usage.reasoning


def test_a_streamed_answer_is_the_whole_one(make: Make) -> None:
    model = make()
    streamed, whole = fold(model.stream(COUNT)), model.complete_sync(COUNT)
    assert streamed.text == whole.text == COUNTED
    assert streamed.usage == whole.usage


def test_a_schema_is_filled(make: Make) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    answer = fold(make().stream("Who?", response_format=ResponseFormat(schema, "person")))
    assert answer.error is None
    assert answer.text.startswith('{"name"')


def test_an_answer_that_its_cap_cuts_ends_in_length(make: Make) -> None:
    answer = fold(make(GPT).stream(COUNT, parameters=Parameters(max_tokens=16)))
    assert (answer.status, answer.finish_reason) == ("finished", "length")
    assert COUNTED.startswith(answer.text)


def test_a_model_that_is_not_openais_needs_a_project(make: Make) -> None:
    answer = fold(make(GROK, project=None).stream("Hi."))
    assert type(answer.error) is OCIProjectRequiredError


def test_another_tenancys_project_is_refused_and_named_as_a_cause(
    service: Service, make: Make
) -> None:
    foreign = next(t.project_id for t in service.tenancies if t.project_id != service.project_id)
    error = fold(make(project=foreign).stream("Hi.")).error
    assert type(error) is NotFoundError
    assert "project" in error.remedy


def test_a_model_that_is_not_there_is_not_found(make: Make) -> None:
    assert type(fold(make(LLAMA).stream("Hi.")).error) is NotFoundError


def test_a_thread_that_expired_can_be_sent_whole(service: Service, make: Make) -> None:
    model = make()
    history, answer = talk(model, "My name is Ada.")
    service.forget_responses()
    history.append(Message.user("What is my name?"))
    lost = fold(model.stream(history, continuation=answer.response_id))
    assert type(lost.error) is OCIResponsesStateLostError
    assert fold(model.stream(history)).text == "Your name is Ada."


def test_a_tenancy_that_keeps_nothing_is_told_apart(make: Make) -> None:
    model = make(profile="ZDR", project=None)
    unkept = fold(model.stream("My name is Ada."))
    assert (type(unkept.error), unkept.response_id) == (ZeroRetentionError, None)
    refused = fold(model.stream("What is my name?", continuation="resp_1"))
    assert type(refused.error) is ZeroRetentionError
    _, answer = talk(
        make(profile="ZDR", project=None, store=False), "My name is Ada.", "What is my name?"
    )
    assert answer.text == "Your name is Ada."


def test_what_is_stored_is_read_and_deleted(make: Make) -> None:
    model = make()
    _, answer = talk(model, "My name is Ada.")
    assert answer.response_id is not None
    stored = model.retrieve_sync(answer.response_id)
    assert (stored["id"], stored["status"]) == (answer.response_id, "completed")
    (item,) = model.input_items_sync(answer.response_id)
    assert item["content"][0]["text"] == "My name is Ada."
    with pytest.raises(BadRequestError, match="cancel"):
        model.cancel_sync(answer.response_id)
    model.delete_sync(answer.response_id)
    with pytest.raises(NotFoundError):
        model.retrieve_sync(answer.response_id)
