"""The native actions beside chat, and where they are."""

from __future__ import annotations

from typing import Final

from starlette.routing import Route

from ocigenai_nb.emulator.native.embeddings import embed_texts
from ocigenai_nb.emulator.native.guardrails import apply_guardrails
from ocigenai_nb.emulator.native.reranking import rerank_texts

_ACTIONS: Final = "/20231130/actions"

ROUTES: Final = (
    Route(f"{_ACTIONS}/embedText", embed_texts, methods=["POST"]),
    Route(f"{_ACTIONS}/rerankText", rerank_texts, methods=["POST"]),
    Route(f"{_ACTIONS}/applyGuardrails", apply_guardrails, methods=["POST"]),
)
"""Their routes."""
