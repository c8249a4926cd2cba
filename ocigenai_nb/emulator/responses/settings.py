"""The body of ``POST .../responses`` but for its input: checked, and read.

Rules: what chat completions call otherwise is refused with where it went; fields of OpenAI's that
the service knows but doesn't have answer ``Field 'user' is not supported``; wholly unknown ones
are ignored. Source: OpenAI's reference and published error texts; published observations of the
live service.

Known deviations: ``user`` alone was observed as not supported; ``prompt``, ``context_management``
and ``moderation``, which are not emulated, answer the same. Penalties are the Open Responses
specification's, OpenAI has none here; they and the rest of sampling change nothing that the script
says. Which models give log probabilities through OCI was not observed: all but OpenAI's reasoning
models do, and where a backend answers there are none. A model and an input must be named, though
the specification lets both be null, and only JSON is read, no form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator.dialects import Dialect, find_dialect
from ocigenai_nb.emulator.parameters import Rule, check, check_length, refuse, refuse_choice
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.emulator.responses.metadata import check_metadata
from ocigenai_nb.emulator.responses.sealing import FAMILIES
from ocigenai_nb.emulator.responses.text_settings import read_text
from ocigenai_nb.emulator.responses.tools import read_choice, read_tools
from ocigenai_nb.model_facts import ModelFacts

SEALED: Final = "reasoning.encrypted_content"
"""What ``include`` names for sealed reasoning."""

RESULTS: Final = "file_search_call.results"
"""What ``include`` names for what a search of files found."""

LOGPROBS: Final = "message.output_text.logprobs"
"""What ``include`` names for log probabilities of what is said."""

SAMPLING: Final = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
"""The fields about how a model picks its words."""

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
    "presence_penalty": Rule("a decimal", low=-2, high=2),
    "frequency_penalty": Rule("a decimal", low=-2, high=2),
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
_CHOICES: Final = {
    "truncation": ("auto", "disabled"),
    "service_tier": ("auto", "default", "flex", "scale", "priority"),
}
_LONGEST_KEY: Final = 64
_KEYS: Final = ("prompt_cache_key", "safety_identifier")
_UNSUPPORTED: Final = ("user", "prompt", "context_management", "moderation")
_MOVED: Final = {
    "messages": "input",
    "response_format": "text.format",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
}
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
_SUMMARIES: Final = ("auto", "concise", "detailed")
_INCLUDED: Final = (
    SEALED,
    LOGPROBS,
    RESULTS,
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "message.input_image.image_url",
    "web_search_call.results",
    "web_search_call.action.sources",
)
_REFERENCE: Final = re.compile(r'"\$(?:ref|defs)":')


@dataclass(frozen=True, slots=True)
class Settings:
    """What a request says beside its input; what it does not say has the service's default."""

    given: Mapping[str, Any]
    """The fields that are not null."""
    tools: list[dict[str, Any]]
    tool_choice: str | Mapping[str, Any]
    text: Mapping[str, Any]
    """The format of what the model says, and how wordy it is."""

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
    def alternatives(self) -> int | None:
        """How many tokens are wanted at each place with log probabilities; ``None`` without."""
        wanted = LOGPROBS in self.given.get("include", [])
        return int(self.given.get("top_logprobs", 0)) if wanted else None

    @property
    def pads(self) -> bool:
        """Whether streamed deltas are to come padded."""
        return bool(self.given.get("stream_options", {}).get("include_obfuscation"))

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """What the answer's JSON must look like, as the brain takes it."""
        wanted = self.text["format"]
        if wanted["type"] == "text":
            return None
        return dict(wanted["schema"]) if wanted["type"] == "json_schema" else {}


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
    _check_words(given)
    dialect = find_dialect(facts["family"])
    _check_dialect(given, dialect)
    _check_reasoning(given, facts)
    tools = read_tools(given["tools"], facts) if "tools" in given else []
    choice = read_choice(given.get("tool_choice", "auto"), tools)
    _check_stream_options(given)
    return Settings(given, tools, choice, read_text(given.get("text", {})))


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


def _check_words(given: Mapping[str, Any]) -> None:
    for name, allowed in _CHOICES.items():
        if name in given and given[name] not in allowed:
            refuse_choice(given[name], allowed, param=name)
    for name in _KEYS:
        check_length(given.get(name, ""), longest=_LONGEST_KEY, param=name)
    if "metadata" in given:
        check_metadata(given["metadata"])


def _check_stream_options(given: Mapping[str, Any]) -> None:
    options = given.get("stream_options")
    if options is None:
        return
    if not given.get("stream"):
        refuse(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
            code=None,
        )
    name = "include_obfuscation"
    if options.get(name) is not None:
        check(options[name], Rule("a boolean"), param=f"stream_options.{name}")


def _check_dialect(given: Mapping[str, Any], dialect: Dialect) -> None:
    if dialect.answers_once and (given.get("top_logprobs") or LOGPROBS in given.get("include", [])):
        refuse(
            "Unsupported parameter: 'top_logprobs' is not supported with this model.",
            param="top_logprobs",
            code="unsupported_parameter",
        )
    for name in SAMPLING:
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
