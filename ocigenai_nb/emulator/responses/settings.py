"""The body of ``POST .../responses`` but for its input: checked, and read.

Rules: what chat completions call otherwise is refused with where it went; fields of OpenAI's that
the service knows but doesn't have answer ``Field 'user' is not supported``; wholly unknown ones
are ignored. Source: OpenAI's reference and published error texts; published observations of the
live service.

Known deviations: ``user`` alone was observed as not supported; ``prompt``, which is not emulated,
answers the same. Sampling has no effect, penalties have no name here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator.dialects import Dialect, find_dialect
from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_schema,
    refuse,
    refuse_choice,
    refuse_missing,
)
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.emulator.responses.metadata import check_metadata
from ocigenai_nb.emulator.responses.sealing import FAMILIES
from ocigenai_nb.emulator.responses.tools import check_choice, read_tools
from ocigenai_nb.model_facts import ModelFacts

SEALED: Final = "reasoning.encrypted_content"
"""What ``include`` names for sealed reasoning."""

RESULTS: Final = "file_search_call.results"
"""What ``include`` names for what a search of files found."""

_RULES: Final[Mapping[str, Rule]] = {
    "stream": Rule("a boolean"),
    "stream_options": Rule("an object"),
    "store": Rule("a boolean"),
    "background": Rule("a boolean"),
    "instructions": Rule("a string"),
    "previous_response_id": Rule("a string"),
    "max_output_tokens": Rule("an integer", low=16),
    "max_tool_calls": Rule("an integer", low=1),
    "temperature": Rule("a decimal", low=0, high=2),
    "top_p": Rule("a decimal", low=0, high=1),
    "top_logprobs": Rule("an integer", low=0, high=20),
    "tools": Rule("an array"),
    "tool_choice": Rule("a string or an object"),
    "parallel_tool_calls": Rule("a boolean"),
    "text": Rule("an object"),
    "reasoning": Rule("an object"),
    "include": Rule("an array"),
    "conversation": Rule("a string or an object"),
    "truncation": Rule("a string"),
    "service_tier": Rule("a string"),
    "prompt_cache_key": Rule("a string"),
    "safety_identifier": Rule("a string"),
}
_UNSUPPORTED: Final = ("user", "prompt")
_MOVED: Final = {
    "messages": "input",
    "response_format": "text.format",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
}
_SAMPLING: Final = ("temperature", "top_p")
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
_SUMMARIES: Final = ("auto", "concise", "detailed")
_FORMATS: Final = ("text", "json_object", "json_schema")
_INCLUDED: Final = (
    SEALED,
    "message.output_text.logprobs",
    RESULTS,
    "code_interpreter_call.outputs",
)
_REFERENCE: Final = re.compile(r'"\$(?:ref|defs)":')


@dataclass(frozen=True, slots=True)
class Settings:
    """What a request says beside its input; what it does not say has the service's default."""

    given: Mapping[str, Any]
    """The fields that are not null."""
    tools: list[dict[str, Any]]
    text_format: Mapping[str, Any]

    @property
    def effort(self) -> str | None:
        """How hard to reason."""
        effort = self.given.get("reasoning", {}).get("effort")
        return None if effort is None else str(effort)

    @property
    def summary(self) -> str | None:
        """What kind of reasoning summary is wanted."""
        summary = self.given.get("reasoning", {}).get("summary")
        return None if summary is None else str(summary)

    @property
    def wants_sealed(self) -> bool:
        """Whether the reasoning is to come sealed."""
        return SEALED in self.given.get("include", [])

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """What the answer's JSON must look like, as the brain takes it."""
        kind = self.text_format["type"]
        if kind == "text":
            return None
        return dict(self.text_format.get("schema") or {}) if kind == "json_schema" else {}


def read_settings(body: Mapping[str, Any], facts: ModelFacts) -> Settings:
    """Check and read ``body``, whose model is known.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    given = {name: value for name, value in body.items() if value is not None}
    _check_names(given)
    for name, rule in _RULES.items():
        if name in given:
            check(given[name], rule, param=name)
    if "metadata" in given:
        check_metadata(given["metadata"])
    dialect = find_dialect(facts["family"])
    _check_dialect(given, dialect)
    _check_reasoning(given, facts)
    tools = read_tools(given["tools"], facts) if "tools" in given else []
    check_choice(given.get("tool_choice", "auto"), tools)
    if "stream_options" in given and not given.get("stream"):
        refuse(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
            code=None,
        )
    return Settings(given, tools, _read_format(given.get("text", {})))


def _check_names(given: Mapping[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if name in given:
            raise RefusedError(write_oci(400, "400", f"Field '{name}' is not supported"))
    for name, place in _MOVED.items():
        if name in given:
            refuse(
                f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved "
                f"to '{place}'. Try again with the new parameter.",
                param=name,
                code="unsupported_parameter",
            )


def _check_dialect(given: Mapping[str, Any], dialect: Dialect) -> None:
    for name in _SAMPLING:
        if name in given and name in dialect.refuses:
            refuse(dialect.refuses[name], param=name, code="unsupported_parameter")
    for name in ("text", "tools"):
        found = dialect.refuses_references and _REFERENCE.search(json.dumps(given.get(name)))
        if found:
            key = found[0].strip('":')
            refuse(
                f"Invalid JSON payload received. Unknown name \"{key}\" at '{name}': "
                "Cannot find field.",
                param=name,
            )


def _check_reasoning(given: Mapping[str, Any], facts: ModelFacts) -> None:
    reasoning = given.get("reasoning", {})
    for name, allowed in (("effort", _EFFORTS), ("summary", _SUMMARIES)):
        word = reasoning.get(name)
        if word is None:
            continue
        if word not in allowed:
            refuse_choice(word, allowed, param=f"reasoning.{name}")
        if facts["vendor"] == "openai" and "reasoning" not in facts["capabilities"]:
            refuse(
                f"Unsupported parameter: 'reasoning.{name}' is not supported with this model.",
                param=f"reasoning.{name}",
                code="unsupported_parameter",
            )
    for index, word in enumerate(given.get("include", [])):
        if word not in _INCLUDED:
            refuse_choice(word, _INCLUDED, param=f"include[{index}]")
        if word == SEALED and facts["family"] not in FAMILIES:
            refuse(
                "Encrypted content is not supported with this model.", param="include", code=None
            )


def _read_format(text: Mapping[str, Any]) -> dict[str, Any]:
    wanted = text.get("format") or {"type": "text"}
    check(wanted, Rule("an object"), param="text.format")
    kind = wanted.get("type")
    if kind not in _FORMATS:
        refuse_choice(kind, _FORMATS, param="text.format.type")
    if kind != "json_schema":
        return {"type": kind}
    for name in ("name", "schema"):
        if wanted.get(name) is None:
            refuse_missing(f"text.format.{name}")
    check(wanted["schema"], Rule("an object"), param="text.format.schema")
    check_schema(
        wanted["schema"], of=f"response_format '{wanted['name']}'", param="text.format.schema"
    )
    return {"description": None, "strict": False, **wanted}
