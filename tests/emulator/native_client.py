"""The `oci` SDK's own client for native chat: what the tests of it call the emulator with."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import oci
from oci.generative_ai_inference import GenerativeAiInferenceClient, models

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import connect

NATIVE = "/20231130/actions/chat"
COMMAND_A = "cohere.command-a-03-2025"
COMMAND_R = "cohere.command-r-plus-08-2024"
VISION = "cohere.command-a-vision"
REASONING = "cohere.command-a-reasoning"

BAD_FORMAT = (400, "400", "Please pass in correct format of request.")
"""The refusal of whatever can't be read as a request."""

# The SDK warns of every answer that is a stream.
logging.getLogger("oci.base_client").setLevel(logging.ERROR)


def connect_oci(service: Service, profile: str = "DEFAULT") -> Any:
    """The SDK's client, which neither retries nor breaks its circuit."""
    return GenerativeAiInferenceClient(
        oci.config.from_file(str(service.config_file), profile),
        service_endpoint=service.url,
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


def write_user(text: str) -> Any:
    """What a user says, in GENERIC."""
    return models.UserMessage(content=[models.TextContent(text=text)])


def write_user_v2(text: str) -> Any:
    """What a user says, in COHEREV2."""
    return models.CohereUserMessageV2(content=[models.CohereTextContentV2(text=text)])


class NativeClient:
    """Sends chat requests in the SDK's models and returns what the SDK makes of the answer."""

    def __init__(self, service: Service, profile: str = "DEFAULT") -> None:
        self._client = connect_oci(service, profile)
        self._service = service

    def post(self, request: Any, model: str) -> Any:
        """The SDK's response to `request`; `model` may be an endpoint's OCID."""
        serving = (
            models.DedicatedServingMode(endpoint_id=model)
            if model.startswith("ocid1.")
            else models.OnDemandServingMode(model_id=model)
        )
        return self._client.chat(
            models.ChatDetails(
                compartment_id=self._service.compartment_id,
                serving_mode=serving,
                chat_request=request,
            )
        )

    def close(self) -> None:
        """Close its connections, which the SDK leaves open."""
        self._client.base_client.session.close()

    def ask(self, request: Any, model: str) -> Any:
        """The SDK's `chat_response` of a whole answer."""
        request.is_stream = False
        return self.post(request, model).data.chat_response

    def stream(self, request: Any, model: str) -> list[Any]:
        """Every event's JSON; `"[DONE]"` stays as it is."""
        request.is_stream = True
        return [read_event(event.data) for event in self.post(request, model).data.events()]


def read_event(data: str) -> Any:
    """An event's JSON, or its text where it is none."""
    return data if data == "[DONE]" else json.loads(data)


def drop_pads(events: list[Any]) -> list[Any]:
    """The events of a stream without their padding."""
    return [
        {name: value for name, value in event.items() if name != "pad"}
        if isinstance(event, dict)
        else event
        for event in events
    ]


def write_envelope(
    service: Service, request: Mapping[str, Any], model: str, **changed: Any
) -> dict[str, Any]:
    """A request as JSON."""
    return {
        "compartmentId": service.compartment_id,
        "servingMode": {"servingType": "ON_DEMAND", "modelId": model},
        "chatRequest": dict(request),
        **changed,
    }


def write_generic(text: str = "Hello!", **fields: Any) -> dict[str, Any]:
    """A GENERIC chat request as JSON."""
    message = {"role": "USER", "content": [{"type": "TEXT", "text": text}]}
    return {"apiFormat": "GENERIC", "messages": [message], **fields}


def write_cohere(text: str = "Hello!", **fields: Any) -> dict[str, Any]:
    """A COHERE chat request as JSON."""
    return {"apiFormat": "COHERE", "message": text, **fields}


def write_cohere_v2(text: str = "Hello!", **fields: Any) -> dict[str, Any]:
    """A COHEREV2 chat request as JSON."""
    message = {"role": "USER", "content": [{"type": "TEXT", "text": text}]}
    return {"apiFormat": "COHEREV2", "messages": [message], **fields}


def post_native(service: Service, envelope: object, profile: str = "DEFAULT") -> httpx.Response:
    """The answer to an envelope as JSON, in whatever shape it is."""
    with connect(service, profile) as client:
        return client.post(NATIVE, json=envelope)


def refuse(service: Service, envelope: object, profile: str = "DEFAULT") -> tuple[int, str, str]:
    """Status, code and message of a refusal in OCI's envelope."""
    answer = post_native(service, envelope, profile)
    body = answer.json()
    return answer.status_code, body["code"], body["message"]


def find_shape(value: Any) -> Any:
    """The names and types of JSON, without its values."""
    if isinstance(value, dict):
        return {name: find_shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [find_shape(member) for member in value]
    return type(value).__name__


def list_texts(events: list[Any]) -> Iterator[str]:
    """The pieces of text of a GENERIC or COHEREV2 stream."""
    for event in events:
        for part in (event.get("message") or {}).get("content") or ():
            if part["type"] == "TEXT":
                yield part["text"]
