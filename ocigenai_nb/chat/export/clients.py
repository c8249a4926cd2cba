"""The client of an exported program: whom it signs as and where it goes, without a secret.

OpenAI-compatible endpoints take the `openai` SDK, signed by Oracle's `oci-genai-auth`, which works
with openai 2 and 3 alike; the native API takes the `oci` SDK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocigenai_nb.core.endpoints import OPENAI_PATH

from .code import Call, Code, assign
from .ran import Ran

KEY_VARIABLE = "OCI_GENAI_API_KEY"  # as Oracle's own examples name it
_KEY = Code(f'os.environ["{KEY_VARIABLE}"]')
_AUTHS = {
    "api_key": "OciUserPrincipalAuth",
    "security_token": "OciSessionAuth",
    "instance_principal": "OciInstancePrincipalAuth",
    "resource_principal": "OciResourcePrincipalAuth",
}
_IN_A_POD = "# In a pod of Kubernetes: get_oke_workload_identity_resource_principal_signer()"
_SECONDS = Code("(10, 240)")  # to connect, and between two pieces: the SDK's 60 are few to think


@dataclass(frozen=True, slots=True)
class Client:
    """A client's statements, what they import, and what is to be installed."""

    statements: tuple[str, ...]
    imports: frozenset[str]
    packages: frozenset[str]


def write_client(ran: Ran, name: str) -> Client:
    """The statements that make the client which carries an exchange, called `name`."""
    if ran.transport == "sdk":
        return _write_native(ran, name)
    return _write_openai(ran, name)


def _write_openai(ran: Ran, name: str) -> Client:
    imports = {"from openai import OpenAI"}
    packages = {"openai"}
    options: dict[str, Any] = {"base_url": ran.endpoint + OPENAI_PATH}
    if ran.auth in _AUTHS:
        auth = _AUTHS[ran.auth]
        direct = {"trust_env": False} if ran.endpoint.startswith("http://") else {}
        signer = Call(auth, *_identity(ran))
        options["api_key"] = "signed-by-oci"  # the SDK wants a text; the signature takes its place
        options["http_client"] = Call("httpx.Client", {"auth": signer, **direct})
        imports |= {"import httpx", f"from oci_genai_auth import {auth}"}
        packages |= {"oci-genai-auth"}
    else:
        options["api_key"] = _KEY
        imports |= {"import os"}
    options["default_headers"] = write_headers(ran)
    if ran.project:
        options["project"] = ran.project
    statement = assign(name, Call("OpenAI", options))
    return Client((statement,), frozenset(imports), frozenset(packages))


def write_headers(ran: Ran) -> dict[str, str]:
    """The headers beside the SDK's own: the compartment, under both of its names."""
    return {"opc-compartment-id": ran.compartment, "CompartmentId": ran.compartment}


def _write_native(ran: Ran, name: str) -> Client:
    imports = {
        "import oci",
        "from oci.generative_ai_inference import GenerativeAiInferenceClient, models",
    }
    statements = []
    signed: dict[str, Any] = {}
    config = Code("config")
    if ran.auth in {"api_key", "security_token"}:
        statements.append(assign("config", Call("oci.config.from_file", *_identity(ran))))
    else:
        config = Code("{}")
    if ran.auth == "security_token":
        imports |= {"from pathlib import Path"}
        statements += _SESSION
    elif ran.auth == "instance_principal":
        made = Call("oci.auth.signers.InstancePrincipalsSecurityTokenSigner", *_identity(ran))
        statements.append(assign("signer", made))
    elif ran.auth == "resource_principal":
        made = Call("oci.auth.signers.get_resource_principals_signer", {})
        statements += [_IN_A_POD, assign("signer", made)]
    if ran.auth != "api_key":
        signed = {"signer": Code("signer")}
    options = {**signed, "service_endpoint": ran.endpoint, "timeout": _SECONDS}
    made = Call("GenerativeAiInferenceClient", options, (config,))
    statements.append(assign(name, made))
    return Client(tuple(statements), frozenset(imports), frozenset({"oci"}))


_SESSION = (
    'token = Path(config["security_token_file"]).expanduser().read_text().strip()',
    assign(
        "key",
        Code(
            "oci.signer.load_private_key_from_file(\n"
            '    config["key_file"], config.get("pass_phrase")\n'
            ")"
        ),
    ),
    "signer = oci.auth.signers.SecurityTokenSigner(token, key)",
)


def _identity(ran: Ran) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """What a signer is made with, by keyword and by position."""
    if ran.auth in {"api_key", "security_token"}:
        return {}, (ran.config_file, ran.profile)
    federation = ran.reply.route.federation_endpoint
    if ran.auth == "instance_principal" and federation:
        return {"federation_endpoint": federation}, ()
    return {}, ()
