"""Conversations with tools over every transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, Conversation
from tests.transports.subject import COHERE_R, GPT, LLAMA

WAYS: Final = {
    "v1": (LLAMA, "v1", True),
    "sdk": (LLAMA, "sdk", True),
    "sdk-cohere": (COHERE_R, "sdk", True),
    "responses": (GPT, "responses", True),
    "responses-unstored": (GPT, "responses", False),
}

Open = Callable[..., Conversation]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """The name of one way to a model."""
    return str(request.param)


@pytest.fixture
def open_chat(way: str, connection: Connection) -> Open:
    """Opens a conversation that way, with the tools that it is given."""
    model, transport, store = WAYS[way]

    def open_one(*tools: Callable[..., Any], **options: Any) -> Conversation:
        return connection.chat(model, transport=transport, store=store, tools=tools, **options)

    return open_one
