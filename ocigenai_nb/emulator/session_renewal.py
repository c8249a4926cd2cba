"""``POST /v1/authentication/refresh``: a later token for a user's session.

Rules: the body is ``{currentToken}``, the request is signed with that token and its key; the
answer is ``{token}``, or 401 once the token has expired. Source: the OCI CLI's ``session
refresh``.

Known deviation: that the last token ends with its session is inferred from what people report.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator import paths
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.federation import read_body
from ocigenai_nb.emulator.identity import SESSION_PREFIX, Identity
from ocigenai_nb.emulator.signatures import (
    RefusedSignatureError,
    WireRequest,
    read_key_id,
    verify,
)
from ocigenai_nb.emulator.tenancies import Tenancy
from ocigenai_nb.emulator.web_tokens import peek_claims


def check_session(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return the tenancy of the user whose session it is.

    Raises:
        RefusedSignatureError: If the request is not signed with the session to be renewed.
    """
    caller = verify(request, now=now, find_key=lambda k: identity.find_key(k, now=now))
    current = read_body(request).get("currentToken")
    if read_key_id(request) != f"{SESSION_PREFIX}{current}":
        raise RefusedSignatureError("the current token is not the one that signs")
    if "sess_exp" not in peek_claims(str(current)):
        raise RefusedSignatureError("only a user's session token can be renewed")
    return caller


async def answer_renewal(request: Request) -> Response:
    """Answer ``{token}``."""
    exchange: Exchange = request.scope[EXCHANGE]
    deployment = exchange.deployment
    current = read_body(exchange.request)["currentToken"]
    token = deployment.identity.tokens.renew(
        current, now=deployment.now(), minutes=deployment.token_minutes
    )
    return JSONResponse({"token": token})


DOOR = Door("POST", paths.REFRESH, check_session, answer_renewal)
