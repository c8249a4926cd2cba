"""Facts about server-sent events: whatever the chunks, the events are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocigenai_nb.core.errors import StreamLimitError
from ocigenai_nb.core.sse import ServerSentEvent, SSEDecoder

SEPARATORS: Final = "one\u2028two\u2029three\u0085four\x0bfive\x0csix\x1cseven"
TEXT: Final = (
    b"\xef\xbb\xbfdata: first\n\n"
    b": keep-alive\r\n\r\n"
    b"data: second\rdata:  indented\r\r"
    b"event: named\r\nid: 7\r\nretry: 10\r\nunknown: field\r\ndata: third\r\n\r\n"
    + f"data: {SEPARATORS}\n\n".encode()
    + "data: Grüße 😀\n\n".encode()
    + b"event: only\n\n"
    b"data\n\n"
    b"data: [DONE]\n\n"
    b"data: half"
)
EVENTS: Final = [
    ServerSentEvent(b"first"),
    ServerSentEvent(b"second\n indented"),
    ServerSentEvent(b"third", "named", "7"),
    ServerSentEvent(SEPARATORS.encode(), id="7"),
    ServerSentEvent("Grüße 😀".encode(), id="7"),
    ServerSentEvent(b"", id="7"),
    ServerSentEvent(b"[DONE]", id="7"),
]


def decode(chunks: Iterable[bytes]) -> tuple[list[ServerSentEvent], bytes]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events, decoder.finish()


def read_data(text: bytes) -> list[bytes]:
    return [event.data for event in decode([text])[0]]


# Wherever the bytes are split


def test_a_text_in_one_piece_gives_its_events() -> None:
    assert decode([TEXT]) == (EVENTS, b"data: half")


def test_every_split_in_two_gives_the_same_events() -> None:
    splits = range(len(TEXT) + 1)
    assert all(decode([TEXT[:at], TEXT[at:]]) == (EVENTS, b"data: half") for at in splits)


def test_byte_by_byte_gives_the_same_events() -> None:
    assert decode(TEXT[at : at + 1] for at in range(len(TEXT))) == (EVENTS, b"data: half")


def test_an_event_comes_with_the_byte_that_completes_it() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: x\n") == []
    assert decoder.feed(b"\n") == [ServerSentEvent(b"x")]


def test_a_carriage_return_completes_an_event_without_waiting_for_its_line_feed() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: x\r\n\r") == [ServerSentEvent(b"x")]
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\ndata: y\r") == []
    assert decoder.feed(b"\n\r") == [ServerSentEvent(b"y")]


def test_a_line_feed_on_its_own_belongs_to_the_carriage_return_before_it_and_only_once() -> None:
    assert decode([b"data: x\r", b"", b"\n", b"data: y\n\n"])[0] == [ServerSentEvent(b"x\ny")]
    assert decode([b"data: x\r", b"\n", b"\n"])[0] == [ServerSentEvent(b"x")]


BEFORE: Final = {
    "nothing": b"",
    "an event": b"data: a\n\n",
    "a half line": b"data: a",
    "a line": b"data: a\n",
    "a type": b"event: e\n",
    "an id": b"id: 7\n",
    "a comment": b": a",
    "a CR": b"data: a\r",
    "two CRs": b"data: a\r\r",
}
CHUNKS: Final = [
    *(b"data: x\n\n", b"data:  x\n\n", b"data:x\n\n", b"dat: xyz\n\n", b"data: \n\n"),
    *(b"data: x\ndata: y\n\n", b"data: x\ry\n\n", b"data: x\r\n\n", b"data: x\n\r\n"),
    *(b"data: x\n", b"data: x\n\ny", b"data: x\n\n\n", b"\ndata: x\n\n", b"data: x\nid: 1\n\n"),
]


@pytest.mark.parametrize("before", BEFORE.values(), ids=list(BEFORE))
@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("first", [b"", b":\n"], ids=["first", "later"])
def test_a_chunk_that_looks_like_one_event_means_what_its_place_says(
    before: bytes, chunk: bytes, first: bytes
) -> None:
    chunks = [first, before, chunk, b"\xef\xbb\xbfdata: z\n\n", b"data: end\n\n"]
    assert decode(chunks) == decode_simply(b"".join(chunks))


# Lines


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_lines_end_in_lf_crlf_or_cr(end: bytes) -> None:
    assert read_data(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == [
        b"a\nb",
        b"c",
    ]


@pytest.mark.parametrize(
    "separator", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"], ids=ascii
)
def test_other_separators_are_text(separator: str) -> None:
    assert read_data(f"data: a{separator}b\n\n".encode()) == [f"a{separator}b".encode()]


def test_a_blank_line_alone_is_no_event() -> None:
    assert decode([b"\n\n\r\n\n"]) == ([], b"")


def test_a_byte_order_mark_is_dropped_at_the_start_only() -> None:
    mark = b"\xef\xbb\xbf"
    assert read_data(mark + b"data: a\n\ndata: " + mark + b"\n\n" + mark + b"data: b\n\n") == [
        b"a",
        mark,
    ]


def test_a_byte_order_mark_alone_is_no_fragment() -> None:
    assert decode([b"\xef\xbb", b"\xbf"]) == ([], b"")


# Fields


@pytest.mark.parametrize(
    ("line", "data"),
    [
        (b"data: x", b"x"),
        (b"data:x", b"x"),
        (b"data:  x", b" x"),
        (b"data: a:b", b"a:b"),
        (b"data:", b""),
        (b"data", b""),
    ],
)
def test_one_space_after_the_colon_belongs_to_the_field(line: bytes, data: bytes) -> None:
    assert read_data(line + b"\n\n") == [data]


@pytest.mark.parametrize(
    "line", [b":", b": ping", b"DATA: x", b" data: x", b"datax: x", b"retry: 1"]
)
def test_comments_and_unknown_fields_are_no_event(line: bytes) -> None:
    assert read_data(line + b"\n\n") == []


def test_a_keep_alive_amid_an_event_leaves_it_whole() -> None:
    assert read_data(b"data: a\n: ping\ndata: b\n\n") == [b"a\nb"]


def test_a_type_holds_for_one_event_and_an_id_for_all_that_follow() -> None:
    assert decode([b"event: e\nid: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"])[0] == [
        ServerSentEvent(b"a", "e", "1"),
        ServerSentEvent(b"b", "message", "1"),
        ServerSentEvent(b"c", "message", ""),
    ]


def test_a_type_without_data_is_forgotten() -> None:
    assert decode([b"event: e\n\ndata: a\n\n"])[0] == [ServerSentEvent(b"a")]


def test_an_id_with_a_null_byte_is_ignored() -> None:
    assert decode([b"id: 1\nid: a\0b\ndata: a\n\n"])[0] == [ServerSentEvent(b"a", id="1")]


def test_invalid_utf8_in_a_type_does_no_harm() -> None:
    assert decode([b"event: \xff\nid: \xff\ndata: \xff\n\n"])[0] == [
        ServerSentEvent(b"\xff", "\ufffd", "\ufffd")
    ]


# The end


@pytest.mark.parametrize(
    ("rest", "fragment"),
    [
        (b"", b""),
        (b"data: ha", b"data: ha"),
        (b"data: half", b"data: half"),
        (b"data: half\n", b"half"),
        (b"data: half\r", b"half"),
        (b"data: a\ndata: b\nda", b"a\nb\nda"),
    ],
)
def test_a_half_event_at_the_end_is_dropped_and_reported(rest: bytes, fragment: bytes) -> None:
    assert decode([b"data: whole\n\n" + rest]) == ([ServerSentEvent(b"whole")], fragment)


# Caps


def feed_again_and_again(decoder: SSEDecoder, piece: bytes, most: int) -> int:
    """The number of pieces that were taken before one was refused."""
    for count in range(most):
        try:
            decoder.feed(piece)
        except StreamLimitError:
            return count
    return most


@pytest.mark.parametrize("byte", [b"x", b":", b"\xff", b"\0"])
def test_a_line_without_end_is_refused_at_the_cap(byte: bytes) -> None:
    assert feed_again_and_again(SSEDecoder(max_event_bytes=5000), byte, 6000) == 5000


def test_a_line_without_end_is_not_copied_with_each_byte() -> None:
    """Pieces are joined once, when the line ends, so that the cost is linear."""
    decoder = SSEDecoder()
    feed_again_and_again(decoder, b"x", 5000)
    assert decoder._line == [b"x"] * 5000


def test_a_line_too_long_is_refused_in_one_piece_too() -> None:
    with pytest.raises(StreamLimitError, match="10 bytes"):
        SSEDecoder(max_event_bytes=10).feed(b"data: 56789\n\n")
    with pytest.raises(StreamLimitError):
        SSEDecoder(max_event_bytes=10).feed(b": 3456789ab\n")


def test_an_event_of_many_short_lines_is_refused_at_the_cap() -> None:
    line = b"data: 12345678\n"
    assert feed_again_and_again(SSEDecoder(max_event_bytes=100), line, 100) == 10


def test_an_event_of_empty_lines_is_refused_at_the_cap() -> None:
    with pytest.raises(StreamLimitError):
        SSEDecoder(max_event_bytes=100).feed(b"data\n" * 200)


def test_the_cap_is_for_one_event_not_for_its_neighbors() -> None:
    decoder = SSEDecoder(max_event_bytes=20)
    assert decoder.feed(b"data: 123456789\n") == []
    assert decoder.feed(b"\ndata: 123456789") == [ServerSentEvent(b"123456789")]
    assert decoder.feed(b"\n\n" + b"data: 1\n\n" * 50)[0] == ServerSentEvent(b"123456789")


@pytest.mark.parametrize("size", [1, 6, 12, 36])
def test_events_as_large_as_the_cap_pass_and_one_byte_more_does_not(size: int) -> None:
    decoder = SSEDecoder(max_event_bytes=10)
    wire = b"data: 6789\n\n" * 3
    chunks = [wire[at : at + size] for at in range(0, len(wire), size)]
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    assert events == [ServerSentEvent(b"6789")] * 3
    with pytest.raises(StreamLimitError):
        decoder.feed(b"data: 56789\n\n")


def test_a_stream_without_end_is_refused_at_its_cap() -> None:
    decoder = SSEDecoder(max_stream_bytes=90)
    assert [decoder.feed(b"data: x\n\n") for _ in range(10)] == [[ServerSentEvent(b"x")]] * 10
    with pytest.raises(StreamLimitError, match="90 bytes"):
        decoder.feed(b"\n")


# Any text, any chunks


def decode_simply(text: bytes) -> tuple[list[ServerSentEvent], bytes]:
    """The rules once more, on a whole text and with no thought of speed."""
    *lines, rest = re.split(rb"\r\n|\r|\n", text.removeprefix(b"\xef\xbb\xbf"))
    events: list[ServerSentEvent] = []
    data: list[bytes] = []
    kind, last_id = b"", b""
    for line in lines:
        match line.partition(b":"):
            case (b"", b"", b""):
                if data:
                    name = kind.decode("utf-8", "replace") or "message"
                    seen = last_id.decode("utf-8", "replace")
                    events.append(ServerSentEvent(b"\n".join(data), name, seen))
                data, kind = [], b""
            case (b"data", _, value):
                data.append(value.removeprefix(b" "))
            case (b"event", _, value):
                kind = value.removeprefix(b" ")
            case (b"id", _, value) if b"\0" not in value:
                last_id = value.removeprefix(b" ")
    return events, b"\n".join([*data, rest]).strip(b"\n")


PIECES: Final = [
    *(b"data: ", b"data", b"event:", b"id:", b"retry: 1", b":", b" ", b"\0", b"x"),
    *(b"\n", b"\n", b"\n\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xff"),
    *(text.encode() for text in ("\u2028", "\u0085", "é", "[DONE]")),
]
TEXTS: Final = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
CUTS: Final = st.lists(st.integers(0, 120), max_size=12).map(sorted)


def cut(text: bytes, cuts: list[int]) -> Iterator[bytes]:
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        yield text[start:end] if start <= end else b""


@settings(max_examples=400)
@given(TEXTS, CUTS)
def test_decoding_follows_the_rules_whatever_the_chunks(text: bytes, cuts: list[int]) -> None:
    chunks = list(cut(text, cuts))
    assert b"".join(chunks) == text
    assert decode(chunks) == decode_simply(text)


def is_refused(chunks: Iterable[bytes], cap: int) -> bool:
    decoder = SSEDecoder(max_event_bytes=cap)
    try:
        for chunk in chunks:
            decoder.feed(chunk)
    except StreamLimitError:
        return True
    return False


@settings(max_examples=400)
@given(TEXTS, CUTS, st.integers(1, 30))
def test_the_cap_refuses_the_same_texts_whatever_the_chunks(
    text: bytes, cuts: list[int], cap: int
) -> None:
    assert is_refused(cut(text, cuts), cap) == is_refused([text], cap)


def test_a_piece_that_looks_like_an_event_goes_on_with_a_half_line_before_it() -> None:
    for half, rest, data in (
        (b"data: a", b"data: b\n\n", b"adata: b"),
        (b"data: a", b"event: b\ndata: c\n\n", b"aevent: b\nc"),
        (b"data: a\n", b"data: b\n\n", b"a\nb"),
        (b"event: a\n", b"data: b\n\n", b"b"),
    ):
        decoder = SSEDecoder()
        assert decoder.feed(b"data: x\n\n")
        events = decoder.feed(half) + decoder.feed(rest)
        assert [event.data for event in events] == [data]


def test_an_event_with_its_type_before_its_data_has_both() -> None:
    decoder = SSEDecoder()
    for _ in range(2):  # at the beginning, and once it is under way
        (event,) = decoder.feed(b"event: response.created\ndata: {}\n\n")
        assert (event.event, event.data) == ("response.created", b"{}")
