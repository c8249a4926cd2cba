"""The `openai` SDK's own client, signed: for all of the OpenAI-compatible endpoint but chat.

It blocks, as the SDK's client does; keys are read and tokens renewed on the I/O thread. Our own
retries, journal and cassettes are no part of it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

import openai

from ocigenai_nb.core.errors import EndpointRefusedError

from .auth import OCIAuth, utc_now
from .cassette import refuse_while_replaying
from .credentials import Credentials
from .loop import io_thread
from .pool import Timeouts
from .sdk_settings import forget_environment, http_settings, load_httpx, sdk_settings
from .settings import Identity

_httpx: Any = load_httpx()


class SigningAuth(_httpx.Auth):  # type: ignore[misc]  # of either package, so of no one type
    """Signs each request as it goes out, and once more after a 401 with a key that was renewed."""

    requires_request_body = True

    def __init__(
        self, credentials: Credentials, root: str, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._credentials = credentials
        self._origin = _origin(_httpx.URL(root))
        self._sign = OCIAuth(credentials, clock=clock)

    def prepare(self, url: Any) -> None:
        """Make sure that a request to `url` may be signed, and that there is a key.

        Raises EndpointRefusedError for another host than the endpoint's, and what reading the key
        or renewing the token raises.
        """
        refuse_while_replaying()
        if _origin(url) != self._origin:
            raise EndpointRefusedError(
                f"Requests are signed for {self._origin} only, not for {_origin(url)}.",
                remedy="Make a connection for that endpoint: connect(endpoint=...).",
            )
        io_thread().run(self._credentials.ready())

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Sign, send, and after a 401 renew and send once more."""
        self.prepare(request.url)
        generation = self._credentials.generation
        response = yield self._sign(request)
        if response.status_code == 401 and io_thread().run(self._credentials.renew(generation)):
            yield self._sign(request)


class SignedOpenAI(openai.OpenAI):
    """`openai.OpenAI`, its requests signed for OCI; its copies (`with_options`) are, too."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        forget_environment(self, settings)

    def _prepare_request(self, request: Any) -> None:
        # The SDK's place for signatures. What is raised here comes out as it is; raised later it
        # would be a "Connection error".
        if isinstance(auth := self._client.auth, SigningAuth):
            auth.prepare(request.url)


def make_openai(identity: Identity, timeouts: Timeouts = Timeouts()) -> SignedOpenAI:
    """A client for an identity, on connections of its own. Nothing is sent.

    Raises ConfigError for a compartment that no header can carry.
    """
    http = openai.DefaultHttpxClient(
        auth=SigningAuth(identity.credentials, identity.settings.endpoint.value),
        **http_settings(identity, read=timeouts.read, connect=timeouts.connect),
    )
    # Copies share it, so it is closed with the last of them; what has the sockets outlives it.
    sockets = [http._transport, *filter(None, http._mounts.values())]  # noqa: SLF001
    weakref.finalize(http, _close, sockets, os.getpid())
    return SignedOpenAI(**sdk_settings(identity, http))


def _close(transports: list[Any], process: int) -> None:
    """Close the connections, but not a parent process's."""
    if os.getpid() == process:
        for transport in transports:
            transport.close()


def _origin(url: Any) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"
