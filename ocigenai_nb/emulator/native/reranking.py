"""``POST /20231130/actions/rerankText``: documents by their relevance to a query.

Rules: ``{compartmentId, servingMode, input, documents, topN, isEcho, maxChunksPerDocument,
maxTokensPerDocument}``; the answer is ``{id, modelId, documentRanks}``, the most relevant first,
each with the index that its document has in the request, and with the document where ``isEcho``.
Source: the ``oci`` SDK; a recording of the live service, which has no ``modelVersion``.

Known deviations: relevance is of shared words and meanings (``brain.likeness``), squeezed between
0 and 1; chunks are not made, so that ``maxChunksPerDocument`` has no effect. The words for limits
were not observed.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator.brain.likeness import rate_relevance
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.native.fields import refuse_format
from ocigenai_nb.emulator.native.serving import find_served, open_envelope
from ocigenai_nb.emulator.text_pieces import take_pieces

_LOWEST, _SPREAD = 0.02, 0.96
_DIGITS: Final = 7
"""As many as the service sends."""


async def rerank_texts(request: Request) -> Response:
    """Answer with the documents, the most relevant first.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    envelope = open_envelope(exchange)
    facts = find_served(envelope, exchange, kind="rerank")
    query = envelope.read_text("input")
    documents = envelope.find_texts("documents")
    if not documents:
        refuse_format()
    envelope.find_integer("maxChunksPerDocument", low=1)
    most = envelope.find_integer("maxTokensPerDocument", low=1)
    top = envelope.find_integer("topN", low=1) or len(documents)
    read = [text if most is None else take_pieces(text, most) for text in documents]
    scores = [_LOWEST + _SPREAD * rate_relevance(query, text) for text in read]
    ranks = [
        {"index": index, "relevanceScore": round(scores[index], _DIGITS)}
        for index in sorted(range(len(documents)), key=lambda index: -scores[index])[:top]
    ]
    if envelope.find_flag("isEcho", default=False):
        ranks = [_add_document(rank, documents[int(rank["index"])]) for rank in ranks]
    return JSONResponse(
        {"id": exchange.opc_request_id, "modelId": facts["id"], "documentRanks": ranks}
    )


def _add_document(rank: dict[str, float], text: str) -> dict[str, Any]:
    return {**rank, "document": {"text": text}}
