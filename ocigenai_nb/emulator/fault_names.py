"""The names of the faults, by what they strike; ``Service.fault`` says what each does."""

from __future__ import annotations

from typing import Final, Literal, get_args

AnswerFaultName = Literal[
    "status",
    "redirect",
    "gateway_page",
    "clock_skew",
    "unsupported_parameter",
    "double_encoded",
    "unknown_model",
    "not_authorized",
    "lost_thread",
    "lost_reasoning",
    "lost_conversation",
    "zero_retention",
]
"""Faults that take the place of the whole answer."""

StreamFaultName = Literal[
    "cut",
    "eof",
    "reset",
    "half_line",
    "malformed",
    "bad_utf8",
    "html",
    "error_event",
    "error_text",
    "stall",
    "keep_alive",
    "slow_loris",
    "huge_event",
]
"""Faults that strike a streamed answer after some of its events."""

OddStreamName = Literal[
    "half_character",
    "early_done",
    "unknown_event",
    "unknown_part",
    "bytewise",
    "crlf",
    "cr",
    "comments",
    "gzip_bomb",
    "zstd_bomb",
    "zstd_events",
    "interleaved_calls",
    "shared_index",
]
"""Faults that strike a streamed answer, too, and for the greater part only write it oddly."""

ContentFaultName = Literal["truncated_arguments", "content_filter"]
"""Faults of what the model says, streamed or not."""

ResponsesFaultName = Literal["response_failed", "no_id", "lost_event", "doubled_event"]
"""Faults that strike new responses of the Responses API."""

FaultName = (
    AnswerFaultName | StreamFaultName | OddStreamName | ContentFaultName | ResponsesFaultName
)
"""Every fault."""

Inside = Literal["line", "character"]
"""A place within an event."""

ANSWER_FAULTS: Final = frozenset(get_args(AnswerFaultName))
RESPONSES_FAULTS: Final = frozenset(get_args(ResponsesFaultName))
STREAM_FAULTS: Final = frozenset(
    {
        *get_args(StreamFaultName),
        *get_args(OddStreamName),
        *(RESPONSES_FAULTS - {"response_failed"}),
    }
)
ALL_FAULTS: Final = ANSWER_FAULTS | STREAM_FAULTS | RESPONSES_FAULTS | {*get_args(ContentFaultName)}
CONNECTION_FAULTS: Final = frozenset({"cut", "reset", "stall"})
"""Faults that may strike before the head of an answer, streamed or not."""
BREAKING_FAULTS: Final = CONNECTION_FAULTS | {"eof"}
"""Faults that may strike within an event."""
