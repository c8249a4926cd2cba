"""oci-genai-auth under the newest openai: `http_client=httpx.Client(auth=...)`.

Its classes are of `httpx`, and openai 3 stands on `httpx2`; a client of the former is still taken.
"""

from __future__ import annotations

from typing import Any

import httpx
import openai
from oci_genai_auth import OciUserPrincipalAuth

from tests.peers.clients.openai_flows import ABSENT, make_flows, write_headers
from tests.peers.flows import Aim, run


def write_settings(aim: Aim) -> dict[str, Any]:
    """What both `httpx` clients are made of."""
    return {
        "auth": OciUserPrincipalAuth(config_file=aim.config_file, profile_name=aim.profile),
        "headers": write_headers(aim),
    }


def connect(aim: Aim) -> openai.OpenAI:
    """A client that signs."""
    signing: Any = httpx.Client(**write_settings(aim))
    return openai.OpenAI(
        base_url=f"{aim.url}/openai/v1",
        api_key="not used",
        project=aim.project_id,
        http_client=signing,
    )


def connect_async(aim: Aim) -> openai.AsyncOpenAI:
    """An asynchronous client that signs."""
    signing: Any = httpx.AsyncClient(**write_settings(aim))
    return openai.AsyncOpenAI(
        base_url=f"{aim.url}/openai/v1",
        api_key="not used",
        project=aim.project_id,
        http_client=signing,
    )


if __name__ == "__main__":
    run("oci-genai-auth", make_flows(connect, connect_async), ABSENT)
