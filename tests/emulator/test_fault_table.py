"""The fault table, row by row: ordered by its name in each of the three ways, on each wire.

Rows that are a state of the world, not of one answer, have no name: a service that isn't there
(12), certificates (27), the habit of a wire format (34). They are at the end.
"""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from ocigenai_nb import emulator
from ocigenai_nb.emulator.fault_names import ALL_FAULTS
from ocigenai_nb.emulator.service import Service
from tests.emulator import fault_checks as seen_as
from tests.emulator.client import connect, read_profile
from tests.emulator.fault_checks import LEAD, SIZE, Check
from tests.emulator.plain_client import WIRES, send

PROMPT: Final = "Repeat after me: naïve café, some more words for a longer answer."
CITIES: Final = "What is the weather in Chicago and Paris?"
HEADER: Final = "x-ocigenai-fault"
PARTS: Final = ("chat", "responses", "generic")
"""The wires on which tool calls come in pieces."""
QUIET: Final = 0.3
"""Seconds for which a client waits on a stream that says nothing more."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the table as it is ordered, and what is seen of it."""

    number: int
    name: str
    check: Check
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    wires: tuple[str, ...] = tuple(WIRES)
    prompt: str = PROMPT
    request: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What of the request is not as usual."""
    seconds: float = 10

    def __str__(self) -> str:
        return "-".join([f"{self.number:02}", self.name, *self.settings])


AT: Final = {"after_events": LEAD}
FIRST: Final = {"before_headers": True}
RESPONSES: Final = ("responses",)
REASONING: Final = {"type": "reasoning", "id": "rs_1", "summary": []}

ROWS: Final = (
    Row(1, "eof", seen_as.ends_early, AT),
    Row(1, "cut", seen_as.is_cut, AT),
    Row(2, "reset", seen_as.is_cut, AT),
    Row(3, "half_line", seen_as.is_half, AT),
    Row(3, "eof", seen_as.is_half, {**AT, "inside": "line"}),
    Row(3, "cut", seen_as.is_cut_in_a_line, {**AT, "inside": "line"}),
    Row(3, "reset", seen_as.is_cut_in_a_line, {**AT, "inside": "line"}),
    Row(3, "stall", seen_as.is_half, {**AT, "inside": "line"}, seconds=QUIET),
    Row(4, "malformed", seen_as.has_broken_json, AT),
    Row(4, "error_text", seen_as.ends_in(rb"^data: [^{\n]+\n\n$"), AT),
    Row(5, "bad_utf8", seen_as.has_bad_utf8, AT),
    Row(5, "half_character", seen_as.is_half_a_character, AT),
    Row(5, "cut", seen_as.is_half_a_character, {**AT, "inside": "character"}),
    Row(6, "html", seen_as.ends_in(rb"502 Bad Gateway"), AT),
    Row(6, "gateway_page", seen_as.refuses(502, "^<html>")),
    Row(7, "bytewise", seen_as.says_the_same, AT),
    Row(8, "crlf", seen_as.says_the_same, AT),
    Row(8, "cr", seen_as.says_the_same, AT),
    Row(8, "comments", seen_as.says_the_same, AT),
    Row(8, "keep_alive", seen_as.ends_in(rb"^: keep-alive"), AT, seconds=QUIET),
    Row(9, "huge_event", seen_as.is_huge, {**AT, "size": SIZE}),
    Row(10, "gzip_bomb", seen_as.is_gzip_bomb, {**AT, "size": SIZE}),
    Row(10, "zstd_bomb", seen_as.is_zstd_bomb, {**AT, "size": SIZE}),
    Row(10, "zstd_events", seen_as.has_a_frame_each),
    Row(11, "slow_loris", seen_as.ends_in(rb"^data: x+"), AT, seconds=QUIET),
    Row(11, "stall", seen_as.is_silent, AT, seconds=QUIET),
    Row(13, "stall", seen_as.is_nothing, FIRST, seconds=QUIET),
    Row(13, "cut", seen_as.is_nothing, FIRST),
    Row(13, "reset", seen_as.is_nothing, FIRST),
    Row(14, "status", seen_as.waits("2"), {"retry_after": 2}),
    Row(14, "status", seen_as.waits("20.0", header="retry-after-ms"), {"retry_after_ms": 20.0}),
    Row(14, "status", seen_as.waits_until_a_date, {"retry_after_date": 30}),
    Row(15, "status", seen_as.waits("500"), {"retry_after": 500}),
    Row(16, "status", seen_as.waits("none")),
    Row(17, "status", seen_as.refuses(503, "ServiceUnavailable"), {"status": 503}),
    Row(17, "status", seen_as.refuses(500, "InternalServerError"), {"status": 500}),
    Row(18, "status", seen_as.refuses(409, "IncorrectState"), {"status": 409}),
    Row(19, "unsupported_parameter", seen_as.refuses(400, "'top_p' is not supported"),
        {"param": "top_p"}),
    Row(20, "double_encoded", seen_as.is_double_encoded, {"message": "Too warm."}),
    Row(21, "unknown_model", seen_as.refuses(404, "Entity with key [a-z]+[.].* not found")),
    Row(22, "not_authorized", seen_as.refuses(404, "NotAuthorizedOrNotFound")),
    Row(23, "status", seen_as.refuses(401, "NotAuthenticated"), {"status": 401}),
    Row(24, "clock_skew", seen_as.refuses(401, "NotAuthenticated"), {"seconds": 900}),
    Row(26, "redirect", seen_as.refuses(307, "Redirect"), {"location": "https://a.invalid/b"}),
    Row(29, "error_event", seen_as.ends_in(rb"server_error|Internal Server Error"), AT),
    Row(30, "response_failed", seen_as.holds(rb"response.failed"), AT, RESPONSES),
    Row(30, "content_filter", seen_as.is_filtered, {"after_events": 2}),
    Row(31, "unknown_event", seen_as.holds(rb"emulator.unknown"), AT),
    Row(31, "unknown_part", seen_as.holds(rb"emulator_unknown|EMULATOR_UNKNOWN|emulatorUnknown"),
        AT),
    Row(32, "interleaved_calls", seen_as.mixes(shares=False), {}, PARTS, CITIES),
    Row(32, "shared_index", seen_as.mixes(shares=True), {}, PARTS, CITIES),
    Row(33, "truncated_arguments", seen_as.has_half_arguments, {}, PARTS, CITIES),
    Row(33, "cut", seen_as.is_cut, AT, PARTS, CITIES),
    Row(35, "early_done", seen_as.ends_in(rb"^data: \[DONE\]\n\n$"), AT),
    Row(36, "lost_event", seen_as.has_numbers(4, 6, 7), AT, RESPONSES),
    Row(36, "doubled_event", seen_as.has_numbers(4, 5, 5, 6), AT, RESPONSES),
    Row(37, "lost_thread", seen_as.refuses(400, "response with id 'resp_1' not found"), {},
        RESPONSES, request={"previous_response_id": "resp_1"}),
    Row(38, "zero_retention", seen_as.refuses(400, "Zero Data Retention"), {}, RESPONSES,
        request={"store": True}),
    Row(39, "lost_reasoning", seen_as.refuses(404, "Item with id 'rs_1' not found"), {}, RESPONSES,
        request={"input": [REASONING]}),
    Row(40, "lost_conversation", seen_as.refuses(404, "with id 'conv_1' not found"), {}, RESPONSES,
        request={"conversation": "conv_1"}),
    Row(41, "no_id", seen_as.has_no_id, {}, RESPONSES),
    Row(41, "cut", seen_as.is_nothing, FIRST, RESPONSES, request={"store": True}),
)  # fmt: skip


def order_in_python(service: Service, row: Row) -> dict[str, str]:
    name: Any = row.name
    service.fault(name, **row.settings)
    return {}


def order_at_the_desk(service: Service, row: Row) -> dict[str, str]:
    body = {"name": row.name, **row.settings}
    answer = httpx.post(f"{service.url}/emulator/faults", json=body, trust_env=False)
    assert answer.status_code == 201, answer.text
    return {}


def order_in_a_header(_service: Service, row: Row) -> dict[str, str]:
    texts = {name: str(value) for name, value in row.settings.items()}
    told = [name if text == "True" else f"{name}={text}" for name, text in texts.items()]
    return {HEADER: "; ".join([row.name, *told])}


Way = Callable[[Service, Row], dict[str, str]]
WAYS: Final = (order_in_python, order_at_the_desk, order_in_a_header)


def list_cases() -> Iterator[Any]:
    """Every row on all its wires and in all three ways, though not each wire in each way."""
    for place, row in enumerate(ROWS):
        for n in range(max(len(row.wires), len(WAYS))):
            wire, way = row.wires[n % len(row.wires)], WAYS[(n + place) % len(WAYS)]
            yield pytest.param(row, wire, way, id=f"{row}-{wire}-{way.__name__}")


@pytest.mark.parametrize(("row", "wire", "order"), [*list_cases()])
def test_a_row_is_ordered_by_name_and_seen(
    service: Service, row: Row, wire: str, order: Way
) -> None:
    headers = order(service, row)
    seen = send(service, wire, row.prompt, headers=headers, seconds=row.seconds, **row.request)
    row.check(seen)
    assert service.journal.wait_for(lambda entry: entry.outcome != "open").fault == row.name
    assert service.armed == ()


def test_every_fault_has_its_row_and_every_row_a_fault() -> None:
    assert {row.name for row in ROWS} == ALL_FAULTS
    elsewhere = {12, 25, 27, 28, 34}
    assert {row.number for row in ROWS} | elsewhere == set(range(1, 42))


@pytest.mark.parametrize("wire", WIRES)
def test_row_17_a_series_strikes_in_order_and_ends(service: Service, wire: str) -> None:
    service.fault("status", status=503)
    service.fault("status", status=500)
    assert [send(service, wire, PROMPT).status for _ in range(3)] == [503, 500, 200]


@pytest.mark.parametrize("wire", WIRES)
def test_row_28_ten_429s_and_then_an_answer(service: Service, wire: str) -> None:
    service.fault("status", status=429, times=10)
    assert [send(service, wire, "Hi").status for _ in range(11)] == [429] * 10 + [200]


def test_row_24_the_date_of_a_skewed_clock_is_told_once(service: Service) -> None:
    service.fault("clock_skew", seconds=-7200)
    skewed, right = send(service, "chat", PROMPT), send(service, "chat", PROMPT)
    dates = [httpx.Headers(seen.headers).get_list("date") for seen in (skewed, right)]
    assert [len(date) for date in dates] == [1, 1]
    assert skewed.headers["date"] != right.headers["date"]


def test_row_25_a_renewal_is_struck_where_the_fault_names_its_path(service: Service) -> None:
    path = "/v1/authentication/refresh"
    service.fault("status", status=500, path=path)
    token = Path(read_profile(service, "SESSION")["security_token_file"]).read_text()
    with connect(service, "SESSION") as client:
        answers = [client.post(path, json={"currentToken": token}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 200]
    assert send(service, "chat", PROMPT).is_whole


def test_row_12_nobody_listens_where_an_emulator_was() -> None:
    with emulator.start() as service:
        url = service.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_row_27_there_are_no_certificates_on_its_port(service: Service) -> None:
    url = service.url.replace("http:", "https:")
    with pytest.raises(httpx.ConnectError) as failure:
        httpx.get(url, trust_env=False, verify=ssl.create_default_context())
    assert "SSL" in str(failure.value)


def test_row_34_the_last_event_of_cohere_repeats_the_text(service: Service) -> None:
    events = send(service, "cohere", "Repeat after me: one two").read_events()
    assert events[-1]["text"] == "".join(event["text"] for event in events[:-1]) != ""


@pytest.mark.parametrize("name", ["truncated_arguments", "content_filter"])
@pytest.mark.parametrize("wire", PARTS)
def test_what_the_model_says_is_struck_in_whole_answers_too(
    service: Service, name: Any, wire: str
) -> None:
    service.fault(name, after_events=2)
    body = send(service, wire, CITIES, stream=False).body
    assert b"Paris" not in body
    assert (b"content_filter" in body) == (name == "content_filter")


@pytest.mark.parametrize(
    ("name", "counts_on_it"),
    [
        ("lost_thread", {"previous_response_id": "resp_1"}),
        ("lost_conversation", {"conversation": {"id": "conv_1"}}),
        ("zero_retention", {"previous_response_id": "resp_1"}),
        ("lost_reasoning", {"input": [REASONING, {"type": "message", "role": "user"}]}),
    ],
)
def test_what_is_lost_waits_for_a_request_that_counts_on_it(
    service: Service, name: Any, counts_on_it: dict[str, Any]
) -> None:
    service.fault(name)
    assert send(service, "chat", PROMPT).is_whole
    assert send(service, "responses", PROMPT).is_whole
    assert send(service, "responses", PROMPT, **counts_on_it).status in (400, 404)
    assert service.journal.last.fault == name


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "html", "inside": "line"}, "Inside a line, a fault is one of cut, eof, reset"),
        ({"name": "cut", "inside": "word"}, "inside a line or a character, not 'word'"),
        ({"name": "cut", "inside": "line", "before_headers": True}, "Inside a line"),
        ({"name": "status", "retry_after": 1, "retry_after_date": 2}, "A wait is told once"),
    ],
)
def test_a_place_or_a_wait_that_cannot_be_is_refused(
    service: Service, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        service.fault(**settings)
