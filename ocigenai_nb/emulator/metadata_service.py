"""``GET /opc/v2/...``: the metadata service of the emulated compute instance.

Rules: every request carries ``Authorization: Bearer Oracle``, and none that was forwarded is
answered; an object is JSON, a value in it plain text. Source: Oracle's page "Getting Instance
Metadata".

Known deviations: no VNICs, attachments or version 1; how the real service words a refusal is not
known, so it answers as the others here do.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ocigenai_nb.emulator import paths, refusals
from ocigenai_nb.emulator.bearers import read_bearer
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.emulator.signatures import RefusedSignatureError, WireRequest
from ocigenai_nb.emulator.tenancies import Tenancy

_HERE = re.compile(r"(?:127\.\d+\.\d+\.\d+|localhost)(?::\d+)?")
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host"})


def check_header(request: WireRequest, identity: Identity, _now: float) -> Tenancy:
    """Let in who sends the agreed header, from this machine.

    A page of a browser, whose name was rebound to this machine, is not let in.

    Raises:
        RefusedSignatureError: If the header is missing, or the request was forwarded.
    """
    if not all(_HERE.fullmatch(value) for name, value in request.headers if name == "host"):
        raise RefusedSignatureError("the metadata service is asked for by another name")
    if _FORWARDED & {name for name, _ in request.headers}:
        raise RefusedSignatureError("the metadata service answers no forwarded request")
    if read_bearer(request) != "Oracle":
        raise RefusedSignatureError('the Authorization header is not "Bearer Oracle"')
    return identity.tenancies[0]


def answer_metadata(request: Request) -> Response:
    """Answer with what is at the path; on a thread, as the first answer waits for a key.

    Raises:
        RefusedError: If there is nothing.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    now = exchange.deployment.now()
    value: Any = None
    section, *names = request.path_params["path"].rstrip("/").split("/")
    if section == "identity":
        value = exchange.deployment.identity.instance.describe_identity(now=now)
    elif section == "instance":
        value = exchange.deployment.identity.instance.describe()
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise RefusedError(refusals.UNKNOWN_PATH)
    return JSONResponse(value) if isinstance(value, dict) else PlainTextResponse(value)


DOOR = Door("GET", f"{paths.METADATA}{{path:path}}", check_header, answer_metadata)
