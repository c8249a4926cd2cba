"""What goes on the wire, and in how many pieces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocigenai_nb.emulator.gathering import GatheringTransport
from ocigenai_nb.emulator.responses.store import ResponseStore, StoredResponse
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, connect, post_raw, read_all, write_body


class Recorded(asyncio.Transport):
    """A transport that keeps what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[Any] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.happened.append(bytes(data))

    def close(self) -> None:
        self.happened.append("close")

    def abort(self) -> None:
        self.happened.append("abort")

    def is_closing(self) -> bool:
        return "close" in self.happened or "abort" in self.happened

    def get_write_buffer_size(self) -> int:
        return 0


def test_what_one_turn_of_the_loop_writes_goes_out_in_one_piece() -> None:
    async def write() -> list[Any]:
        inner = Recorded()
        transport = GatheringTransport(inner)
        for data in (b"a", b"", b"bc"):
            transport.write(data)
        assert (inner.happened, transport.get_write_buffer_size()) == ([], 3)
        await asyncio.sleep(0)
        transport.write(b"d")
        await asyncio.sleep(0)
        return inner.happened

    assert asyncio.run(write()) == [b"abc", b"d"]


@pytest.mark.parametrize(("ending", "happened"), [("close", [b"a", "close"]), ("abort", ["abort"])])
def test_closing_lets_go_out_what_was_written_and_aborting_does_not(
    ending: str, happened: list[Any]
) -> None:
    async def write() -> list[Any]:
        inner = Recorded()
        transport = GatheringTransport(inner)
        transport.write(b"a")
        getattr(transport, ending)()
        await asyncio.sleep(0)
        return inner.happened

    assert asyncio.run(write()) == happened


def test_nothing_is_written_to_a_client_that_left_in_the_same_turn() -> None:
    async def write() -> list[Any]:
        inner = Recorded()
        transport = GatheringTransport(inner)
        transport.write(b"a")
        inner.close()
        await asyncio.sleep(0)
        return inner.happened

    assert asyncio.run(write()) == ["close"]


def test_a_head_of_a_streamed_response_has_no_body(service: Service) -> None:
    with connect(service) as client:
        made = client.post("/openai/v1/responses", json={"model": GPT, "input": "hi"}).json()
        path = f"/openai/v1/responses/{made['id']}?stream=true"
        head = client.head(path)
        whole = client.get(path)  # on the same connection, which stands
    assert (head.status_code, head.content) == (200, b"")
    assert whole.content.endswith(b"data: [DONE]\n\n")


def test_every_event_of_a_long_stream_is_an_http_chunk_of_its_own(service: Service) -> None:
    messages = [{"role": "user", "content": "Count from 1 to 2000."}]
    body = write_body(messages=messages, stream=True, max_tokens=5000)
    with post_raw(service, body, extra=[("connection", "close")]) as connection:
        _, _, rest = read_all(connection).partition(b"\r\n\r\n")
    chunks = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    assert len(chunks) == 2000 + 4  # role, finish, [DONE], the end
    assert all(chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") for chunk in chunks[:-1])
    assert chunks[-1] == b""


def test_only_the_newest_twenty_thousand_responses_are_kept() -> None:
    store = ResponseStore()
    for number in range(20_001):
        resource = {"id": f"resp_{number}", "output": []}
        store.keep(StoredResponse(tenancy="t", created=0.0, resource=resource, given=()))
    found = [store.find("t", f"resp_{number}", now=1.0) for number in (0, 1, 20_000)]
    assert [response is not None for response in found] == [False, True, True]
