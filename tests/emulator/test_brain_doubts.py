"""What short questions must not do: be answered where the script isn't sure, or take long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.emulator.brain import Turn
from tests.emulator.thinking import ask

UNSURE = [
    "Is Pluto a planet?",
    "Is Paris in Canada?",
    "Is it raining?",
    "Is Bob taller than Ann?",
    "Is 7 lucky?",
    "Does Ann like tea?",
    "Classify the sentiment: good and bad",
    "Is this spam or ham: You have won.",
    "Classify as sports or politics: The vote is on Monday.",
    "What is the largest number below 10?",
    "What are the 2 largest of 1, 5, 9?",
    "What is the second largest of 1, 5, 9?",
    "Sort by length",
    "Order pizza, please",
    "Spell it",
    "Write a poem in uppercase",
    "Order coffee and tea",
    "How long is time?",
    "Classify the sentiment: not bad at all",
    "Classify as positive, negative or neutral: I have never been so happy",
    "Return JSON with keys a, b and c set to 1 and 2 each",
    "Count my blessings by two",
]
HOSTILE = [
    "Is " + "1" * 1_900 + " prime?",
    "Is " + "9" * 9 + " prime?",
    "Is " + "a " * 900 + "?",
    "Is 9**9**9**9 > 1?",
    "Is " + "(" * 1_900 + " > 1?",
    "please " * 270,
    "Answer " + "yes or no " * 180,
    "Return JSON with keys " + "a, " * 600,
    "Return JSON with " + "a=1, " * 380 + "!",
    "Return JSON " + "{" * 1_900,
    "Sort " + "a, " * 600 + "!",
    "sort " + "in order " * 200,
    "sum " + "1, " * 600,
    "sum of " + "1" * 1_900,
    "Count from 1 to 999999 by 1",
    "Print the prime numbers from 1 to 99999",
    "Classify the sentiment: " + "not " * 450,
    "Classify the sentiment: " + "'" * 1_900,
    "Is this " + "spam " * 380,
    "reverse " + "a" * 1_900 + "!",
    "write " + "a " * 900 + "in",
    "my a" + " '" * 50_000,
    "is " * 40_000,
    ":\n" * 50_000,
]


@pytest.mark.parametrize("prompt", UNSURE)
def test_what_is_not_sure_is_not_answered(prompt: str) -> None:
    assert ask(prompt).startswith("This is the emulator's script speaking")


@pytest.mark.parametrize("prompt", HOSTILE)
def test_a_hostile_prompt_is_answered_soon(prompt: str) -> None:
    began = time.process_time()
    assert ask(prompt)
    assert time.process_time() - began < 2


@given(
    st.sampled_from(["Is ", "Classify the sentiment: ", "Sort ", "Return JSON with ", "Sum ", ""]),
    st.text("ab019'\"{}[]:,.=<>() andor\n", max_size=120),
)
def test_no_short_prompt_breaks_a_rule(order: str, rest: str) -> None:
    assert ask(order + rest)


@pytest.mark.parametrize("prompt", ["half \ud83d", 'Return this JSON: {"a": "\ud83d"}'])
def test_half_a_character_breaks_nothing(prompt: str) -> None:
    assert ask(prompt)
    assert ask(prompt, schema={})
    assert ask("Thanks", Turn("user", prompt), Turn("tool", prompt, "look"))
