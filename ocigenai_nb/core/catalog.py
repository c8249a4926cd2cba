"""Model families and what each needs of a request, as data with reasons.

Which family a model belongs to is read from the catalog of facts where it is listed, and from its
name where it isn't, so that a model that Oracle publishes today works today. Sources of the rules:
the service's refusals as observed in public (langchain-oracle #40, #159, #291; Locus 498d74a).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ocigenai_nb.model_facts import AS_OF, MODELS, ModelFacts

from .suggestions import suggest

Action: TypeAlias = Literal["rename", "omit", "omit_zero", "inline_refs"]
ApiFormat: TypeAlias = Literal["GENERIC", "COHERE", "COHEREV2"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One change that a family needs to `parameter`, and why; `to` is a rename's new name."""

    parameter: str
    action: Action
    reason: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that behave alike on the wire. `prefixes` are lower-case starts of their ids."""

    name: str
    prefixes: tuple[str, ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class NativeFormat:
    """An `apiFormat` of the native API, the starts of the ids that take it, and why."""

    name: ApiFormat
    prefixes: tuple[str, ...]
    reason: str


_NO_SAMPLING = "reasoning models accept neither sampling parameters nor stops"
_REFS = "$ref and $defs are refused in schemas, so they are written out"
_INLINE = (
    Rule("tools", "inline_refs", _REFS),
    Rule("response_format", "inline_refs", _REFS),
)
_REASONING_RULES = (
    Rule("max_tokens", "rename", "reasoning models count thinking too", "max_completion_tokens"),
    *(
        Rule(name, "omit", _NO_SAMPLING)
        for name in ("temperature", "top_p", "frequency_penalty", "presence_penalty", "stop")
    ),
)
_GROK_RULES = (
    Rule("frequency_penalty", "omit_zero", "Grok refuses penalties, even zero"),
    Rule("presence_penalty", "omit_zero", "Grok refuses penalties, even zero"),
)

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("dedicated", ("ocid1.generativeaiendpoint.",)),
        Family("cohere-r", ("cohere.command-r",)),
        Family("cohere-command", ("cohere.",), _INLINE),
        Family("gpt-oss", ("openai.gpt-oss",)),
        Family(
            "openai-reasoning",
            ("openai.o1", "openai.o3", "openai.o4", "openai.gpt-5"),
            _REASONING_RULES,
        ),
        Family("openai-chat", ("openai.",)),
        Family("llama", ("meta.",), _INLINE),
        Family(
            "grok-reasoning",
            ("xai.grok-3-mini", "xai.grok-4", "xai.grok-code"),
            _GROK_RULES,
        ),
        Family("grok", ("xai.",), _GROK_RULES),
        Family("gemini", ("google.",), _INLINE),
        Family("mistral", ("mistral.", "mistralai."), _INLINE),
    )
}

# The first that fits. Sources: recordings of the native API (September 2026) and the request models
# of the `oci` SDK; that Cohere's vision models need the second format: langchain-oci 0.4.0.
NATIVE_FORMATS = (
    NativeFormat(
        "COHEREV2", ("cohere.command-a-vision",), "images exist in the second format only"
    ),
    NativeFormat(
        "COHEREV2", ("cohere.command-a-reasoning",), "thinking exists in the second format only"
    ),
    NativeFormat("COHERE", ("cohere.",), "recorded so for command-a-03-2025 and the R series"),
    NativeFormat("GENERIC", ("",), "what every other family and dedicated endpoints take"),
)

# What a family needs on the native API besides its rules (Locus and langchain-oci, tried live).
_ALL_OPENAI = Rule(
    "max_tokens", "rename", "OpenAI's models take no maxTokens there", "max_completion_tokens"
)
NATIVE_RULES: Mapping[str, tuple[Rule, ...]] = {
    "gpt-oss": (_ALL_OPENAI,),
    "openai-chat": (_ALL_OPENAI,),
}


def find_native_format(model: str) -> NativeFormat:
    """The format that a model takes on the native API, and why."""
    name = model.lower()
    return next(found for found in NATIVE_FORMATS if name.startswith(found.prefixes))


def find_model(model: str) -> ModelFacts | None:
    """What is known of a model; None where the catalog does not list it."""
    return MODELS.get(model.lower())


def find_family(model: str) -> Family | None:
    """The family of a model, listed or not; None where nothing fits its name."""
    facts = find_model(model)
    if facts is not None and facts["family"] in FAMILIES:
        return FAMILIES[facts["family"]]
    name = model.lower()
    for family in FAMILIES.values():
        if name.startswith(family.prefixes):
            return family
    return None


def suggest_models(model: str) -> str:
    """`" Did you mean …?"` with the nearest chat models, none of them retired.

    Empty when none is near, or when the model is listed.

    The vendor is what people leave out first, so ids are compared with and without it.
    """
    if find_model(model) is not None:
        return ""
    chat = [name for name, facts in MODELS.items() if facts["kind"] == "chat" and _lives(facts)]
    ids = {name.partition(".")[2]: name for name in chat} | {name: name for name in chat}
    found = suggest(model, ids, show=ids.__getitem__)
    if found:
        return found
    # A single word, such as "llama": the models that have it, or one like it, in their name.
    words = {word: name for name in reversed(chat) for word in _words(name)}
    return suggest(model, words, show=words.__getitem__)


def _lives(facts: ModelFacts) -> bool:
    return facts["retired"] is None or facts["retired"] > AS_OF


def _words(model: str) -> list[str]:
    """The words of a model id that are worth comparing."""
    return [word for word in re.split(r"[.-]", model) if len(word) > 2 and word.isalpha()]
