"""openai, 2 or 3 as its environment has it: `base_url=`, and a GenAI API key as its `api_key=`."""

from __future__ import annotations

from typing import Any

import openai

from tests.peers.clients.openai_flows import ABSENT, make_flows, write_headers
from tests.peers.flows import Aim, run


def write_settings(aim: Aim) -> dict[str, Any]:
    """What both clients are made of."""
    return {
        "base_url": f"{aim.url}/openai/v1",
        "api_key": aim.api_key,
        "project": aim.project_id,
        "default_headers": write_headers(aim),
    }


def connect(aim: Aim) -> openai.OpenAI:
    """A client."""
    return openai.OpenAI(**write_settings(aim))


def connect_async(aim: Aim) -> openai.AsyncOpenAI:
    """An asynchronous client."""
    return openai.AsyncOpenAI(**write_settings(aim))


if __name__ == "__main__":
    run("openai", make_flows(connect, connect_async), ABSENT)
