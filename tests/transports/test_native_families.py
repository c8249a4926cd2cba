"""Every family over the native transport, against the emulator's own reading of the formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import fold
from ocigenai_nb.emulator import Entry
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.native import OCIModel

MODELS: Final = {
    "cohere.command-r-plus-08-2024": "COHERE",
    "cohere.command-a-03-2025": "COHERE",
    "cohere.command-a-vision": "COHEREV2",
    "meta.llama-3.3-70b-instruct": "GENERIC",
    "xai.grok-4.3": "GENERIC",
    "openai.gpt-oss-120b": "GENERIC",
    "openai.gpt-5.5": "GENERIC",
    "google.gemini-2.5-flash": "GENERIC",
}
COUNT: Final = "Count from 1 to 20."
COUNTED: Final = " ".join(map(str, range(1, 21)))
WEATHER: Final = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
AGE: Final = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def read_body(entry: Entry) -> dict[str, Any]:
    assert isinstance(entry.body, dict)
    return entry.body


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, service: Service) -> Iterator[OCIModel]:
    made = OCIModel(request.param, profile_name=service.profile, config_file=service.config_file)
    yield made
    io_thread().run(made._client.aclose())


def test_an_answer_is_the_same_streamed_and_whole(model: OCIModel, service: Service) -> None:
    streamed, whole = fold(model.stream(COUNT)), model.complete_sync(COUNT)
    assert streamed.text == whole.text == COUNTED
    assert streamed.usage == whole.usage
    assert streamed.usage is not None
    assert streamed.finish_reason == whole.finish_reason == "stop"
    assert whole.model == model.model
    formats = {read_body(entry)["chatRequest"]["apiFormat"] for entry in service.journal}
    assert formats == {MODELS[model.model]}


def test_a_stop_text_ends_the_answer(model: OCIModel) -> None:
    answer = fold(model.stream(COUNT, parameters=Parameters(stop=["7"])))
    assert answer.finish_reason == "stop"
    # The rules of OpenAI's reasoning models leave the wish out, with a notice.
    assert answer.text.strip() == (COUNTED if answer.notices else "1 2 3 4 5 6")


def test_a_cap_ends_the_answer(model: OCIModel) -> None:
    answer = fold(model.stream(COUNT, parameters=Parameters(max_tokens=3)))
    assert (answer.status, answer.finish_reason) == ("finished", "length")
    assert COUNTED.startswith(answer.text)


def test_a_round_of_tools_and_the_turn_after_it(model: OCIModel) -> None:
    question = Message.user("What is the weather in Paris and in Rome?")
    asked = fold(model.stream((Message.system("Be brief."), question), tools=[WEATHER]))
    assert asked.finish_reason == "tool_calls"
    assert [call.arguments for call in asked.tool_calls] == [
        '{"city": "Paris"}',
        '{"city": "Rome"}',
    ]
    results = [Message.tool(call, f"{20 + n} °C") for n, call in enumerate(asked.tool_calls)]
    history = (question, asked.message, *results)
    answer = fold(model.stream(history, tools=[WEATHER]))
    assert "21 °C" in answer.text
    for turn in ((answer.message, Message.user("What is 2+2?")), (Message.user("What is 2+2?"),)):
        assert fold(model.stream((*history, *turn), tools=[WEATHER])).text == "2+2 = 4"


def test_json_that_fits_a_schema(model: OCIModel) -> None:
    answer = fold(model.stream("Ada is 36 years old.", response_format=ResponseFormat(AGE)))
    assert answer.text == '{"age": 36}'


def test_a_dedicated_endpoint_answers(service: Service) -> None:
    asked = OCIModel(
        service.endpoint_id, profile_name=service.profile, config_file=service.config_file
    )
    assert fold(asked.stream(COUNT)).text == COUNTED
    mode = read_body(service.journal.last)["servingMode"]
    assert mode == {"servingType": "DEDICATED", "endpointId": service.endpoint_id}


def test_a_picture_reaches_the_models_that_see(service: Service) -> None:
    asked = OCIModel(
        "cohere.command-a-vision", profile_name=service.profile, config_file=service.config_file
    )
    picture = Image.from_bytes(b"png", "image/png")
    answer = fold(asked.stream(Message.user("What is this?", picture)))
    assert answer.status == "finished"
    (message,) = read_body(service.journal.last)["chatRequest"]["messages"]
    assert message["content"][1]["imageUrl"]["url"] == picture.url
