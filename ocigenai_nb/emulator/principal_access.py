"""The part of a running emulator that makes a program an instance, a resource or a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from ocigenai_nb.emulator import paths
from ocigenai_nb.emulator.app import make_app
from ocigenai_nb.emulator.config_folder import ConfigFolder
from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.keys import Lazy
from ocigenai_nb.emulator.workload_identity import write_service_account_token

if TYPE_CHECKING:
    from ocigenai_nb.emulator.workload_server import WorkloadServer

ResourceVersion = Literal["2.2", "2.1.1", "2.1"]
"""Versions of resource principals: by token in the environment, or by key."""

_VERSIONS: Final = get_args(ResourceVersion)
_PREFIX: Final = "OCI_RESOURCE_PRINCIPAL_"
_TOKEN_FILE: Final = "emulator-rpst"  # noqa: S105 - a name
_KEY_FILE: Final = "emulator-resource.pem"
_ACCOUNT_FILE: Final = "emulator-service-account"


class PrincipalAccess:
    """Environments and settings of the identity services; every principal is the first tenancy's.

    The methods that return an environment return only what is to be added to it.
    """

    url: str

    def __init__(self, deployment: Deployment, folder: ConfigFolder) -> None:
        self._deployment = deployment
        self._folder = folder
        self._workload = Lazy(self._open_workload_server)

    @property
    def region(self) -> str:
        """The home region of the first tenancy."""
        return self._deployment.identity.tenancies[0].home_region

    def now(self) -> float:
        """Return the emulator's time, in seconds since the epoch."""
        return self._deployment.now()

    @property
    def token_minutes(self) -> float:
        """How long tokens are good that are issued from now on; negative: they have expired.

        Counts for instances, resources, workloads and renewed sessions.
        """
        return self._deployment.token_minutes

    @token_minutes.setter
    def token_minutes(self, minutes: float) -> None:
        self._deployment.token_minutes = minutes

    @property
    def denied_kinds(self) -> frozenset[KeyIdKind]:
        """What sorts of caller no policy allows: authentic as they are, they are answered 404."""
        return self._deployment.denied_kinds

    @denied_kinds.setter
    def denied_kinds(self, kinds: frozenset[KeyIdKind]) -> None:
        self._deployment.denied_kinds = frozenset(kinds)

    @property
    def metadata_url(self) -> str:
        """Base of the instance's metadata: the value of ``OCI_METADATA_BASE_URL``."""
        return self.url + paths.METADATA.rstrip("/")

    @property
    def federation_endpoint(self) -> str:
        """Where an instance's certificate gets a token: ``federation_endpoint`` of the SDK."""
        return self.url + paths.FEDERATION

    @property
    def refresh_endpoint(self) -> str:
        """Where a user's session gets a later token."""
        return self.url + paths.REFRESH

    @property
    def genai_api_key(self) -> str:
        """A GenAI API key of the first tenancy, in this region, without an end."""
        return self._deployment.identity.genai_api_key

    def issue_genai_api_key(
        self, *, region: str | None = None, minutes: float | None = None
    ) -> str:
        """Return another GenAI API key of the first tenancy.

        Args:
            region: Where it is good, by default at home; anywhere else it is answered with 401.
            minutes: How long it is good; ``None``: without an end.
        """
        expires = None if minutes is None else self.now() + minutes * 60
        return self._deployment.identity.genai_keys.issue(
            region=region or self.region, expires=expires
        )

    def instance_principal_env(self) -> dict[str, str]:
        """Return what makes the ``oci`` SDK find the instance's metadata here."""
        return {"OCI_METADATA_BASE_URL": self.metadata_url}

    def resource_principal_env(
        self, version: ResourceVersion = "2.2", *, files: bool = False
    ) -> dict[str, str]:
        """Return what makes a program a resource principal.

        Version 2.2 comes with a token that is good for ``token_minutes``: a new one at each
        call, and with ``files`` at each ``renew_resource_principal``.

        Args:
            version: Which form; 2.1 and 2.1.1 fetch their tokens here.
            files: Whether key and token are given as paths of files instead of their content.

        Raises:
            ValueError: If there is no such version here.
        """
        if version not in _VERSIONS:
            raise ValueError(f"There is no version {version!r}: use {', '.join(_VERSIONS)}.")
        key = self._deployment.identity.resource_key.pem
        path = self._folder.put(_KEY_FILE, key) if files else None
        shared = {
            "VERSION": version,
            "REGION": self.region,
            "PRIVATE_PEM": str(path) if path else key.decode(),
        }
        own = self._describe_token(files=files) if version == "2.2" else self._describe_endpoints()
        return {f"{_PREFIX}{name}": value for name, value in (shared | own).items()}

    def renew_resource_principal(self) -> None:
        """Put a new token into the file that ``resource_principal_env(files=True)`` names."""
        self._folder.put(_TOKEN_FILE, self._issue_resource_token().encode())

    def oke_env(self) -> dict[str, str]:
        """Return what makes a program a workload of a Kubernetes cluster.

        The first call opens the cluster's token service at ``127.0.0.N:12250``; each writes a
        new ``service_account_token_file``.

        Raises:
            OSError: If port 12250 is taken at every loopback address.
        """
        server = self._workload.take()
        token = write_service_account_token(self._deployment.identity, now=self.now())
        self._folder.put(_ACCOUNT_FILE, token.encode())
        return {
            "KUBERNETES_SERVICE_HOST": server.host,
            "OCI_KUBERNETES_SERVICE_ACCOUNT_CERT_PATH": str(server.ca_file),
            f"{_PREFIX}REGION": self.region,
        }

    @property
    def service_account_token_file(self) -> Path:
        """File of the workload's service account token, which ``oke_env`` writes.

        The SDK takes it as ``service_account_token_path``: no environment variable names it.
        """
        return self._folder.config_file.with_name(_ACCOUNT_FILE)

    def _describe_token(self, *, files: bool) -> dict[str, str]:
        if not files:
            return {"RPST": self._issue_resource_token()}
        return {"RPST": str(self._folder.put(_TOKEN_FILE, self._issue_resource_token().encode()))}

    def _describe_endpoints(self) -> dict[str, str]:
        resource = self._deployment.identity.resource
        return {
            "RPT_ENDPOINT": self.url,
            "RPST_ENDPOINT": self.url,
            "RESOURCE_ID": resource.id,
            "TENANCY_ID": resource.tenancy.ocid,
        }

    def _issue_resource_token(self) -> str:
        identity = self._deployment.identity
        return identity.issue_token(
            identity.resource,
            identity.resource_key.public,
            now=self.now(),
            minutes=self.token_minutes,
        )

    def _open_workload_server(self) -> WorkloadServer:
        # Imported here: X.509 takes 30 ms to import, and few runs need it.
        from ocigenai_nb.emulator.workload_server import WorkloadServer

        app = make_app(self._deployment)
        return WorkloadServer(app, self._deployment.identity.authority, self._folder)

    def _close(self) -> None:
        """Close what was opened here."""
        for server in self._workload.made:
            server.stop()
