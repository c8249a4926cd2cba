"""Facts about a request that the cassette does not hold, and how that is said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import ocigenai_nb as og
from ocigenai_nb.core.errors import CassetteMismatchError, OCIGenAIError, UsageError
from ocigenai_nb.core.events import Failed
from ocigenai_nb.core.messages import Image, Message
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.client import SignedClient
from tests.transports.cassettes import mismatch, penniless
from tests.transports.subject import COUNT, GPT, Transport, over

PICTURE = Image.from_bytes(bytes(range(256)) * 400, "image/png")
OTHER_PICTURE = Image.from_bytes(bytes(range(255, -1, -1)) * 400, "image/png")


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


def test_a_mismatch_is_a_usage_error_of_the_public_tree(cassette: Path) -> None:
    assert issubclass(CassetteMismatchError, UsageError)
    assert issubclass(CassetteMismatchError, OCIGenAIError)
    assert isinstance(Failed(CassetteMismatchError("x")).error, og.OCIGenAIError)
