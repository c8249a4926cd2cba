"""A reply and its line of provenance."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from ocigenai_nb import Connection, Conversation, Message, Reply
from ocigenai_nb.chat.reply import Timing
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.watching import set_default_watch
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.emulator.service import Service
from tests.transports.subject import COUNT, COUNTED, GPT_5, GPT_OSS, LLAMA

USAGE: Final = Usage(input=1234, output=100, total=1334)


def look_away(turn: Turn) -> None:
    """Watch, and show nothing."""


def test_a_reply_says_everything_that_is_known(chat: Conversation, service: Service) -> None:
    reply = chat.send(COUNT)
    assert (str(reply), reply.text) == (COUNTED, COUNTED)
    assert reply.prompt == Message.user(COUNT)
    assert (reply.status, reply.finish_reason, reply.error) == ("finished", "stop", None)
    assert reply.request_id == service.journal.last.opc_request_id
    assert reply.usage is not None
    assert reply.usage.output == 20
    assert reply.route.url == f"{service.url}/openai/v1/chat/completions"
    assert (reply.tool_calls, reply.reasoning) == ((), "")


def test_reasoning_is_kept_apart_from_the_text(connection: Connection) -> None:
    reply = connection.chat(GPT_OSS).send(COUNT)
    assert reply.text == COUNTED
    assert COUNT in reply.reasoning


def test_timing_runs_from_sending_to_the_end(chat: Conversation, service: Service) -> None:
    service.pace = 50
    timing = chat.send(COUNT).timing
    assert timing.ttft is not None
    assert 0 < timing.ttft < timing.total
    assert timing.total >= 0.4, "Twenty tokens at 50 tokens/s."


def test_the_speed_is_that_of_the_answer_without_its_wait(
    chat: Conversation, service: Service
) -> None:
    service.pace = 50
    reply = chat.send(COUNT)
    timing = reply.timing
    assert timing.ttft is not None
    assert timing.tokens_per_second == 20 / (timing.total - timing.ttft)


def test_an_answer_that_came_all_at_once_has_no_speed(chat: Conversation) -> None:
    assert chat.send(COUNT, stream=False).timing.tokens_per_second is None


@pytest.mark.parametrize(
    ("ttft", "total", "usage", "speed"),
    [
        (0.5, 2.5, USAGE, 50),
        (0.5, 0.51, USAGE, None),
        (None, 2.5, USAGE, None),
        (0.5, 2.5, None, None),
    ],
)
def test_the_speed_counts_tokens_from_the_first_one_on(
    ttft: float | None, total: float, usage: Usage | None, speed: float | None
) -> None:
    assert Timing.of(ttft, total, usage) == Timing(ttft, total, speed)


def test_the_line_of_an_uncounted_answer_counts_nothing(chat: Conversation) -> None:
    reply = chat.send(COUNT)
    uncounted = replace(reply, answer=replace(reply.answer, usage=None))
    assert "tokens in" not in uncounted.provenance()


def test_a_reply_keeps_what_was_sent_and_what_came(chat: Conversation, service: Service) -> None:
    before = datetime.now(UTC)
    reply = chat.send(COUNT)
    assert reply.raw.request == service.journal.last.body
    texts = [
        event["choices"][0]["delta"].get("content")
        for event in reply.raw.events
        if event["choices"]
    ]
    assert "".join(filter(None, texts)) == COUNTED
    assert before <= reply.sent_at <= datetime.now(UTC)


def test_the_id_that_continues_a_thread_is_the_responses(connection: Connection) -> None:
    reply = connection.chat(GPT_5, transport="responses").send(COUNT)
    assert (reply.response_id or "").startswith("resp_")
    assert connection.chat(GPT_5).send(COUNT).response_id is None


# The line of provenance


def test_the_line_names_model_transport_region_timing_tokens_and_end(
    chat: Conversation, service: Service
) -> None:
    service.pace = 50
    reply = chat.send(COUNT)
    assert re.fullmatch(
        rf"{re.escape(LLAMA)} · v1 · us-chicago-1 · first token \d+\.\d\d s · \d+ tokens/s · "
        r"\d+ tokens in, 20 out · stop · opc-request-id [0-9A-F/]+",
        reply.provenance(),
    )
    assert reply.provenance().endswith(service.journal.last.opc_request_id)


def make_line(reply: Reply, **answer: object) -> str:
    return replace(reply, answer=replace(reply.answer, **answer)).provenance()  # type: ignore[arg-type]


def test_the_line_tells_what_is_out_of_the_ordinary(chat: Conversation, service: Service) -> None:
    reply = chat.send(COUNT)
    assert "attempts" not in reply.provenance()
    assert " · 3 attempts · " in make_line(reply, attempts=3)
    cached = replace(USAGE, cached=1024, reasoning=60)
    line = make_line(reply, usage=cached)
    assert "1,234 tokens in (1,024 cached), 100 out (60 reasoning)" in line
    assert make_line(reply, model="meta.renamed").startswith("meta.renamed · v1 · ")
    emulated = replace(reply, emulated=True).provenance()
    assert " · us-chicago-1 (emulator) · " in emulated
    assert service.url not in emulated


def test_the_line_of_a_reasoning_model_counts_its_thoughts(connection: Connection) -> None:
    assert re.search(r"\d+ out \(\d+ reasoning\)", connection.chat(GPT_5).send(COUNT).provenance())


def test_the_line_of_a_turn_that_broke_off_says_how(chat: Conversation, service: Service) -> None:
    service.fault("cut", after_events=5)
    list(chat.stream(COUNT))
    line = chat.replies[0].provenance()
    assert re.search(r" · first token \d+\.\d\d s · cut · opc-request-id ", line)


def test_the_line_of_a_turn_without_an_answer_says_error(
    chat: Conversation, service: Service
) -> None:
    service.fault("status", status=501)
    list(chat.stream(COUNT))
    line = chat.replies[0].provenance()
    identity = service.journal.last.opc_request_id
    assert line == f"{LLAMA} · v1 · us-chicago-1 · error · opc-request-id {identity}"


# On screen


def test_a_reply_shows_its_text_as_markdown(chat: Conversation) -> None:
    reply = chat.send(COUNT)
    assert (reply.shown, reply._repr_markdown_()) == (False, COUNTED)


def test_a_reply_that_streamed_to_a_display_is_not_shown_again(chat: Conversation) -> None:
    reply = chat.send(COUNT, watch=look_away)
    assert (reply.shown, reply._repr_markdown_()) == (True, None)
    assert reply.text == COUNTED


def test_the_default_watch_sees_what_names_none_of_its_own(chat: Conversation) -> None:
    seen: list[str] = []
    set_default_watch(lambda: lambda turn: seen.append(turn.text))
    try:
        assert chat.send(COUNT).shown
        assert seen[-1] == COUNTED
        seen.clear()
        chat.send(COUNT, watch=look_away)
        assert seen == []
    finally:
        set_default_watch(None)
    assert not chat.send(COUNT).shown


def test_a_replys_repr_is_short(chat: Conversation) -> None:
    shown = repr(chat.send("Count from 1 to 1000."))
    assert len(shown) < 160
    assert shown.endswith(f"…', model={LLAMA!r}, status='finished')")
