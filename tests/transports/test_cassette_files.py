"""Facts about a cassette's file: no secret in it, and what is wrong with one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ocigenai_nb as og
from ocigenai_nb.core.errors import DataFormatError, UsageError
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.cassettes import END, mismatch, penniless, record_hi
from tests.transports.subject import COUNT, QUICK, Transport, over

SECRET_WORDS = "Say exactly: password=hunter2 and sk-abcDEF1234567890abcdefgh and no more"


def secrets_of(transport: Transport) -> Iterator[str]:
    """Everything of the emulator's profiles that must not get out."""
    folder = transport.service.config_file.parent
    for path in folder.rglob("*"):
        if path.is_file() and path != transport.service.config_file:
            yield str(path)
            yield from (line for line in path.read_text("utf-8").split() if len(line) > 20)


SIGNED = [("v1", "key"), ("v1", "session"), ("sdk", "key"), ("sdk", "session")]
BEARER = [("v1", "api key"), ("responses", "api key"), ("responses", "key")]


@pytest.mark.parametrize(("transport", "way"), [*SIGNED, *BEARER], indirect=["transport"])
def test_no_secret_is_in_a_cassette(transport: Transport, cassette: Path, way: str) -> None:
    service = transport.service
    bearer = service.issue_genai_api_key()
    wishes = Wishes(
        config_file=service.config_file,
        profile="SESSION" if way == "session" else "DEFAULT",
        endpoint=service.url,
    )
    if way == "api key":
        wishes = Wishes(
            api_key=bearer,
            endpoint=service.url,
            project=service.project_id,
            compartment_id=service.compartment_id,
            region=service.region,
        )
    client = transport.keep(SignedClient(settle(wishes), retry=QUICK))
    service.fault("status", status=500, times=1)
    with og.record(cassette):
        assert transport.ask(SECRET_WORDS, client=client).error is None
        service.fault("status", status=401, times=3)
        assert transport.ask(COUNT, client=client).error is not None
    text = cassette.read_text("utf-8")
    secrets = [*secrets_of(transport), bearer, "hunter2", "sk-abcDEF", "Bearer ", "Signature "]
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret in text] == []
    assert service.compartment_id not in text


def test_what_the_model_repeats_in_pieces_is_redacted(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        answer = transport.ask(SECRET_WORDS)
    assert "hunter2" in answer.text
    assert "hunter2" not in cassette.read_text("utf-8")
    with og.replay(cassette, speed=None):
        replayed = transport.ask(SECRET_WORDS, client=penniless())
    assert replayed.text == redact(answer.text)
    assert "[redacted password]" in replayed.text


@over("v1")
def test_a_cassette_is_written_as_it_goes_and_a_line_cut_off_is_left_out(
    transport: Transport, cassette: Path
) -> None:
    with og.record(cassette):
        transport.ask("hi")
        after_one = cassette.read_bytes()
        transport.ask(COUNT)
        after_two = cassette.read_bytes()
    assert after_one.count(b"\n") == 2
    assert after_two.startswith(after_one)
    header, first, _ = after_two.splitlines()
    assert json.loads(header) == {"format": "ocigenai_nb cassette", "version": 1}
    assert set(json.loads(first)) == {"number", "transport", "model", "body", "events"}
    cassette.write_bytes(after_two[:-40])
    with og.replay(cassette, speed=None):
        assert transport.ask("hi", client=penniless()).error is None
        assert "each has been replayed" in mismatch(transport, COUNT)


@over("v1")
@pytest.mark.parametrize(
    ("events", "changes", "text"),
    [
        ([[0, {"kind": "Boom"}]], {}, "demo.jsonl, line 2.events[0][1].kind: 'Boom' is not one of"),
        ([[0, {"kind": "TextDelta", "text": "a"}]], {}, "the last one, and no other, has to end"),
        ([[0, END], [0, END]], {}, "the last one, and no other, has to end"),
        ([[-1, END]], {}, "line 2.events[0]: this is not a pair of seconds and an event."),
        ([END], {}, "line 2.events[0]: this is not a pair of seconds and an event."),
        ([], {}, "line 2.events: this is not a list of events."),
        ([[0, END]], {"number": "1"}, "line 2.number: '1' is not a whole number."),
        ([[0, END]], {"extra": 1}, "line 2: the key 'extra' is unknown."),
    ],
)
def test_a_cassette_that_was_damaged_is_refused_by_its_place(
    transport: Transport, cassette: Path, events: list[Any], changes: Any, text: str
) -> None:
    record_hi(transport, cassette, events, **changes)
    with pytest.raises(DataFormatError) as caught, og.replay(cassette):
        """Never reached."""
    assert text in caught.value.message


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "demo.jsonl: this is not JSON"),
        ("[1]\n", "demo.jsonl: this is no cassette."),
        ('{"cells": []}\n', "demo.jsonl: this is no cassette."),
        (
            '{"format": "ocigenai_nb cassette", "version": 2}\n',
            "this is a cassette of version 2; this version of ocigenai_nb reads version 1.",
        ),
    ],
)
def test_a_file_that_is_no_cassette_is_neither_replayed_nor_written_over(
    cassette: Path, content: str, text: str
) -> None:
    cassette.write_text(content, encoding="utf-8")
    with pytest.raises(DataFormatError, match=text), og.replay(cassette):
        """Never reached."""
    refused = pytest.raises(UsageError, match="is no cassette, so it is not written over")
    with refused, og.record(cassette):
        """Never reached."""
    assert cassette.read_text("utf-8") == content


def test_a_cassette_is_replaced(cassette: Path) -> None:
    for _ in range(2):
        with og.record(cassette):
            """Nothing is asked."""
    assert cassette.read_text("utf-8").count("\n") == 1


def test_a_file_that_is_not_there_or_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"can't be read: No such file"), og.replay(tmp_path / "a"):
        """Never reached."""
    refused = pytest.raises(UsageError, match="can't be written: No such file")
    with refused, og.record(tmp_path / "no" / "a"):
        """Never reached."""
    with pytest.raises(UsageError, match="is no cassette"), og.record(tmp_path):
        """Never reached."""
