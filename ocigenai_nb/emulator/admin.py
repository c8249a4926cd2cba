"""``/emulator/...``: what ``Service`` offers in Python, for tests in any language.

- ``GET /emulator``: where what is: URL, region, profiles, OCIDs.
- ``POST /emulator/faults`` with ``{"name": "cut", "after_events": 3}`` arms a fault and answers it
  with its ``number``; ``GET`` lists what is armed; ``DELETE`` disarms all of them, and at
  ``/emulator/faults/{number}`` that one.
- ``GET /emulator/journal`` lists what came in, with ``?refused=true`` only what was refused;
  ``DELETE`` forgets it.
- ``POST /emulator/reset`` makes everything as it was at the start.

Known deviations: the service has no such paths; with ``admin=False`` neither has the emulator. They
need no signature and stand in no journal. A page of a browser is kept out: a request with
``Origin``, or for another host than this machine's, is answered as a path that doesn't exist.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.fault_orders import read_object
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.json_bodies import read_json

ROOT: Final = "/emulator"
"""Where all of it is."""

_HERE: Final = frozenset({"127.0.0.1", "localhost"})
_Answer = Callable[[Request], Awaitable[Response]]


def make_admin(deployment: Deployment) -> ASGIApp:
    """Return the application that answers below ``ROOT``."""
    desk = _Desk(deployment)
    routes = [
        Route(ROOT, _guard(desk.describe), methods=["GET"]),
        Route(f"{ROOT}/faults", _guard(desk.list_faults), methods=["GET"]),
        Route(f"{ROOT}/faults", _guard(desk.arm), methods=["POST"]),
        Route(f"{ROOT}/faults", _guard(desk.disarm_all), methods=["DELETE"]),
        Route(f"{ROOT}/faults/{{number:int}}", _guard(desk.disarm), methods=["DELETE"]),
        Route(f"{ROOT}/journal", _guard(desk.list_journal), methods=["GET"]),
        Route(f"{ROOT}/journal", _guard(desk.clear_journal), methods=["DELETE"]),
        Route(f"{ROOT}/reset", _guard(desk.reset), methods=["POST"]),
    ]
    unheard = {404: _refuse_path, 405: _refuse_path, ClientDisconnect: _refuse_path}
    app = Starlette(routes=routes, exception_handlers=unheard)
    app.router.redirect_slashes = False
    return app


def is_admin(path: str) -> bool:
    """Tell whether a path is one of these."""
    return path == ROOT or path.startswith(f"{ROOT}/")


class _Desk:
    """Answers for one running emulator."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    async def describe(self, _request: Request) -> Response:
        return JSONResponse(self._deployment.describe())

    async def list_faults(self, _request: Request) -> Response:
        armed = self._deployment.faults.armed
        return JSONResponse({"faults": [_write_fault(fault) for fault in armed]})

    async def arm(self, request: Request) -> Response:
        try:
            plan = read_object(read_json(await request.body()))
        except ValueError as error:
            body = {"code": "InvalidParameter", "message": str(error)}
            return JSONResponse(body, 400)
        return JSONResponse(_write_fault(self._deployment.faults.arm(plan)), 201)

    async def disarm_all(self, _request: Request) -> Response:
        self._deployment.faults.clear()
        return Response(status_code=204)

    async def disarm(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = [fault for fault in self._deployment.faults.armed if fault.number == number]
        for fault in found:
            fault.disarm()
        return Response(status_code=204) if found else await _refuse_path(request, None)

    async def list_journal(self, request: Request) -> Response:
        journal = self._deployment.journal
        only_refused = request.query_params.get("refused") == "true"
        entries = journal.refused if only_refused else tuple(journal)
        return JSONResponse({"entries": [dataclasses.asdict(entry) for entry in entries]})

    async def clear_journal(self, _request: Request) -> Response:
        self._deployment.journal.clear()
        return Response(status_code=204)

    async def reset(self, _request: Request) -> Response:
        self._deployment.reset()
        return Response(status_code=204)


def _guard(answer: _Answer) -> _Answer:
    async def guarded(request: Request) -> Response:
        if request.url.hostname not in _HERE or "origin" in request.headers:
            return await _refuse_path(request, None)
        return await answer(request)

    return guarded


async def _refuse_path(_request: Request, _error: object) -> Response:
    refusal = refusals.UNKNOWN_PATH
    return JSONResponse(refusal.body, refusal.status)


def _write_fault(fault: Fault) -> Mapping[str, Any]:
    names = ("number", "name", "times", "after_events", "before_headers", "model", "path", "struck")
    return {name: getattr(fault, name) for name in names}
