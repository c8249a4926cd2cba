"""The `openai` SDK for files and vector stores: one client for each of the service's planes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import openai

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import connect
from tests.emulator.responses_client import connect_sdk

CONTROL = "/20231130/openai/v1"
STORES = f"{CONTROL}/vector_stores"
REFUNDS = b"Refunds are paid within 14 days. A receipt is needed."
HOURS = b"The shop opens at nine on weekdays. It is closed on Sundays."


@contextlib.contextmanager
def connect_control(service: Service, profile: str = "DEFAULT") -> Iterator[openai.OpenAI]:
    """The SDK over a signed client, aimed at the control plane, without a project."""
    with connect(service, profile) as client:
        legacy: Any = client  # both majors of the SDK take it, neither says so
        yield openai.OpenAI(
            base_url=service.url + CONTROL, api_key="not used", http_client=legacy, max_retries=0
        )


@contextlib.contextmanager
def connect_unsigned(service: Service, base: str) -> Iterator[openai.OpenAI]:
    """The SDK with a GenAI API key, which is good whatever the service's clock says."""
    with openai.OpenAI(
        base_url=service.url + base,
        api_key=service.genai_api_key,
        project=service.project_id,
        default_headers={"opc-compartment-id": service.compartment_id},
        max_retries=0,
    ) as client:
        yield client


def upload(service: Service, name: str, content: bytes, profile: str = "DEFAULT") -> str:
    """The id of a new file."""
    with connect_sdk(service, profile) as client:
        return client.files.create(file=(name, content), purpose="assistants").id


def make_store(service: Service, profile: str = "DEFAULT", **contents: bytes) -> str:
    """The id of a new vector store with a text file for each of ``contents``, by its name."""
    ids = [upload(service, f"{name}.md", text, profile) for name, text in contents.items()]
    with connect_control(service, profile) as client:
        return client.vector_stores.create(name="handbook", file_ids=ids).id
