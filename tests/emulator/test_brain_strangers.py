"""Prompts as strangers put them to the emulator, and what the script had wrong of them before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocigenai_nb.emulator.brain import Question, Turn, think

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
MOODS = {"type": "string", "enum": ["positive", "negative", "neutral"]}
UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}

ANSWERED = {
    "Say hello to Maria": "Hello, Maria!",
    "Can you say hello?": "Hello!",
    "Print hello world": "hello world",
    "Type OK": "OK",
    "Only reply: ACK": "ACK",
    "Return exactly this text: x=1; y=2": "x=1; y=2",
    "Say the number 7": "7",
    "Ping": "pong",
    "Say hello three times": "hello hello hello",
    "Repeat 'na' four times": "na na na na",
    "Say ha twice": "ha ha",
    "List the numbers from 1 to 5": "1 2 3 4 5",
    "Answer with one word: what is the capital of France?": "The capital of France is Paris.",
    "Name a fruit": "- Apple",
    "What is hello in Spanish?": "“hola”",
    'Translate "hello" into Italian.': "“ciao”",
    "Translate bonjour to English": "“hello”",
    "Extract the names from: Alice met Bob in Paris.": "Alice, Bob",
    "Extract all numbers from: 3 cats, 5 dogs": "3, 5",
    "Extract all emails: a@x.org, b@y.org": "a@x.org, b@y.org",
    "Extract name and age as JSON: Bob is 42 years old.": '{"name": "Bob", "age": 42}',
    "What is the email address in this text? Contact us at info@acme.io.": "info@acme.io",
    "From the text 'Order #1234 shipped to Berlin', extract the city": "Berlin",
}
TOLD = [
    ("I live in Oslo.", "Where do I live?", "You live in Oslo."),
    ("I work at Acme.", "Where do I work?", "You work at Acme."),
    ("I am 33 years old.", "How old am I?", "You are 33 years old."),
    ("The secret word is banana.", "What is the secret word?", "It is banana."),
    ("Remember the number 42.", "What number did I ask you to remember?",
     "You asked me to remember 42."),
]  # fmt: skip
CALLED: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("Send an email to ada@example.com with subject Hello", {"to": TEXT, "subject": TEXT},
     [{"to": "ada@example.com", "subject": "Hello"}]),
    ("Send me from Paris to Rome on 2026-05-01",
     {"origin": TEXT, "destination": TEXT, "date": TEXT},
     [{"origin": "Paris", "destination": "Rome", "date": "2026-05-01"}]),
    ("Send weather in Paris and London?", {"location": TEXT, "unit": UNIT},
     [{"location": "Paris", "unit": "celsius"}, {"location": "London", "unit": "celsius"}]),
]  # fmt: skip
FILLED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Alice is 30 and lives in Paris. Her email is alice@x.org",
     {"name": TEXT, "age": WHOLE, "city": TEXT, "email": TEXT},
     {"name": "Alice", "age": 30, "city": "Paris", "email": "alice@x.org"}),
    ("Alice and Bob are going to a science fair on Friday.",
     {"date": TEXT, "participants": {"type": "array", "items": TEXT}},
     {"date": "Friday", "participants": ["Alice", "Bob"]}),
    ("Meeting on 2026-05-01 with Bob", {"date": {"type": "string", "format": "date"}},
     {"date": "2026-05-01"}),
    ("Jane Doe, call 555-123-4567", {"first_name": TEXT, "last_name": TEXT, "phone": TEXT},
     {"first_name": "Jane", "last_name": "Doe", "phone": "555-123-4567"}),
    ("Maria is here in March", {"name": TEXT}, {"name": "Maria"}),
    ("I hate this", {"sentiment": MOODS}, {"sentiment": "negative"}),
    ("I love this!", {"sentiment": MOODS}, {"sentiment": "positive"}),
    ("It is a chair.", {"sentiment": MOODS}, {"sentiment": "neutral"}),
    ("What is 2+2?", {"answer": WHOLE}, {"answer": 4}),
    ("What is the capital of France?", {"capital": TEXT, "country": TEXT},
     {"capital": "Paris", "country": "France"}),
]  # fmt: skip


def write_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize("prompt", ANSWERED)
def test_a_short_instruction_is_followed(prompt: str) -> None:
    assert think(Question("some.model", [Turn("user", prompt)])).text == ANSWERED[prompt]


@pytest.mark.parametrize(
    "prompt", ["How do you say thank you in Japanese?", "What day comes after Monday?"]
)
def test_what_is_not_known_is_not_taken_for_small_talk(prompt: str) -> None:
    text = think(Question("some.model", [Turn("user", prompt)])).text
    assert text.startswith("This is the emulator's script speaking")


@pytest.mark.parametrize(("told", "asked", "answer"), TOLD)
def test_what_was_told_is_remembered(told: str, asked: str, answer: str) -> None:
    turns = [Turn("user", told), Turn("assistant", "All right.")]
    assert think(Question("some.model", [*turns, Turn("user", asked)])).text == answer
    assert think(Question("some.model", turns[:1])).text == "I will remember that."


def test_a_name_in_the_instructions_is_the_users() -> None:
    turns = [Turn("system", "The user's name is Ada."), Turn("user", "What is my name?")]
    assert think(Question("some.model", turns)).text == "Your name is Ada."


@pytest.mark.parametrize(("prompt", "properties", "calls"), CALLED)
def test_arguments_are_what_their_names_say(
    prompt: str, properties: dict[str, Any], calls: list[dict[str, Any]]
) -> None:
    tool = {"name": "go", "description": "", "parameters": write_schema(properties)}
    turns = [Turn("user", prompt)]
    question = Question("some.model", turns, tools=[tool], tool_choice="required")
    assert [use.arguments for use in think(question).calls] == calls


@pytest.mark.parametrize(("prompt", "properties", "value"), FILLED)
def test_fields_are_what_their_names_say(
    prompt: str, properties: dict[str, Any], value: dict[str, Any]
) -> None:
    schema = write_schema(properties)
    text = think(Question("some.model", [Turn("user", prompt)], schema=schema)).text
    assert json.loads(text) == value
