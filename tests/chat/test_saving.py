"""A conversation in a file, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, Conversation, Image
from ocigenai_nb.core.errors import DataFormatError, SaveFailedError, StreamCutError
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from tests.transports.subject import COUNT, GPT, GPT_5

ADA: Final = "My name is Ada."
WHO: Final = "What is my name?"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chat.json"


def fill(chat: Conversation, service: Service) -> None:
    """Branches, an edited answer, one that broke off, wishes, an image."""
    chat.system, chat.parameters = "You are concise.", Parameters(temperature=0.5)
    chat.send(ADA)
    chat.send(WHO, parameters=Parameters(seed=1, stop=["x"]))
    service.fault("cut", after_events=5)
    with pytest.raises(StreamCutError):
        chat.edit(2, COUNT)
    chat.model = "meta.llama-3.2-90b-vision-instruct"
    chat.send("Say exactly: \u2028 \U0001f600", attach=[Image("data:image/png;base64,AA==")])
    chat.edit_answer(2, "Eve.")
    chat.fork(2)


def read_body(service: Service) -> Any:
    return service.journal.last.body


def describe(chat: Conversation) -> list[object]:
    turns = [
        (t.number, t.parent, t.prompt, t.asked, t.place, t.reply.answer.text, t.reply.timing)
        for t in chat.turns
    ]
    ends = [(t.status, t.reply.finish_reason, str(t.reply.error)) for t in chat.turns]
    return [*turns, *ends, chat.tree(), chat.system, chat.model, chat.parameters]


def test_what_was_saved_comes_back_whole(chat: Conversation, service: Service, file: Path) -> None:
    fill(chat, service)
    assert chat.save(file) == file
    loaded = chat.connection.load_chat(file)
    assert describe(loaded) == describe(chat)
    assert [t.reply.route for t in loaded.turns] == [t.reply.route for t in chat.turns]
    assert [t.reply.sent_at for t in loaded.turns] == [t.reply.sent_at for t in chat.turns]


def test_a_loaded_conversation_goes_on(chat: Conversation, service: Service, file: Path) -> None:
    chat.send(ADA)
    chat.save(file)
    loaded = chat.connection.load_chat(file)
    assert loaded.send(WHO).text == "Your name is Ada."
    assert [turn.number for turn in loaded.path] == [1, 2]
    assert len(chat.turns) == 1


def test_a_thread_that_the_service_keeps_goes_on_in_another_process(
    connection: Connection, service: Service, file: Path
) -> None:
    chat = connection.chat(GPT, transport="responses")
    first = chat.send(ADA)
    chat.save(file)
    loaded = connection.load_chat(file)
    assert loaded.send(WHO).text == "Your name is Ada."
    assert read_body(service)["previous_response_id"] == first.response_id


def test_sealed_reasoning_is_saved_too(
    connection: Connection, service: Service, file: Path
) -> None:
    chat = connection.chat(GPT_5, transport="responses", store=False)
    chat.send(ADA)
    chat.save(file)
    connection.load_chat(file).send(WHO)
    assert "reasoning" in [item["type"] for item in read_body(service)["input"]]


def test_a_turn_under_way_is_saved_as_far_as_it_came(
    chat: Conversation, service: Service, file: Path
) -> None:
    service.fault("stall", after_events=5)
    stream = chat.stream(COUNT)
    while stream.reply.text != "1 2 3 4":
        service.journal.wait_for(lambda entry: entry.outcome == "open")
    chat.save(file)
    stream.stop()
    [reply] = chat.connection.load_chat(file).replies
    assert (reply.text, reply.status, reply.finish_reason) == ("1 2 3 4", "interrupted", "saved")


def test_no_secret_is_in_the_file(chat: Conversation, service: Service, file: Path) -> None:
    chat.send(ADA)
    text = chat.save(file).read_text("utf-8")
    config = service.config_file.read_text("utf-8")
    for line in config.splitlines():
        name, _, value = line.partition("=")
        if name.strip() in {"key_file", "fingerprint", "security_token_file", "pass_phrase"}:
            assert value.strip() not in text


def test_row_48_a_full_disk_loses_nothing(
    chat: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.send(ADA)
    file = chat.save(tmp_path / "chat.json")
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("os.fdopen", _full)
        chat_again = chat.send(WHO)
        with pytest.raises(SaveFailedError, match=r"No space left.*\n.*still in memory"):
            chat.save(file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["chat.json"]
    assert chat.replies[-1].text == chat_again.text
    with pytest.raises(SaveFailedError, match="could not be written"):
        chat.save(tmp_path / "nowhere" / "chat.json")
    chat.save(file)
    assert len(chat.connection.load_chat(file).turns) == 2


def _full(*_args: object, **_kwargs: object) -> object:
    raise OSError(28, "No space left on device")


def _set(*way: Any) -> Callable[[Any], None]:
    """Put the last of `way` where the ones before it lead."""
    *steps, name, value = way

    def change(data: Any) -> None:
        for step in steps:
            data = data[step]
        data[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_set("format", "something else"), "is not a saved conversation"),
        (_set("version", 2), "version 2.*reads version 1"),
        (_set("conversation", "turns", 1, "parent", 7), r"turns\[1\]: turn 2 under 7"),
        (_set("conversation", "turns", 1, "number", 1), r"turns\[1\]: turn 1"),
        (_set("conversation", "turns", 1, "route", 9), r"turns\[1\]: its route"),
        (_set("conversation", "turns", 1, "place", -1), r"turns\[1\]: its route or place"),
        (_set("conversation", "turns", 1, "sent_at", "now"), r"turns\[1\].sent_at: 'now'"),
        (_set("conversation", "turns", 0, "answer", "status", "done"), r"answer.status"),
        (_set("conversation", "turns", 0, "prompt", "role", "root"), r"prompt.role"),
        (_set("conversation", "turns", 0, "run", "os.system"), r"turns\[0\]"),
        (_set("conversation", "head", 9), "head: there is no turn 9"),
    ],
)
def test_what_does_not_fit_is_refused_and_its_place_named(
    chat: Conversation, file: Path, change: Callable[[Any], None], complaint: str
) -> None:
    chat.send(ADA)
    chat.send(WHO)
    data = json.loads(chat.save(file).read_text("utf-8"))
    change(data)
    file.write_text(json.dumps(data), "utf-8")
    with pytest.raises(DataFormatError, match=complaint):
        chat.connection.load_chat(file)


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"format": "ocigenai_nb conversation"}'])
def test_a_file_that_is_no_conversation_is_refused(
    connection: Connection, file: Path, text: str
) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(DataFormatError):
        connection.load_chat(file)
    with pytest.raises(DataFormatError, match="can't be read"):
        connection.load_chat(file.parent)
