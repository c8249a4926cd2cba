"""``.../vector_stores/{id}/files``, ``/file_batches`` and ``/search``: on the data plane alone.

Rules: a file is attached with attributes and a way to cut it, and is searched from then on; a
batch attaches many; detaching leaves the file itself. A project is needed for all but the search.
Source: OpenAI's reference; published observations of the live service.

Known deviations: files are indexed at once, so that none is ever in progress and cancelling a
batch cancels nothing; ``before`` is not looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.files.access import (
    check_attributes,
    enter,
    find_file,
    find_store,
    keep,
    read_body,
    report_missing,
)
from ocigenai_nb.emulator.files.indexing import index, read_strategy
from ocigenai_nb.emulator.files.searching import answer_search
from ocigenai_nb.emulator.files.store import MOST_BATCHES, IndexedFile, VectorStore
from ocigenai_nb.emulator.files.vector_stores import write_counts
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.responses.pages import write_page

_STATES: Final = ("in_progress", "completed", "failed", "cancelled")
_MOST_IN_BATCH: Final = 2000


def list_routes(base: str) -> list[Route]:
    """Return the routes of what is in vector stores, below ``base``."""
    store = f"{base}/vector_stores/{{store_id}}"
    file = f"{store}/files/{{file_id}}"
    batch = f"{store}/file_batches/{{batch_id}}"
    return [
        Route(f"{store}/search", answer_search, methods=["POST"]),
        Route(f"{store}/files", _attach, methods=["POST"]),
        Route(f"{store}/files", _list, methods=["GET"]),
        Route(file, _retrieve, methods=["GET"]),
        Route(file, _update, methods=["POST"]),
        Route(file, _detach, methods=["DELETE"]),
        Route(f"{file}/content", _read, methods=["GET"]),
        Route(f"{store}/file_batches", _attach_batch, methods=["POST"]),
        Route(batch, _retrieve_batch, methods=["GET"]),
        Route(f"{batch}/cancel", _retrieve_batch, methods=["POST"]),
        Route(f"{batch}/files", _list_batch, methods=["GET"]),
    ]


async def _attach(request: Request) -> Response:
    exchange, store = _find_store(request)
    [file] = await _index(exchange, [read_body(exchange)])
    _keep(exchange, store.id, [file])
    return JSONResponse(_write(file, store.id))


async def _list(request: Request) -> Response:
    _, store = _find_store(request)
    return JSONResponse(_write_files(request, store.files.values(), store.id))


async def _retrieve(request: Request) -> Response:
    _, store, file = _find(request)
    return JSONResponse(_write(file, store.id))


async def _update(request: Request) -> Response:
    exchange, store, file = _find(request)
    given = read_body(exchange)
    if "attributes" not in given:
        refuse_missing("attributes")
    check_attributes(given["attributes"])
    changed = replace(file, attributes=given["attributes"])
    _keep(exchange, store.id, [changed])
    return JSONResponse(_write(changed, store.id))


async def _detach(request: Request) -> Response:
    exchange, store, file = _find(request)
    left = {name: known for name, known in store.files.items() if name != file.file_id}
    keep(
        lambda: exchange.deployment.files.keep_store(
            exchange.caller.name, replace(store, files=left)
        )
    )
    deleted = {"id": file.file_id, "object": "vector_store.file.deleted", "deleted": True}
    return JSONResponse(deleted)


async def _read(request: Request) -> Response:
    _, _, file = _find(request)
    data = [{"type": "text", "text": chunk} for chunk in file.chunks]
    page = {"object": "vector_store.file_content.page", "data": data}
    return JSONResponse({**page, "has_more": False, "next_page": None})


async def _attach_batch(request: Request) -> Response:
    exchange, store = _find_store(request)
    if len(store.batches) >= MOST_BATCHES:
        raise RefusedError(write_oci(400, "LimitExceeded", "The limit of batches is exceeded."))
    files = await _index(exchange, _read_batch(read_body(exchange)))
    batch_id, now = make_id("vsfb_"), exchange.deployment.now()
    batch = (now, tuple(file.file_id for file in files))
    changed = _keep(exchange, store.id, files, {batch_id: batch})
    return JSONResponse(_write_batch(changed, batch_id))


async def _retrieve_batch(request: Request) -> Response:
    store, batch_id = _find_batch(request)
    return JSONResponse(_write_batch(store, batch_id))


async def _list_batch(request: Request) -> Response:
    store, batch_id = _find_batch(request)
    return JSONResponse(_write_files(request, _list_of_batch(store, batch_id), store.id))


def _find_store(request: Request) -> tuple[Exchange, VectorStore]:
    exchange = enter(request)
    return exchange, find_store(exchange, request.path_params["store_id"])


def _find(request: Request) -> tuple[Exchange, VectorStore, IndexedFile]:
    exchange, store = _find_store(request)
    file_id = request.path_params["file_id"]
    file = store.files.get(file_id)
    if file is None:
        report_missing("file", file_id, store.id)
    return exchange, store, file


def _find_batch(request: Request) -> tuple[VectorStore, str]:
    _, store = _find_store(request)
    batch_id: str = request.path_params["batch_id"]
    if batch_id not in store.batches:
        report_missing("file batch", batch_id, store.id)
    return store, batch_id


def _keep(
    exchange: Exchange,
    store_id: str,
    files: Iterable[IndexedFile],
    batches: Mapping[str, tuple[float, tuple[str, ...]]] | None = None,
) -> VectorStore:
    """Put ``files`` into a store as it is by now: indexing them took its time."""
    store = find_store(exchange, store_id)
    changed = replace(
        store,
        active=exchange.deployment.now(),
        files={**store.files, **{file.file_id: file for file in files}},
        batches={**store.batches, **(batches or {})},
    )
    keep(lambda: exchange.deployment.files.keep_store(exchange.caller.name, changed))
    return changed


async def _index(exchange: Exchange, wanted: Sequence[Mapping[str, Any]]) -> list[IndexedFile]:
    """Return each wanted file, ready for search; all are checked before the first is indexed."""
    now = exchange.deployment.now()
    checked = [_read_wish(exchange, given) for given in wanted]
    return [await asyncio.to_thread(index, *wish, now=now) for wish in checked]


def _read_wish(exchange: Exchange, given: Mapping[str, Any]) -> Any:
    file_id = given.get("file_id")
    if file_id is None:
        refuse_missing("file_id")
    check(file_id, Rule("a string"), param="file_id")
    attributes = given.get("attributes") or {}
    check_attributes(attributes)
    strategy = read_strategy(given.get("chunking_strategy"))
    return find_file(exchange, file_id, param="file_id"), strategy, attributes


def _read_batch(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if ("file_ids" in given) == ("files" in given):
        refuse("Exactly one of 'file_ids' and 'files' must be given.", param="file_ids")
    name = "file_ids" if "file_ids" in given else "files"
    check(given[name], Rule("an array"), param=name)
    if not 1 <= len(given[name]) <= _MOST_IN_BATCH:
        refuse(f"Invalid '{name}': expected 1 to {_MOST_IN_BATCH} files.", param=name)
    if name == "file_ids":
        return [{**given, "file_id": file_id} for file_id in given[name]]
    for index_, wish in enumerate(given[name]):
        check(wish, Rule("an object"), param=f"files[{index_}]")
    return list(given[name])


def _list_of_batch(store: VectorStore, batch_id: str) -> list[IndexedFile]:
    return [store.files[name] for name in store.batches[batch_id][1] if name in store.files]


def _write(file: IndexedFile, store_id: str) -> dict[str, Any]:
    error = {"code": "unsupported_file", "message": file.flaw} if file.flaw else None
    return {
        "id": file.file_id,
        "object": "vector_store.file",
        "created_at": int(file.created),
        "usage_bytes": file.usage_bytes,
        "vector_store_id": store_id,
        "status": "failed" if file.flaw else "completed",
        "last_error": error,
        "chunking_strategy": file.strategy,
        "attributes": file.attributes,
    }


def _write_files(request: Request, files: Iterable[IndexedFile], store_id: str) -> dict[str, Any]:
    wanted = request.query_params.get("filter")
    if wanted is not None and wanted not in _STATES:
        refuse_choice(wanted, _STATES, param="filter")
    items = [_write(file, store_id) for file in files]
    return write_page(request, [item for item in items if wanted in (None, item["status"])])


def _write_batch(store: VectorStore, batch_id: str) -> dict[str, Any]:
    made, _ = store.batches[batch_id]
    files = _list_of_batch(store, batch_id)
    return {
        "id": batch_id,
        "object": "vector_store.files_batch",
        "created_at": int(made),
        "vector_store_id": store.id,
        "status": "completed",
        "file_counts": write_counts(len(files), failed=sum(f.flaw is not None for f in files)),
    }
