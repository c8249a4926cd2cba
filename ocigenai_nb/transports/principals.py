"""Principals: the identity of a machine, a function or a pod.

Oracle's SDK federates (it knows the metadata service, certificates and token services); we take
its token and its session key and sign ourselves. Its signers hold the token that they were made
with until they are called, so after a refresh both are read from where they are renewed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from ocigenai_nb.core.errors import ConfigError
from ocigenai_nb.core.signing import SigningKey

from .credentials import KeyedCredentials, token_expiry

_KUBERNETES = "KUBERNETES_SERVICE_HOST"
_RESOURCE = "OCI_RESOURCE_PRINCIPAL_VERSION"


class PrincipalCredentials(KeyedCredentials):
    """A principal's token. `make_signer` makes the SDK's signer, which asks the network."""

    def __init__(
        self, kind: str, make_signer: Callable[[], Any], *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(now=now)
        self.kind = kind
        self._make_signer = make_signer
        self._signer: Any = None

    async def _load(self) -> None:
        try:
            await asyncio.to_thread(self._federate)
        except ConfigError:
            # A token near its end is still good while a newer one can't be had.
            if self._expires is None or self._now() >= self._expires:
                raise

    async def _load_again(self) -> None:
        await asyncio.to_thread(self._federate)

    def _federate(self) -> None:
        try:
            if self._signer is None:
                self._signer = self._make_signer()
            else:
                self._signer.refresh_security_token()
            token, private_key = _read(self._signer)
            self._adopt(SigningKey(f"ST${token}", private_key), token_expiry(token))
        except Exception as error:  # noqa: BLE001 (the SDK raises of every kind)
            failure = type(error).__name__
        else:
            return
        # Out here: the SDK's own error may quote a token, and must not be the context.
        raise ConfigError(
            f"No token could be had for auth_type={self.kind!r} ({failure}).",
            remedy=_REMEDIES[self.kind],
        )


def instance_principal(
    federation_endpoint: str | None, *, now: Callable[[], float] = time.time
) -> PrincipalCredentials:
    """The identity of a compute instance; `federation_endpoint` replaces the region's own."""

    def make() -> Any:
        from oci.auth.signers import InstancePrincipalsSecurityTokenSigner
        from oci.circuit_breaker import NoCircuitBreakerStrategy

        named = {"federation_endpoint": federation_endpoint} if federation_endpoint else {}
        # The SDK's breaker is one for the process: a dead endpoint would shut a living one off.
        return InstancePrincipalsSecurityTokenSigner(
            federation_client_circuit_breaker_strategy=NoCircuitBreakerStrategy(), **named
        )

    return PrincipalCredentials("instance_principal", make, now=now)


def resource_principal(
    env: Mapping[str, str] = os.environ, *, now: Callable[[], float] = time.time
) -> PrincipalCredentials:
    """The identity of a function or another resource; in a pod, its workload identity."""
    workload = is_workload(env)

    def make() -> Any:
        from oci.auth import signers

        if workload:
            return signers.get_oke_workload_identity_resource_principal_signer()
        return signers.get_resource_principals_signer()

    return PrincipalCredentials("resource_principal", make, now=now)


def is_workload(env: Mapping[str, str]) -> bool:
    """Whether this is a pod, whose principal is its workload identity."""
    return _KUBERNETES in env and _RESOURCE not in env


def _read(signer: Any) -> tuple[str, Any]:
    """Token and session key as they are now, from whichever part of the signer renews them."""
    source = getattr(signer, "federation_client", signer)
    # The token first: near its end the SDK renews it here, and the session key with it.
    token = source.get_security_token().removeprefix("ST$")
    return token, source.session_key_supplier.get_key_pair()["private"]


_REMEDIES = {
    "instance_principal": (
        "It works on OCI compute only. On a laptop name a profile; on an instance check its "
        "dynamic group and the metadata service."
    ),
    "resource_principal": (
        "It works in OCI Functions, Data Flow and OKE with workload identity only: their "
        "environment has to be there."
    ),
}
