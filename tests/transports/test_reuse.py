"""A connection serves one turn after the other: a new one would cost a TLS handshake each."""

from __future__ import annotations

from typing import Any

from tests.transports.subject import COUNT, Transport


def connections(client: Any) -> list[object]:
    """The pool's connections; the SDK's own pool has no public view of them."""
    return list(client._pool._http._transport._pool.connections)


def test_a_second_turn_goes_over_the_same_connection(transport: Transport) -> None:
    client = transport.client()
    model = transport.model(client=client)
    list(model.stream(COUNT))
    (first,) = connections(client)
    list(model.stream(COUNT))
    (second,) = connections(client)
    assert second is first
