"""Rows that the emulator can be told to play: what our client makes of them over each transport."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    ClockSkewError,
    MalformedStreamError,
    OutcomeUnknownError,
)
from ocigenai_nb.core.events import Finished
from ocigenai_nb.core.messages import Tool
from ocigenai_nb.core.parameters import Parameters
from tests.faults.streams import STORED, check_interrupted, read_end, run
from tests.transports.subject import COUNT, COUNTED, Transport, over_all_but

WEATHER = Tool(
    "get_weather",
    "Weather in a city",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CITIES = "What is the weather in Chicago and Paris?"
COHERE = "sdk-cohere"
"""Its calls come whole."""


def test_row_04_an_error_in_plain_words_interrupts_and_is_shown(transport: Transport) -> None:
    transport.service.fault("error_text", after_events=transport.after(4))
    text, end = read_end(run(transport))
    assert text == "1 2 3 4"
    check_interrupted(end, "malformed", MalformedStreamError, "upstream connect error")


@pytest.mark.parametrize("inside", ["line", "character"])
@pytest.mark.parametrize("name", ["cut", "reset", "eof"])
def test_row_03_wherever_in_an_event_it_breaks_what_came_before_is_kept(
    transport: Transport, name: Any, inside: Any
) -> None:
    transport.service.fault(name, after_events=transport.after(4), inside=inside)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == ("1 2 3 4", "interrupted", "cut")


def test_row_06_a_gateways_page_in_place_of_an_answer_is_tried_again(transport: Transport) -> None:
    transport.service.fault("gateway_page")
    answer = transport.ask(COUNT)
    assert [entry.status for entry in transport.service.journal][:1] == [502]
    assert (answer.text, answer.attempts) == (COUNTED, 2)


def test_row_10_a_bomb_of_gzip_stops_at_the_cap_and_the_text_is_kept(transport: Transport) -> None:
    transport.service.fault("gzip_bomb", after_events=transport.after(4), size=64 * 2**20)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == (
        "1 2 3 4",
        "interrupted",
        "too large",
    )


@pytest.mark.parametrize("name", ["zstd_events", "zstd_bomb"])
def test_row_10_zstd_that_was_never_asked_for_is_a_typed_error(
    transport: Transport, name: Any
) -> None:
    transport.service.fault(name, after_events=2, size=2**20)
    text, end = read_end(run(transport))
    assert "zstd" not in transport.service.journal.last.headers["accept-encoding"]
    assert text == ""
    error = getattr(end, "error", None)
    unknown = transport.name == STORED  # no id came, and it may be stored all the same
    assert type(error) is (OutcomeUnknownError if unknown else MalformedStreamError)
    assert "compressed as 'zstd', which was not asked for" in str(error)


def test_row_19_a_parameter_that_is_refused_by_order_is_left_out(transport: Transport) -> None:
    transport.service.fault("unsupported_parameter", param="temperature")
    answer = transport.ask(COUNT, parameters=Parameters(temperature=0.5))
    assert (answer.text, answer.attempts) == (COUNTED, 2)


def test_row_20_the_inner_words_are_shown(transport: Transport) -> None:
    transport.service.fault("double_encoded", message="Too warm.", param="x")
    _, end = read_end(run(transport))
    error = getattr(end, "error", None)
    assert isinstance(error, BadRequestError)
    assert error.message.startswith("Too warm.")


def test_row_24_the_skew_is_named_by_the_date_that_came(transport: Transport) -> None:
    transport.service.fault("clock_skew", seconds=900, times=None)
    _, end = read_end(run(transport))
    error = getattr(end, "error", None)
    assert isinstance(error, ClockSkewError)
    assert re.search(r"(899|900|901) seconds behind the service's", str(error))


@over_all_but(COHERE)
def test_row_30_a_filtered_answer_is_finished_for_that_reason(transport: Transport) -> None:
    transport.service.fault("content_filter", after_events=4)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == (
        "1 2 3 4",
        "finished",
        "content_filter",
    )


def test_row_31_a_part_or_an_item_that_nobody_knows_is_skipped(transport: Transport) -> None:
    transport.service.fault("unknown_part", after_events=transport.after(4))
    events = run(transport)
    text, end = read_end(events)
    assert isinstance(end, Finished)
    assert (text, end.reason) == (COUNTED, "stop")


@over_all_but(COHERE)
@pytest.mark.parametrize("name", ["interleaved_calls", "shared_index"])
def test_row_32_pieces_that_are_mixed_are_grouped_by_the_calls_ids(
    transport: Transport, name: Any
) -> None:
    transport.service.fault(name)
    answer = transport.ask(CITIES, tools=(WEATHER,))
    assert [json.loads(call.arguments)["city"] for call in answer.tool_calls] == [
        "Chicago",
        "Paris",
    ]
    assert (answer.status, answer.finish_reason) == ("finished", "tool_calls")
    assert len({call.id for call in answer.tool_calls}) == 2


def test_row_33_half_arguments_that_claim_to_be_whole_are_never_run(transport: Transport) -> None:
    transport.service.fault("truncated_arguments")
    answer = transport.ask(CITIES, tools=(WEATHER,))
    assert answer.tool_calls == ()
    left_out = {"The call of get_weather came incomplete and is left out."}
    assert set(answer.notices) == (set() if transport.name == COHERE else left_out)


def test_row_35_an_early_done_keeps_what_came(transport: Transport) -> None:
    transport.service.fault("early_done", after_events=transport.after(4))
    answer = transport.ask(COUNT)
    assert answer.text == "1 2 3 4"
    stored = transport.name.startswith(STORED)
    assert answer.status == ("interrupted" if stored else "finished")
