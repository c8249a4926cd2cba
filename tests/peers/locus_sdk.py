"""locus-sdk in its own environment: `python -m tests.peers.locus_sdk URL CONFIG_FILE`.

Aimed with `base_url=` and, on the native API, `service_endpoint=`.
"""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from typing import Any

from locus.core.messages import Message
from locus.models.providers.oci import OCIChatCompletionsModel, OCIModel, OCIResponsesModel

from tests.peers.reading import Reader, serve


def make_readers(url: str, config_file: str) -> dict[str, Reader]:
    """All of its transports; one event loop for all readings, as in a notebook's kernel."""
    runner = asyncio.Runner()
    place: dict[str, Any] = {"config_file": config_file, "base_url": f"{url}/openai/v1"}
    native: dict[str, Any] = {"config_file": config_file, "service_endpoint": url}
    models = {
        "v1": OCIChatCompletionsModel("meta.llama-3.3-70b-instruct", profile="DEFAULT", **place),
        "responses": OCIResponsesModel("openai.gpt-5.5", profile="DEFAULT", **place),
        "generic": OCIModel("xai.grok-4.20-non-reasoning", **native),
        "cohere": OCIModel("cohere.command-r-08-2024", **native),
    }

    def reader(model: Any) -> Reader:
        cap = "max_output_tokens" if hasattr(model.config, "max_output_tokens") else "max_tokens"

        async def read(tokens: int) -> int:
            setattr(model.config, cap, tokens)
            count = 0
            async for event in model.stream([Message.user("Count.")]):
                count += bool(event.content)
            return count

        return lambda tokens: runner.run(read(tokens))

    return {shape: reader(model) for shape, model in models.items()}


if __name__ == "__main__":
    serve(version("locus-sdk"), make_readers(*sys.argv[1:]))
