"""Facts about requests in Cohere's first format: what becomes history, results and types."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ocigenai_nb.core.catalog import find_native_format
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Tool, ToolCall
from ocigenai_nb.core.requests import ChatRequest
from ocigenai_nb.core.routing import family_of
from ocigenai_nb.transports.native_requests import build_plan

R_PLUS: Final = "cohere.command-r-plus-08-2024"
PARIS: Final = ToolCall("a", "weather", '{"city": "Paris"}')
ROME: Final = ToolCall("b", "weather", '{"city": "Rome"}')
PARIS_RESULT: Final = {
    "call": {"name": "weather", "parameters": {"city": "Paris"}},
    "outputs": [{"output": "20 °C"}],
}
ROME_RESULT: Final = {
    "call": {"name": "weather", "parameters": {"city": "Rome"}},
    "outputs": [{"output": "25 °C"}],
}
QUESTION: Final = Message.user("Where is it warmer?")
CALLING: Final = Message.assistant("", tool_calls=(PARIS, ROME))
RESULTS: Final = (Message.tool(PARIS, "20 °C"), Message.tool(ROME, "25 °C"))
CALLED: Final = {
    "role": "CHATBOT",
    "message": " ",
    "toolCalls": [PARIS_RESULT["call"], ROME_RESULT["call"]],
}
ASKED: Final = {"role": "USER", "message": "Where is it warmer?"}


def chat(*messages: Message, **fields: Any) -> dict[str, Any]:
    request = ChatRequest(R_PLUS, messages or (QUESTION,), stream=False, **fields)
    plan = build_plan(request, family_of(R_PLUS), find_native_format(R_PLUS).name, "ocid1.c")
    body: dict[str, Any] = plan.body["chatRequest"]
    return body


# History


def test_the_message_and_its_history_both_travel() -> None:
    """Locus streams Cohere with an empty message and no history."""
    sent = chat(Message.user("Hi."), Message.assistant("Hello."), QUESTION)
    assert sent["message"] == "Where is it warmer?"
    assert sent["chatHistory"] == [
        {"role": "USER", "message": "Hi."},
        {"role": "CHATBOT", "message": "Hello."},
    ]
    assert "preambleOverride" not in sent


def test_instructions_at_the_start_are_the_preamble_and_later_ones_stay_in_place() -> None:
    sent = chat(
        Message.system("Be brief."),
        Message.system("Be kind."),
        Message.user("Hi."),
        Message.system("Now rhyme."),
        QUESTION,
    )
    assert sent["preambleOverride"] == "Be brief.\n\nBe kind."
    assert sent["chatHistory"] == [
        {"role": "USER", "message": "Hi."},
        {"role": "SYSTEM", "message": "Now rhyme."},
    ]


def test_results_that_end_the_history_are_the_turn_each_with_its_own_parameters() -> None:
    """Locus loses the parameters, and with them which of two calls a result answers."""
    sent = chat(QUESTION, CALLING, *RESULTS)
    assert sent["message"] == ""
    assert sent["toolResults"] == [PARIS_RESULT, ROME_RESULT]
    assert sent["chatHistory"] == [ASKED, CALLED]


def test_results_before_a_later_answer_are_history_in_one_entry() -> None:
    sent = chat(QUESTION, CALLING, *RESULTS, Message.assistant("Rome."), Message.user("Sure?"))
    assert sent["message"] == "Sure?"
    assert "toolResults" not in sent
    assert sent["chatHistory"] == [
        ASKED,
        CALLED,
        {"role": "TOOL", "toolResults": [PARIS_RESULT, ROME_RESULT]},
        {"role": "CHATBOT", "message": "Rome."},
    ]


def test_a_second_round_of_calls_keeps_the_first_in_the_history() -> None:
    """The second call has the id of the first: a result answers the last before it."""
    again = ToolCall("a", "weather", '{"city": "Oslo"}')
    second = Message.assistant("And Oslo?", tool_calls=(again,))
    sent = chat(QUESTION, CALLING, *RESULTS, second, Message.tool(again, "5 °C"))
    assert sent["chatHistory"][2]["toolResults"] == [PARIS_RESULT, ROME_RESULT]
    assert sent["chatHistory"][3]["message"] == "And Oslo?"
    call = {"name": "weather", "parameters": {"city": "Oslo"}}
    assert sent["toolResults"] == [{"call": call, "outputs": [{"output": "5 °C"}]}]


def test_a_message_right_after_results_is_kept_apart_from_them() -> None:
    """The service refuses a message where results end the history (langchain-oracle #9)."""
    sent = chat(QUESTION, CALLING, *RESULTS, Message.user("Never mind."))
    assert sent["message"] == "Never mind."
    assert sent["chatHistory"][-1] == {"role": "CHATBOT", "message": " "}
    assert sent["chatHistory"][-2]["role"] == "TOOL"
    assert "toolResults" not in sent


def test_an_entry_without_text_says_a_space() -> None:
    empty = (Message.assistant(""), Message("user", ()), Message.system(""))
    sent = chat(Message.user("Hi."), *empty, QUESTION)
    assert [entry["message"] for entry in sent["chatHistory"]] == ["Hi.", " ", " ", " "]


def test_arguments_encoded_twice_are_one_object() -> None:
    twice = ToolCall("a", "weather", '"{\\"city\\": \\"Paris\\"}"')
    asked = Message.assistant("", tool_calls=(twice,))
    sent = chat(QUESTION, asked, Message.tool(twice, "20 °C"))
    assert sent["toolResults"] == [PARIS_RESULT]


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ((Message.user("?", Image("data:image/png;base64,cG5n")),), "takes no images"),
        ((Message("system", (Image("data:image/png;base64,cG5n"),)), QUESTION), "takes no images"),
        ((QUESTION, Message.assistant("Well,")), "ends with an assistant message"),
        ((Message.system("Be brief."),), "ends with nothing but instructions"),
        ((QUESTION, *RESULTS[:1]), "answers 'a', which no message before it calls"),
        ((QUESTION, RESULTS[0], CALLING, RESULTS[1]), "answers 'a', which no message before"),
        (
            (QUESTION, Message.assistant("", tool_calls=(ToolCall("a", "weather", "[1]"),)),
             Message.tool(PARIS, "20 °C")),
            "arguments of the call of weather are not a JSON object",
        ),
    ],
)  # fmt: skip
def test_what_the_format_can_t_say_raises_before_anything_is_sent(
    messages: tuple[Message, ...], named: str
) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        chat(*messages)
    assert caught.value.remedy


def test_response_formats() -> None:
    assert chat(response_format=ResponseFormat())["responseFormat"] == {"type": "JSON_OBJECT"}
    schema = {"$defs": {"N": {"type": "string"}}, "type": "array", "items": {"$ref": "#/$defs/N"}}
    assert chat(response_format=ResponseFormat(schema))["responseFormat"] == {
        "type": "JSON_OBJECT",
        "schema": {"type": "array", "items": {"type": "string"}},
    }


# Tools


def tool(**properties: object) -> Tool:
    return Tool("weather", "Now.", {"type": "object", "properties": properties})


def define(schema: object) -> dict[str, Any]:
    """The definition of one parameter."""
    (sent,) = chat(tools=(tool(city=schema),))["tools"]
    definition: dict[str, Any] = sent["parameterDefinitions"]["city"]
    return definition


def test_a_tool_is_its_name_its_description_and_its_parameters() -> None:
    parameters = {
        "type": "object",
        "title": "Weather",
        "description": "Of a place.",
        "properties": {
            "city": {"type": "string", "description": "Its name."},
            "day": {"$ref": "#/$defs/D"},
        },
        "required": ["city"],
        "additionalProperties": False,
        "$defs": {"D": {"type": "integer"}},
    }
    (sent,) = chat(tools=(Tool("weather", "Now.", parameters),))["tools"]
    assert sent == {
        "name": "weather",
        "description": "Now. Of a place.",
        "parameterDefinitions": {
            "city": {"type": "str", "description": "Its name.", "isRequired": True},
            "day": {"type": "int", "isRequired": False},
        },
    }


def test_a_tool_without_parameters_has_none() -> None:
    (sent,) = chat(tools=(Tool("now"),))["tools"]
    assert sent == {"name": "now", "description": "now"}


@pytest.mark.parametrize(
    ("schema", "python"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "array"}, "List"),
        ({"type": "array", "items": {}}, "List"),
        ({"type": "array", "items": {"type": "string"}}, "List[str]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
         "List[List[int]]"),
        ({"type": "object"}, "Dict"),
        ({"type": "object", "additionalProperties": True}, "Dict"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "Dict[str, float]"),
        ({"type": ["string", "null"]}, "str"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int"),
        ({"oneOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]},
         "List[str]"),
    ],
)  # fmt: skip
def test_a_type_is_python_s(schema: dict[str, Any], python: str) -> None:
    """As Cohere's page on parameter types (v1) pairs them."""
    assert define(schema)["type"] == python


@pytest.mark.parametrize(
    ("schema", "described"),
    [
        ({"enum": ["a", 1]}, "Possible enum values: a, 1."),
        ({"default": "Paris"}, "default: Paris."),
        ({"description": "Its name.", "maxLength": 9}, "Its name. maxLength: 9."),
        ({"format": "date", "pattern": "^2"}, "format: date. pattern: ^2."),
        ({"examples": ["ü"]}, 'examples: ["ü"].'),
        ({"title": "City"}, None),
    ],
)
def test_the_limits_of_a_value_are_in_its_description(
    schema: dict[str, Any], described: str | None
) -> None:
    assert define({"type": "string", **schema}).get("description") == described


def test_the_limits_of_items_are_in_the_description_of_their_list() -> None:
    items = {"type": "string", "enum": ["a", "b"]}
    definition = define({"type": "array", "items": items, "maxItems": 2})
    expected = "Of each item: Possible enum values: a, b. maxItems: 2."
    assert definition == {"type": "List[str]", "description": expected, "isRequired": False}
    values = define({"type": "object", "additionalProperties": {"type": "number", "minimum": 0}})
    assert values["description"] == "Of each value: minimum: 0."


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "object", "properties": {"x": {"type": "string"}}}, r"weather\.city \(prop"),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, r"weather\.city\[\]"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, r"weather\.city \(prefixItems"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, r"weather\.city \(anyOf"),
        ({"type": ["integer", "string"]}, r"weather\.city \(type"),
        ({"type": "string", "not": {"const": "x"}}, r"weather\.city \(not"),
        ({"type": "date"}, r"weather\.city \(type date"),
        ({}, r"weather\.city \(type None"),
        (True, r"weather\.city"),
    ],
)
def test_a_parameter_without_a_python_type_raises_and_is_named(schema: object, named: str) -> None:
    with pytest.raises(UsageError, match=f"no Python type for {named}"):
        define(schema)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"type": "string"}, "the parameters of weather"),
        ({"anyOf": [{"type": "object"}]}, r"weather \(anyOf"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "additionalProperties"),
        ({"type": "object", "patternProperties": {}}, "patternProperties"),
    ],
)
def test_parameters_that_are_no_plain_object_raise(parameters: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        chat(tools=(Tool("weather", "", parameters),))


@pytest.mark.parametrize("name", ["", "get-weather", "2day", "wetter.heute", "straße"])
def test_a_name_that_the_service_would_refuse_raises(name: str) -> None:
    with pytest.raises(UsageError, match="can't be a tool's name"):
        chat(tools=(Tool(name),))
