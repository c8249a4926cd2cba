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

from ocigenai_nb.model_facts import MODELS, ModelFacts

from .suggestions import suggest

Action: TypeAlias = Literal["rename", "omit", "omit_zero", "inline_refs", "omit_empty"]


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


_NO_SAMPLING = "reasoning models accept no sampling parameters"
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
    Rule("tools", "omit_empty", "xAI refuses an empty list of tools"),
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
    """`" Did you mean …?"` with the nearest chat models; empty when none is near or it is listed.

    The vendor is what people leave out first, so ids are compared with and without it.
    """
    if find_model(model) is not None:
        return ""
    chat = [name for name, facts in MODELS.items() if facts["kind"] == "chat"]
    ids = {name.partition(".")[2]: name for name in chat} | {name: name for name in chat}
    found = suggest(model, ids, show=ids.__getitem__)
    if found:
        return found
    # A single word, such as "llama": the models that have it, or one like it, in their name.
    words = {word: name for name in reversed(chat) for word in _words(name)}
    return suggest(model, words, show=words.__getitem__)


def _words(model: str) -> list[str]:
    """The words of a model id that are worth comparing."""
    return [word for word in re.split(r"[.-]", model) if len(word) > 2 and word.isalpha()]
