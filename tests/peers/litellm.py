"""litellm in its own environment: `python -m tests.peers.litellm URL CONFIG_FILE`.

Aimed with `api_base=`. Its OCI provider speaks the native API only.
"""

from __future__ import annotations

import configparser
import os
import sys
from importlib.metadata import version
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks the network for prices

import litellm

from tests.peers.reading import Reader, serve


def make_readers(url: str, config_file: str) -> dict[str, Reader]:
    """The native formats."""
    config = configparser.ConfigParser()
    config.read(config_file)
    profile = config["DEFAULT"]
    identity: dict[str, Any] = {
        "oci_tenancy": profile["tenancy"],
        "oci_user": profile["user"],
        "oci_fingerprint": profile["fingerprint"],
        "oci_key_file": profile["key_file"],
        "oci_region": profile["region"],
        "oci_compartment_id": profile["tenancy"],
    }

    def reader(model: str) -> Reader:
        def read(tokens: int) -> int:
            chunks = litellm.completion(
                model=f"oci/{model}",
                messages=[{"role": "user", "content": "Count."}],
                max_tokens=tokens,
                stream=True,
                api_base=url,
                **identity,
            )
            return sum(bool(chunk.choices[0].delta.content) for chunk in chunks)

        return read

    return {
        "generic": reader("xai.grok-4.20-non-reasoning"),
        "cohere": reader("cohere.command-r-08-2024"),
    }


if __name__ == "__main__":
    serve(version("litellm"), make_readers(*sys.argv[1:]))
