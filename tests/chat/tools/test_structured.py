"""Answers of a type, on every transport, with and without schemas of the family's own."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
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


class Sale(BaseModel):
    """A sale."""

    day: dt.date
    price: Decimal


@pytest.mark.parametrize("ask", [GPT, LLAMA])
def test_another_try_and_other_words_ask_for_the_same_type(
    connection: Connection, ask: str
) -> None:
    chat = connection.chat(ask)
    first = chat.send(ROME, schema=City)
    again = chat.regenerate()
    assert again.shape == first.shape
    assert again.parsed == first.parsed
    assert chat.edit(1, ROME.replace("Rome", "Oslo")).parsed.name == "Oslo"


def test_other_words_ask_for_the_same_format(connection: Connection) -> None:
    chat = connection.chat(GPT)
    chat.send(ROME, response_format=ResponseFormat())
    assert isinstance(chat.edit(1, "Tell me of Oslo.").json, dict)


def test_a_part_of_a_typed_answer_is_not_gone_on_with(open_chat: Open) -> None:
    chat = open_chat()
    with pytest.raises(AnswerFormatError):
        chat.send(LONG, schema=City, parameters=Parameters(max_tokens=16))
    with pytest.raises(UsageError, match=r"don't make a City.\s+Ask again with more max_tokens"):
        chat.resume()


def test_decimals_are_what_was_written() -> None:
    long = "0.12345678901234567890123456789"
    shape = read_shape(list[Sale], GPT)
    text = f'{{"items": [{{"day": "2026-01-31", "price": {long}}}]}}'
    assert shape.read(text) == [Sale(day=dt.date(2026, 1, 31), price=Decimal(long))]
    assert str(read_shape(Sale, GPT).read('{"day": "2026-01-31", "price": 12.30}').price) == "12.30"


def test_a_frame_keeps_dates_and_decimals() -> None:
    shape = read_shape(list[Sale], GPT)
    sale = Sale(day=dt.date(2026, 1, 31), price=Decimal("12.30"))
    assert shape.frame([sale]).to_dict("records") == [dict(sale)]


def test_a_frame_of_nothing_has_the_columns_of_the_type() -> None:
    assert list(read_shape(list[Sale], GPT).frame([]).columns) == ["day", "price"]
    assert list(read_shape(list[Entry], GPT).frame([]).columns) == ["name"]
    assert list(read_shape(list[int], GPT).frame([]).columns) == ["value"]


def test_a_saved_turn_says_that_its_type_is_not_saved(
    connection: Connection, tmp_path: Path
) -> None:
    chat = connection.chat(LLAMA)
    chat.send(ROME, schema=City)
    again = connection.load_chat(chat.save(tmp_path / "chat.json"))
    with pytest.raises(UsageError, match="Ask with schema= again"):
        _ = again.replies[-1].parsed
    assert again.replies[-1].json["name"] == "Rome"
