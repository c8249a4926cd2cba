"""Many clients in one process: `python -m tests.bench.crowd`, told in JSON what to do.

They are bare sockets, so that the server is what is measured: every request is signed before the
clock starts, and what came is read once it stands still. `tests.bench.streams` tells and prints.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tests.bench.crowd_requests import SHAPES, Answer, Order, is_right, write_requests

_OPENING_AT_ONCE: Final = 50
_LAST_EVENTS: Final = 3


class Line(asyncio.Protocol):
    """One connection, on which requests come one after the other."""

    _transport: asyncio.Transport
    _answer: Answer
    _done: asyncio.Future[None]

    async def ask(self, request: bytes) -> Answer:
        """Send ``request`` and wait for all of its answer; ConnectionError where it breaks off."""
        self._done = asyncio.get_running_loop().create_future()
        self._answer = Answer(time.perf_counter())
        self._transport.write(request)
        await self._done
        return self._answer

    def close(self) -> None:
        """Close it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answer.take(data):
            self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if hasattr(self, "_done") and not self._done.done():
            self._done.set_exception(ConnectionError(f"The connection was closed: {error}"))


async def stream_together(
    order: Order, count: int, *, pace: float, starts: float
) -> dict[str, Any]:
    """So many streams at once, ``starts`` of them begun in a second; what became of them."""
    share = count // len(SHAPES) + 1
    each = [write_requests(order, shape, share, streamed=True) for shape in SHAPES]
    requests = list(itertools.chain.from_iterable(zip(*each, strict=True)))[:count]
    opening, began = asyncio.Semaphore(_OPENING_AT_ONCE), time.process_time()
    lines = await asyncio.gather(*(_open(order.url, opening) for _ in range(count)))
    asked = (
        _ask_later(line, request, number / starts)
        for number, (line, request) in enumerate(zip(lines, requests, strict=True))
    )
    answers = await asyncio.gather(*asked, return_exceptions=True)
    spent = time.process_time() - began
    for line in lines:
        line.close()
    good = [
        answer
        for answer, shape in zip(answers, itertools.cycle(SHAPES), strict=False)
        if isinstance(answer, Answer) and is_right(answer, shape, order.answer, streamed=True)
    ]
    return {"good": len(good), "seconds_of_cpu": spent, **_time_streams(good, pace)}


async def _ask_later(line: Line, request: bytes, seconds: float) -> Answer:
    await asyncio.sleep(seconds)
    return await line.ask(request)


def _time_streams(answers: Sequence[Answer], pace: float) -> dict[str, Any]:
    """When what came; a stream's lag is how far its latest event is behind its earliest one."""
    all_events = [_time_events(answer) for answer in answers]
    lags = []
    for times in all_events:
        late = [moment - number / pace for number, moment in enumerate(times)]
        lags.append(max(late) - min(late))
    all_open = max(times[0] for times in all_events)
    first_end = min(times[-1] for times in all_events)
    together = sum(all_open <= moment < first_end for times in all_events for moment in times)
    seconds = max(0.0, first_end - all_open)
    return {
        "lags": sorted(lags),
        "first": sorted(e[0] - a.sent for a, e in zip(answers, all_events, strict=True)),
        "together_seconds": seconds,
        "together_rate": together / seconds if seconds else 0.0,
        "seconds": max(a.times[-1] for a in answers) - min(a.sent for a in answers),
    }


def _time_events(answer: Answer) -> list[float]:
    """When each event came, but for those with which an answer ends: they come at once."""
    counts = [piece.count(b"data: ") for piece in answer.pieces]
    times = [t for t, n in zip(answer.times, counts, strict=True) for _ in range(n)]
    return times[:-_LAST_EVENTS]


async def ask_flat_out(
    order: Order, requests: Sequence[bytes], at_once: int, shape: str, *, streamed: bool
) -> dict[str, Any]:
    """All requests over so many connections; how many a second, and how long each took."""
    lines = await asyncio.gather(*(_open(order.url, asyncio.Semaphore(1)) for _ in range(at_once)))
    waiting, answers = iter(requests), list[Answer]()

    async def work(line: Line) -> None:
        answers.extend([await line.ask(request) for request in waiting])

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(work, lines))
    seconds, busy = time.perf_counter() - began, time.process_time() - used
    for line in lines:
        line.close()
    wanted = order.answer
    if wanted and not all(is_right(a, shape, wanted, streamed=streamed) for a in answers):
        raise RuntimeError(f"Not every answer is right: {answers[0].read()}")
    took = sorted((answer.times[-1] - answer.sent) * 1000 for answer in answers)
    return {"rate": len(answers) / seconds, "ms": took, "client": busy / seconds}


async def _open(url: str, opening: asyncio.Semaphore) -> Line:
    port = urlsplit(url).port
    assert port is not None
    async with opening:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Line, "127.0.0.1", port))[1]


async def _flood(orders: Sequence[Order], plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every kind of request at every width, at each server by turns."""
    taken = []
    for shape, streamed in itertools.product(SHAPES, (False, True)):
        made = [write_requests(o, shape, plan["requests"], streamed=streamed) for o in orders]
        for at_once in plan["at_once"]:
            kind = {"shape": shape, "streamed": streamed, "at_once": at_once}
            rounds = [
                [
                    await ask_flat_out(order, requests, at_once, shape, streamed=streamed)
                    for order, requests in zip(orders, made, strict=True)
                ]
                for _ in range(plan["rounds"])
            ]
            taken.append({**kind, "rounds": rounds})
    return taken


def main() -> None:
    """Do what standard input says, and print what came of it."""
    plan = json.load(sys.stdin)
    orders = [Order(**order) for order in plan["orders"]]
    if "streams" in plan:
        pace, starts = plan["pace"], plan["starts"]
        together = stream_together(orders[0], plan["streams"], pace=pace, starts=starts)
        found: Any = asyncio.run(together)
    else:
        found = asyncio.run(_flood(orders, plan))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
