"""Exported programs are run against the emulator, and print what the reply says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, Image, Message, Tool
from ocigenai_nb.chat.export import export
from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.core.messages import ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from tests.chat.export.asker import Asker
from tests.chat.export.programs import bodies, run
from tests.transports.subject import COHERE_R, COUNT, COUNTED, GPT, LLAMA, LLAMA_VISION

VISION_COHERE: Final = "cohere.command-a-vision-07-2025"
HOSTILE: Final = (
    'Say exactly: "\'\\ $HOME `id` {x} %s """ \u202e\U0001f600 é\ttab\nand\r\n a line \n'
)
WEATHER: Final = Tool(
    "get_weather",
    "The weather in a city, right now.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
SHAPE: Final = ResponseFormat({"type": "object", "properties": {"a": {"type": "string"}}})
ASK_WEATHER: Final = "What is the weather in Chicago? Use the tool."


@pytest.mark.parametrize(
    ("model", "transport"),
    [
        (LLAMA, None),
        (LLAMA, "sdk"),
        (COHERE_R, None),
        (VISION_COHERE, "sdk"),
        (GPT, "responses"),
        (GPT, "responses-stored"),
    ],
)
def test_a_program_sends_the_same_and_prints_the_same_streamed_and_whole(
    asker: Asker, tmp_path: Path, model: str, transport: str | None
) -> None:
    turns = [
        asker.ask(
            HOSTILE,
            model,
            transport=transport,
            stream=stream,
            system="You are concise.\nYou never use emoji, unless you are asked to do so.",
            parameters=Parameters(temperature=0.25, max_tokens=200),
        )
        for stream in (True, False)
    ]
    sent = bodies(asker.service)
    asker.service.journal.clear()
    printed = run(export(turns, "python"), tmp_path)
    assert bodies(asker.service) == sent
    assert printed == "".join(f"{turn.text}\n" for turn in turns)
    assert all(turn.text for turn in turns)


@pytest.mark.parametrize(
    ("model", "transport"),
    [
        (LLAMA, None),
        (LLAMA, "sdk"),
        (COHERE_R, None),
        (GPT, "responses"),
    ],
)
def test_a_conversations_history_is_written_once_and_grows(
    asker: Asker, tmp_path: Path, model: str, transport: str | None
) -> None:
    first = asker.ask("My name is Ada.", model, transport=transport)
    second = asker.ask(COUNT, model, transport=transport, before=(first,))
    third = asker.ask("What is my name?", model, transport=transport, before=(first, second))
    sent = bodies(asker.service)
    asker.service.journal.clear()
    source = export([first, second, third], "python")
    assert run(source, tmp_path) == f"{first.text}\n{COUNTED}\n{third.text}\n"
    assert bodies(asker.service) == sent
    # Cohere's first format says a message apart from the history that it then joins.
    assert source.count("My name is Ada.") == (2 if model == COHERE_R else 1)
    assert "Ada" in third.text


def test_a_thread_that_the_service_keeps_goes_on_from_the_programs_own_responses(
    asker: Asker, tmp_path: Path
) -> None:
    first = asker.ask("My name is Ada.", GPT, transport="responses-stored")
    second = asker.ask("What is my name?", GPT, transport="responses-stored", before=(first,))
    asker.service.forget_responses()
    source = export([first, second], "python")
    assert run(source, tmp_path) == f"{first.text}\n{second.text}\n"
    assert "previous_response_id=id_1" in source
    assert second.text == "Your name is Ada."


def test_one_turn_of_a_thread_goes_on_from_the_response_that_it_went_on_from(
    asker: Asker, tmp_path: Path
) -> None:
    first = asker.ask("My name is Ada.", GPT, transport="responses-stored")
    second = asker.ask("What is my name?", GPT, transport="responses-stored", before=(first,))
    source = export(second, "python")
    assert f'previous_response_id="{first.answer.response_id}"' in source
    assert "the service has to keep" in source
    assert run(source, tmp_path) == "Your name is Ada.\n"


def test_a_conversation_over_all_transports_is_one_program(asker: Asker, tmp_path: Path) -> None:
    first = asker.ask("My name is Ada.")
    second = asker.ask(COUNT, COHERE_R, before=(first,), stream=False)
    third = asker.ask(COUNT, GPT, transport="responses", before=(first, second))
    fourth = asker.ask("What is my name?", before=(first, second, third))
    turns = [first, second, third, fourth]
    sent = bodies(asker.service)
    asker.service.journal.clear()
    assert run(export(turns, "python"), tmp_path) == "".join(f"{t.text}\n" for t in turns)
    assert bodies(asker.service) == sent


@pytest.mark.parametrize(
    ("model", "transport"),
    [(LLAMA, "v1"), (LLAMA, "sdk"), (COHERE_R, "sdk"), (VISION_COHERE, "sdk"), (GPT, "responses")],
)
def test_tools_and_response_formats_are_in_the_program_and_calls_are_printed(
    asker: Asker, tmp_path: Path, model: str, transport: str
) -> None:
    turns: list[Reply] = []
    for stream in (True, False):
        way: dict[str, Any] = {"transport": transport, "stream": stream}
        called = asker.ask(ASK_WEATHER, model, tools=[WEATHER], **way)
        (call,) = called.answer.tool_calls
        result = Message.tool(call, "21 degrees")
        again = asker.ask(result, model, before=(called,), tools=[WEATHER], **way)
        shaped = asker.ask("An answer in JSON, please.", model, response_format=SHAPE, **way)
        turns += [called, again, shaped]
    sent = bodies(asker.service)
    asker.service.journal.clear()
    printed = run(export(turns, "python"), tmp_path)
    assert bodies(asker.service) == sent
    # Both answers name the tool, too.
    assert printed.count("get_weather") >= 4
    assert printed.count("Chicago") == 2
    assert all(turn.text in printed for turn in turns)


@pytest.mark.parametrize(
    ("model", "transport"),
    [(LLAMA_VISION, None), (LLAMA_VISION, "sdk"), (VISION_COHERE, "sdk"), (GPT, "responses")],
)
def test_a_large_picture_is_read_from_a_file_that_is_put_beside_the_program(
    asker: Asker, tmp_path: Path, model: str, transport: str | None
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(5_000)
    prompt = Message.user("What is this?", Image.from_bytes(picture, "image/png"))
    reply = asker.ask(prompt, model, transport=transport)
    sent = bodies(asker.service)
    asker.service.journal.clear()
    source = export(reply, "python")
    assert len(source) < 5_000
    assert "(5,008 bytes) beside this as image-1.png" in source
    (tmp_path / "image-1.png").write_bytes(picture)
    assert run(source, tmp_path) == reply.text + "\n"
    assert bodies(asker.service) == sent


# Who signs


def check_signed(asker: Asker, folder: Path, connection: Connection, kind: str) -> None:
    """One program signs on both ways as the replies were signed."""
    turns = [
        asker.ask(COUNT, connection=connection, transport=transport) for transport in ("v1", "sdk")
    ]
    asker.service.journal.clear()
    assert run(export(turns, "python"), folder) == f"{COUNTED}\n" * 2
    assert [entry.key_id_kind for entry in asker.service.journal if entry.model] == [kind] * 2


def test_a_session_signs_with_its_token(asker: Asker, tmp_path: Path) -> None:
    check_signed(asker, tmp_path, asker.connect(profile="SESSION"), "session")


def test_a_resource_principal_signs_with_its_environment(asker: Asker, tmp_path: Path) -> None:
    os.environ |= asker.service.resource_principal_env()
    connection = asker.connect_without_profile(auth_type="resource_principal")
    check_signed(asker, tmp_path, connection, "resource")


def test_an_instance_principal_gets_its_token_where_it_did(asker: Asker, tmp_path: Path) -> None:
    os.environ |= asker.service.instance_principal_env()
    connection = asker.connect_without_profile(
        auth_type="instance_principal", federation_endpoint=asker.service.federation_endpoint
    )
    check_signed(asker, tmp_path, connection, "instance")


def test_a_generative_ai_key_comes_from_the_environment(asker: Asker, tmp_path: Path) -> None:
    key, project = asker.service.genai_api_key, asker.service.project_id
    connection = asker.connect_without_profile(api_key=key, project=project)
    source = export(asker.ask(COUNT, connection=connection), "python")
    assert key not in source
    assert run(source, tmp_path, OCI_GENAI_API_KEY=key) == f"{COUNTED}\n"
    assert asker.service.journal.last.headers["openai-project"] == project
