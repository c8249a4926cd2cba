"""What would change over another transport: whether it works, the address, each name in the body.

Sources of the reasons: the routing table of the specification, `model_facts`, and what Responses
wants of models that are not OpenAI's (the service's own refusal).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.requests import Plan
from ocigenai_nb.core.routing import (
    CLASS_NAMES,
    PATHS,
    TRANSPORTS,
    Settings,
    TransportName,
    family_of,
)

from .export.requests import WISHES

_NAMES = {
    "model": ("model", "modelId", "endpointId"),
    **WISHES,
    "stream": ("stream", "isStream"),
    "store": ("store",),
    "compartment": ("compartmentId",),
}
_SHOWN = ("max_tokens", "temperature", "stream", "store", "compartment")
_IN_HEADER = "opc-compartment-id (header)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one thing that is asked for stands in a body; empty where it isn't sent."""

    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One transport for the same wishes. `why_not` says why it can't be used; empty where it can.

    `plan` is None where no request can be written for it.
    """

    transport: TransportName
    class_name: str
    url: str
    chosen: bool
    why_not: str
    plan: Plan | None
    places: tuple[Place, ...]


def compare_transports(
    write: Callable[[TransportName], Plan],
    model: str,
    settings: Settings,
    *,
    chosen: TransportName,
    texts: dict[str, str],
) -> tuple[Alternative, ...]:
    """The three transports side by side.

    `write` plans the request over one of them, `texts` are the prompt and the system prompt.
    Raises UnknownModelError for a model that fits no family.
    """
    return tuple(
        _look_at(name, write, model, settings, chosen=chosen, texts=texts) for name in TRANSPORTS
    )


def _look_at(
    name: TransportName,
    write: Callable[[TransportName], Plan],
    model: str,
    settings: Settings,
    *,
    chosen: TransportName,
    texts: dict[str, str],
) -> Alternative:
    why_not = explain_refusal(name, model, settings)
    plan = None
    try:
        plan = write(name)
    except OCIGenAIError as error:
        why_not = why_not or error.message
    places = _find_places(plan.body, name, texts) if plan is not None else ()
    url = settings.endpoint.value + PATHS[name]
    return Alternative(name, CLASS_NAMES[name], url, name == chosen, why_not, plan, places)


def explain_refusal(transport: TransportName, model: str, settings: Settings) -> str:
    """Why a transport would not carry a model, as far as is known; empty where it would."""
    family, facts = family_of(model), find_model(model)
    if family.name == "dedicated" and transport != "sdk":
        return "Dedicated endpoints answer on the native API only."
    if family.name == "cohere-r" and transport == "v1":
        return 'The service answers "Unsupported OpenAI operation" to Cohere R models there.'
    if facts is not None and facts["responses_only"] and transport != "responses":
        return "This model answers on Responses only."
    return _explain_responses(model, settings) if transport == "responses" else ""


def _explain_responses(model: str, settings: Settings) -> str:
    facts = find_model(model)
    if facts is not None and not facts["responses"]:
        return "No source says that this model is offered on Responses."
    if not model.lower().startswith("openai.") and settings.project is None:
        return "Models that are not OpenAI's need a project: connect(project=OCID)."
    return ""


def _find_places(
    body: dict[str, Any], transport: TransportName, texts: dict[str, str]
) -> tuple[Place, ...]:
    leaves = list(_walk(body))
    found = [Place("model", _by_name(leaves, "model"))]
    found += [Place(what, _by_value(leaves, text)) for what, text in texts.items()]
    found += [Place(what, _by_name(leaves, what)) for what in _SHOWN]
    if transport != "sdk":
        found[-1] = Place("compartment", _IN_HEADER)
    return tuple(found)


def _by_name(leaves: list[tuple[str, Any]], what: str) -> str:
    names = _NAMES[what]
    return next((path for path, _ in leaves if path.rpartition(".")[2] in names), "")


def _by_value(leaves: list[tuple[str, Any]], text: str) -> str:
    """Where a text stands; of several the last, as the prompt comes after its history."""
    return next((path for path, value in reversed(leaves) if value == text), "") if text else ""


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")
    else:
        yield path, value
