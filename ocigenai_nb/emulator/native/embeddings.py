"""``POST /20231130/actions/embedText``: texts, or an image, as vectors.

Rules: ``{compartmentId, servingMode, inputs}``, at most 96 inputs; ``inputType``, ``truncate``
(NONE, which refuses what is too long, START or END), ``outputDimensions`` (256, 512, 1024 or 1536,
of the fourth generation alone), ``embeddingTypes``, ``isEcho``; the fourth generation takes
``embedContents`` of text and images instead. An input of type IMAGE is one data URI. The answer is
``{id, embeddings, modelId, modelVersion, usage}`` and, where types were asked for,
``embeddingsByType``. Source: the ``oci`` SDK; the words for too many inputs were published.

Known deviations: a vector is of the words in a text (``brain.likeness``) or of the bytes of an
image, the same for every ``inputType``; a shorter vector is no beginning of a longer one. Not
observed: the words for an input that is too long and for fields that a model doesn't take, the
version, what ``embeddings`` holds where no floats were asked for (here: nothing), the numbers of
the quantized types. The names of types are taken in any case, as some clients send upper case.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator.brain.likeness import embed
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.native.fields import Fields, refuse_field, refuse_format
from ocigenai_nb.emulator.native.serving import find_served, find_version, open_envelope
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.emulator.text_pieces import count_pieces, split_pieces
from ocigenai_nb.model_facts import ModelFacts

_MOST_INPUTS: Final = 96
_TOO_MANY: Final = write_oci(
    400, "400", "Inputs must be provided, support inputs array size less than 96."
)
_NEWEST: Final = (256, 512, 1024, 1536)
_INPUT_TYPES: Final = (
    "SEARCH_DOCUMENT",
    "SEARCH_QUERY",
    "CLASSIFICATION",
    "CLUSTERING",
    "IMAGE",
)
_CHUNK: Final = 3
"""Bytes of an image that make a word of it."""


def list_dimensions(facts: ModelFacts) -> tuple[int, ...]:
    """Return the lengths that a model's vectors can have; the last is what it is unless told."""
    if facts["id"] == "cohere.embed-v4.0":
        return _NEWEST
    return (384,) if "light" in facts["id"] else (1024,)


async def embed_texts(request: Request) -> Response:
    """Answer with the vectors of the inputs.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    envelope = open_envelope(exchange)
    facts = find_served(envelope, exchange, kind="embed")
    texts = _read_inputs(envelope, facts)
    dimensions = _read_dimensions(envelope, facts)
    kinds = _read_kinds(envelope)
    vectors = [embed(text, dimensions) for text in texts]
    tokens = sum(map(count_pieces, texts))
    result: dict[str, Any] = {
        "id": exchange.opc_request_id,
        "embeddings": vectors if not kinds or "float" in kinds else [],
        "modelId": facts["id"],
        "modelVersion": find_version(facts),
        "usage": {"promptTokens": tokens, "completionTokens": 0, "totalTokens": tokens},
    }
    if kinds:
        result["embeddingsByType"] = {
            kind: [_WRITERS[kind](vector) for vector in vectors] for kind in kinds
        }
    return JSONResponse(result | _echo(envelope))


def _read_inputs(envelope: Fields, facts: ModelFacts) -> list[str]:
    """Return what is to be embedded, as text; an image is text of its bytes."""
    given = envelope.find_texts("inputs")
    contents = envelope.find_objects("embedContents")
    if not 0 < max(len(given), len(contents)) <= _MOST_INPUTS:
        raise RefusedError(_TOO_MANY)
    kind = envelope.find_word("inputType", _INPUT_TYPES)
    end = envelope.find_word("truncate", ("NONE", "START", "END")) or "NONE"
    if contents:
        if len(list_dimensions(facts)) == 1:
            refuse_field("embedContents", "not supported with this model.")
        return [_read_content(content, facts, end) for content in contents]
    if kind == "IMAGE":
        if len(given) != 1:
            refuse_field("inputs", "one image a request.")
        return [_read_image(given[0], facts)]
    return [_truncate(text, facts, end) for text in given]


def _read_content(content: Fields, facts: ModelFacts, end: str) -> str:
    if content.read_word("type", ("TEXT", "IMAGE")) == "TEXT":
        return _truncate(content.read_text("text"), facts, end)
    image = content.find_object("imageUrl")
    if image is None:
        refuse_format()
    return _read_image(image.read_text("url"), facts)


def _read_image(uri: str, facts: ModelFacts) -> str:
    head, _, data = uri.partition(",")
    if "vision" not in facts["capabilities"] or not head.startswith("data:image/"):
        refuse_format()
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):  # the latter of text that is not ASCII
        refuse_format()
    return " ".join(content[at : at + _CHUNK].hex() for at in range(0, len(content), _CHUNK))


def _truncate(text: str, facts: ModelFacts, end: str) -> str:
    limit = facts["context_tokens"]
    if limit is None or (tokens := count_pieces(text)) <= limit:
        return text
    if end == "NONE":
        refuse_field("inputs", f"{tokens} tokens are more than the model's maximum of {limit}.")
    pieces = list(split_pieces(text))
    return "".join(pieces[:limit] if end == "END" else pieces[-limit:])


def _read_dimensions(envelope: Fields, facts: ModelFacts) -> int:
    possible = list_dimensions(facts)
    wanted = envelope.find_integer("outputDimensions")
    if wanted is None:
        return possible[-1]
    if len(possible) == 1:
        refuse_field("outputDimensions", "not supported with this model.")
    if wanted not in possible:
        listed = ", ".join(map(str, possible))
        refuse_field("outputDimensions", f"{wanted}. Supported values are: {listed}.")
    return wanted


def _read_kinds(envelope: Fields) -> list[str]:
    kinds = [kind.lower() for kind in envelope.find_texts("embeddingTypes")]
    if not set(kinds) <= _WRITERS.keys():
        refuse_format()
    return list(dict.fromkeys(kinds))


def _echo(envelope: Fields) -> dict[str, Any]:
    if not envelope.find_flag("isEcho", default=False):
        return {}
    names = ("inputs", "embedContents")
    return {name: envelope.find_list(name) for name in names if name in envelope}


def _write_bytes(vector: Sequence[float]) -> list[int]:
    return [max(-128, min(127, round(value * 127))) for value in vector]


def _write_bits(vector: Sequence[float]) -> list[int]:
    """Pack the signs, eight to a number, the first in its highest bit."""
    bits = [int(value > 0) for value in vector]
    return [int("".join(map(str, bits[start : start + 8])), 2) for start in range(0, len(bits), 8)]


_WRITERS: Final[Mapping[str, Callable[[Sequence[float]], Any]]] = {
    "float": list,
    "int8": _write_bytes,
    "uint8": lambda vector: [value + 128 for value in _write_bytes(vector)],
    "binary": lambda vector: [value - 128 for value in _write_bits(vector)],
    "ubinary": _write_bits,
    "base64": lambda vector: base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode(),
}
"""A vector in each of the types that can be asked for."""
