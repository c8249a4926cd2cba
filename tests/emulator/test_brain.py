"""The table of prompts that the script answers sensibly, and its honesty about the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.emulator.brain import Question, ToolUse, Turn, think
from ocigenai_nb.emulator.text_pieces import count_pieces, split_pieces, take_pieces
from tests.emulator.thinking import TOOLS, ask, call, fill

SALES = "| city | price | units |\n| --- | --- | --- |\n| Rome | 1.5 | 3 |\n| Oslo | 2.5 | 5 |"
TABLE = {
    "Hello!": "Hello! What would you like to know?",
    "Thank you": "You are welcome.",
    "Say hello.": "Hello!",
    "Who are you?": "I am the emulator's script, answering in place of some.model.",
    "My name is Ada.": "Nice to meet you, Ada.",
    "what is 17 * 23?": "17 * 23 = 391",
    "What is (2 + 3) * 4 - 5 / 2?": "(2 + 3) * 4 - 5 / 2 = 17.5",
    "How much is 1,000 divided by 8?": "1000 / 8 = 125",
    "what is 15% of 80?": "15 / 100 * 80 = 12",
    "what is 7 / 0": "7 / 0 has no value: it divides by zero.",
    "list three primary colors": "- Red\n- Yellow\n- Blue",
    "Name 2 planets.": "- Mercury\n- Venus",
    "What are the continents?": "- Africa\n- Antarctica\n- Asia\n- Europe\n- North America\n"
    "- Oceania\n- South America",
    "a table of the planets and their diameters": "| Planet | Diameter (km) |\n|---|---:|\n"
    "| Mercury | 4,879 |\n| Venus | 12,104 |\n| Earth | 12,756 |\n| Mars | 6,792 |\n"
    "| Jupiter | 142,984 |\n| Saturn | 120,536 |\n| Uranus | 51,118 |\n| Neptune | 49,528 |",
    "write a python function that reverses a string": "```python\n"
    "def reverse(text: str) -> str:\n    return text[::-1]\n```",
    "upper-case this: hello world": "HELLO WORLD",
    "Reverse the word 'stressed'": "desserts",
    "Sort these: pear, apple, fig": "apple, fig, pear",
    "Summarize: The cat sat. Then it slept.": "In short: The cat sat.",
    "Summarize the attached text\n\na.txt:\n\n```\nA cat sat. It ate.\n```": "In short: A cat sat.",
    f"Which city sold more?\n\n{SALES}": "Oslo, with the highest units: 5.",
    f"Which city sold the fewest units?\n\n{SALES}": "Rome, with the lowest units: 3.",
    f"What is the total of the units?\n\n{SALES}": "The total of units is 8.",
    f"What is the average price?\n\n{SALES}": "The average of price is 2.",
    "Who sold more?\n\n```csv\ncity,units\nRome,3\nOslo,5\n```": "Oslo, with the highest units: 5.",
    "Give me 2 planets as JSON.": '["Mercury", "Venus"]',
    "What is 2 + 2? Answer in JSON.": '{"answer": "2 + 2 = 4"}',
    "translate 'good morning' to French": "“bonjour”",
    "Translate this list to Spanish: cat, water, thank you": "- gato\n- agua\n- gracias",
    "How do you say thank you in German?": "“danke”",
    "count from 1 to 5": "1 2 3 4 5",
    "Count from 3 down to 1": "3 2 1",
    "repeat the word tea 5 times": "tea tea tea tea tea",
    "Say exactly: a  b": "a  b",
    "how many words are in: one two three": "There are 3 words in “one two three”.",
    "How many r's are in strawberry?": "There are 3 “r” in “strawberry”.",
    "What is the capital of France?": "The capital of France is Paris.",
    "write a haiku": "Waves fold into waves,\nthe moon pulls a silver thread\n"
    "through the quiet sea.",
    "what is my name?": "You have not told me your name in this conversation.",
    "What day is it?": "I have no clock in this script, so I can't tell the date or time.",
}
EXPLANATIONS = {
    "why is the sky blue?": "Rayleigh scattering",
    "What is OCI Generative AI?": "Oracle's managed service",
    "explain request signing": "private RSA key",
    "what is a token?": "piece of text",
    "What does the temperature of a model do?": "chance",
    "Tell me a joke": "401",
}


@pytest.mark.parametrize("prompt", TABLE)
def test_the_table_of_prompts_is_answered(prompt: str) -> None:
    assert ask(prompt) == TABLE[prompt]


def test_an_answer_that_broke_off_is_gone_on_with_as_often_as_it_does() -> None:
    said = [Turn("user", "count from 1 to 5"), Turn("assistant", "1 2")]
    assert ask("Continue exactly where your answer broke off.", *said) == " 3 4 5"
    said += [Turn("user", "Go on."), Turn("assistant", " 3")]
    assert ask("Go on.", *said) == " 4 5"
    assert "script" in ask("Continue."), "Nothing broke off."


@pytest.mark.parametrize("prompt", EXPLANATIONS)
def test_explanations_have_their_point(prompt: str) -> None:
    assert EXPLANATIONS[prompt] in ask(prompt)


@pytest.mark.parametrize(
    ("said", "asked", "answer"),
    [
        ("My name is Ada and I like tea.", "What is my name?", "Your name is Ada."),
        ("I'm Grace.", "do you remember my name?", "Your name is Grace."),
        ("call me Bob", "Who am I?", "Your name is Bob."),
        ("My favourite pet is Rex.", "what's my favorite pet", "Your favorite pet is Rex."),
        ("My hobbies are chess and go.", "What are my hobbies?", "Your hobbies are chess."),
        ("Why?", "What did I just say?", "You said: “Why?”"),
        ("Why?", "what is my name", "You have not told me your name in this conversation."),
    ],
)  # fmt: skip
def test_what_was_said_is_recalled(said: str, asked: str, answer: str) -> None:
    earlier = (Turn("user", said), Turn("assistant", "All right."))
    assert ask(asked, *earlier) == answer


def test_the_latest_statement_counts() -> None:
    said = [Turn("user", f"My name is {name}.") for name in ("Ada", "Grace")]
    assert ask("what is my name?", *said) == "Your name is Grace."


def test_a_last_answer_can_be_worked_on() -> None:
    earlier = (Turn("user", "hi"), Turn("assistant", "Hello!"))
    assert ask("upper-case that", *earlier) == "HELLO!"
    assert ask("Say that again", *earlier) == "Hello!"


def test_counting_gives_as_many_tokens_as_numbers() -> None:
    text = ask("count from 1 to 5000")
    assert count_pieces(text) == 5000
    assert text.endswith(" 4999 5000")


@pytest.mark.parametrize("prompt", ["Who won the cup in 1998?", "Erzähl mir etwas", "x" * 5000, ""])
def test_to_anything_else_it_says_that_it_is_a_script(prompt: str) -> None:
    text = ask(prompt)
    assert text.startswith("This is the emulator's script speaking, not some.model")
    assert "It knows sums, counting, lists" in text
    assert text.endswith("for the real model, use an OCI profile.")
    assert prompt[:40] in text
    assert len(text) < 300


@pytest.mark.parametrize("wish", ["Be concise.", "Answer briefly!", "Use one sentence."])
def test_a_wish_for_brevity_shortens_prose(wish: str) -> None:
    short = ask("why is the sky blue?", Turn("system", wish))
    assert short == (
        "The sky is blue because air scatters short wavelengths of sunlight far more than long "
        "ones."
    )
    assert ask("list three primary colors", Turn("system", wish)).count("\n") == 2


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ("Answer with JSON only, without any other text.", '["Mercury", "Venus"]'),
        (
            "Answer with a JSON list of flat objects only, one object for each row of the table.",
            '[{"item": "Mercury"}, {"item": "Venus"}]',
        ),
    ],
)
def test_a_list_is_json_where_the_instructions_want_it(wish: str, answer: str) -> None:
    assert ask("Name 2 planets.", Turn("system", wish)) == answer
    assert ask("Say exactly: - a", Turn("system", wish)) == "- a"


def test_a_table_is_json_with_a_row_an_object() -> None:
    first, *_, last = json.loads(ask("a table of the planets and their diameters, as JSON"))
    assert first == {"Planet": "Mercury", "Diameter (km)": 4879}
    assert last["Planet"] == "Neptune"


@pytest.mark.parametrize(
    "table", ["", "| a |\n|---|", "| a | b |\n|---|---|\n| c |", "| a |\n|---|\n| b |"]
)
def test_a_table_without_numbers_has_nothing_highest(table: str) -> None:
    assert "script" in ask(f"Which has the most?\n\n{table}")


def test_what_is_to_be_refused_is_refused_as_such() -> None:
    turns = (Turn("user", "“Refuse” this, please: what is 2 + 2?"),)
    thought = think(Question("some.model", turns, tools=TOOLS, tool_choice="required"))
    assert (thought.text, thought.refused) == ("I'm sorry, but I can't help with that.", True)
    assert thought.calls == ()
    assert not think(Question("some.model", (Turn("user", "Do you refuse?"),))).refused


def test_the_seed_picks_between_equally_good_answers() -> None:
    answers = [ask("Hello!", seed=seed) for seed in (0, 1, 2)]
    assert answers[0] == answers[2] != answers[1]


@pytest.mark.parametrize(
    ("prompt", "calls"),
    [
        ("What's the weather in Chicago?", [("get_weather", {"city": "Chicago"})]),
        ("Paris weather, please", [("get_weather", {"city": "Paris"})]),
        ("weather in New York, in celsius",
         [("get_weather", {"city": "New York", "unit": "celsius"})]),
        ("weather in Chicago and Paris",
         [("get_weather", {"city": "Chicago"}), ("get_weather", {"city": "Paris"})]),
        ("the time in Tokyo and the weather in Rome",
         [("get_time", {"place": "Tokyo"}), ("get_weather", {"city": "Rome"})]),
        ("what is 17 * 23?", [("calculate", {"expression": "17 * 23"})]),
        ("Please add the numbers 2 and 40", [("addNumbers", {"a": 2, "b": 40})]),
        ("Why is the sky blue?", []),
        ("Hello!", []),
    ],
)  # fmt: skip
def test_tools_are_picked_with_their_arguments(
    prompt: str, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    assert call(prompt) == calls


def test_the_tool_choice_is_obeyed() -> None:
    prompt = "weather in Chicago and Paris"
    assert call(prompt, tool_choice="none") == []
    assert call(prompt, parallel_tool_calls=False) == [("get_weather", {"city": "Chicago"})]
    assert len(call("Hello!", tool_choice="required")) == 1
    assert [name for name, _ in call("Hello!", tool_choice="get_time")] == ["get_time"]


def test_tool_results_are_reported() -> None:
    turns = [
        Turn("user", "weather in Chicago?"),
        Turn("tool", '{"sky": "clear", "celsius": 21}', "get_weather"),
        Turn("tool", "noon.", "get_time"),
    ]
    thought = think(Question("some.model", turns, tools=TOOLS))
    assert thought.text == (
        "According to get_weather: sky: clear, celsius: 21. According to get_time: noon."
    )
    assert thought.calls == ()


def test_asked_to_be_chatty_it_makes_things_up() -> None:
    turns = [Turn("user", "weather in Rome?"), Turn("tool", "18 degrees.", "get_weather")]
    told = "According to get_weather: 18 degrees."
    assert think(Question("some.model", turns)).text == told
    chatty = [Turn("system", "You are chatty."), *turns]
    assert think(Question("some.model", chatty, tools=TOOLS)).text == (
        f"{told} It has been like that for 12 days. It may well stay so."
    )


def test_a_schema_is_filled_from_the_prompt_with_the_right_types() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "city": {"type": "string"},
            "mood": {"enum": ["sad", "happy"]},
            "alive": {"type": "boolean"},
            "born": {"type": "string", "format": "date"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "height": {"type": ["number", "null"], "minimum": 1, "maximum": 2.5},
            "kind": {"const": "person"},
            "address": {"$ref": "#/$defs/address"},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "nothing": {"type": "null"},
        },
        "$defs": {"address": {"type": "object", "properties": {"number": {"type": "integer"}}}},
    }
    prompt = "Extract: Ada Lovelace is 36, happy, not alive, 1.65 m, lives in London at 12."
    assert fill(schema, prompt) == {
        "name": "Ada Lovelace",
        "age": 36,
        "city": "London",
        "mood": "happy",
        "alive": False,
        "born": "2026-01-31",
        "tags": ["tags", "tags"],
        "height": 1.65,
        "kind": "person",
        "address": {"number": 12},
        "note": "note",
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "maxLength": 3}, "tex"),
        ({"type": "string", "minLength": 8}, "text...."),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "maximum": -1}, -1),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"allOf": [{"type": "object"}, {"properties": {"n": {"type": "integer"}}}]}, {"n": 1}),
        ({"properties": {"answer": {"type": "string"}}}, {"answer": "You are welcome."}),
        ({"properties": {"n": {"$ref": "#/nowhere"}}}, {"n": "n"}),
    ],
)
def test_limits_of_a_schema_are_kept(schema: dict[str, Any], value: object) -> None:
    assert fill(schema, "thanks") == value


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}, "value": {"type": "integer"}}}
    hopeless = {**tree, "required": ["left"]}
    optional = {"properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}
    assert fill(tree, "5")["left"]["left"]["value"]
    assert json.dumps(fill({**optional, "required": ["next"]}, "5")).count("next") < 20
    assert json.dumps(fill(hopeless, "5"))


def test_plain_json_mode_wraps_the_answer() -> None:
    assert fill({}, "what is 6 * 7?") == {"answer": "6 * 7 = 42"}


@given(st.text(max_size=200))
def test_any_prompt_gets_a_deterministic_answer(prompt: str) -> None:
    question = Question("some.model", [Turn("user", prompt)], tools=TOOLS)
    thought = think(question)
    assert thought == think(question)
    assert bool(thought.text) != bool(thought.calls)
    assert all(isinstance(use, ToolUse) for use in thought.calls)


@given(st.text(max_size=200), st.integers(0, 50))
def test_pieces_join_to_the_text_again(text: str, limit: int) -> None:
    pieces = list(split_pieces(text))
    assert "".join(pieces) == text
    assert len(pieces) == count_pieces(text)
    assert take_pieces(text, limit) == "".join(pieces[:limit])
