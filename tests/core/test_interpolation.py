"""`{{name}}` is filled in once, from plain names; all else in a prompt is the person's own."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.interpolation import Filled, fill, is_fillable, is_placeholder, look_up


class Thing:
    """Has a property that works, one that raises, and one that raises one of our errors."""

    def __init__(self) -> None:
        self.title = "a thing"
        self._hidden = "hidden"

    @property
    def size(self) -> int:
        return 3

    @property
    def broken(self) -> int:
        raise ValueError("sk-secret")

    @property
    def json(self) -> object:
        raise UsageError("The answer holds no JSON.")

    def method(self) -> str:
        raise AssertionError("was called")


NAMES: dict[str, object] = {
    "topic": "rivers",
    "number": 7,
    "row": {"first name": "Ada", "tags": ["a", "b"], "deep": {"x": 1}},
    "pair": (10, 20),
    "thing": Thing(),
    "trap": "{{topic}} {topic} {{number}}",
    "math": math,
    "Thing": Thing,
    "_oci": SimpleNamespace(text="the last answer"),
    "__name__": "__main__",
}


def run(text: str) -> Filled:
    return fill(text, NAMES, str)


@pytest.mark.parametrize(
    ("text", "filled", "name"),
    [
        ("About {{topic}}.", "About rivers.", "topic"),
        ("{{ number }}{{\ttopic\t}}", "7rivers", "number"),
        ('{{row["first name"]}}', "Ada", "row"),
        ("{{row['tags'][-1]}}", "b", "row"),
        ('{{row["deep"]["x"]}}', "1", "row"),
        ("{{pair[1]}}", "20", "pair"),
        ("{{thing.title}} {{thing.size}}", "a thing 3", "thing"),
        ("{{_oci.text}}", "the last answer", "_oci"),
        ('{"a": {"b": {{number}}}}', '{"a": {"b": 7}}', "number"),
    ],
)
def test_a_placeholder_is_filled(text: str, filled: str, name: str) -> None:
    found = run(text)
    assert (found.text, found.warnings) == (filled, ())
    assert found.names[0] == name


@pytest.mark.parametrize(
    "text",
    [
        "{topic}",
        "{{{topic}}}",
        "{{{{topic}}}}",
        'print(f"{topic!r:>10} {{{number}}}")',
        '{"topic": {"number": 1}}',
        "{{ 'topic' }}",
        '{{ "topic" }}',
        "{{topic!r}}",
        "{{number:>3}}",
        "{{number + 1}}",
        "{{thing.method()}}",
        '{{row.get("x")}}',
        "{{row[topic]}}",
        "{{row[1:2]}}",
        "{{row[]}}",
        "{{pair[99999999999999999999]}}",
        "{{topic | upper}}",
        "{{#each topic}}{{else}}{{/each}}",
        "{% for x in topic %}",
        "{{\ntopic}}",
        "{{to pic}}",
        "{{}}",
        "{{7}}",
        "{{topic}",
        "${topic} $topic %(topic)s",
        "\\frac{a}{b}",
    ],
)
def test_what_is_no_placeholder_is_literal_and_warns_of_nothing(text: str) -> None:
    assert run(text) == Filled(text)


def test_a_backslash_before_a_placeholder_makes_it_literal() -> None:
    assert run(r"\{{topic}} {{topic}}") == Filled("{{topic}} rivers", ("topic",))
    assert run(r"\{{unknown}}").text == "{{unknown}}"
    assert run(r"\{ \{topic}").text == r"\{ \{topic}"


def test_what_is_filled_in_is_never_read_again() -> None:
    assert run("{{trap}} {{topic}}").text == "{{topic}} {topic} {{number}} rivers"


def test_names_come_once_each_in_the_order_of_the_text() -> None:
    found = run("{{topic}} {{number}} {{topic}} {{unknown}}")
    assert found.names == ("topic", "number")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{topik}}", "there is no variable 'topik'. Did you mean 'topic'?"),
        ("{{zzz}}", "there is no variable 'zzz'."),
        ("{{__name__}}", "there is no variable '__name__'."),
        ("{{row.name}}", "row has no attribute 'name'."),
        ('{{row["first_name"]}}', "row has no key 'first_name'. Did you mean 'first name'?"),
        ("{{row[0]}}", "row has no key 0."),
        ("{{pair[2]}}", "pair has no item 2."),
        ('{{pair["a"]}}', "pair has no item 'a'."),
        ("{{number[0]}}", "number has no item 0."),
        ("{{thing._hidden}}", "names with a leading underscore, such as _hidden, can't be"),
        ("{{topic.__class__}}", "names with a leading underscore, such as __class__, can't be"),
        ("{{math}}", "math is a module, which can't be filled in."),
        ("{{math.pi}}", "math is a module, whose parts can't be filled in."),
        ("{{Thing}}", "Thing is a class, which can't be filled in."),
        ("{{Thing.size}}", "Thing is a class, whose parts can't be filled in."),
        ("{{thing.method}}", "thing.method is a function, which can't be filled in."),
        ("{{thing.broken}}", "ValueError was raised."),
        ("{{thing.json}}", "The answer holds no JSON."),
    ],
)
def test_what_cannot_be_filled_stays_and_is_explained(text: str, why: str) -> None:
    found = run(f"a {text} b {text}")
    assert found.text == f"a {text} b {text}"
    assert found.names == ()
    (warning,) = found.warnings  # once, however often it stands there
    assert warning.startswith(f"{text} stays as it is: {why}")
    assert "sk-secret" not in warning


def test_a_value_whose_text_cannot_be_made_stays_and_is_explained() -> None:
    def fail(_value: object) -> str:
        raise RuntimeError("no text")

    found = fill("{{topic}}", NAMES, fail)
    assert found == Filled("{{topic}}", (), ("{{topic}} stays as it is: RuntimeError was raised.",))


def test_looking_for_a_key_leaves_a_defaultdict_as_it_was() -> None:
    counts: defaultdict[str, int] = defaultdict(int)
    assert fill('{{counts["x"]}}', {"counts": counts}, str).text == '{{counts["x"]}}'
    assert counts == {}


def test_a_class_property_of_a_proxy_is_not_asked() -> None:
    class Proxy:
        @property  # type: ignore[misc] # what lazy proxies do
        def __class__(self) -> type:
            raise AssertionError("was asked")

    assert fill("{{x}}", {"x": Proxy()}, lambda _value: "filled").text == "filled"


def test_the_process_behind_a_frame_or_a_generator_is_out_of_reach() -> None:
    inner = {"frame": sys._getframe(), "gen": (each for each in "ab")}
    for text in ("{{frame.f_globals}}", "{{gen.gi_frame.f_globals}}", "{{frame}}"):
        assert fill(text, inner, str).text == text


@given(st.text())
def test_a_text_without_two_opening_braces_is_left_alone(text: str) -> None:
    text = text.replace("{{", "{ {")
    assert run(text) == Filled(text)


@given(st.text(alphabet="{}topic.[]\"'\\_0 \n"))
def test_filling_never_raises_and_only_placeholders_change(text: str) -> None:
    found = run(text)
    if "{{" not in text or "}}" not in text:
        assert found.text == text


@given(st.text(), st.text(alphabet="{}x ", max_size=20))
def test_a_value_arrives_as_it_is(value: str, around: str) -> None:
    around = around.replace("{{", "{ ").replace("{", "(")
    assert fill(f"{around}{{{{v}}}}", {"v": value}, str).text == around + value


@pytest.mark.parametrize(
    ("word", "value"),
    [("{{topic}}", "rivers"), (' {{ row["tags"][0] }} ', "a"), ("{{thing.size}}", 3)],
)
def test_a_placeholder_alone_is_looked_up(word: str, value: object) -> None:
    assert is_placeholder(word)
    assert look_up(word, NAMES) == value


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("{{topik}}", "{{topik}} has no value: there is no variable 'topik'. Did you mean"),
        ("{{thing.broken}}", "{{thing.broken}} has no value: ValueError was raised."),
        ("topic", "topic is no placeholder."),
        (r"\{{topic}}", r"\{{topic}} is no placeholder."),
    ],
)
def test_a_word_without_a_value_is_refused_in_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        look_up(word, NAMES)
    assert raised.value.message.startswith(sentence)


@pytest.mark.parametrize("word", ["topic", "{{topic}}.csv", r"\{{topic}}", "{{topic", ""])
def test_a_word_that_is_more_than_a_placeholder_is_none(word: str) -> None:
    assert not is_placeholder(word)


def test_values_may_be_filled_in_and_modules_classes_and_functions_may_not() -> None:
    assert all(map(is_fillable, ("", 0, None, [], Thing())))
    assert not any(map(is_fillable, (math, Thing, len, Thing().method)))
