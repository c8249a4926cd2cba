"""What the `oci` SDK's own client sends: the measure of our native requests."""

from __future__ import annotations

from typing import Any

from tests.transports.keys import make_key
from tests.transports.native_player import Player


def send_by_sdk(details: object, player: Player) -> dict[str, Any]:
    """The JSON body that `GenerativeAiInferenceClient.chat` puts on the wire for `details`."""
    from oci.auth.signers import SecurityTokenSigner
    from oci.circuit_breaker import NoCircuitBreakerStrategy
    from oci.generative_ai_inference import GenerativeAiInferenceClient
    from oci.retry import NoneRetryStrategy

    client = GenerativeAiInferenceClient(
        {"region": "us-chicago-1"},
        signer=SecurityTokenSigner("token", make_key()),
        service_endpoint=player.url,
        retry_strategy=NoneRetryStrategy(),
        circuit_breaker_strategy=NoCircuitBreakerStrategy(),
    )
    client.chat(details)
    return player.asked[-1].body
