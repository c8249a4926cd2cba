"""What is seen of a fault: one check for each manner in which an answer can be struck.

All faults in streams are ordered after five events.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from tests.emulator.plain_client import Seen
from tests.emulator.zstd_frames import read_frames

Check = Callable[[Seen], None]
LEAD: Final = 5
"""The events before a fault."""
SIZE: Final = 300_000
"""The bytes of a huge event."""
BROKEN: Final = (httpx.RemoteProtocolError, httpx.ReadError)


def is_cut(seen: Seen) -> None:
    assert seen.error in BROKEN
    assert (len(seen.events), seen.rest) == (LEAD, b"")


def is_cut_in_a_line(seen: Seen) -> None:
    assert seen.error in BROKEN
    is_half(seen)


def ends_early(seen: Seen) -> None:
    assert (seen.error, len(seen.events), seen.rest) == (None, LEAD, b"")
    assert not seen.is_whole


def is_half(seen: Seen) -> None:
    assert len(seen.events) == LEAD
    assert b"data: {" in seen.rest
    seen.rest.decode()


def is_half_a_character(seen: Seen) -> None:
    assert len(seen.events) == LEAD
    assert seen.rest.endswith("€".encode()[:2])


def is_nothing(seen: Seen) -> None:
    assert (seen.status, seen.body) == (0, b"")
    assert seen.error in (*BROKEN, httpx.ReadTimeout)


def is_silent(seen: Seen) -> None:
    assert (seen.error, len(seen.events), seen.rest) == (httpx.ReadTimeout, LEAD, b"")


def has_broken_json(seen: Seen) -> None:
    assert seen.is_whole
    assert json.loads(seen.events[LEAD + 1].partition(b"data: ")[2])
    try:
        json.loads(seen.events[LEAD].partition(b"data: ")[2])
    except json.JSONDecodeError:
        return
    raise AssertionError("The event is sound.")


def has_bad_utf8(seen: Seen) -> None:
    assert seen.is_whole
    assert b"\xff\xfe" in seen.events[LEAD]


def holds(pattern: bytes) -> Check:
    """An event with the pattern comes between good ones."""

    def check(seen: Seen) -> None:
        assert re.search(pattern, seen.events[LEAD]), seen.events[LEAD]
        assert seen.is_whole

    return check


def ends_in(pattern: bytes) -> Check:
    """What ends the stream has the pattern."""

    def check(seen: Seen) -> None:
        *good, last = seen.body.split(b"\n\n", LEAD)
        assert (seen.error, len(good)) == (None, LEAD)
        assert re.search(pattern, last), last
        assert b"[DONE]" not in re.sub(pattern, b"", last)

    return check


def says_the_same(seen: Seen) -> None:
    text = seen.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert "é" in text.decode()
    assert replace(seen, body=text).is_whole


def is_huge(seen: Seen) -> None:
    assert len(seen.events[LEAD]) + 2 == SIZE
    assert seen.is_whole


def is_gzip_bomb(seen: Seen) -> None:
    assert seen.headers["content-encoding"] == "gzip"
    assert len(seen.body) < SIZE / 10
    is_huge(replace(seen, body=zlib.decompress(seen.body, wbits=16 + zlib.MAX_WBITS)))


def is_zstd_bomb(seen: Seen) -> None:
    assert seen.headers["content-encoding"] == "zstd"
    frames = read_frames(seen.body)
    others = sum(map(len, frames)) - SIZE
    assert len(seen.body) - others < SIZE, "The huge event came small."
    is_huge(replace(seen, body=b"".join(frames)))


def has_a_frame_each(seen: Seen) -> None:
    assert seen.headers["content-encoding"] == "zstd"
    frames = read_frames(seen.body)
    assert len(frames) > LEAD
    assert all(frame.endswith(b"\n\n") for frame in frames)
    says_the_same(replace(seen, body=b"".join(frames)))


def refuses(status: int, pattern: str) -> Check:
    """The whole answer has this status, and words with the pattern."""

    def check(seen: Seen) -> None:
        assert (seen.status, seen.error) == (status, None)
        assert re.search(pattern, seen.body.decode()), seen.body

    return check


def waits(pattern: str, *, header: str = "retry-after") -> Check:
    """It is throttled, and told for how long."""

    def check(seen: Seen) -> None:
        assert seen.status == 429
        assert re.fullmatch(pattern, seen.headers.get(header, "none"))

    return check


def waits_until_a_date(seen: Seen) -> None:
    until, now = (parsedate_to_datetime(seen.headers[name]) for name in ("retry-after", "date"))
    assert 29 <= (until - now).total_seconds() <= 31


def is_double_encoded(seen: Seen) -> None:
    assert seen.status == 400
    inner = json.loads(json.loads(seen.body)["message"])
    assert inner["error"]["message"] == "Too warm."


def is_filtered(seen: Seen) -> None:
    assert re.search(rb"content_filter|ERROR_TOXIC", seen.events[-1] + seen.events[-2])
    assert seen.is_whole


def mixes(*, shares: bool) -> Check:
    """The pieces of two calls come by turns; joined by the calls' ids they are whole."""

    def check(seen: Seen) -> None:
        pieces = [piece for event in seen.read_events() for piece in find_pieces(event)]
        ids = [call_id for call_id, _, _ in pieces]
        first, second = dict.fromkeys(ids)
        assert ids[:6] == [first, second] * 3
        assert len({index for _, index, _ in pieces}) == (1 if shares else 2)
        joined = ["".join(text for i, _, text in pieces if i == one) for one in (first, second)]
        assert list(map(json.loads, joined)) == [{"city": "Chicago"}, {"city": "Paris"}]
        assert seen.is_whole

    return check


def find_pieces(event: Any) -> Iterator[tuple[str, int, str]]:
    """Id, index and text of each piece of a tool call in an event, whatever the wire format."""
    if "delta" in event.get("type", "") and "arguments" in event["type"]:
        yield event["item_id"], event["output_index"], event["delta"]
    for choice in event.get("choices", ()):
        for call in (choice["delta"] or {}).get("tool_calls", ()):
            yield call["id"], call["index"], call["function"]["arguments"]
    for call in event.get("message", {}).get("toolCalls", ()) if "index" in event else ():
        yield call["id"], call["index"], call["arguments"]


def has_half_arguments(seen: Seen) -> None:
    assert re.search(rb'"city\\?"', seen.body)
    assert b"Paris" not in seen.body
    assert re.search(rb'tool_calls"|response.completed', seen.body)
    assert seen.is_whole


def has_numbers(*wanted: int) -> Check:
    """The events are numbered so around the one that is struck."""

    def check(seen: Seen) -> None:
        numbers = [event["sequence_number"] for event in seen.read_events()]
        assert numbers[LEAD - 1 : LEAD - 1 + len(wanted)] == list(wanted)

    return check


def has_no_id(seen: Seen) -> None:
    assert (seen.status, seen.body) == (200, b"")
    assert seen.error in BROKEN
