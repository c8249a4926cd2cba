"""Requests that fuzzing once found to fail, to hang or to show Python: each as a plain fact."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocigenai_nb.emulator.brain.schema_filling import fill_schema
from ocigenai_nb.emulator.json_bodies import read_json
from ocigenai_nb.emulator.service import Service
from tests.emulator.bare_wire import Complaints, Reply
from tests.emulator.client import CHAT, GPT, write_body
from tests.emulator.real_calls import Call, World

FAULTS = "/emulator/faults"
BAD_FORMAT = {"code": "400", "message": "Please pass in correct format of request."}


@pytest.fixture
def world(service: Service) -> Iterator[World]:
    world = World(service)
    yield world
    world.client.close()


def post(world: World, target: str, body: bytes) -> Reply:
    call = next(call for call in world.calls if (call.method, call.target) == ("POST", target))
    return world.client.send(world.dress_bytes(call, body)).check()


def change(world: World, target: str, **fields: Any) -> Reply:
    call = next(call for call in world.calls if (call.method, call.target) == ("POST", target))
    return post(world, target, json.dumps(call.body | fields).encode())


@pytest.mark.parametrize(
    "text",
    ["NaN", "-Infinity", "1e400", '"\\ud800"', '{"\\udfff": 1}', "9" * 5000, "[" * 99999, "", "[1"],
)
def test_what_no_program_can_use_is_no_json(text: str) -> None:
    assert read_json(f'{{"a": {text}}}'.encode()) is None


@pytest.mark.parametrize("body", [b'"\xed\xa0\x80"', b"\xff", '"a"'.encode("utf-16")])
def test_json_is_utf_8(body: bytes) -> None:
    assert read_json(body) is None


def test_json_is_read_down_to_a_hundred_levels() -> None:
    assert read_json(b"[" * 100 + b"]" * 100) is not None
    assert read_json(b"[" * 101 + b"]" * 101) is None
    assert read_json(b"[" + b"[]," * 500 + b"[]]") is not None


def test_a_number_that_is_none_is_refused_and_the_journal_stays_readable(world: World) -> None:
    body = json.dumps(write_body(temperature=float("nan"))).encode()
    refused = post(world, CHAT, body)
    assert (refused.status, refused.json) == (400, BAD_FORMAT)
    journal = world.client.send(world.dress(Call("GET", "/emulator/journal"))).check()
    assert journal.json["entries"][-1]["body"] is None


@pytest.mark.parametrize("body", [b"{", b"", b"[" * 99999])
def test_an_order_that_is_no_json_is_refused_in_a_sentence(world: World, body: bytes) -> None:
    refused = post(world, FAULTS, body)
    assert refused.status == 400
    assert refused.json["message"].startswith("A fault is an object with a name")


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_can_be_ordered(world: World, status: int) -> None:
    plain = world.dress(Call("POST", CHAT, write_body(), world.key))
    ordered = plain.with_headers([("x-ocigenai-fault", f"status; status={status}")])
    assert world.client.send(ordered).status == status
    assert world.client.send(plain).status == 200, "on the same connection"


@pytest.mark.parametrize("others", [1.5, 7, {"a": 1}, "x", [5], [[]]])
def test_intermediate_certificates_that_are_none_are_refused(world: World, others: object) -> None:
    assert change(world, "/v1/x509", intermediateCertificates=others).status == 401


def test_a_public_key_of_an_unknown_sort_is_refused(world: World) -> None:
    key = world.key.private.public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for name in (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x63", b"\x2b\x65\x99"):  # an unknown algorithm
        odd = der.replace(bytes.fromhex("2a864886f70d010101"), name)
        assert change(world, "/v1/x509", publicKey=base64.b64encode(odd).decode()).status == 400


def test_a_token_of_deep_or_broken_json_is_refused(world: World) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 9999).decode()
    head = base64.urlsafe_b64encode(b'{"alg":"RS256"}').decode().rstrip("=")
    for token in (f"{deep}.{deep}.AA", f"{head}.{deep}.AA", f"{head}.e30.\u00e9"):
        call = Call("POST", "/resourcePrincipalSessionTokens", {"podKey": ""}, bearer=token)
        assert world.client.send(world.dress(call)).check().status == 401


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 10**9},
        {"type": "array", "items": {"type": "string", "minLength": 10**6}, "minItems": 10**9},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}, {"$ref": "#"}]},
        {"properties": {name: {"$ref": "#"} for name in "abcdefgh"}, "required": list("abcdefgh")},
    ],
)
def test_a_schema_without_an_end_is_filled_up_to_a_length(schema: dict[str, Any]) -> None:
    assert len(json.dumps(fill_schema(schema, "Hello!", answer="Hi."))) < 1_000_000


def test_a_reference_to_what_is_no_schema_and_an_option_that_is_true_allow_anything() -> None:
    schema = {"properties": {"minLength": {}, "a": {"$ref": "#/properties"}}}
    assert set(fill_schema(schema, "x", answer="y")) == {"minLength", "a"}
    assert fill_schema({"anyOf": [True, {"type": "null"}]}, "x", answer="y") is not None


def test_a_tools_result_may_be_deep_json(world: World) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "[" * 99999},
    ]
    body = {"model": GPT, "messages": messages}
    assert post(world, CHAT, json.dumps(body).encode()).status == 200


def test_a_client_that_leaves_half_way_is_no_failure(world: World) -> None:
    request = world.dress_bytes(Call("POST", FAULTS), b'{"name": "cut"}')
    with Complaints() as complaints:
        assert world.client.send_bytes(request.bytes[:-4]) == b""
    assert complaints.records == []
    assert world.service.armed == ()
