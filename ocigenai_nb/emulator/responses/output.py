"""An answer as the output items of a response: reasoning, message, function calls.

Rules: reasoning stands before what it led to. A message and each call end ``completed``, the last
``incomplete`` where the tokens ran out. Families: gpt-oss shows its reasoning as text, Grok as a
summary, OpenAI's models a summary if asked for one; Gemini has no reasoning item.
Source: OpenAI's reference, xAI's, the Open Responses schema.

Known deviation: which family shows its reasoning how through OCI was not observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ocigenai_nb.emulator.answer import Answer
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.text_pieces import rate_pieces, split_pieces


@dataclass(frozen=True, slots=True)
class ReasoningStyle:
    """What a response shows of its model's reasoning."""

    has_item: bool
    as_text: bool
    as_summary: bool


def find_style(family: str, *, wants_summary: bool) -> ReasoningStyle:
    """Return what ``family`` shows of its reasoning."""
    return ReasoningStyle(
        has_item=family != "gemini",
        as_text=family == "gpt-oss",
        as_summary=family == "grok-reasoning" or (family == "openai-reasoning" and wants_summary),
    )


def write_output(
    answer: Answer,
    style: ReasoningStyle,
    *,
    sealed: str | None = None,
    alternatives: int | None = None,
) -> list[dict[str, Any]]:
    """Return the items of ``answer``.

    Args:
        answer: What the model said.
        style: What is shown of its reasoning.
        sealed: The reasoning as sealed text, if wanted.
        alternatives: How many tokens come at each place with log probabilities; ``None`` without.
    """
    items = list(_write_items(answer, style, sealed, alternatives))
    if answer.finish_reason in ("length", "content_filter") and items and "status" in items[-1]:
        items[-1]["status"] = "incomplete"
    return items


def _write_items(
    answer: Answer, style: ReasoningStyle, sealed: str | None, alternatives: int | None
) -> Iterator[dict[str, Any]]:
    if answer.reasoning and style.has_item:
        yield _write_reasoning(answer.reasoning, style, sealed)
    if answer.text:
        yield {
            "id": make_id("msg_"),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [_write_part(answer, alternatives)],
        }
    for name, arguments in answer.calls:
        yield {
            "id": make_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "call_id": make_id("call_"),
            "name": name,
            "arguments": arguments,
        }


def _write_reasoning(text: str, style: ReasoningStyle, sealed: str | None) -> dict[str, Any]:
    item: dict[str, Any] = {"id": make_id("rs_"), "type": "reasoning", "summary": []}
    if style.as_summary:
        item["summary"] = [{"type": "summary_text", "text": text}]
    if style.as_text:
        item["content"] = [{"type": "reasoning_text", "text": text}]
    if sealed is not None:
        item["encrypted_content"] = sealed
    return item


def _write_part(answer: Answer, alternatives: int | None) -> dict[str, Any]:
    if answer.refused:
        return {"type": "refusal", "refusal": answer.text}
    pieces = split_pieces(answer.text)
    rated = [] if alternatives is None else rate_pieces(pieces, alternatives)
    return {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": rated}
