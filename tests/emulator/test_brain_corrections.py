"""What the script makes of complaints where it fills a schema or picks tools."""

from __future__ import annotations

import json
from typing import Any

from ocigenai_nb.emulator.brain import Question, Turn, think

COMPLAINT = "Your answer says what Carol and the evidence do not bear out. Answer again."
PERSON = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
PLACE = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def fill(*turns: Turn) -> Any:
    return json.loads(think(Question("openai.gpt-4.1", turns, schema=PERSON)).text)


def test_a_schema_is_filled_from_what_was_asked_and_not_from_a_complaint() -> None:
    asked = (Turn("user", "My name is Ada."), Turn("assistant", '{"name": "Bob"}'))
    assert fill(*asked, Turn("user", COMPLAINT)) == {"name": "Ada"}
    again = (Turn("assistant", '{"name": "Carol"}'), Turn("user", COMPLAINT))
    assert fill(*asked, Turn("user", COMPLAINT), *again) == {"name": "Ada"}


def test_a_prompt_that_is_a_complaint_is_all_that_there_is() -> None:
    assert fill(Turn("user", COMPLAINT)) == {"name": "Carol"}


def test_a_place_is_not_run_together_with_the_next_line_or_sentence() -> None:
    tool = {"name": "get_weather", "description": "Look up the weather.", "parameters": PLACE}
    asked = "What is the weather in Rome? Leave out what you can't find.\nAnd in Oslo\nPlease"
    thought = think(Question("openai.gpt-4.1", (Turn("user", asked),), [tool]))
    assert [call.arguments["city"] for call in thought.calls] == ["Rome", "Oslo"]
