"""The response object, with every field that the Open Responses schema requires.

Source: the Open Responses schema, OpenAI's reference (``cache_write_tokens`` is its alone).

Known deviation: what the live service states for settings that a request leaves out was not
observed; here it is OpenAI's defaults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer
from ocigenai_nb.emulator.responses.settings import Settings

_CUTS: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is not complete."""


def write_resource(
    response_id: str,
    settings: Settings,
    answer: Answer,
    output: Sequence[Mapping[str, Any]],
    *,
    store: bool,
    now: float,
    conversation_id: str | None = None,
) -> dict[str, Any]:
    """Return the finished response."""
    cut = _CUTS.get(answer.finish_reason)
    place = {} if conversation_id is None else {"conversation": {"id": conversation_id}}
    return {
        "id": response_id,
        "object": "response",
        "created_at": int(now),
        "completed_at": None if cut else int(now),
        "status": "incomplete" if cut else "completed",
        "error": None,
        "incomplete_details": {"reason": cut} if cut else None,
        **_restate(settings),
        **place,
        "store": store,
        "output": list(output),
        "usage": _write_usage(answer),
    }


def fail(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``resource`` as it is when the service failed at it."""
    error = {
        "code": "server_error",
        "message": "The server had an error while processing your request.",
    }
    return {
        **resource,
        "completed_at": None,
        "status": "failed",
        "error": error,
        "incomplete_details": None,
        "output": [],
        "usage": None,
    }


def _restate(settings: Settings) -> dict[str, Any]:
    given = settings.given
    tier = given.get("service_tier", "auto")
    return {
        "model": given["model"],
        "background": given.get("background", False),
        "instructions": given.get("instructions"),
        "max_output_tokens": given.get("max_output_tokens"),
        "max_tool_calls": given.get("max_tool_calls"),
        "metadata": given.get("metadata", {}),
        "parallel_tool_calls": given.get("parallel_tool_calls", True),
        "previous_response_id": given.get("previous_response_id"),
        "prompt_cache_key": given.get("prompt_cache_key"),
        "reasoning": {"effort": settings.effort, "summary": settings.summary},
        "safety_identifier": given.get("safety_identifier"),
        "service_tier": "default" if tier == "auto" else tier,
        "temperature": given.get("temperature", 1.0),
        "text": settings.text,
        "tool_choice": settings.tool_choice,
        "tools": settings.tools,
        "top_logprobs": given.get("top_logprobs", 0),
        "top_p": given.get("top_p", 1.0),
        "presence_penalty": given.get("presence_penalty", 0.0),
        "frequency_penalty": given.get("frequency_penalty", 0.0),
        "truncation": given.get("truncation", "disabled"),
    }


def _write_usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": answer.cached_tokens,
            "cache_write_tokens": 0,
        },
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.total_tokens,
    }
