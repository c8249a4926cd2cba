"""``GET /20231130/models`` and its neighbors: lists and single resources of the control plane.

Rules: a list needs ``compartmentId`` and shows what is in that compartment; base models are in
none, and so in every list. A compartment or a resource that does not exist answers as one that is
another's. Source: the ``oci`` SDK (2.189.0); Oracle's page of API errors.

Known deviations: nothing can be made, changed or deleted; of the control plane's other resources
(clusters, imported models, model discovery, work requests) there is nothing. The real one is on a
host of its own, ``generativeai.<region>``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.control import catalog, resources
from ocigenai_nb.emulator.control.catalog import Resource
from ocigenai_nb.emulator.control.pages import NEXT_PAGE, cut_page
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.paths import CONTROL
from ocigenai_nb.emulator.refusals import RefusedError, write_oci

_NO_COMPARTMENT: Final = write_oci(
    400, "MissingParameter", "Missing required parameter compartmentId"
)
_SORTS: Final = ("displayName", "timeCreated")


@dataclass(frozen=True, slots=True)
class _Collection:
    """One kind of resource: where it is, and what a caller has of it."""

    path: str
    find: Callable[[Exchange], Iterable[Resource]]
    sorts: tuple[str, ...] = _SORTS
    hidden: tuple[str, ...] = ()
    """Fields that a get shows and a list does not."""

    async def list_page(self, request: Request) -> Response:
        exchange: Exchange = request.scope[EXCHANGE]
        compartment = _read_compartment(request, exchange)
        items = [
            {name: value for name, value in item.items() if name not in self.hidden}
            for item in self.find(exchange)
            if item["compartmentId"] in {None, compartment}
        ]
        page = cut_page(items, request.query_params, sorts=self.sorts)
        headers = {NEXT_PAGE: page.next} if page.next else {}
        return JSONResponse({"items": page.items}, headers=headers)

    async def get(self, request: Request) -> Response:
        for item in self.find(request.scope[EXCHANGE]):
            if item["id"] == request.path_params["ocid"]:
                return JSONResponse(item)
        raise RefusedError(refusals.NOT_AUTHORIZED)


def list_routes() -> list[Route]:
    """Return the control plane's routes."""
    routes = []
    for collection in _COLLECTIONS:
        path = f"{CONTROL}/{collection.path}"
        routes.append(Route(path, collection.list_page, methods=["GET"]))
        routes.append(Route(f"{path}/{{ocid}}", collection.get, methods=["GET"]))
    return routes


def _read_compartment(request: Request, exchange: Exchange) -> str:
    compartment = request.query_params.get("compartmentId")
    if not compartment:
        raise RefusedError(_NO_COMPARTMENT)
    if compartment not in exchange.caller.compartments:
        raise RefusedError(refusals.NOT_AUTHORIZED)
    return compartment


def _find_models(exchange: Exchange) -> Iterable[Resource]:
    caller, region = exchange.caller, exchange.region
    named = region in caller.models
    listed = catalog.list_models(region, restricted=named or caller.serves_everything)
    return [item for item in listed if caller.grants(item["displayName"], region) is not False]


def _find_endpoints(exchange: Exchange) -> Iterable[Resource]:
    return [resources.write_endpoint(exchange.caller)] if exchange.at_home else []


def _find_projects(exchange: Exchange) -> Iterable[Resource]:
    return [resources.write_project(exchange.caller)] if exchange.at_home else []


def _find_api_keys(exchange: Exchange) -> Iterable[Resource]:
    identity = exchange.deployment.identity
    if exchange.caller is not identity.tenancies[0] or not exchange.at_home:
        return []
    return [resources.write_api_key(exchange.caller, identity.genai_api_key)]


_COLLECTIONS: Final = (
    _Collection("models", _find_models, (*_SORTS, "lifecycleState")),
    _Collection("endpoints", _find_endpoints),
    _Collection("generativeAiProjects", _find_projects, hidden=resources.PROJECT_SETTINGS),
    _Collection("apikeys", _find_api_keys),
)
