"""``/20231130/openai/v1/vector_stores``: vector stores made, listed, changed and deleted.

Rules: on the control plane alone; what is in a store (files, batches) and its search are on the
data plane (``vector_files``). A compartment is needed, a project isn't. A store with
``expires_after`` expires so many days after its last use.
Source: OpenAI's reference; published observations of the live service.

Known deviations: below this one root URL the control plane's path is an older base of the data
plane too, so that one client with that base has both; the other bases answer as the data plane
was seen to do for what it doesn't have. ``before`` is not looked at. A store is completed at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.files.access import (
    enter,
    find_file,
    find_store,
    keep,
    read_body,
    read_expiry,
)
from ocigenai_nb.emulator.files.indexing import index, read_strategy
from ocigenai_nb.emulator.files.store import StoredFile, VectorStore
from ocigenai_nb.emulator.parameters import Rule, check, refuse
from ocigenai_nb.emulator.paths import CONTROL, OPENAI_BASES
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.responses.metadata import check_metadata
from ocigenai_nb.emulator.responses.pages import write_page

_BASE: Final = f"{CONTROL}/openai/v1"
_PATH: Final = f"{_BASE}/vector_stores"
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MOST_FILES: Final = 500


def list_routes() -> list[Route]:
    """Return the routes of vector stores."""
    one = f"{_PATH}/{{store_id}}"
    others = (f"{base}/vector_stores" for base in OPENAI_BASES if base != _BASE)
    return [
        *(
            Route(path, _refuse_here, methods=_METHODS)
            for other in others
            for path in (other, f"{other}/{{store_id}}")
        ),
        Route(_PATH, _create, methods=["POST"]),
        Route(_PATH, _list, methods=["GET"]),
        Route(one, _retrieve, methods=["GET"]),
        Route(one, _update, methods=["POST"]),
        Route(one, _delete, methods=["DELETE"]),
    ]


async def _refuse_here(_request: Request) -> Response:
    why = f"vector stores are made, listed and deleted below {_BASE}"
    raise RefusedError(refusals.UNKNOWN_PATH, why)


async def _create(request: Request) -> Response:
    exchange = enter(request, needs_project=False)
    given = read_body(exchange) if exchange.request.body else {}
    files = _find_files(exchange, given.get("file_ids", []))
    strategy, now = read_strategy(given.get("chunking_strategy")), exchange.deployment.now()
    bare = VectorStore(make_id("vs_"), "", None, now, now, {})
    store = _change(bare, given)
    indexed = [await asyncio.to_thread(index, file, strategy, {}, now=now) for file in files]
    store = replace(store, files={file.file_id: file for file in indexed})
    keep(lambda: exchange.deployment.files.keep_store(exchange.caller.name, store))
    return JSONResponse(_write(store, now))


async def _list(request: Request) -> Response:
    exchange = enter(request, needs_project=False)
    now = exchange.deployment.now()
    stores = exchange.deployment.files.list_stores(exchange.caller.name)
    return JSONResponse(write_page(request, [_write(store, now) for store in stores]))


async def _retrieve(request: Request) -> Response:
    exchange, store = _find(request)
    return JSONResponse(_write(store, exchange.deployment.now()))


async def _update(request: Request) -> Response:
    exchange, store = _find(request)
    changed = _change(store, read_body(exchange))
    keep(lambda: exchange.deployment.files.keep_store(exchange.caller.name, changed))
    return JSONResponse(_write(changed, exchange.deployment.now()))


async def _delete(request: Request) -> Response:
    exchange, store = _find(request)
    exchange.deployment.files.delete_store(exchange.caller.name, store.id)
    return JSONResponse({"id": store.id, "object": "vector_store.deleted", "deleted": True})


def _find(request: Request) -> tuple[Exchange, VectorStore]:
    exchange = enter(request, needs_project=False)
    return exchange, find_store(exchange, request.path_params["store_id"])


def _find_files(exchange: Exchange, file_ids: Any) -> list[StoredFile]:
    check(file_ids, Rule("an array"), param="file_ids")
    if len(file_ids) > _MOST_FILES:
        refuse(
            f"Invalid 'file_ids': array too long. Expected an array with maximum length "
            f"{_MOST_FILES}, but got an array with length {len(file_ids)} instead.",
            param="file_ids",
            code="array_above_max_length",
        )
    for position, file_id in enumerate(file_ids):
        check(file_id, Rule("a string"), param=f"file_ids[{position}]")
    return [find_file(exchange, file_id, param="file_ids") for file_id in file_ids]


def _change(store: VectorStore, given: Mapping[str, Any]) -> VectorStore:
    for name in ("name", "description"):
        check(given.get(name, ""), Rule("a string"), param=name)
    metadata = given.get("metadata", store.metadata)
    check_metadata(metadata)
    days = read_expiry(given, anchor="last_active_at", unit="days", low=1, high=365)
    return replace(
        store,
        name=given.get("name", store.name),
        description=given.get("description", store.description),
        metadata=metadata,
        days=store.days if days is None else days,
    )


def _write(store: VectorStore, now: float) -> dict[str, Any]:
    failed = sum(file.flaw is not None for file in store.files.values())
    expiry = {"anchor": "last_active_at", "days": store.days} if store.days else None
    return {
        "id": store.id,
        "object": "vector_store",
        "created_at": int(store.created),
        "name": store.name,
        "description": store.description,
        "usage_bytes": store.usage_bytes,
        "file_counts": write_counts(len(store.files), failed=failed),
        "status": "expired" if store.has_expired(now) else "completed",
        "expires_after": expiry,
        "expires_at": None if store.expires is None else int(store.expires),
        "last_active_at": int(store.active),
        "metadata": store.metadata,
    }


def write_counts(total: int, *, failed: int) -> dict[str, int]:
    """Return how many files came to what end."""
    completed = total - failed
    return {
        "in_progress": 0,
        "completed": completed,
        "failed": failed,
        "cancelled": 0,
        "total": total,
    }
