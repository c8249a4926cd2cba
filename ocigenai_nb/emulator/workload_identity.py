"""``POST /resourcePrincipalSessionTokens``: the token service of a Kubernetes cluster (OKE).

Rules: ``Authorization: Bearer`` with the service account's JSON Web Token, ``{podKey}`` with the
pod's public key in base64, with or without PEM's armor; the answer is a JSON string, which is
base64 of ``{"token": "ST$..."}``. Source: the ``oci`` SDK and Oracle's Go SDK; a published
observation of the live service for the form of the answer.

Known deviations: it is below the emulator's root URL too, where there is no TLS; the cluster is
always an enhanced one (a "status" fault of 403 on this path plays a basic one).
"""

from __future__ import annotations

import base64
import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator import paths
from ocigenai_nb.emulator.bearers import read_bearer
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.federation import issue_token
from ocigenai_nb.emulator.identity import SESSION_PREFIX, Identity
from ocigenai_nb.emulator.principals import NAMESPACE, SERVICE_ACCOUNT
from ocigenai_nb.emulator.signatures import RefusedSignatureError, WireRequest
from ocigenai_nb.emulator.tenancies import Tenancy

_SORT: Final = "service_account"
_WHAT: Final = "service account token"
_SECONDS: Final = 365 * 24 * 3600
"""How long a service account's token is good: what Kubernetes extends it to."""


def write_service_account_token(identity: Identity, *, now: float) -> str:
    """Return a token of the workload's service account, good for a year."""
    return identity.tokens.sign(
        {
            "iss": "https://kubernetes.default.svc.cluster.local",
            "aud": ["https://kubernetes.default.svc.cluster.local"],
            "sub": f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}",
            "ttype": _SORT,
            "iat": int(now),
            "exp": int(now) + _SECONDS,
        }
    )


def check_service_account(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return the tenancy of the cluster whose service account calls.

    Raises:
        RefusedSignatureError: If the token is not its, or has expired.
    """
    token = read_bearer(request)
    if token is None:
        raise RefusedSignatureError(f"no {_WHAT}")
    identity.tokens.check_other(token, _SORT, now=now, what=_WHAT)
    return identity.workload.tenancy


async def answer_workload(request: Request) -> Response:
    """Answer the pod's session token.

    Raises:
        RefusedError: If the body holds no public key.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    token = issue_token(exchange, exchange.deployment.identity.workload, "podKey")
    inner = json.dumps({"token": f"{SESSION_PREFIX}{token}"})
    return JSONResponse(base64.b64encode(inner.encode()).decode())


DOOR = Door("POST", paths.WORKLOAD_SESSION, check_service_account, answer_workload)
