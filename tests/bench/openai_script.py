"""What a person writes without us: prints the seconds from imports done to the first token.

python -m tests.bench.openai_script CONFIG_FILE URL COMPARTMENT MODEL PROMPT
"""

from __future__ import annotations

import sys
import time
from typing import Any

import httpx
import oci_genai_auth
import openai


def time_first_token(
    config_file: str, url: str, compartment: str, model: str, prompt: str
) -> float:
    """Seconds from nothing but imports to the first token."""
    began = time.perf_counter()
    auth = oci_genai_auth.OciUserPrincipalAuth(config_file=config_file)
    http_client: Any = httpx.Client(auth=auth)  # openai 3 takes it, but names another class
    client = openai.OpenAI(
        api_key="signed",
        base_url=f"{url}/openai/v1",
        default_headers={"CompartmentId": compartment},
        http_client=http_client,
    )
    chunks = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], stream=True
    )
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            return time.perf_counter() - began
    raise RuntimeError("No token came.")


if __name__ == "__main__":
    print(time_first_token(*sys.argv[1:]))
