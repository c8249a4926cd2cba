"""Facts about tool calls in every family's dialect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count, permutations
from typing import Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.tool_calls import ToolCallFold, normalize_arguments

Fragment: TypeAlias = tuple[int | None, str, str, str]
"""Index, id, name and arguments of one fragment."""

PARIS: Final = '{"city": "Paris"}'
ROME: Final = '{"city": "Rome"}'


def fold(
    fragments: Sequence[Fragment], *, cut_off: bool = False
) -> tuple[list[ToolCall], list[str]]:
    numbers = count(1)
    calls = ToolCallFold(lambda: f"new_{next(numbers)}")
    for fragment in fragments:
        calls.add(*fragment)
    return calls.ready(cut_off=cut_off)


# Dialects

A, B = ToolCall("a", "weather", PARIS), ToolCall("b", "time", ROME)
SAME = ToolCall("b", "weather", ROME)

DIALECTS: Final[dict[str, tuple[list[Fragment], list[ToolCall]]]] = {
    "OpenAI: fragments by index": (
        [
            (0, "a", "weather", ""),
            (0, "", "", '{"city": '),
            (0, "", "", '"Paris"}'),
            (1, "b", "time", ""),
            (1, "", "", ROME),
        ],
        [A, B],
    ),
    "OpenAI: fragments interleaved": (
        [
            (0, "a", "weather", ""),
            (1, "b", "time", ""),
            (1, "", "", '{"city": '),
            (0, "", "", '{"city": "Pa'),
            (1, "", "", '"Rome"}'),
            (0, "", "", 'ris"}'),
        ],
        [A, B],
    ),
    "Grok: whole calls, all with index 0": (
        [(0, "a", "weather", PARIS), (0, "b", "time", ROME)],
        [A, B],
    ),
    "Grok: whole calls of the same function": (
        [(0, "a", "weather", PARIS), (0, "b", "weather", ROME)],
        [A, SAME],
    ),
    "Grok: whole calls without arguments": (
        [(0, "a", "weather", "{}"), (0, "b", "weather", "{}"), (0, "c", "time", "")],
        [
            ToolCall("a", "weather", "{}"),
            ToolCall("b", "weather", "{}"),
            ToolCall("c", "time", "{}"),
        ],
    ),
    "GPT: one call after the other at index 0": (
        [
            (0, "a", "weather", ""),
            (0, "", "", '{"city": "Pa'),
            (0, "", "", 'ris"}'),
            (0, "b", "time", ""),
            (0, "", "", '{"city": "Ro'),
            (0, "", "", 'me"}'),
        ],
        [A, B],
    ),
    "gpt-oss: later fragments without id and name": (
        [(0, "a", "weather", '{"city": '), (0, "", "", '"Paris"}')],
        [A],
    ),
    "gpt-oss: every fragment with another id": (
        [(0, "a", "weather", ""), (0, "x", "", '{"city": '), (0, "y", "", '"Paris"}')],
        [A],
    ),
    "gpt-oss: the name again under another id": (
        [
            (0, "a", "weather", ""),
            (0, "x", "weather", '{"city": '),
            (0, "y", "weather", '"Paris"}'),
        ],
        [A],
    ),
    "gpt-oss: another name amid the arguments": (
        [(0, "a", "weather", '{"city": '), (0, "x", "wea", '"Paris"}')],
        [A],
    ),
    "gpt-oss: another index with every fragment": (
        [(0, "a", "weather", ""), (1, "x", "", '{"city": '), (2, "y", "", '"Paris"}')],
        [A],
    ),
    "id and name with every fragment": (
        [
            (0, "a", "weather", '{"city": '),
            (0, "a", "weather", '"Paris"}'),
            (0, "a", "weather", ""),
        ],
        [A],
    ),
    "fragments interleaved at index 0, told apart by id": (
        [
            (0, "a", "weather", ""),
            (0, "b", "time", ""),
            (0, "a", "", PARIS),
            (0, "b", "", ROME),
        ],
        [A, B],
    ),
    "Gemini: whole calls without ids": (
        [(0, "", "weather", PARIS), (1, "", "time", ROME)],
        [ToolCall("new_1", "weather", PARIS), ToolCall("new_2", "time", ROME)],
    ),
    "Gemini: equal calls without ids or index": (
        [(None, "", "weather", PARIS), (None, "", "weather", PARIS)],
        [ToolCall("new_1", "weather", PARIS), ToolCall("new_2", "weather", PARIS)],
    ),
    "null index: fragments": (
        [
            (None, "a", "weather", ""),
            (None, "", "", PARIS),
            (None, "b", "time", '{"city": '),
            (None, "", "", '"Rome"}'),
        ],
        [A, B],
    ),
    "null index at first, a number later": (
        [(None, "a", "weather", '{"city": '), (0, "", "", '"Paris"}')],
        [A],
    ),
    "one index for calls of one function that begin together": (
        [
            (0, "a", "weather", ""),
            (0, "b", "weather", ""),
            (0, "a", "", PARIS),
            (0, "b", "", PARIS),
        ],
        [A, ToolCall("b", "weather", PARIS)],
    ),
    "the id and the name come late": (
        [(0, "", "", '{"city": '), (0, "a", "weather", '"Paris"}')],
        [A],
    ),
    "one id for every call": (
        [(0, "a", "weather", PARIS), (1, "a", "time", ROME), (1, "a", "time", PARIS)],
        [A, ToolCall("new_1", "time", ROME), ToolCall("new_2", "time", PARIS)],
    ),
}


@pytest.mark.parametrize(("fragments", "calls"), DIALECTS.values(), ids=list(DIALECTS))
def test_every_dialect_gives_whole_calls(fragments: list[Fragment], calls: list[ToolCall]) -> None:
    assert fold(fragments) == (calls, [])


def test_without_fragments_there_are_no_calls() -> None:
    assert fold([]) == ([], [])


def test_a_fragment_tells_its_calls_position_and_name() -> None:
    calls = ToolCallFold(lambda: "new")
    told = [
        calls.add(0, "a", "weather", ""),
        calls.add(1, "b", "time", ""),
        calls.add(0, "", "", PARIS),
        calls.add(1, "", "", ROME),
    ]
    assert told == [(0, "weather"), (1, "time"), (0, "weather"), (1, "time")]


def test_equal_calls_have_positions_of_their_own() -> None:
    calls = ToolCallFold(lambda: "new")
    told = [calls.add(None, "", "weather", PARIS) for _ in range(3)]
    assert told == [(0, "weather"), (1, "weather"), (2, "weather")]


# Truncation


@pytest.mark.parametrize("at", range(1, len(PARIS)))
@pytest.mark.parametrize("cut_off", [False, True])
def test_truncated_arguments_never_become_a_call(at: int, *, cut_off: bool) -> None:
    fragments: list[Fragment] = [(0, "a", "weather", PARIS[:at]), (1, "b", "time", ROME)]
    assert fold(fragments, cut_off=cut_off) == ([B], ["weather"])


def test_a_call_without_arguments_has_none() -> None:
    assert fold([(0, "a", "now", "")]) == ([ToolCall("a", "now", "{}")], [])


def test_where_the_answer_was_cut_off_missing_arguments_may_just_not_have_come() -> None:
    fragments: list[Fragment] = [(0, "a", "weather", PARIS), (1, "b", "delete_all", " ")]
    assert fold(fragments, cut_off=True) == ([A], ["delete_all"])


def test_a_call_of_nothing_is_no_call() -> None:
    assert fold([(0, "a", "", PARIS)]) == ([], ["a function without a name"])


@pytest.mark.parametrize(
    "text", ["[1]", "1", "null", "true", '"text"', '"[1]"', "{}{}", "{'a': 1}", "[" * 100_000, "{"]
)
def test_arguments_that_are_no_object_never_become_a_call(text: str) -> None:
    assert normalize_arguments(text) is None
    assert fold([(0, "a", "weather", text)]) == ([], ["weather"])


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_arguments_mean_an_empty_object(text: str) -> None:
    assert normalize_arguments(text) == "{}"


@pytest.mark.parametrize("text", [PARIS, "{}", ' {"a": {"b": [1, "2"]}}\n', '{"a": "\u2028"}'])
def test_whole_arguments_stay_exactly_as_they_came(text: str) -> None:
    assert normalize_arguments(text) == text


def test_arguments_encoded_twice_are_decoded_once() -> None:
    assert normalize_arguments(json.dumps(PARIS)) == PARIS
    twice = json.dumps(PARIS)
    assert fold([(0, "a", "weather", twice[:5]), (0, "", "", twice[5:])]) == ([A], [])


# Any split


@given(st.data())
def test_calls_split_anywhere_and_interleaved_are_the_same_calls(data: st.DataObject) -> None:
    """Fragments keep their order within a call; between calls any order is right."""
    wanted = [ToolCall(f"c{n}", f"f{n % 2}", json.dumps({"n": [n] * n})) for n in range(3)]
    pieces: list[list[Fragment]] = []
    for index, call in enumerate(wanted):
        at = data.draw(st.integers(0, len(call.arguments)))
        head, tail = call.arguments[:at], call.arguments[at:]
        pieces.append([(index, call.id, call.name, head), (index, "", "", tail)])
    first, second = (data.draw(st.sampled_from(list(permutations(range(3))))) for _ in range(2))
    fragments = [pieces[i][0] for i in first] + [pieces[i][1] for i in second]
    calls, broken = fold(fragments)
    assert (sorted(calls, key=lambda call: call.id), broken) == (wanted, [])


FRAGMENTS: Final = st.tuples(
    st.sampled_from([None, 0, 1]),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["", "weather", "time"]),
    st.sampled_from(["", "{}", PARIS, '{"city": ', '"Paris"}', '"', "x"]),
)


@given(st.lists(FRAGMENTS, max_size=8), st.booleans())
def test_whatever_comes_ids_are_unique_and_arguments_are_whole(
    fragments: list[Fragment],
    cut_off: bool,  # noqa: FBT001 - hypothesis passes by position
) -> None:
    calls, broken = fold(fragments, cut_off=cut_off)
    assert len({call.id for call in calls}) == len(calls)
    assert all(call.id and call.name for call in calls)
    assert all(isinstance(json.loads(call.arguments), dict) for call in calls)
    assert len(calls) + len(broken) <= len(fragments)
    assert bool(fragments) == bool(calls or broken)
