"""Answers of a type, on every transport, with and without schemas of the family's own."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any, Literal

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from ocigenai_nb import Connection, Parameters, ResponseFormat
from ocigenai_nb.chat.structured import read_shape
from ocigenai_nb.core.errors import AnswerFormatError, UsageError
from ocigenai_nb.emulator.service import Service
from tests.chat.tools.conftest import Open
from tests.chat.tools.functions import Calls
from tests.transports.subject import COHERE_R, GPT, LLAMA

ROME = "Tell me of Rome, Italy, with 2800000 people."

LONG = f"{ROME} {'The Eternal City ' * 20}"


class City(BaseModel):
    """A city."""

    name: str
    country: str
    people: int


@dataclasses.dataclass
class Place:
    """A place."""

    name: str
    people: int


class Entry(TypedDict):
    """An entry."""

    name: str


def test_a_model_is_an_instance(open_chat: Open) -> None:
    reply = open_chat().send(ROME, schema=City)
    assert reply.parsed == City(name="Rome", country="Italy", people=2_800_000)


def test_it_says_how_it_was_asked_for(open_chat: Open, way: str) -> None:
    reply = open_chat().send(ROME, schema=City)
    how = "schema" if way.startswith("responses") else "prompt"
    assert reply.shape is not None
    assert reply.shape.how == how
    assert f"City by {how}" in reply.provenance()
    assert ("JSON schema" in str(reply.raw.request)) == (how == "prompt")


def test_a_list_of_models_is_a_frame(open_chat: Open) -> None:
    reply = open_chat().send(ROME, schema=list[City])
    assert reply.parsed == [City(name="Rome", country="Italy", people=2_800_000)]
    assert reply.df.to_dict("records") == [
        {"name": "Rome", "country": "Italy", "people": 2_800_000}
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Place, Place("Rome", 2_800_000)),
        (Entry, {"name": "Rome"}),
        (int, 2_800_000),
        (dict[str, int], None),
        (Literal["yes", "no"], "yes"),
        (City | None, City(name="Rome", country="Italy", people=2_800_000)),
    ],
)
def test_other_types_are_answers_too(connection: Connection, kind: Any, value: Any) -> None:
    reply = connection.chat(GPT).send(ROME, schema=kind)
    if value is not None:
        assert reply.parsed == value


def test_tools_and_a_type_go_together(open_chat: Open) -> None:
    calls = Calls()
    reply = open_chat(calls.get_weather).send("What is the weather in Rome?", schema=Entry)
    assert calls.cities == ["Rome"]
    assert set(reply.parsed) == {"name"}


def test_the_words_that_ask_for_a_type_are_no_part_of_the_conversation(
    connection: Connection,
) -> None:
    chat = connection.chat(LLAMA)
    chat.send(ROME, schema=City)
    assert chat.messages()[0].text == ROME
    assert chat.turns[0].prompt.text == ROME


@pytest.mark.parametrize("model", [LLAMA, COHERE_R])
def test_without_schemas_of_its_own_a_family_gives_95_of_100(
    connection: Connection, model: str
) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(100):
        chat = connection.chat(model, parameters=Parameters(seed=seed))
        try:
            reply = chat.send(ROME, schema=City)
        except AnswerFormatError as error:
            outcomes[error.message] += 1
        else:
            outcomes["corrected" if reply.rounds else "at once"] += reply.parsed.people == 2_800_000
    assert outcomes.total() == 100
    assert outcomes["at once"] + outcomes["corrected"] >= 95
    assert outcomes["corrected"] >= 5
    assert set(outcomes) == {
        "at once",
        "corrected",
        "The answer does not fit City: name: Field required",
    }


def test_an_answer_that_never_fits_stays_in_the_conversation(connection: Connection) -> None:
    chat = connection.chat(LLAMA, parameters=Parameters(seed=49))
    with pytest.raises(AnswerFormatError):
        chat.send(ROME, schema=City)
    assert chat.replies[-1].json == {"country": "Italy", "people": 2_800_000}
    assert len(chat.replies[-1].rounds) == 2


def test_a_cut_answer_says_that_it_was_cut(open_chat: Open) -> None:
    with pytest.raises(AnswerFormatError, match="max_tokens"):
        open_chat().send(LONG, schema=City, parameters=Parameters(max_tokens=16))


def test_what_has_no_schema_is_refused_before_anything_is_sent(
    connection: Connection, service: Service
) -> None:
    before = len(list(service.journal))
    for kind in (object(), connection, "City"):
        with pytest.raises(UsageError, match="can't be the type of an answer"):
            connection.chat().send(ROME, schema=kind)
    assert len(list(service.journal)) == before


def test_two_wishes_for_the_format_are_refused(connection: Connection) -> None:
    with pytest.raises(UsageError, match="ask for two things"):
        connection.chat().send(ROME, schema=City, response_format=ResponseFormat())


def test_parsed_needs_a_type(connection: Connection) -> None:
    with pytest.raises(UsageError, match="No type was asked for"):
        _ = connection.chat().send(ROME).parsed


@pytest.mark.parametrize(
    ("kind", "name"), [(City, "City"), (list[City], "list_City"), (int, "int")]
)
def test_a_schema_has_a_name_that_families_take(kind: Any, name: str) -> None:
    assert read_shape(kind, GPT).name == name
