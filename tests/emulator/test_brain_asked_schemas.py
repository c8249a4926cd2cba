"""Which JSON schema a prompt asks for in words."""

from __future__ import annotations

import json
import time

import pytest

from ocigenai_nb.emulator.brain import Turn
from tests.emulator.thinking import ask

PERSON = {
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
EXAMPLE = {"properties": {"foo": {"type": "array", "items": {"type": "string"}}}}


def test_the_last_schema_is_meant_and_not_an_example_before_it() -> None:
    prompt = (
        "Ada is 36 years old.\n\n"
        "Return a JSON instance that conforms to the JSON schema below. As an example, for the "
        f'schema {json.dumps(EXAMPLE)} the object {{"foo": ["bar"]}} is an instance of the schema. '
        'The object {"properties": {"foo": ["bar"]}} is not. Here is the output schema:\n'
        f"```\n{json.dumps(PERSON)}\n```"
    )
    assert json.loads(ask(prompt)) == {"name": "Ada", "age": 36}


def test_braces_after_the_schema_do_not_hide_it() -> None:
    prompt = f"Ada is 36. JSON schema: {json.dumps(PERSON)} Use the schema, not {{braces}}."
    assert json.loads(ask(prompt)) == {"name": "Ada", "age": 36}


def test_braces_that_were_doubled_for_a_template_are_understood() -> None:
    doubled = json.dumps({"type": "object", **PERSON}).replace("{", "{{").replace("}", "}}")
    prompt = f"Ada is 36.\n\nHere's a JSON schema to follow:\n{doubled}\n\nOutput valid JSON."
    assert json.loads(ask(prompt)) == {"name": "Ada", "age": 36}


def test_the_system_may_ask_for_it() -> None:
    system = Turn(
        "system",
        "You are helpful. Respond with a JSON object matching this schema:\n\n"
        f"```json\n{json.dumps(PERSON, indent=2)}\n```\n\nReturn only the JSON object.",
    )
    assert json.loads(ask("Ada is 36.", system)) == {"name": "Ada", "age": 36}


@pytest.mark.parametrize("word", ["JSON schema ", "JSON schema {", '{"schema": ', "JSON schema {{"])
def test_no_words_on_schemas_break_the_reading_or_take_long(word: str) -> None:
    began = time.process_time()
    assert ask(word * 8_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("seed", range(10))
def test_where_any_object_is_wanted_it_has_the_schema_of_the_prompt(seed: int) -> None:
    prompt = f"Ada is 36.\n\nJSON schema: {json.dumps(PERSON)}"
    assert json.loads(ask(prompt, schema={}, seed=seed)) == {"name": "Ada", "age": 36}
