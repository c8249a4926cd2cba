"""langchain-oci in its own environment: `python -m tests.peers.langchain_oci URL CONFIG_FILE`.

Aimed with `service_endpoint=`: ChatOCIGenAI on the native API, ChatOCIOpenAI on the other two.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from langchain_oci import ChatOCIGenAI, ChatOCIOpenAI
from oci_openai import OciUserPrincipalAuth

from tests.peers.reading import Reader, serve

COMPARTMENT = "ocid1.compartment.oc1..test"


def make_readers(url: str, config_file: str) -> dict[str, Reader]:
    """All of its transports."""
    place: dict[str, Any] = {"service_endpoint": url, "compartment_id": COMPARTMENT}
    auth = OciUserPrincipalAuth(config_file=config_file)

    def native(model: str, tokens: int) -> Any:
        wishes = {"max_tokens": tokens}
        return ChatOCIGenAI(
            model_id=model, auth_file_location=config_file, model_kwargs=wishes, **place
        )

    def compatible(model: str, tokens: int, **options: Any) -> Any:
        return ChatOCIOpenAI(auth=auth, model=model, max_tokens=tokens, **options, **place)

    return {
        "v1": reader(
            lambda n: compatible("meta.llama-3.3-70b-instruct", n, use_responses_api=False)
        ),
        "responses": reader(lambda n: compatible("openai.gpt-5.5", n, store=False)),
        "generic": reader(lambda n: native("xai.grok-4.20-non-reasoning", n)),
        "cohere": reader(lambda n: native("cohere.command-r-08-2024", n)),
    }


def reader(make: Callable[[int], Any]) -> Reader:
    """Reads with a model that is made once for each number of tokens."""
    made = functools.cache(make)
    return lambda tokens: sum(bool(chunk.text) for chunk in made(tokens).stream("Count."))


if __name__ == "__main__":
    serve(version("langchain-oci"), make_readers(*sys.argv[1:]))
