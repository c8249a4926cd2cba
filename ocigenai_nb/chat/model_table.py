"""What can be called over a connection, as a DataFrame: the service's list, the facts, a probe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import NotFoundError, OCIGenAIError
from ocigenai_nb.core.model_list import ListedModel, read_endpoint_list, read_model_list
from ocigenai_nb.core.routing import choose_transport, transport_name
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.control_plane import list_endpoints, list_models
from ocigenai_nb.transports.loop import io_thread

from .comparison import describe_error
from .prices import estimate_cost
from .probe import Probed, send_probes

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "model": "string",
    "base": "string",
    "vendor": "string",
    "kind": "string",
    "access": "string",
    "transport": "string",
    "context_tokens": "Int64",
    "capabilities": "string",
    "input_price": "float64",
    "output_price": "float64",
    "deprecated": "datetime64[ns]",
    "ends": "datetime64[ns]",
    "note": "string",
    "ocid": "string",
}
_CALLABLE = ("on demand", "endpoint", "not known")
_PROBE_TYPES = {
    "answered": "boolean",
    "seconds": "float64",
    "cost": "float64",
    "error": "string",
}


def find_models(client: SignedClient, *, probe: bool) -> pd.DataFrame:
    """The table; `Connection.models` says what is in it, and what it raises."""
    import pandas as pd

    listed = _list(client)
    rows = [_describe(model) for model in listed]
    types = dict(_TYPES)
    if probe:
        types |= _PROBE_TYPES
        probed = _probe(client, listed)
        rows = [row | _tell(probed.get(row["model"])) for row in rows]
    return pd.DataFrame(rows, columns=list(types), dtype="object").astype(types)


def _list(client: SignedClient) -> list[ListedModel]:
    """Models and dedicated endpoints, the best access first."""
    items = io_thread().run(list_models(client))
    region = client.identity.settings.region.value
    models = read_model_list(items, region, datetime.now(UTC).date().isoformat())
    try:
        endpoints = io_thread().run(list_endpoints(client))
    except NotFoundError as error:  # whoever may list models need not be allowed to list these
        said = f"Dedicated endpoints are not in the table: {error.message} {error.remedy}"
        warnings.warn(said, stacklevel=5)
        return models
    return sorted([*models, *read_endpoint_list(endpoints, items)], key=lambda each: each.rank)


def _probe(client: SignedClient, listed: Sequence[ListedModel]) -> dict[str, Probed]:
    """What came of asking each chat model that may answer."""
    asked = {
        model.name: _find_transport(model)
        for model in listed
        if model.kind == "chat" and model.access in _CALLABLE
    }
    return {probed.model: probed for probed in send_probes(client.identity, asked)}


def _describe(model: ListedModel) -> dict[str, Any]:
    facts: Mapping[str, Any] = model.facts or {}
    prices = {} if model.access == "endpoint" else facts  # a cluster is paid by the hour
    return {
        "model": model.name,
        "base": model.base,
        "vendor": model.vendor,
        "kind": model.kind,
        "access": model.access,
        "transport": _find_transport(model),
        "context_tokens": facts.get("context_tokens"),
        "capabilities": ", ".join(
            can for can in facts.get("capabilities", ()) if can != "streaming"
        ),
        "input_price": prices.get("input_price"),
        "output_price": prices.get("output_price"),
        "deprecated": model.deprecated,
        "ends": model.ends,
        "note": model.title or facts.get("note", "Not in the facts that came with this package."),
        "ocid": model.ocid,
    }


def _find_transport(model: ListedModel) -> str | None:
    """The transport that a chat model needs; None for what is asked in no conversation."""
    if model.kind != "chat":
        return None
    if model.access != "endpoint" and model.facts and model.facts["responses_only"]:
        return "responses"
    try:
        return transport_name(choose_transport(model.name))
    except OCIGenAIError:
        return None  # a family that is not known here


def _tell(probed: Probed | None) -> dict[str, Any]:
    if probed is None:
        return dict.fromkeys(_PROBE_TYPES)
    answer = probed.answer
    cost = estimate_cost(probed.model, answer.usage) if answer is not None else None
    return {
        "answered": probed.error is None,
        "seconds": probed.seconds,
        "cost": cost.amount if cost else None,
        "error": describe_error(probed.error),
    }
