"""How the `openai` SDK is set up for an identity, sync or async.

Its own retries and redirects are off: a redirected prompt would travel to another address. zstd is
never offered: the service frames each event on its own, which httpx can't decode
(encode/httpx#3697).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.endpoints import OPENAI_PATH
from ocigenai_nb.core.errors import ConfigError

from .settings import Identity

if TYPE_CHECKING:
    import openai


def load_httpx() -> Any:
    """The module `httpx` or `httpx2`, as the SDK is built on."""
    import openai

    base: Any = openai.DefaultHttpxClient.__base__
    return importlib.import_module(base.__module__.partition(".")[0])


def http_settings(identity: Identity, *, read: float, connect: float) -> dict[str, Any]:
    """What its HTTP client is made with, besides who signs. Times are in seconds."""
    import ssl

    import openai

    settings: dict[str, Any] = {
        "follow_redirects": False,
        "timeout": openai.Timeout(read, connect=connect),
        "headers": {"accept-encoding": "gzip, deflate"},
    }
    if identity.settings.endpoint.value.startswith("http://"):
        # Plain http goes to loopback only, which no proxy of the environment can reach. Nobody is
        # trusted there: to read the certificates of those who would be takes 25 ms.
        settings |= {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
    return settings


def sdk_settings(identity: Identity, http: Any) -> dict[str, Any]:
    """What it is made with. Raises ConfigError for a compartment that no header can carry."""
    settings = identity.settings
    compartment = settings.compartment.value
    if not (compartment.isascii() and compartment.isprintable()):
        raise ConfigError(
            f"The compartment {compartment!r} can't be an OCID.",
            remedy="Copy it from the Console: it begins with ocid1.compartment.",
        )
    return {
        "api_key": "signed-by-oci",
        "base_url": settings.endpoint.value + OPENAI_PATH,
        "http_client": http,
        "max_retries": 0,
        "timeout": http.timeout,
        "project": identity.project,
        "default_headers": {"opc-compartment-id": compartment, "CompartmentId": compartment},
    }


def forget_environment(
    client: openai.OpenAI | openai.AsyncOpenAI, settings: Mapping[str, Any]
) -> None:
    """Let it send what it was given, and nothing that it took from OPENAI_* variables.

    Those belong to another account.
    """
    client.organization = settings.get("organization")
    client.project = settings.get("project")
    # Given openly, they join those of the variable.
    client._custom_headers = settings.get("default_headers") or {}  # noqa: SLF001
