"""Callers of the emulator's identity services: the `oci` SDK's signers, and a bare signature."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import httpx
import oci
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, load_key, write_body

FEDERATION_NAMES = (
    "date",
    "(request-target)",
    "content-length",
    "content-type",
    "x-content-sha256",
)
NAMES = ("date", "(request-target)", "host", *FEDERATION_NAMES[2:])
GET_NAMES = NAMES[:3]


def ask(service: Service, signer: Any, **headers: str) -> requests.Response:
    """One chat request, signed by a signer of the `oci` SDK."""
    return requests.post(
        service.url + CHAT,
        auth=signer,
        json=write_body(),
        headers={"CompartmentId": service.compartment_id} | headers,
        timeout=10,
    )


def make_instance_signer(service: Service) -> Any:
    """The SDK's instance principal; `OCI_METADATA_BASE_URL` must be set."""
    return oci.auth.signers.InstancePrincipalsSecurityTokenSigner(
        federation_endpoint=service.federation_endpoint,
        federation_client_circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


def sign(
    service: Service,
    method: str,
    path: str,
    *,
    key: rsa.RSAPrivateKey,
    key_id: str,
    body: Mapping[str, Any] | None = None,
    names: tuple[str, ...] = NAMES,
) -> requests.PreparedRequest:
    """A request signed at the emulator's time over the headers that are named."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {
        "date": formatdate(service.now(), usegmt=True),
        "host": service.url.removeprefix("http://"),
        "content-length": str(len(content)),
        "content-type": "application/json",
        "x-content-sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "CompartmentId": service.compartment_id,
    }
    lines = {**headers, "(request-target)": f"{method.lower()} {path}"}
    text = "\n".join(f"{name}: {lines[name]}" for name in names)
    value = base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
    headers["authorization"] = (
        f'Signature algorithm="rsa-sha256",headers="{" ".join(names)}",'
        f'keyId="{key_id}",signature="{value}",version="1"'
    )
    return requests.Request(method, service.url + path, headers, data=content).prepare()


def send(request: requests.PreparedRequest) -> requests.Response:
    """The answer to a signed request."""
    with requests.Session() as session:
        return session.send(request, timeout=60)


def read_metadata(service: Service, path: str, **headers: str) -> httpx.Response:
    """An answer of the metadata service."""
    return httpx.get(
        f"{service.metadata_url}/{path}",
        headers={"Authorization": "Bearer Oracle"} | headers,
        trust_env=False,
        verify=False,  # plain http: loading certificates would take 30 ms
    )


def read_certificate(service: Service) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """The instance's certificate and its key."""
    certificate = x509.load_pem_x509_certificate(
        read_metadata(service, "identity/cert.pem").content
    )
    return certificate, load_key(read_metadata(service, "identity/key.pem").text)


def write_federation(
    service: Service, certificate: x509.Certificate, public_key: rsa.RSAPublicKey
) -> dict[str, Any]:
    """The body of a federation request."""
    intermediate = x509.load_pem_x509_certificate(
        read_metadata(service, "identity/intermediate.pem").content
    )
    return {
        "certificate": strip(certificate),
        "publicKey": write_public_key(public_key),
        "intermediateCertificates": [strip(intermediate)],
    }


def write_key_id(service: Service, certificate: x509.Certificate) -> str:
    """The key id of a federation request, as the Python SDK writes it."""
    fingerprint = certificate.fingerprint(SHA1()).hex(":").upper()
    return f"{service.tenancies[0].ocid}/fed-x509/{fingerprint}"


def write_public_key(key: rsa.RSAPublicKey) -> str:
    """A public key in base64, without PEM's armor."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def strip(certificate: x509.Certificate) -> str:
    """A certificate in base64, without PEM's armor."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def read_claims(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


@functools.cache
def make_key(_name: str = "session") -> rsa.RSAPrivateKey:
    """A key of the tests' own, one for each name."""
    return rsa.generate_private_key(65537, 2048)
