"""A wish that the service refuses is found in its words, and taken out; nothing else ever is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.refused_wishes import Remedy, apply_remedy, find_remedy

UNSUPPORTED = "Unsupported parameter: '{}' is not supported with this model."
INSTEAD = " Use 'max_completion_tokens' instead."
CHAT: dict[str, Any] = {"model": "m", "messages": [], "tools": [], "max_tokens": 9, "top_p": 0.5}
NATIVE: dict[str, Any] = {"chatRequest": {"messages": [], "maxTokens": 9, "presencePenalty": 0.5}}
RESPONSE: dict[str, Any] = {
    "model": "m", "input": [], "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
}  # fmt: skip


def write_openai(message: str, *, param: str | None = None, code: str | None = None) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return json.dumps({"error": error}).encode()


def write_oci(message: str) -> bytes:
    return json.dumps({"code": "400", "message": message}).encode()


@pytest.mark.parametrize(
    ("body", "refusal", "remedy"),
    [
        (CHAT, write_openai(UNSUPPORTED.format("top_p")), Remedy("top_p")),
        (CHAT, write_oci(UNSUPPORTED.format("top_p")), Remedy("top_p")),
        (CHAT, write_oci(write_openai(UNSUPPORTED.format("top_p")).decode()), Remedy("top_p")),
        (CHAT, write_oci("Argument not supported on this model: topP"), Remedy("top_p")),
        (CHAT, write_oci("Field 'top_p' is not supported"), Remedy("top_p")),
        (CHAT, write_openai("Unknown parameter: 'top_p'."), Remedy("top_p")),
        (CHAT, write_openai("No.", param="top_p", code="unsupported_parameter"), Remedy("top_p")),
        (
            CHAT,
            write_openai("Unsupported value: 'top_p' does not support 0.5 with this model."),
            Remedy("top_p", lasting=False),
        ),
        (
            CHAT,
            write_openai(UNSUPPORTED.format("max_tokens") + INSTEAD),
            Remedy("max_tokens", "max_completion_tokens"),
        ),
        (
            NATIVE,
            write_oci("Invalid 'maxTokens': " + UNSUPPORTED.format("max_tokens") + INSTEAD),
            Remedy("maxTokens", "maxCompletionTokens"),
        ),
        (
            NATIVE,
            write_oci("Argument not supported on this model: presencePenalty"),
            Remedy("presencePenalty"),
        ),
        (
            RESPONSE,
            write_openai(UNSUPPORTED.format("reasoning.summary")),
            Remedy("reasoning.summary"),
        ),
        (
            RESPONSE,
            write_openai("Encrypted content is not supported with this model.", param="include"),
            Remedy("include"),
        ),
    ],
)
def test_the_wish_that_is_refused_is_found(
    body: dict[str, Any], refusal: bytes, remedy: Remedy
) -> None:
    assert find_remedy(body, refusal) == remedy


@pytest.mark.parametrize(
    "refusal",
    [
        b"",
        b"<html>Unsupported parameter: 'top_p'</html>",
        write_openai(
            UNSUPPORTED.format("messages"), param="messages", code="unsupported_parameter"
        ),
        write_openai(UNSUPPORTED.format("model")),
        write_openai(UNSUPPORTED.format("tools")),
        write_openai(UNSUPPORTED.format("temperature")),  # it was not sent
        write_openai("top_p must be between 0 and 1.", param="top_p", code="invalid_value"),
        write_oci("Compartment ID must be provided."),
    ],
)
def test_what_is_no_wish_or_is_not_refused_is_left_alone(refusal: bytes) -> None:
    assert find_remedy(CHAT, refusal) is None


def test_a_wish_is_left_out_or_renamed_in_its_place() -> None:
    chat, native = dict(CHAT), {"chatRequest": dict(NATIVE["chatRequest"])}
    assert apply_remedy(chat, Remedy("top_p"))
    assert apply_remedy(native, Remedy("maxTokens", "maxCompletionTokens"))
    assert chat == {"model": "m", "messages": [], "tools": [], "max_tokens": 9}
    assert native["chatRequest"]["maxCompletionTokens"] == 9
    assert "maxTokens" not in native["chatRequest"]
    assert not apply_remedy(chat, Remedy("top_p"))


def test_a_part_of_a_wish_is_left_out_and_the_rest_stays() -> None:
    body = dict(RESPONSE)
    assert apply_remedy(body, Remedy("reasoning.summary"))
    assert body["reasoning"] == {"effort": "low"}
    assert not apply_remedy(body, Remedy("reasoning.summary"))
    assert apply_remedy(body, Remedy("reasoning.effort"))
    assert "reasoning" not in body


@given(st.binary() | st.text().map(write_oci) | st.text().map(write_openai))
def test_any_refusal_is_survived(refusal: bytes) -> None:
    assert find_remedy(CHAT, refusal) in {None, Remedy("top_p"), Remedy("max_tokens")}
