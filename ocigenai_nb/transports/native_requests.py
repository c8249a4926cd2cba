"""A request in the words of the `oci` SDK's own models, and as the JSON that it makes of them.

Source: `oci.generative_ai_inference.models` (2.189): `ChatDetails` with a serving mode and the
request of one of three formats. The SDK serializes; nothing of it connects or reads a
configuration here. It is imported when the first request is written, because that takes 0.3 s.

Rule: every wish and every part of a message is written or raises UsageError before anything is
sent. What a family's rules leave out is told in a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ocigenai_nb.core.catalog import NATIVE_RULES, ApiFormat, Family
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.shaping import apply_rules

from . import native_cohere, native_cohere_v2, native_generic


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes the SDK's request of a format; `wishes` are the SDK's names for those it knows."""

    write: Callable[[Any, ChatRequest, Family], Any]
    wishes: Mapping[str, str]


_SAMPLING = {
    name: name
    for name in (
        "max_tokens", "temperature", "top_p", "seed", "frequency_penalty", "presence_penalty"
    )
}  # fmt: skip
_COHERE = {**_SAMPLING, "stop": "stop_sequences"}
_GENERIC = {
    **_SAMPLING,
    "stop": "stop",
    "max_completion_tokens": "max_completion_tokens",
    "reasoning_effort": "reasoning_effort",
}
_WRITERS: Mapping[ApiFormat, _Writer] = {
    "GENERIC": _Writer(native_generic.write_request, _GENERIC),
    "COHERE": _Writer(native_cohere.write_request, _COHERE),
    "COHEREV2": _Writer(native_cohere_v2.write_request, _COHERE),
}


def build_plan(
    request: ChatRequest, family: Family, api_format: ApiFormat, compartment: str
) -> Plan:
    """The JSON body of a request, with a notice for each wish that the family's rules leave out.

    Raises UsageError for what the format can't say.
    """
    details, notices = build_details(request, family, api_format, compartment)
    return Plan(_serializer().sanitize_for_serialization(details), notices)


def build_details(
    request: ChatRequest, family: Family, api_format: ApiFormat, compartment: str
) -> tuple[Any, tuple[str, ...]]:
    """The SDK's `ChatDetails` of a request, and the notices; raises as `build_plan`."""
    from oci.generative_ai_inference import models

    writer = _WRITERS[api_format]
    wishes = request.parameters.given()
    rules = (*family.rules, *NATIVE_RULES.get(family.name, ()))
    notices = tuple(apply_rules(wishes, rules))
    chat = writer.write(models, request, family)
    for name, value in wishes.items():
        _wish(chat, writer.wishes, name, value)
    if request.stream:
        chat.is_stream = True
        chat.stream_options = models.StreamOptions(is_include_usage=True)
    details = models.ChatDetails(
        compartment_id=compartment,
        serving_mode=_serving_mode(models, request.model, family),
        chat_request=chat,
    )
    return details, notices


def _serving_mode(models: Any, model: str, family: Family) -> Any:
    if family.name == "dedicated":
        return models.DedicatedServingMode(endpoint_id=model)
    return models.OnDemandServingMode(model_id=model)


def _wish(chat: Any, known: Mapping[str, str], name: str, value: Any) -> None:
    if name not in known:
        raise UsageError(
            f"{name} has no place in a {chat.api_format} request, which this model takes.",
            remedy=f"Leave {name} out.",
        )
    if name == "reasoning_effort":
        value = str(value).upper()
    try:
        setattr(chat, known[name], value)
    except ValueError:  # the SDK's own check of a closed set of words
        raise UsageError(f"The native API knows no {name} {value!r}.") from None


@cache
def _serializer() -> Any:
    """The SDK's serializer, without the session that its constructor would open."""
    from oci.base_client import BaseClient
    from oci.generative_ai_inference.models import generative_ai_inference_type_mapping

    serializer = BaseClient.__new__(BaseClient)
    serializer.complex_type_mappings = generative_ai_inference_type_mapping
    return serializer
