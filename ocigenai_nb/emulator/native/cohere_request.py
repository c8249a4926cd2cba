"""A chat request in the format COHERE, Cohere's first: one message, with the history beside it.

Rules: the message is empty only where ``toolResults`` come in its place; both together, or a
message right after results in the history, are for single steps only; every entry of the history
says something. A tool describes its parameters with Python's names of types. Calls have no ids.
Command A wants the results of every call in the history.
Source: the ``oci`` SDK; errors that users of the live service and of Cohere's own published.

Known deviations: documents, citations, search queries and raw prompts are accepted unread, and so
are safety modes and truncation; limits of sampling are those of Oracle's reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.model_facts import ModelFacts

_ROLES: Final = ("USER", "CHATBOT", "SYSTEM", "TOOL")
_TYPES: Final = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "array": "array",
    "dict": "object",
    "object": "object",
}
_DECIMALS: Final = ("temperature", "topP", "frequencyPenalty", "presencePenalty")


def read_cohere(request: Fields, facts: ModelFacts) -> Ask:
    """Check and read ``request``.

    Raises:
        RefusedError: With the service's words for what is wrong.
    """
    for name in _DECIMALS:
        request.check_decimal(name, low=0, high=1)
    request.find_integer("topK", low=0, high=500)
    history = request.find_objects("chatHistory")
    results = request.find_objects("toolResults")
    _check_message(request, history, results)
    _check_calls(history, results, facts)
    return Ask(
        model=facts["id"],
        turns=tuple(_read_turns(request, history, results)),
        max_tokens=request.find_integer("maxTokens", low=1),
        stop=tuple(word for word in request.find_texts("stopSequences") if word),
        seed=request.find_integer("seed") or 0,
        tools=[_read_tool(tool) for tool in request.find_objects("tools")],
        schema=read_schema(request),
        sampling=request.find_sampling(),
    )


def read_schema(request: Fields) -> dict[str, Any] | None:
    """Return what the answer's JSON must look like; both formats of Cohere say it alike."""
    wanted = request.find_object("responseFormat")
    if wanted is None or wanted.read_word("type", ("TEXT", "JSON_OBJECT")) == "TEXT":
        return None
    return wanted.find_schema("schema")


def refuse_request(words: str) -> NoReturn:
    """Refuse the request in the words of Cohere's own API."""
    raise RefusedError(write_oci(400, "400", f"invalid request: {words}"))


def _check_message(request: Fields, history: Sequence[Fields], results: Sequence[Fields]) -> None:
    message = request.read_text("message")
    single_step = request.find_flag("isForceSingleStep", default=False)
    if not message and not results:
        refuse_request("message must be at least 1 token long or tool results must be specified.")
    if message and results and not single_step:
        refuse_request("cannot specify both message and tool_results in multistep mode")
    after_results = bool(history) and history[-1].find_text("role") == "TOOL"
    if message and after_results and not single_step:
        refuse_request(
            "cannot specify message if the last entry in chat history contains tool results"
        )


def _check_calls(history: Sequence[Fields], results: Sequence[Fields], facts: ModelFacts) -> None:
    """Refuse calls without results, where the model minds."""
    if facts["family"] == "cohere-r":
        return
    for position, entry in enumerate(history):
        follower = history[position + 1] if position + 1 < len(history) else None
        answered = bool(results) if follower is None else follower.find_text("role") == "TOOL"
        if entry.find_objects("toolCalls") and not answered:
            refuse_request(
                "An assistant message with 'tool_calls' must be followed by tool messages "
                "responding to each 'tool_call_id'. The following tool_call_ids did not have "
                "response messages: "
            )


def _read_turns(
    request: Fields, history: Sequence[Fields], results: Sequence[Fields]
) -> Iterator[Turn]:
    preamble = request.find_text("preambleOverride")
    if preamble is not None:
        yield Turn("system", preamble)
    for entry in history:
        yield from _read_entry(entry)
    message = request.read_text("message")
    if message:
        yield Turn("user", message)
    yield from map(_read_result, results)


def _read_entry(entry: Fields) -> Iterator[Turn]:
    role = entry.read_word("role", _ROLES)
    if role == "TOOL":
        yield from map(_read_result, entry.find_objects("toolResults"))
        return
    calls = tuple(map(_read_call, entry.find_objects("toolCalls")))
    text = entry.find_text("message")
    if not text:
        refuse_request("all elements in history must have a message.")
    if role == "SYSTEM":
        yield Turn("system", text)
    else:
        yield Turn("user" if role == "USER" else "assistant", text, calls=calls)


def _read_call(call: Fields) -> Call:
    arguments = json.dumps(call.find_mapping("parameters"), ensure_ascii=False)
    return Call(None, call.read_text("name"), arguments)


def _read_result(result: Fields) -> Turn:
    call = result.find_object("call")
    if call is None or not result.find_objects("outputs"):
        refuse_format()
    return Turn("tool", _join_outputs(result.find_list("outputs")), call.read_text("name"))


def _join_outputs(outputs: Sequence[Mapping[str, Any]]) -> str:
    """Return the outputs as the brain reads them: a lone value alone, all else as JSON."""
    values = [value for output in outputs for value in output.values()]
    if len(values) == 1:
        return values[0] if isinstance(values[0], str) else json.dumps(values[0])
    return json.dumps(outputs[0] if len(outputs) == 1 else list(outputs), ensure_ascii=False)


def _read_tool(tool: Fields) -> dict[str, Any]:
    definitions = tool.find_mapping("parameterDefinitions")
    parameters = {name: Fields(definition) for name, definition in definitions.items()}
    schema = {
        "type": "object",
        "properties": {name: _read_parameter(found) for name, found in parameters.items()},
        "required": [n for n, p in parameters.items() if p.find_flag("isRequired", default=False)],
    }
    return {
        "name": tool.read_text("name"),
        "description": tool.read_text("description"),
        "parameters": schema,
    }


def _read_parameter(definition: Fields) -> dict[str, Any]:
    named = definition.read_text("type")
    kind = _TYPES.get(named.partition("[")[0].strip().lower(), "string")
    return {"type": kind, "description": definition.find_text("description") or ""}
