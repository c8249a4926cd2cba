"""What the script makes of complaints, and how it judges claims and work."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.emulator.brain import Question, ToolUse, Turn, think
from tests.emulator.thinking import TOOLS, ask, fill


def complain(complaint: str, answer: str = "One. Two is 2. Three.") -> Any:
    turns = [
        Turn("user", "What's the weather in Rome?"),
        Turn("tool", "no answer", "get_weather"),
        Turn("assistant", answer),
        Turn("user", complaint),
    ]
    return think(Question("some.model", turns, tools=TOOLS))


def test_what_a_complaint_quotes_is_taken_back() -> None:
    thought = complain("Your answer says what nothing bears out: “Two is 2.” The weather is fine.")
    assert (thought.text, thought.calls) == ("One. Three.", ())
    assert complain("The answer is wrong: “One.”", "One.").text.startswith("I don't know")


def test_told_to_try_again_it_begins_anew() -> None:
    thought = complain("Your answer does not do what was asked. Try again.")
    assert thought.calls == (ToolUse("get_weather", {"city": "Rome"}),)


def test_it_calls_without_end_where_it_is_told_to_and_stops_when_told_off() -> None:
    asked = Turn("user", "weather in Rome, again and again")
    told = Turn("tool", "18 degrees", "get_weather")
    assert think(Question("some.model", [asked, told, told], tools=TOOLS)).calls
    off = Turn("tool", "Your call was not run.", "get_weather")
    thought = think(Question("some.model", [asked, told, told, off], tools=TOOLS))
    assert (thought.text, thought.calls) == ("According to get_weather: 18 degrees.", ())


EVIDENCE = """Evidence:
[1] "get_weather(city='Rome')": "18 degrees\\nin Rome"
[2] "an atlas": "Oslo lies in Norway and has 700,000 people."
[3] "the prompt": "How warm is Rome in June?"

Claims:
"""
FOUND = {
    "type": "object",
    "properties": {"claims": {"type": "array", "items": {"$ref": "#/$defs/found"}}},
    "$defs": {
        "found": {
            "type": "object",
            "properties": {
                "claim": {"type": "integer"},
                "verdict": {"enum": ["grounded", "ungrounded", "contradicted", "complementary"]},
                "evidence": {"enum": ["tool_match", "specific_data", "signal_match", "inference"]},
                "source": {"type": "integer"},
                "true": {"type": "boolean"},
                "why": {"type": "string"},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("Rome has 18 degrees.", ["grounded", "tool_match", 1]),
        ("Rome has 19 degrees.", ["contradicted", "tool_match", 1]),
        ("Oslo lies in Norway.", ["grounded", "specific_data", 2]),
        ("Oslo lies in Sweden.", ["contradicted", "specific_data", 2]),
        ("You asked how warm Rome is in June.", ["grounded", "signal_match", 3]),
        ("It may rain tomorrow.", ["complementary", "inference", 0]),
        ("Gelato tastes best outside.", ["ungrounded", "inference", 0]),
    ],
)
def test_claims_are_judged_by_evidence(claim: str, found: list[Any]) -> None:
    [judged] = fill(FOUND, f"{EVIDENCE}[1] {json.dumps(claim)}")["claims"]
    assert [judged[name] for name in ("claim", "verdict", "evidence", "source")] == [1, *found]
    assert judged["true"] == (found[0] == "grounded")
    assert judged["why"]


def test_claims_are_judged_where_the_schema_is_asked_for_in_words() -> None:
    prompt = f'{EVIDENCE}[1] "Rome has 18 degrees."\n\nFit this JSON schema:\n{json.dumps(FOUND)}'
    assert json.loads(ask(prompt))["claims"][0]["verdict"] == "grounded"


ASSESSMENT = {
    "type": "object",
    "properties": {"progress": {"type": "boolean"}, "reflection": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("done", "lesson"),
    [
        ('[1] f(x=1) returned: "1"\n[2] answer: "1"', ""),
        ('[1] f(x=1) raised: "no"\n[2] answer: "It failed."',
         "f failed (raised). I should call f again."),
        ('[1] f(x=1) raised: "no"\n[2] f(x=2) returned: "2"\n[3] answer: "2"', ""),
        ('[1] f(x=1) returned: "1"\n[2] f(x=1) returned: "1"\n[3] f(x=1) is called next',
         "f returns the same each time. I should answer from what it returned."),
        ('[1] answer: "It has no answer to “x”."',
         "I gave no answer. I should say what is missing."),
    ],
)  # fmt: skip
def test_work_is_assessed(done: str, lesson: str) -> None:
    found = fill(ASSESSMENT, f'Task:\n"Do it."\n\nDone so far:\n{done}')
    assert found == {"progress": not lesson, "reflection": lesson}


@given(st.text(max_size=200), st.sampled_from([FOUND, ASSESSMENT, {"type": "object"}]))
def test_any_text_can_be_judged(text: str, schema: dict[str, Any]) -> None:
    prompt = f"{EVIDENCE}[1] {text}\n[2] {json.dumps(text)}\n\nDone so far:\n[1] {text}"
    assert isinstance(fill(schema, prompt), dict)
