"""The control plane's lists, by our signed client: models and endpoints, page by page.

Rules: `GET /20231130/models` and `/20231130/endpoints`; the compartment is a parameter of the
query; a list that goes on names its next page in the header `opc-next-page`, which the next request
gives back as `page`. Source: the `oci` SDK 2.189.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from ocigenai_nb.core.endpoints import control_endpoint
from ocigenai_nb.core.errors import MalformedStreamError, TransportUnavailableError

from .base import fetch_page
from .client import SignedClient
from .credentials import BearerCredentials
from .recovery import Send

_MODELS: Final = "models"
_ENDPOINTS: Final = "endpoints"
_LIMIT: Final = 50
_MOST_PAGES: Final = 100


async def list_models(client: SignedClient) -> list[Any]:
    """Every item of the list of models in the identity's region and compartment.

    Raises TransportUnavailableError for a Generative AI API key, which opens no control plane,
    and the typed error of the service where it refuses.
    """
    return await _list(client, _MODELS)


async def list_endpoints(client: SignedClient) -> list[Any]:
    """The same of the dedicated endpoints."""
    return await _list(client, _ENDPOINTS)


async def _list(client: SignedClient, kind: str) -> list[Any]:
    settings = client.identity.settings
    if settings.auth.value == BearerCredentials.kind:
        raise TransportUnavailableError(
            f"A Generative AI API key opens the OpenAI-compatible endpoints only, and {kind} are "
            "listed by the control plane.",
            remedy="Connect with a profile to list them, or give a model by its name.",
        )
    root = control_endpoint(settings.endpoint.value)
    query = {"compartmentId": settings.compartment.value, "limit": str(_LIMIT)}
    items: list[Any] = []
    for _ in range(_MOST_PAGES):
        url = f"{root}/20231130/{kind}?{urlencode(query)}"
        send = Send(partial(client.get, url), endpoint=root)
        # What is listed is in place of a model, where an error names one.
        page, after = await fetch_page(client, send, f"the list of {kind}")
        items += _read_items(page, kind)
        if not after or after == query.get("page"):
            return items
        query["page"] = after
    raise MalformedStreamError(f"The list of {kind} did not end after {_MOST_PAGES} pages.")


def _read_items(page: dict[str, Any], kind: str) -> list[Any]:
    items = page.get("items")
    if isinstance(items, list):
        return items
    raise MalformedStreamError(
        f"The answer is not a list of {kind}, so it does not come from this service.",
        remedy="Check the endpoint and any proxy before it.",
    )
