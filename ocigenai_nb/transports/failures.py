"""Failures of the connection itself: what may be raised, and what it means to a person."""

from __future__ import annotations

import ssl
from functools import cache

from ocigenai_nb.core.errors import (
    ConnectionFailedError,
    MalformedStreamError,
    RequestTimeoutError,
    StreamLimitError,
)

from .sdk_settings import load_httpx

# What fails before a request is on its way, by the names that both majors of httpx share.
_UNSENT = frozenset(
    {
        "ConnectError", "ConnectTimeout", "LocalProtocolError", "PoolTimeout", "ProxyError",
        "UnsupportedProtocol",
    }
)  # fmt: skip


@cache
def read_errors() -> tuple[type[Exception], ...]:
    """What reading a body may raise: caps, deadlines, and what `httpx` or `httpx2` raise."""
    import openai

    module = load_httpx()
    return (
        module.HTTPError,
        module.StreamError,
        openai.APIConnectionError,
        TimeoutError,
        StreamLimitError,
        MalformedStreamError,
    )


def connection_error(error: BaseException, endpoint: str) -> ConnectionFailedError:
    """The typed error of a connection that failed, from the chain of causes."""
    chain = _causes(error)
    names = {type(cause).__name__ for cause in chain}
    if names & {"ConnectTimeout", "PoolTimeout"}:
        return RequestTimeoutError(
            f"{endpoint} could not be reached in time.",
            remedy="Nothing was sent. Check the endpoint, the network and any proxy.",
        )
    if names & {"APITimeoutError", "ReadTimeout", "WriteTimeout"}:
        return RequestTimeoutError(f"{endpoint} did not answer in time.", remedy="Send it again.")
    why, remedy = _why(chain)
    return ConnectionFailedError(f"No connection to {endpoint}: {why}.", remedy=remedy)


def may_have_arrived(error: BaseException) -> bool:
    """Whether the service may have had the request, of which no response came."""
    return _UNSENT.isdisjoint(type(cause).__name__ for cause in _causes(error))


def _why(chain: list[BaseException]) -> tuple[str, str]:
    text = " ".join(str(cause) for cause in chain).lower()
    if any(isinstance(cause, ssl.SSLError) for cause in chain) or "certificate" in text:
        return "its TLS certificate is not trusted", (
            "Nothing was sent. Behind a proxy that re-signs traffic, point SSL_CERT_FILE to its "
            "CA bundle; with openai 3 the operating system's store counts, too."
        )
    if "name or service" in text or "nodename" in text or "getaddrinfo" in text:
        return "its name can't be resolved", (
            "Nothing was sent. Check the region, the endpoint and the network."
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain) or "refused" in text:
        return "it refuses connections", "Nothing was sent. Check the endpoint."
    if "attempts failed" in text:
        return "it refuses connections", "Nothing was sent. Check the endpoint."
    return "the connection broke off", "Send it again."


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
