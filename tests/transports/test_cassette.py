"""Facts about record and replay: the same events, nothing sent, nothing secret in the file."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ocigenai_nb as og
from ocigenai_nb.core.errors import (
    CassetteMismatchError,
    DataFormatError,
    OCIGenAIError,
    ServerFailureError,
    UsageError,
)
from ocigenai_nb.core.events import Event, Failed, Interrupted, TextDelta
from ocigenai_nb.core.messages import Image, Message, Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.plain_data import event_to_data
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.keys import TENANCY, USER, write_config
from tests.transports.subject import COUNT, COUNTED, GPT, QUICK, Transport, over

WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
PICTURE = Image.from_bytes(bytes(range(256)) * 400, "image/png")
OTHER_PICTURE = Image.from_bytes(bytes(range(255, -1, -1)) * 400, "image/png")
SECRET_WORDS = "Say exactly: password=hunter2 and sk-abcDEF1234567890abcdefgh and no more"


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "demo.jsonl"


def plain(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as data, without what takes no part in equality."""
    return [
        {name: value for name, value in event_to_data(event).items() if name != "raw"}
        for event in events
    ]


def ask_twice(transport: Transport, cassette: Path, **asked: Any) -> tuple[Any, Any]:
    """The events of a request, and of the same one replayed. Nothing is sent for the second."""
    model = transport.model()
    prompt = asked.pop("prompt", COUNT)
    with og.record(cassette):
        recorded = plain(model.stream(prompt, **asked))
    requests = len(transport.service.journal)
    with og.replay(cassette, speed=None):
        replayed = plain(transport.model(client=penniless()).stream(prompt, **asked))
    assert len(transport.service.journal) == requests
    return recorded, replayed


def penniless(profile: str = "DEFAULT") -> SignedClient:
    """A client whose key is not there and whose host answers nobody, of another compartment."""
    folder = Path.home() / "penniless"
    folder.mkdir(exist_ok=True)
    settings = {
        "user": USER,
        "tenancy": TENANCY,
        "fingerprint": ":".join(["aa"] * 16),
        "key_file": str(folder / "no_such_key.pem"),
        "region": "us-chicago-1",
    }
    session = settings | {"security_token_file": str(folder / "no_such_token")}
    path = write_config(folder, {"DEFAULT": settings, "SESSION": session})
    wishes = Wishes(profile=profile, config_file=path, endpoint="http://127.0.0.1:9")
    return SignedClient(settle(wishes), retry=QUICK)


def test_a_replayed_turn_has_equal_events(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert {"Started", "TextDelta", "UsageReport", "Finished"} <= {e["kind"] for e in recorded}
    assert recorded[0]["request_id"]


def test_an_answer_in_one_piece_is_replayed_too(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(transport, cassette, whole=True)
    assert replayed == recorded


def test_tool_calls_and_their_ids_are_replayed(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(
        transport, cassette, prompt="What is the weather in Paris?", tools=(WEATHER,)
    )
    assert replayed == recorded
    assert "ToolCallReady" in {event["kind"] for event in recorded}


def test_an_error_and_the_retries_before_it_are_replayed(
    transport: Transport, cassette: Path
) -> None:
    transport.service.fault("status", status=500, times=None)
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert recorded[-1]["error"]["kind"] == ServerFailureError.__name__
    assert recorded[-1]["error"]["request_id"]
    assert "Notice" in {event["kind"] for event in recorded}


def test_a_stream_that_broke_off_is_replayed_as_it_broke(
    transport: Transport, cassette: Path
) -> None:
    transport.service.fault("cut", after_events=transport.after(4), times=None)
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert recorded[-1]["kind"] == "Interrupted"


def test_a_turn_that_was_stopped_is_replayed_as_far_as_it_came(
    transport: Transport, cassette: Path
) -> None:
    transport.stall()
    with og.record(cassette):
        stream = transport.model().stream(COUNT)
        recorded = []
        for event in stream:
            recorded.append(event)
            if isinstance(event, TextDelta):
                stream.stop()
    assert recorded[-1] == Interrupted("stopped")
    with og.replay(cassette, speed=None):
        replayed = list(transport.model(client=penniless()).stream(COUNT))
    assert plain(replayed) == plain(recorded)


@over("v1")
def test_a_turn_under_way_when_the_recording_ends_is_kept_as_interrupted(
    transport: Transport, cassette: Path
) -> None:
    transport.stall()
    with og.record(cassette):
        stream = transport.model().stream(COUNT)
        events = iter(stream)
        while not isinstance(next(events), TextDelta):
            """Until the answer has begun."""
    stream.stop()
    with og.replay(cassette, speed=None):
        answer = transport.ask(COUNT, client=penniless())
    assert (answer.status, answer.finish_reason) == ("interrupted", "the recording ended")
    assert COUNTED.startswith(answer.text)
    assert answer.text


def test_a_conversation_is_replayed_turn_by_turn(transport: Transport, cassette: Path) -> None:
    def talk(client: SignedClient | None) -> list[Answer]:
        model = transport.model(client=client)
        first = model.complete_sync("My name is Ann.")
        history = [Message.user("My name is Ann."), first.message, Message.user("Who am I?")]
        return [first, model.complete_sync(history)]

    with og.record(cassette):
        recorded = talk(None)
    with og.replay(cassette, speed=None):
        assert talk(penniless()) == recorded


@over("v1")
def test_every_way_to_ask_goes_through_the_cassette(transport: Transport, cassette: Path) -> None:
    model = transport.model()
    with og.record(cassette):
        recorded = [model.complete_sync(COUNT), fold(model.stream("hi"))]
    with og.replay(cassette, speed=None):
        poor = transport.model(client=penniless())
        assert fold(poor.stream("hi")) == recorded[1]
        assert asyncio.run(poor.complete(COUNT)) == recorded[0]


@over("v1", "sdk")
def test_a_session_that_has_no_token_replays_as_well(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        recorded = transport.ask(COUNT)
    with og.replay(cassette, speed=None):
        assert transport.ask(COUNT, client=penniless("SESSION")) == recorded


# What is refused, and how that is said.


def mismatch(transport: Transport, prompt: Any, **asked: Any) -> str:
    """The message of the error that a replayed turn ends in."""
    answer = transport.ask(prompt, client=penniless(), **asked)
    assert isinstance(answer.error, CassetteMismatchError)
    assert answer.status == "failed"
    return answer.error.message


@over("v1")
def test_a_mismatch_says_what_differs(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        transport.ask("hi")
        transport.ask(
            [Message.system("Be brief."), Message.user("hello there")],
            parameters=Parameters(temperature=0.7),
        )
    with og.replay(cassette, speed=None):
        transport.ask("hi", client=penniless())
        warm = Parameters(temperature=0.2)
        said = mismatch(
            transport, [Message.system("Be brief."), Message.user("hi")], parameters=warm
        )
    assert said.startswith("Request 2: ")
    assert "messages[1].content differs: 'hi' / 'hello there'" in said
    assert "temperature is 0.2, the cassette has 0.7" in said
    assert said.count(";") == 1


@over("v1")
def test_another_model_or_transport_is_a_mismatch(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        transport.ask("hi")
    with og.replay(cassette, speed=None):
        assert f"model differs: '{GPT}' / '{transport.usual}'" in mismatch(
            transport, "hi", model=GPT
        )
        other = Transport("sdk", transport.service)
        assert "transport differs: 'sdk' / 'v1'" in mismatch(other, "hi", model=transport.usual)


def test_an_exhausted_cassette_says_so(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        transport.ask("hi")
    with og.replay(cassette, speed=None):
        assert transport.ask("hi", client=penniless()).error is None
        said = mismatch(transport, "hi")
    assert said == "Request 2: the cassette holds 1 exchange, and each has been replayed."


@over("v1")
def test_equal_requests_are_answered_in_order(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        recorded = [transport.ask("hi").request_id for _ in range(3)]
    with og.replay(cassette, speed=None):
        replayed = [transport.ask("hi", client=penniless()).request_id for _ in range(3)]
    assert replayed == recorded
    assert len(set(recorded)) == 3


@over("v1")
def test_turns_side_by_side_are_recorded_and_replayed_in_any_order(
    transport: Transport, cassette: Path
) -> None:
    prompts = ["hi", COUNT, "hello", "What is the capital of France?"]

    async def ask_all(client: SignedClient | None, asked: list[str]) -> dict[str, Answer]:
        model = transport.model(client=client)
        answers = await asyncio.gather(*(model.complete(prompt) for prompt in asked))
        return dict(zip(asked, answers, strict=True))

    with og.record(cassette):
        recorded = asyncio.run(ask_all(None, prompts))
    with og.replay(cassette, speed=None):
        assert asyncio.run(ask_all(penniless(), prompts[::-1])) == recorded


@over("v1", "sdk")
def test_pictures_are_kept_as_digests_and_still_have_to_be_the_same(
    cassette: Path, service: Any, transport: Transport
) -> None:
    model = transport.kind.sees
    with og.record(cassette):
        recorded = transport.ask(Message.user("What is this?", PICTURE), model)
    assert cassette.stat().st_size < 10_000
    with og.replay(cassette, speed=None):
        said = mismatch(transport, Message.user("What is this?", OTHER_PICTURE), model=model)
        assert "differs: '…" in said
        same = transport.ask(Message.user("What is this?", PICTURE), model, client=penniless())
        assert same == recorded


# What is in the file.


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


def write_cassette(path: Path, events: list[Any], **changes: Any) -> None:
    """A cassette by hand, of one request that `transport.ask("hi")` makes on V1."""
    body = json.loads(path.read_text("utf-8").splitlines()[1])["body"]
    line = {"number": 1, "transport": "v1", "model": body["model"], "body": body} | changes
    header = {"format": "ocigenai_nb cassette", "version": 1}
    lines = [json.dumps(header), json.dumps(line | {"events": events})]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


END = {"kind": "Finished", "reason": "stop"}


def record_hi(transport: Transport, cassette: Path, events: list[Any], **changes: Any) -> None:
    with og.record(cassette):
        transport.ask("hi")
    write_cassette(cassette, events, **changes)


@over("v1")
@pytest.mark.parametrize(("speed", "least", "most"), [(1.0, 0.2, 5), (4.0, 0.05, 5), (None, 0, 10)])
def test_events_come_with_the_delays_they_had(
    transport: Transport, cassette: Path, speed: float | None, least: float, most: float
) -> None:
    last = 0.2 if speed else 100_000.0
    record_hi(transport, cassette, [[0.0, {"kind": "TextDelta", "text": "a"}], [last, END]])
    begun = time.perf_counter()
    with og.replay(cassette, speed=speed):
        assert transport.ask("hi", client=penniless()).text == "a"
    assert least <= time.perf_counter() - begun < most


@over("v1")
def test_a_replayed_turn_can_be_stopped_while_it_waits(
    transport: Transport, cassette: Path
) -> None:
    record_hi(transport, cassette, [[0.0, {"kind": "TextDelta", "text": "a"}], [100_000.0, END]])
    with og.replay(cassette), closing(iter(transport.model(client=penniless()).stream("hi"))) as it:
        assert next(it) == TextDelta("a")
    with og.replay(cassette):
        stream = transport.model(client=penniless()).stream("hi")
        events = []
        for event in stream:
            events.append(event)
            stream.stop()
    assert events == [TextDelta("a"), Interrupted("stopped")]


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


@pytest.mark.parametrize("speed", [0, -1.0, float("nan")])
def test_a_speed_that_is_not_above_zero_is_refused(cassette: Path, speed: float) -> None:
    with pytest.raises(UsageError, match="speed is"), og.replay(cassette, speed=speed):
        """Never reached."""


@pytest.mark.parametrize(("first", "said"), [("record", "recorded"), ("replay", "replayed")])
@pytest.mark.parametrize("second", ["record", "replay"])
def test_only_one_cassette_can_be_open(
    cassette: Path, tmp_path: Path, first: str, second: str, said: str
) -> None:
    for path in (cassette, tmp_path / "other"):
        with og.record(path):
            """A cassette of no exchange."""
    before = (tmp_path / "other").read_bytes()
    refused = pytest.raises(UsageError, match=f"A cassette is being {said} already")
    with getattr(og, first)(cassette), refused, getattr(og, second)(tmp_path / "other"):
        """Never reached."""
    assert (tmp_path / "other").read_bytes() == before
    with getattr(og, second)(tmp_path / "other"):
        """The first one has ended."""


@over("v1")
def test_after_the_block_requests_go_to_the_service_again(
    transport: Transport, cassette: Path
) -> None:
    with pytest.raises(ZeroDivisionError), og.record(cassette):
        assert transport.ask("hi").attempts / 0
    with og.replay(cassette, speed=None):
        transport.ask("hi", client=penniless())
    before = len(transport.service.journal)
    assert transport.ask("hi").error is None
    assert len(transport.service.journal) == before + 1
    assert cassette.read_text("utf-8").count("\n") == 2


def test_a_mismatch_is_a_usage_error_of_the_public_tree(cassette: Path) -> None:
    assert issubclass(CassetteMismatchError, UsageError)
    assert issubclass(CassetteMismatchError, OCIGenAIError)
    assert isinstance(Failed(CassetteMismatchError("x")).error, og.OCIGenAIError)


@over("responses")
def test_what_is_no_turn_is_refused_during_a_replay(transport: Transport, cassette: Path) -> None:
    model: Any = transport.model()
    with og.record(cassette):
        answer = model.complete_sync(COUNT)
    requests = len(transport.service.journal)
    with og.replay(cassette, speed=None):
        for call in (model.retrieve_sync, model.delete_sync, model.input_items_sync):
            with pytest.raises(UsageError, match="A cassette is being replayed"):
                call(answer.response_id)
    assert len(transport.service.journal) == requests
    assert model.retrieve_sync(answer.response_id)["id"] == answer.response_id
