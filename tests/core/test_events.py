"""Facts about the event vocabulary."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from ocigenai_nb.core import events
from ocigenai_nb.core.events import Event, ReasoningDelta, Terminal, TextDelta, ToolCallDelta

KINDS = get_args(Event)


def test_the_vocabulary_is_every_event_class_there_is() -> None:
    classes = {
        value
        for value in vars(events).values()
        if dataclasses.is_dataclass(value) and getattr(value, "__module__", "") == events.__name__
    }
    assert classes == set(KINDS)


def test_three_events_end_a_turn() -> None:
    assert {kind.__name__ for kind in get_args(Terminal)} == {"Finished", "Failed", "Interrupted"}
    assert set(get_args(Terminal)) < set(KINDS)


@pytest.mark.parametrize(
    ("with_raw", "without"),
    [
        (TextDelta("a", {"x": 1}), TextDelta("a")),
        (ReasoningDelta("a", {"x": 1}), ReasoningDelta("a")),
        (ToolCallDelta(0, "f", "{}", {"x": 1}), ToolCallDelta(0, "f", "{}")),
    ],
)
def test_the_raw_event_rides_along_unseen(with_raw: Event, without: Event) -> None:
    assert with_raw == without
    assert repr(with_raw) == repr(without)
