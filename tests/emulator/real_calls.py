"""A real call of every route of the emulator: what fuzzed requests are made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from ocigenai_nb.emulator.service import Service
from tests.emulator.bare_wire import BareClient, Key, Request
from tests.emulator.client import GPT, GPT_5, load_key, read_profile
from tests.emulator.identities import (
    make_key,
    read_certificate,
    write_federation,
    write_key_id,
    write_public_key,
)
from tests.emulator.model_calls import SCHEMA, V1, Bare, list_chat, list_native
from tests.emulator.responses_client import RESPONSES, WEATHER, say

CONTROL: Final = "/20231130/openai/v1/vector_stores"
_FORM: Final = (
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--b\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.md"\r\n'
    b"Content-Type: text/markdown\r\n\r\nRefunds are paid within 14 days.\r\n--b--\r\n"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: where, with what, and how it proves who calls."""

    method: str
    target: str
    body: Any = None
    """JSON; bytes as they are; ``None`` for nothing."""
    key: Key | None = None
    bearer: str | None = None
    content_type: str = "application/json"


RESET: Final = Call("POST", "/emulator/reset")
"""Makes everything as it was; not among the others, since it takes away what they ask for."""


class World:
    """One emulator with something in it, and everybody who may call it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client = BareClient(service.url)
        profile = read_profile(service, "DEFAULT")
        key_id = f"{profile['tenancy']}/{profile['user']}/{profile['fingerprint']}"
        self.key = Key(key_id, load_key(Path(profile["key_file"]).read_text()))
        self.standing = (
            ("CompartmentId", service.compartment_id),
            ("opc-compartment-id", service.compartment_id),
            ("OpenAI-Project", service.project_id),
        )
        self.calls = tuple(_list_calls(self))

    def dress(self, call: Call) -> Request:
        """The call as a request that would be answered."""
        return self.dress_bytes(call, write_body(call.body))

    def dress_bytes(self, call: Call, body: bytes) -> Request:
        """The call with another body."""
        bare = Request(call.method, call.target, body, self.standing, call.content_type)
        if call.key is not None:
            return call.key.sign(bare, now=self.service.now(), host=self.client.host)
        more = [("host", self.client.host), ("content-length", str(len(body)))]
        if call.bearer is not None:
            more.append(("authorization", f"Bearer {call.bearer}"))
        return bare.with_headers([*more, ("content-type", call.content_type)])

    def make(self, target: str, body: Any, content_type: str = "application/json") -> str:
        """The id of something new."""
        call = Call("POST", target, body, self.key, content_type=content_type)
        reply = self.client.send(self.dress(call)).check()
        assert reply.status == 200, reply
        made: str = reply.json["id"]
        return made


def write_body(value: Any) -> bytes:
    """JSON as bytes, whatever is in it."""
    if value is None or isinstance(value, bytes):
        return value or b""
    return json.dumps(value).encode()


def _list_calls(world: World) -> Iterator[Call]:
    key = world.key
    for method, target, body in (
        *list_chat(),
        *list_native(world.service.compartment_id),
        *_responses(world),
        *_conversations(world),
        *_files(world),
        *_control(world.service),
    ):
        form = 'multipart/form-data; boundary="b"' if isinstance(body, bytes) else None
        yield Call(method, target, body, key, content_type=form or "application/json")
    yield from _identity(world.service)
    for method, target, body in _admin():
        yield Call(method, target, body)


def _responses(world: World) -> Iterator[Bare]:
    store = world.make(CONTROL, {"name": "s"})
    past = world.make(RESPONSES, {"model": GPT, "input": "My name is Ada."})
    one, gone = f"{RESPONSES}/{past}", world.make(RESPONSES, {"model": GPT, "input": "x"})
    full = {
        "model": GPT,
        "input": [
            say("user", "Weather in Paris?"),
            {"type": "function_call", "call_id": "c", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "18"},
            say("user", "and now?"),
        ],
        "instructions": "You are concise.",
        "tools": [WEATHER, {"type": "file_search", "vector_store_ids": [store]}],
        "tool_choice": "auto",
        "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
        "include": ["file_search_call.results"],
        "metadata": {"a": "b"},
        "previous_response_id": past,
        "stream": True,
    }
    yield "POST", RESPONSES, full
    reasoning = {"effort": "low", "summary": "auto"}
    more = {"include": ["reasoning.encrypted_content"], "store": False, "reasoning": reasoning}
    yield "POST", RESPONSES, {"model": GPT_5, "input": "What is 2 + 2?", **more}
    yield "POST", RESPONSES, {"model": GPT, "input": "Hello!", "background": True}
    yield "POST", f"{RESPONSES}/input_tokens", {"model": GPT, "input": "Hello!", "tools": [WEATHER]}
    yield "POST", f"{RESPONSES}/compact", {"model": GPT, "input": [say("user", "a")]}
    yield "GET", one, None
    yield "GET", f"{one}?stream=true&starting_after=2", None
    yield "GET", f"{one}/input_items?limit=2&order=asc&after=x", None
    yield "POST", f"{one}/cancel", {}
    yield "DELETE", f"{RESPONSES}/{gone}", None


def _conversations(world: World) -> Iterator[Bare]:
    path = f"{V1}/conversations"
    made = world.make(path, {"items": [say("user", "Hello!")]})
    one, gone = f"{path}/{made}", world.make(path, {})
    listed = world.client.send(world.dress(Call("GET", f"{one}/items", None, world.key))).json
    item = f"{one}/items/{listed['data'][0]['id']}"
    yield "POST", path, {"items": [say("user", "Hello!")], "metadata": {"a": "b"}}
    yield "GET", path, None
    yield "GET", one, None
    yield "POST", one, {"metadata": {"a": "b"}}
    yield "DELETE", f"{path}/{gone}", None
    yield "POST", f"{one}/items?include=x", {"items": [say("assistant", "Hi.")]}
    yield "GET", f"{one}/items?limit=3&order=desc&after={made}", None
    yield "GET", item, None
    yield "DELETE", item, None
    yield "POST", RESPONSES, {"model": GPT, "input": "Hello!", "conversation": {"id": made}}


def _files(world: World) -> Iterator[Bare]:
    files, form = f"{V1}/files", 'multipart/form-data; boundary="b"'
    file, gone, spare = (world.make(files, _FORM, form) for _ in range(3))
    made = world.make(CONTROL, {"name": "s", "file_ids": [file, spare]})
    store = f"{V1}/vector_stores/{made}"
    batch = world.make(f"{store}/file_batches", {"file_ids": [file]})
    static = {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 9}}
    compare = {"type": "eq", "key": "year", "value": 2026}
    yield "POST", files, _FORM
    yield "GET", f"{files}?limit=2&order=asc&purpose=assistants", None
    yield "GET", f"{files}/{file}", None
    yield "GET", f"{files}/{file}/content", None
    yield "DELETE", f"{files}/{gone}", None
    yield (
        "POST",
        f"{store}/search",
        {
            "query": ["refunds", "days"],
            "max_num_results": 3,
            "filters": {
                "type": "and",
                "filters": [compare, {**compare, "type": "in", "value": [1, 2]}],
            },
            "ranking_options": {"ranker": "auto", "score_threshold": 0.1},
            "rewrite_query": True,
        },
    )
    attached = {"file_id": file, "attributes": {"year": 2026}, "chunking_strategy": static}
    yield "POST", f"{store}/files", attached
    yield "GET", f"{store}/files?filter=completed&limit=2", None
    yield "GET", f"{store}/files/{file}", None
    yield "POST", f"{store}/files/{file}", {"attributes": {"year": 2026, "new": True}}
    yield "DELETE", f"{store}/files/{spare}", None
    yield "GET", f"{store}/files/{file}/content", None
    yield "POST", f"{store}/file_batches", {"files": [attached]}
    yield "GET", f"{store}/file_batches/{batch}", None
    yield "POST", f"{store}/file_batches/{batch}/cancel", {}
    yield "GET", f"{store}/file_batches/{batch}/files?limit=1", None
    expiry = {"expires_after": {"anchor": "last_active_at", "days": 1}, "metadata": {"a": "b"}}
    yield "POST", CONTROL, {"name": "s", "file_ids": [file], "chunking_strategy": static, **expiry}
    yield "GET", f"{CONTROL}?limit=2&before={made}", None
    yield "GET", f"{CONTROL}/{made}", None
    yield "POST", f"{CONTROL}/{made}", {"name": "n", **expiry}
    yield "DELETE", f"{CONTROL}/{world.make(CONTROL, {})}", None


def _control(service: Service) -> Iterator[Bare]:
    query = f"compartmentId={service.compartment_id}&limit=2&sortBy=displayName&sortOrder=ASC"
    for name in ("models", "endpoints", "generativeAiProjects", "apikeys"):
        yield "GET", f"/20231130/{name}?{query}&lifecycleState=ACTIVE&capability=CHAT", None
        yield "GET", f"/20231130/{name}/{service.endpoint_id}", None
    yield "GET", f"/regions/us-chicago-1/20231130/models?{query}", None


def _identity(service: Service) -> Iterator[Call]:
    public = write_public_key(make_key().public_key())
    yield Call("GET", "/opc/v2/instance/region", bearer="Oracle")
    yield Call("GET", "/opc/v2/identity/cert.pem", bearer="Oracle")
    certificate, private = read_certificate(service)
    instance = Key(write_key_id(service, certificate), private, signs_host=False)
    federation = write_federation(service, certificate, make_key().public_key())
    yield Call("POST", "/v1/x509", federation, instance)
    session = read_profile(service, "SESSION")
    token = Path(session["security_token_file"]).read_text()
    user = Key(f"ST${token}", load_key(Path(session["key_file"]).read_text()))
    yield Call("POST", "/v1/authentication/refresh", {"currentToken": token}, user)
    identity = service._deployment.identity
    resource = Key(f"resource/v2.1/{identity.resource.id}", _read_private(service))
    yield Call("GET", f"/20180711/resourcePrincipalTokenV2/{identity.resource.id}", key=resource)
    tokens = {
        field: identity.tokens.sign({"ttype": sort, "exp": int(service.now()) + 9999})
        for field, sort in (
            ("resourcePrincipalToken", "rpt"),
            ("servicePrincipalSessionToken", "spst"),
        )
    }
    body = {**tokens, "sessionPublicKey": public}
    yield Call("POST", "/v1/resourcePrincipalSessionToken", body, resource)
    service.oke_env()
    account = service.service_account_token_file.read_text()
    yield Call("POST", "/resourcePrincipalSessionTokens", {"podKey": public}, bearer=account)


def _read_private(service: Service) -> rsa.RSAPrivateKey:
    return service._deployment.identity.resource_key.private


def _admin() -> Iterator[Bare]:
    fault = {"name": "status", "status": 503, "times": 1, "retry_after": 1.5, "path": "/nowhere"}
    yield "GET", "/emulator", None
    yield "GET", "/emulator/faults", None
    yield "POST", "/emulator/faults", fault | {"model": "m", "code": "c", "message": "m"}
    cut = {"name": "cut", "after_events": 1, "before_headers": True, "path": "/nowhere"}
    yield "POST", "/emulator/faults", cut | {"times": None, "size": 9, "location": "https://a.test"}
    yield "DELETE", "/emulator/faults/1", None
    yield "GET", "/emulator/journal?refused=true", None
    yield "DELETE", "/emulator/journal", None
    yield "DELETE", "/emulator/faults", None
