"""oci-openai on openai 2 (it fails with 3): `service_endpoint=`, `compartment_id=` and its auth."""

from __future__ import annotations

from typing import Any

import openai
from oci_openai import AsyncOciOpenAI, OciOpenAI, OciUserPrincipalAuth

from tests.peers.clients.openai_flows import ABSENT, make_flows
from tests.peers.flows import Aim, run


def write_settings(aim: Aim) -> dict[str, Any]:
    """What both clients are made of."""
    return {
        "service_endpoint": aim.url,
        "auth": OciUserPrincipalAuth(config_file=aim.config_file, profile_name=aim.profile),
        "compartment_id": aim.compartment_id,
        "project": aim.project_id,
    }


def connect(aim: Aim) -> openai.OpenAI:
    """A client that signs."""
    client: openai.OpenAI = OciOpenAI(**write_settings(aim))
    return client


def connect_async(aim: Aim) -> openai.AsyncOpenAI:
    """An asynchronous client that signs."""
    client: openai.AsyncOpenAI = AsyncOciOpenAI(**write_settings(aim))
    return client


if __name__ == "__main__":
    run("oci-openai", make_flows(connect, connect_async), ABSENT)
