"""Facts about values as plain data: nothing is lost, and nothing strange gets in."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core import errors
from ocigenai_nb.core.errors import DataFormatError, OCIGenAIError, ThrottledError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    ReasoningItem,
    ServiceEvent,
    Started,
    TextDelta,
)
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.messages import Image, Message, Text, ToolCall, Usage
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.plain_data import (
    event_from_data,
    event_to_data,
    from_data,
    parse_json,
    to_data,
    write_json,
)
from ocigenai_nb.core.thread import Answer

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OCIGenAIError)
]

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\ud83d"), max_size=20)
optional_texts = st.none() | texts
counts = st.integers(-(10**20), 10**20)
plain = st.recursive(
    st.none() | st.booleans() | counts | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, plain, max_size=3)
calls = st.builds(ToolCall, texts, texts, texts)
usages = st.builds(Usage, counts, counts, counts, st.none() | counts, st.none() | counts)
parts = st.builds(Text, texts) | st.builds(Image, texts, st.sampled_from(["auto", "low", "high"]))
failures = st.builds(
    lambda kind, message, **facts: kind(message, **facts),
    st.sampled_from(KINDS),
    texts,
    remedy=texts,
    status=st.none() | counts,
    code=optional_texts,
    request_id=optional_texts,
)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(parts, max_size=3).map(tuple),
    st.lists(calls, max_size=2).map(tuple),
    optional_texts,
    st.lists(objects, max_size=2).map(tuple),
)
answers = st.builds(
    Answer,
    text=texts,
    reasoning=texts,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    usage=st.none() | usages,
    status=st.sampled_from(["streaming", "finished", "failed", "interrupted"]),
    finish_reason=optional_texts,
    model=optional_texts,
    request_id=optional_texts,
    response_id=optional_texts,
    attempts=counts,
    notices=st.lists(texts, max_size=2).map(tuple),
    error=st.none() | failures,
    reasoning_items=st.lists(objects, max_size=2).map(tuple),
)
unit = st.floats(0, 1, allow_nan=False)
parameters = st.builds(
    Parameters,
    max_tokens=st.none() | st.integers(1, 10**9),
    temperature=st.none() | st.floats(0, 2) | st.integers(0, 2),
    top_p=st.none() | unit,
    seed=st.none() | counts,
    stop=st.none() | texts | st.lists(texts, max_size=4),
    frequency_penalty=st.none() | st.floats(-2, 2),
    presence_penalty=st.none() | st.floats(-2, 2),
    reasoning_effort=optional_texts,
)


def made_events(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Every field of an event, drawn by its name."""
    by_name: Mapping[str, st.SearchStrategy[Any]] = {
        "request_id": optional_texts, "attempts": counts, "text": texts, "raw": st.none() | objects,
        "position": counts, "name": texts, "arguments": texts, "call": calls, "usage": usages,
        "response_id": texts, "item": objects, "reason": texts, "model": optional_texts,
    }  # fmt: skip
    drawn = {name: by_name[name] for name in kind.__slots__ if name in by_name}
    if "error" in kind.__slots__:
        drawn["error"] = failures if kind is Failed else st.none() | failures
    return st.builds(kind, **drawn)


events = st.one_of([made_events(kind) for kind in get_args(Event)])


def same(one: Any, other: Any) -> bool:
    """Whether two values hold the same; errors are compared by what they say."""
    if isinstance(one, OCIGenAIError):
        return type(one) is type(other) and vars(one) == vars(other)
    slots = getattr(type(one), "__slots__", None)
    if slots and type(one) is type(other) and not isinstance(one, RawEvent):
        return all(same(getattr(one, name), getattr(other, name)) for name in slots)
    return bool(one == other)


def through_file(data: Any) -> Any:
    """Data written to a line of a file and read from it."""
    line = write_json(data).encode()
    assert len(line.decode().splitlines()) == 1
    return parse_json(line)


@given(messages)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert same(from_data(Message, through_file(to_data(message))), message)


@given(answers)
def test_an_answer_comes_back_as_it_was(answer: Answer) -> None:
    assert same(from_data(Answer, through_file(to_data(answer))), answer)


@given(parameters)
def test_parameters_come_back_as_they_were(wishes: Parameters) -> None:
    assert from_data(Parameters, through_file(to_data(wishes))) == wishes


@given(events)
def test_an_event_comes_back_as_it_was(event: Any) -> None:
    assert same(event_from_data(through_file(event_to_data(event))), event)


@given(failures)
def test_an_error_comes_back_as_it_was(error: OCIGenAIError) -> None:
    assert same(from_data(OCIGenAIError, through_file(to_data(error))), error)


def test_what_has_its_default_takes_no_space() -> None:
    assert to_data(Answer()) == {}
    assert to_data(Message.user("hi")) == {
        "role": "user",
        "parts": [{"kind": "Text", "text": "hi"}],
    }
    assert event_to_data(TextDelta("hi")) == {"kind": "TextDelta", "text": "hi"}
    assert event_to_data(Interrupted("stopped")) == {"kind": "Interrupted", "reason": "stopped"}


def test_a_raw_event_is_written_out_and_its_odd_numbers_become_null() -> None:
    event = ServiceEvent("ping", RawEvent(b'{"at": NaN, "in": [Infinity, 1.5], "to": {"a": 1}}'))
    raw = event_to_data(event)["raw"]
    assert raw == {"at": None, "in": [None, 1.5], "to": {"a": 1}}


def test_a_mapping_is_copied_so_that_later_changes_stay_out() -> None:
    item = {"summary": [{"text": "hm"}]}
    data = to_data(Message.assistant("", reasoning_items=(item,)))
    item["summary"][0]["text"] = "changed"
    assert data["reasoning_items"][0] == {"summary": [{"text": "hm"}]}


class OurOwnError(ThrottledError):
    """An error made outside the closed table."""


def test_an_error_of_a_class_made_elsewhere_goes_as_the_nearest_of_ours() -> None:
    copied = from_data(OCIGenAIError, to_data(OurOwnError("Wait.", status=429)))
    assert type(copied) is ThrottledError
    assert copied.status == 429


@pytest.mark.parametrize("name", ["NewerError", "SystemExit", "os.system", "Any", "annotations"])
def test_an_error_of_an_unknown_class_is_the_root_of_all(name: str) -> None:
    error = from_data(OCIGenAIError, {"kind": name, "message": "It broke.", "status": 500})
    assert type(error) is OCIGenAIError
    assert error.lines() == ["It broke.", "HTTP 500"]


MESSAGE = to_data(Message.user("hi", Image("data:,")))
ANSWER = to_data(Answer("x", usage=Usage(1, 2, 3), error=ThrottledError("Wait."), notices=("a",)))
REFUSED = [
    (Message, [], "turns[3]: a list is not an object."),
    (Message, {"role": "user"}, "turns[3].parts: this is missing."),
    (Message, MESSAGE | {"role": "root"}, "turns[3].role: 'root' is not one of system, user,"),
    (Message, MESSAGE | {"role": ["user"]}, "turns[3].role: a list is not one of system, user,"),
    (Message, MESSAGE | {"sudo": 1}, "turns[3]: the key 'sudo' is unknown."),
    (Message, MESSAGE | {"kind": "Message"}, "turns[3]: the key 'kind' is unknown."),
    (Message, MESSAGE | {"parts": "hi"}, "turns[3].parts: 'hi' is not a list."),
    (Message, MESSAGE | {"parts": [{"kind": "Text"}]}, "turns[3].parts[0].text: this is missing."),
    (Message, MESSAGE | {"parts": ["hi"]}, "turns[3].parts[0]: 'hi' is not an object."),
    (
        Message,
        MESSAGE | {"parts": [{"kind": "Text", "text": "a"}, {"kind": "subprocess.Popen"}]},
        "turns[3].parts[1].kind: 'subprocess.Popen' is not one of Text, Image.",
    ),
    (Message, MESSAGE | {"parts": [{"text": "a"}]}, "turns[3].parts[0].kind: None is not one of"),
    (Message, MESSAGE | {"reasoning_items": [1]}, "turns[3].reasoning_items[0]: 1 is not an"),
    (
        Message,
        MESSAGE | {"reasoning_items": [{"a": [float("inf")]}]},
        "turns[3].reasoning_items[0]: inf is not a number that JSON has.",
    ),
    (Message, MESSAGE | {"reasoning_items": [{1: 2}]}, "reasoning_items[0].(key): 1 is not text."),
    (Answer, ANSWER | {"attempts": 1.5}, "turns[3].attempts: 1.5 is not a whole number."),
    (Answer, ANSWER | {"attempts": True}, "turns[3].attempts: True is not a whole number."),
    (Answer, ANSWER | {"text": None}, "turns[3].text: None is not text."),
    (Answer, ANSWER | {"status": "done"}, "turns[3].status: 'done' is not one of streaming,"),
    (Answer, ANSWER | {"usage": {"input": 1}}, "turns[3].usage.output: this is missing."),
    (Answer, ANSWER | {"usage": 3}, "turns[3].usage: 3 is not an object."),
    (Answer, ANSWER | {"error": {"kind": "ServiceError"}}, "turns[3].error.message: this is"),
    (Answer, ANSWER | {"error": {"message": "x"}}, "turns[3].error.kind: None is not text."),
    (
        Answer,
        ANSWER | {"error": {"kind": "ServiceError", "message": "x", "args": []}},
        "turns[3].error: the key 'args' is unknown.",
    ),
    (Parameters, {"temperature": "hot"}, "turns[3].temperature: 'hot' is not a number."),
    (Parameters, {"temperature": float("nan")}, "turns[3].temperature: nan is not a number."),
    (Parameters, {"temperature": 7}, "turns[3]: temperature is 7; it has to be between 0 and 2."),
    (Parameters, {"stop": "a"}, "turns[3].stop: 'a' is not a list."),
    (Parameters, {"stop": list("abcde")}, "turns[3]: stop takes 4 texts at most, not 5."),
]


@pytest.mark.parametrize(("kind", "data", "text"), REFUSED)
def test_data_that_does_not_fit_is_refused_by_its_place(
    kind: type[object], data: object, text: str
) -> None:
    before = copy.deepcopy(data)
    with pytest.raises(DataFormatError) as caught:
        from_data(kind, data, place="turns[3]")
    assert text in caught.value.message
    assert repr(data) == repr(before)


def test_an_event_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(DataFormatError, match=r"^events\[2\]\.kind: 'Ended' is not one of Started"):
        event_from_data({"kind": "Ended"}, place="events[2]")


def test_without_a_place_the_sentence_begins_with_the_field() -> None:
    with pytest.raises(DataFormatError, match=r"^status: 'done' is not one of"):
        from_data(Answer, {"status": "done"})
    with pytest.raises(DataFormatError, match=r"^A list is not an object\.$"):
        from_data(Answer, [])


def test_a_long_value_is_not_repeated_whole_in_the_error() -> None:
    with pytest.raises(DataFormatError) as caught:
        from_data(Answer, {"status": "x" * 100_000, "text": "secret"})
    assert len(caught.value.message) < 200


def test_data_nested_too_deeply_is_refused_both_ways() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(DataFormatError, match="nested more than 100 levels deep"):
        event_from_data({"kind": "ReasoningItem", "item": deep})
    with pytest.raises(DataFormatError, match="nested more than 100 levels deep"):
        event_to_data(ReasoningItem(deep))


def test_what_json_can_not_hold_is_refused_when_writing_by_its_place() -> None:
    message = Message.assistant("x", reasoning_items=({"a": 1}, {"file": Path("x")}))
    with pytest.raises(DataFormatError, match=r"^reasoning_items\[1\]: \w*Path is not JSON data"):
        to_data(message)
    with pytest.raises(DataFormatError, match=r"^parts\[0\]\.text: None is not text"):
        to_data(Message.user(None))  # type: ignore[arg-type]
    with pytest.raises(DataFormatError, match=r"^parts\[0\]: 'hi' is not one of Text, Image"):
        to_data(Message("user", ("hi",)))  # type: ignore[arg-type]
    with pytest.raises(DataFormatError, match=r"^error: ValueError is not an error of"):
        event_to_data(Failed(ValueError("x")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "file: this is not JSON: Expecting"),
        (b"", "file: this is not JSON: Expecting value"),
        (b"\xff{}", "file: this is not JSON: 'utf-8' codec"),
        (b'{"a": NaN}', "file: this is not JSON: NaN is no number of JSON"),
        (b"[" * 200_000, "file: this is not JSON: "),
        (b"1" * 5_000, "file: this is not JSON: Exceeds the limit"),
    ],
)
def test_text_that_is_not_json_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        parse_json(text, place="file")
    assert caught.value.message.startswith(why)


def test_json_text_can_be_encoded_whatever_is_in_it() -> None:
    text = write_json({"half": "\ud83d", "lines": "a\u2028b\x85c", "kept": "é😀"})
    assert text == '{"half":"\\ud83d","lines":"a\\u2028b\\u0085c","kept":"é😀"}'
    assert json.loads(text.encode()) == {"half": "\ud83d", "lines": "a\u2028b\x85c", "kept": "é😀"}


def test_writing_and_reading_cost_in_proportion_to_the_length() -> None:
    def spend(count: int) -> float:
        answer = Answer("x", notices=("notice",) * count, reasoning_items=({"a": [1]},) * count)
        spent = []
        for _ in range(3):
            begun = time.process_time()
            from_data(Answer, to_data(answer))
            spent.append(time.process_time() - begun)
        return min(spent)

    assert spend(20_000) < 50 * max(spend(2_000), 0.002)  # its square would be 100


def test_started_and_finished_keep_what_the_service_named() -> None:
    for event in (Started("A/B", 2), Finished("stop", "openai.gpt-5")):
        assert event_from_data(event_to_data(event)) == event
