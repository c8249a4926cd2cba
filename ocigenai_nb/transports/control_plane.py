"""The control plane's lists, by our signed client: `GET /20231130/models`, page by page.

Rules: the compartment is a parameter of the query; a list that goes on names its next page in the
header `opc-next-page`, which the next request gives back as `page`. Source: the `oci` SDK 2.189.
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

_MODELS: Final = "/20231130/models"
_WHAT: Final = "the list of models"  # in place of a model, where an error names one
_LIMIT: Final = 50
_MOST_PAGES: Final = 100


async def list_models(client: SignedClient) -> list[Any]:
    """Every item of the list of models in the identity's region and compartment.

    Raises TransportUnavailableError for a Generative AI API key, which opens no control plane,
    and the typed error of the service where it refuses.
    """
    settings = client.identity.settings
    if settings.auth.value == BearerCredentials.kind:
        raise TransportUnavailableError(
            "A Generative AI API key opens the OpenAI-compatible endpoints only, and the models "
            "are listed by the control plane.",
            remedy="Connect with a profile to list them.",
        )
    root = control_endpoint(settings.endpoint.value)
    query = {"compartmentId": settings.compartment.value, "limit": str(_LIMIT)}
    items: list[Any] = []
    for _ in range(_MOST_PAGES):
        url = f"{root}{_MODELS}?{urlencode(query)}"
        send = Send(partial(client.get, url), endpoint=root)
        page, after = await fetch_page(client, send, _WHAT)
        items += _read_items(page)
        if not after or after == query.get("page"):
            return items
        query["page"] = after
    raise MalformedStreamError(f"The list of models did not end after {_MOST_PAGES} pages.")


def _read_items(page: dict[str, Any]) -> list[Any]:
    items = page.get("items")
    if isinstance(items, list):
        return items
    raise MalformedStreamError(
        "The answer is not a list of models, so it does not come from this service.",
        remedy="Check the endpoint and any proxy before it.",
    )
