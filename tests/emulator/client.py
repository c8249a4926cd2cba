"""A bare signed client: what the tests of the emulator call it with."""

from __future__ import annotations

import configparser
import contextlib
import functools
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import oci
import openai
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocigenai_nb.emulator.service import Service

CHAT = "/openai/v1/chat/completions"
LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-4.1"
GPT_5 = "openai.gpt-5.5"
GPT_OSS = "openai.gpt-oss-120b"
GROK = "xai.grok-4.20-non-reasoning"
GROK_REASONING = "xai.grok-4.3"
GEMINI = "google.gemini-2.5-flash"


def read_profile(service: Service, profile: str) -> dict[str, str]:
    """One profile as it stands in the file, without inheritance."""
    parser = configparser.ConfigParser(default_section="none", interpolation=None)
    parser.read(service.config_file)
    return dict(parser[profile])


class OciAuth(httpx.Auth):
    """Signs with the `oci` SDK's own signer."""

    requires_request_body = True

    def __init__(self, signer: Any) -> None:
        self._signer = signer

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        prepared = requests.Request(
            request.method, str(request.url), dict(request.headers), data=request.content
        ).prepare()
        self._signer.do_request_sign(prepared)
        request.headers.update({name: str(value) for name, value in prepared.headers.items()})
        yield request


def make_signer(service: Service, profile: str) -> Any:
    """The `oci` SDK's signer for a profile, made as its users make it."""
    settings = read_profile(service, profile)
    pem = Path(settings["key_file"]).read_text()
    if "security_token_file" in settings:
        token = Path(settings["security_token_file"]).read_text()
        return oci.auth.signers.SecurityTokenSigner(token, load_key(pem))
    return make_api_key_signer(settings["tenancy"], settings["user"], settings["fingerprint"], pem)


@functools.cache  # a key takes 40 ms to load
def make_api_key_signer(tenancy: str, user: str, fingerprint: str, pem: str) -> Any:
    """The `oci` SDK's signer for an API key."""
    return oci.signer.Signer(tenancy, user, fingerprint, None, private_key_content=pem)


@functools.cache
def load_key(pem: str) -> Any:
    """A private key."""
    return load_pem_private_key(pem.encode(), password=None)


def connect(service: Service, profile: str = "DEFAULT", *, signed: bool = True) -> httpx.Client:
    """A client that signs as a profile and names its tenancy as the compartment."""
    settings = read_profile(service, profile)
    return httpx.Client(
        base_url=service.url,
        auth=OciAuth(make_signer(service, profile)) if signed else None,
        headers={"CompartmentId": settings["tenancy"]},
        timeout=10,
        trust_env=False,
        verify=False,  # plain http: loading certificates would take 30 ms
    )


@contextlib.contextmanager
def connect_openai(service: Service, auth: httpx.Auth | None = None) -> Iterator[openai.OpenAI]:
    """The openai SDK over a signing client of `httpx`, which both its majors take."""
    signing: Any = connect(service)
    if auth is not None:
        signing.auth = auth
    with signing:
        yield openai.OpenAI(
            base_url=f"{service.url}/openai/v1", api_key="not used", http_client=signing
        )


def post_raw(
    service: Service,
    body: Mapping[str, Any],
    *,
    path: str = CHAT,
    extra: Sequence[tuple[str, str]] = (),
) -> socket.socket:
    """Send a signed request, with headers that are not signed, over a bare socket."""
    prepared = requests.Request(
        "POST",
        service.url + path,
        {"CompartmentId": service.compartment_id},
        json=body,
        auth=make_signer(service, "DEFAULT"),
    ).prepare()
    signed = [(name, str(value)) for name, value in prepared.headers.items()]
    lines = [f"{name}: {value}" for name, value in [*signed, *extra]]
    connection = socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), 10)
    head = "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""])
    assert isinstance(prepared.body, bytes)
    connection.sendall(head.encode() + prepared.body)
    return connection


def read_chunks(connection: socket.socket) -> list[bytes]:
    """The HTTP chunks of an answer, up to the end of the connection; the last one is empty."""
    _, _, rest = read_all(connection).partition(b"\r\n\r\n")
    chunks = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    return chunks


def read_all(connection: socket.socket) -> bytes:
    """All bytes up to the end of the connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def write_body(model: str = LLAMA, prompt: str = "Hello!", **fields: Any) -> dict[str, Any]:
    """The body of a chat-completions request."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **fields}


def read_events(response: httpx.Response) -> list[Any]:
    """The JSON of every event of a stream that must end in [DONE]."""
    *events, done, rest = response.read().decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def join_text(events: list[Any], field: str = "content") -> str:
    """The text that a stream's deltas make."""
    deltas: list[Mapping[str, Any]] = [
        choice["delta"] or {} for event in events for choice in event["choices"]
    ]
    return "".join(delta.get(field) or "" for delta in deltas)


def ask(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    with connect(service) as client:
        answer = client.post(CHAT, json=body)
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


def ask_for_text(service: Service, body: dict[str, Any]) -> tuple[str, str]:
    choice = ask(service, body)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def stream(service: Service, body: dict[str, Any]) -> list[Any]:
    with connect(service) as client, client.stream("POST", CHAT, json=body | {"stream": True}) as r:
        assert r.status_code == 200, r.read()
        return read_events(r)
