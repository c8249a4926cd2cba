"""Where the services of the emulator are, below its one root URL.

Known deviation: the real ones are on hosts of their own; the OpenAI-compatible API has several
bases because it has moved twice. That it answers at ``/v1`` too was not observed: one published
client (``langchain-oci``) sends its requests there.
"""

from __future__ import annotations

from typing import Final

OPENAI_BASES: Final = ("/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1", "/v1")
CONTROL: Final = "/20231130"
METADATA: Final = "/opc/v2/"
FEDERATION: Final = "/v1/x509"
REFRESH: Final = "/v1/authentication/refresh"
RESOURCE_TOKEN: Final = "/20180711/resourcePrincipalTokenV2/"  # noqa: S105 - a path
RESOURCE_SESSION: Final = "/v1/resourcePrincipalSessionToken"
WORKLOAD_SESSION: Final = "/resourcePrincipalSessionTokens"
