"""Resource principals 2.1: a resource proves itself by its key and is given a session token.

Rules: ``GET /20180711/resourcePrincipalTokenV2/{id}`` answers ``{resourcePrincipalToken,
servicePrincipalSessionToken}``; ``POST /v1/resourcePrincipalSessionToken`` takes both with
``sessionPublicKey`` and answers ``{token}``. Both requests are signed with the resource's key and
the key id ``resource/v2.1/<id>`` or ``resource/v2.1.1/<tenancy>/<id>``. Source: the ``oci`` SDK.

Known deviations: one server plays both services; 2.1.2, 1.1 and 3.0 are not there. Resource
principals 2.2 need no service: the environment holds their token.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator import paths, refusals
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.federation import issue_token, read_body
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError, WireRequest, verify
from ocigenai_nb.emulator.tenancies import Tenancy

_TOKENS = {"resourcePrincipalToken": "rpt", "servicePrincipalSessionToken": "spst"}
"""Fields of the two tokens, and the ``ttype`` each has: our own names."""


def check_resource_key(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return the tenancy of the resource that signed ``request`` with its key.

    Raises:
        RefusedSignatureError: If it is not the resource's signature.
    """
    resource = identity.resource
    known = (
        f"resource/v2.1/{resource.id}",
        f"resource/v2.1.1/{resource.tenancy.ocid}/{resource.id}",
    )

    def find_key(key_id: str) -> KnownKey[Tenancy]:
        if key_id not in known:
            raise RefusedSignatureError("the key id is not the resource's")
        return KnownKey(identity.resource_key.public, resource.tenancy)

    return verify(request, now=now, find_key=find_key)


def check_resource_tokens(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return the tenancy of the resource that shows the two tokens it was given.

    Raises:
        RefusedSignatureError: If signature or tokens are not the resource's.
    """
    caller = check_resource_key(request, identity, now)
    body = read_body(request)
    for field, sort in _TOKENS.items():
        identity.tokens.check_other(str(body.get(field)), sort, now=now, what=field)
    return caller


async def answer_tokens(request: Request) -> Response:
    """Answer the two tokens that a session token is given for.

    Raises:
        RefusedError: If the path names another resource.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    deployment, resource = exchange.deployment, exchange.deployment.identity.resource
    if request.path_params["resource"] != resource.id:
        raise RefusedError(refusals.NOT_AUTHORIZED)
    expires = int(deployment.now() + deployment.token_minutes * 60)
    sign = deployment.identity.tokens.sign
    return JSONResponse(
        {
            field: sign({"sub": resource.id, "ttype": sort, "exp": expires})
            for field, sort in _TOKENS.items()
        }
    )


async def answer_session(request: Request) -> Response:
    """Answer ``{token}``.

    Raises:
        RefusedError: If the body holds no public key.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    token = issue_token(exchange, exchange.deployment.identity.resource, "sessionPublicKey")
    return JSONResponse({"token": token})


DOORS = (
    Door("GET", f"{paths.RESOURCE_TOKEN}{{resource}}", check_resource_key, answer_tokens),
    Door("POST", paths.RESOURCE_SESSION, check_resource_tokens, answer_session),
)
