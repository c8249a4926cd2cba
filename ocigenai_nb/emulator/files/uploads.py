"""``.../files``: uploaded, listed, retrieved, read and deleted.

Rules: an upload is a form with ``file`` and ``purpose``; a list is the newest first. A project is
needed. Source: OpenAI's reference; published observations of the live service, which has files on
the data plane.

Known deviations: of the purposes none is put to use but searching; the words for a missing file
or purpose are OpenAI's; content can be read whatever the purpose. ``expires_after`` comes as the
fields ``expires_after[anchor]`` and ``expires_after[seconds]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.files.access import enter, find_file, keep, read_expiry
from ocigenai_nb.emulator.files.multipart import Part, read_form
from ocigenai_nb.emulator.files.store import LARGEST_FILE, StoredFile
from ocigenai_nb.emulator.parameters import refuse, refuse_choice, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError, write_openai
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.responses.pages import write_page

_PURPOSES: Final = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_USUAL_PAGE: Final = 10_000
_EXPIRY: Final = "expires_after"


def list_routes(base: str) -> list[Route]:
    """Return the routes of files below ``base``."""
    path = f"{base}/files"
    one = f"{path}/{{file_id}}"
    return [
        Route(path, _upload, methods=["POST"]),
        Route(path, _list, methods=["GET"]),
        Route(one, _retrieve, methods=["GET"]),
        Route(one, _delete, methods=["DELETE"]),
        Route(f"{one}/content", _read, methods=["GET"]),
    ]


async def _upload(request: Request) -> Response:
    exchange = enter(request)
    form = read_form(exchange.headers.get("content-type", ""), exchange.request.body)
    if form is None:
        raise RefusedError(refusals.BAD_FORMAT)
    file = _make_file(form, exchange.deployment.now())
    keep(lambda: exchange.deployment.files.keep_file(exchange.caller.name, file))
    return JSONResponse(_write(file))


async def _list(request: Request) -> Response:
    exchange = enter(request)
    deployment = exchange.deployment
    files = deployment.files.list_files(exchange.caller.name, now=deployment.now())
    purpose = request.query_params.get("purpose")
    items = [_write(file) for file in files if purpose in (None, file.purpose)]
    return JSONResponse(write_page(request, items, usual=_USUAL_PAGE, largest=_USUAL_PAGE))


async def _retrieve(request: Request) -> Response:
    _, file = _find(request)
    return JSONResponse(_write(file))


async def _read(request: Request) -> Response:
    _, file = _find(request)
    return Response(file.content, media_type="application/octet-stream")


async def _delete(request: Request) -> Response:
    exchange, file = _find(request)
    exchange.deployment.files.delete_file(exchange.caller.name, file.id)
    return JSONResponse({"id": file.id, "object": "file", "deleted": True})


def _find(request: Request) -> tuple[Exchange, StoredFile]:
    exchange = enter(request)
    return exchange, find_file(exchange, request.path_params["file_id"])


def _make_file(form: Mapping[str, Part], now: float) -> StoredFile:
    for name in ("file", "purpose"):
        if name not in form:
            refuse_missing(name)
    file, purpose = form["file"], form["purpose"].text
    if purpose not in _PURPOSES:
        refuse_choice(purpose, _PURPOSES, param="purpose")
    if not file.filename:
        refuse("Invalid 'file': expected a file, but got a string instead.", param="file")
    if len(file.content) > LARGEST_FILE:
        words = f"File is too large: the maximum is {LARGEST_FILE} bytes."
        raise RefusedError(write_openai(words, param="file", code=None, status=413))
    seconds = _read_seconds(form)
    return StoredFile(
        id=make_id("file-"),
        name=file.filename,
        purpose=purpose,
        content=file.content,
        created=now,
        expires=None if seconds is None else now + seconds,
    )


def _read_seconds(form: Mapping[str, Part]) -> int | None:
    known = {name: form.get(f"{_EXPIRY}[{name}]") for name in ("anchor", "seconds")}
    given: dict[str, Any] = {name: part.text for name, part in known.items() if part is not None}
    digits = given.get("seconds", "")
    if digits.isascii() and digits.isdecimal() and len(digits) < 10:
        given["seconds"] = int(digits)
    wanted = {_EXPIRY: given} if given else {}
    return read_expiry(wanted, anchor="created_at", unit="seconds", low=3600, high=2_592_000)


def _write(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": len(file.content),
        "created_at": int(file.created),
        "expires_at": None if file.expires is None else int(file.expires),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }
