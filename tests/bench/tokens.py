"""CPU for each streamed token, through our public APIs and through the bare `openai` SDK.

All read the same stream of 20,000 tokens from an emulator that sends flat out. What counts is the
CPU time of this whole process, our I/O thread included.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import openai

import ocigenai_nb as og
from ocigenai_nb.transports.auth import OCIAuth
from ocigenai_nb.transports.settings import Wishes, settle
from tests.bench.processes import MODEL, Emulator, emulator_process
from tests.bench.results import Result, Sample, interleave

ROUNDS = 5
TOKENS = 20_000
PROMPT = f"Count from 1 to {TOKENS}."
GOAL = 0.25


def measure() -> list[Result]:
    """Each way of reading in turn; ours against the SDK's of the same kind."""
    with emulator_process() as emulator:
        readers = {**_ours(emulator), **_theirs(emulator)}
        measures = {name: _timed(read) for name, read in readers.items()}
        interleave(1, measures)  # warm up
        taken = interleave(ROUNDS, measures)
    rows = {"model.stream, for": "SDK sync", "model.stream, async for": "SDK async"}
    rows["Conversation.send"] = "SDK sync"
    return [_compare(name, taken[name], kind, taken[kind]) for name, kind in rows.items()]


def _compare(name: str, ours: Sample, kind: str, theirs: Sample) -> Result:
    ratio = ours.median / theirs.median
    return Result(
        name=f"CPU per token: {name}",
        measured=ours.format("µs"),
        against=f"{kind} {theirs.format('µs', digits=0)}",
        ratio=ratio,
        goal=f"<= {GOAL}",
        met=ratio <= GOAL,
    )


def _timed(read: Callable[[], int]) -> Callable[[], float]:
    """CPU time of one reading in microseconds per token."""

    def measure() -> float:
        began = time.process_time()
        count = read()
        took = time.process_time() - began
        if count != TOKENS:
            raise RuntimeError(f"{count} tokens came instead of {TOKENS}.")
        return took / TOKENS * 1e6

    return measure


def _ours(emulator: Emulator) -> dict[str, Callable[[], int]]:
    genai = og.connect(emulator.profile, config_file=emulator.config_file)
    model = genai.model(MODEL)

    def read() -> int:
        return sum(isinstance(event, og.TextDelta) for event in model.stream(PROMPT))

    async def read_async() -> int:
        count = 0
        async for event in model.stream(PROMPT):
            count += isinstance(event, og.TextDelta)
        return count

    def send() -> int:
        return len(genai.chat(MODEL).send(PROMPT).text.split())

    return {
        "model.stream, for": read,
        "model.stream, async for": lambda: asyncio.run(read_async()),
        "Conversation.send": send,
    }


def _theirs(emulator: Emulator) -> dict[str, Callable[[], int]]:
    identity = settle(Wishes(profile=emulator.profile, config_file=emulator.config_file))
    asyncio.run(identity.credentials.ready())
    auth = OCIAuth(identity.credentials)
    base_url = f"{emulator.url}/openai/v1"
    headers = {"CompartmentId": emulator.compartment_id}
    sync = openai.OpenAI(
        api_key="signed",
        base_url=base_url,
        default_headers=headers,
        http_client=openai.DefaultHttpxClient(auth=auth),
    )

    def read() -> int:
        chunks = sync.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": PROMPT}], stream=True
        )
        return sum(_holds_text(chunk) for chunk in chunks)

    async def read_async() -> int:
        # A client of its own, because its connections belong to this event loop.
        client = openai.AsyncOpenAI(
            api_key="signed",
            base_url=base_url,
            default_headers=headers,
            http_client=openai.DefaultAsyncHttpxClient(auth=auth),
        )
        async with client:
            chunks = await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": PROMPT}], stream=True
            )
            count = 0
            async for chunk in chunks:
                count += _holds_text(chunk)
        return count

    return {"SDK sync": read, "SDK async": lambda: asyncio.run(read_async())}


def _holds_text(chunk: openai.types.chat.ChatCompletionChunk) -> bool:
    return bool(chunk.choices and chunk.choices[0].delta.content)
