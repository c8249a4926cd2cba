"""Each check of the verifier, broken alone: everything else about the request is right."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from ocigenai_nb.emulator.signatures import (
    KnownKey,
    RefusedSignatureError,
    WireRequest,
    verify,
)

NOW = 1_795_000_000.0
KEY = rsa.generate_private_key(65537, 2048)
KEY_ID = "tenancy/user/fingerprint"
GET_NAMES = ("date", "(request-target)", "host")
POST_NAMES = (*GET_NAMES, "content-length", "content-type", "x-content-sha256")


@dataclasses.dataclass(frozen=True)
class Draft:
    """A request before it is signed; `tamper` is done to it afterwards."""

    method: str = "POST"
    target: str = "/openai/v1/chat/completions?a=1%2F2&b="
    body: bytes = b'{"model": "m"}'
    names: tuple[str, ...] = POST_NAMES
    date: str = formatdate(NOW, usegmt=True)
    headers: tuple[tuple[str, str], ...] = ()
    key_id: str = KEY_ID
    key: rsa.RSAPrivateKey = KEY

    def sign(self) -> WireRequest:
        headers = {
            "date": self.date,
            "host": "127.0.0.1:8080",
            "content-length": str(len(self.body)),
            "content-type": "application/json",
            "x-content-sha256": base64.b64encode(hashlib.sha256(self.body).digest()).decode(),
            **dict(self.headers),
        }
        lines = {**headers, "(request-target)": f"{self.method.lower()} {self.target}"}
        text = "\n".join(f"{name}: {lines.get(name, '')}" for name in self.names)
        value = base64.b64encode(self.key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
        headers["authorization"] = (
            f'Signature algorithm="rsa-sha256",headers="{" ".join(self.names)}",'
            f'keyId="{self.key_id}",signature="{value}",version="1"'
        )
        return WireRequest(self.method, self.target, tuple(headers.items()), self.body)


def find_key(key_id: str) -> KnownKey[str]:
    if key_id != KEY_ID:
        raise RefusedSignatureError("no such key id")
    return KnownKey(KEY.public_key(), "ada")


def ask(request: WireRequest) -> str:
    return verify(request, now=NOW, find_key=find_key)


def set_header(request: WireRequest, name: str, value: str | None) -> WireRequest:
    kept = [(n, v) for n, v in request.headers if n != name]
    added = [] if value is None else [(name, value)]
    return dataclasses.replace(request, headers=(*kept, *added))


def edit_authorization(old: str, new: str) -> Callable[[WireRequest], WireRequest]:
    def edit(request: WireRequest) -> WireRequest:
        before = dict(request.headers)["authorization"]
        assert old in before
        return set_header(request, "authorization", before.replace(old, new))

    return edit


@pytest.mark.parametrize(
    "draft",
    [
        Draft(),
        Draft(method="PUT"),
        Draft(method="PATCH", body=b""),
        Draft(method="GET", names=GET_NAMES, body=b""),
        Draft(method="DELETE", names=GET_NAMES, body=b""),
        Draft(names=tuple(reversed(POST_NAMES))),
        Draft(
            names=("x-date", *POST_NAMES[1:]),
            headers=(("x-date", formatdate(NOW, usegmt=True)), ("date", "unsigned")),
        ),
        Draft(names=(*POST_NAMES, "opc-obo-token"), headers=(("opc-obo-token", "t"),)),
        Draft(date=formatdate(NOW - 300, usegmt=True)),
        Draft(date=formatdate(NOW + 300, usegmt=True)),
    ],
    ids=str,
)
def test_a_well_signed_request_names_its_caller(draft: Draft) -> None:
    assert ask(draft.sign()) == "ada"


def test_a_date_without_a_zone_is_utc_wherever_the_emulator_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    try:
        assert ask(Draft(date=formatdate(NOW)).sign()) == "ada"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_parameters_of_the_header_may_come_in_any_order() -> None:
    request = Draft().sign()
    scheme, _, rest = dict(request.headers)["authorization"].partition(" ")
    parameters = rest.split('",')
    parameters[-1] = parameters[-1].removesuffix('"')
    turned = '", '.join(reversed(parameters)) + '"'
    assert ask(set_header(request, "authorization", f"{scheme} {turned}")) == "ada"


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (Draft(names=POST_NAMES[1:]), "not signed: date"),
        *((Draft(names=tuple(n for n in POST_NAMES if n != name)), f"not signed: {name}")
          for name in POST_NAMES[1:]),
        (Draft(method="PUT", names=GET_NAMES), "not signed: content-length"),
        (Draft(method="GET", names=("date", "host"), body=b""), "not signed: (request-target"),
        (Draft(names=(*POST_NAMES, "host")), "listed twice"),
        (Draft(names=(*POST_NAMES, "Opc-Token")), "does not parse"),
        (Draft(names=(*POST_NAMES, "opc-obo-token")), "signed but not sent: opc-obo-token"),
        (Draft(date="yesterday"), "date is not a date"),
        (Draft(date=formatdate(NOW - 301, usegmt=True)), "date is -301 s off"),
        (Draft(date=formatdate(NOW + 301, usegmt=True)), "date is +301 s off"),
        (Draft(headers=(("content-length", "13"),)), "not the length of the body"),
        (Draft(headers=(("x-content-sha256", base64.b64encode(b"0" * 32).decode()),)),
         "not the hash of the body"),
        (Draft(headers=(("x-content-sha256", "§"),)), "not base64"),
        (Draft(key_id="tenancy/user/other"), "no such key id"),
        (Draft(key=rsa.generate_private_key(65537, 2048)), "does not match"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_wrongly_made_request_is_refused(draft: Draft, reason: str) -> None:
    with pytest.raises(RefusedSignatureError, match=re.escape(reason)):
        ask(draft.sign())


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lambda r: set_header(r, "authorization", None), "no Authorization header"),
        (lambda r: set_header(r, "authorization", "Bearer sk-1"), "no Signature"),
        (lambda r: set_header(r, "authorization", "Signature keyId=a"), "does not parse"),
        (edit_authorization('",keyId', '";keyId'), "does not parse"),
        (edit_authorization('version="1"', 'version="1",version="1"'), "given twice"),
        (edit_authorization('version="1"', 'version="2"'), "version is not"),
        (edit_authorization(',version="1"', ""), "version is not"),
        (edit_authorization("rsa-sha256", "hmac-sha256"), "algorithm is not"),
        (edit_authorization("keyId", "keyid"), "no keyId"),
        (edit_authorization('signature="', 'signature="!'), "not base64"),
        (edit_authorization(f'headers="{" ".join(POST_NAMES)}"', 'headers=""'), "not signed"),
        (lambda r: dataclasses.replace(r, headers=(*r.headers, ("host", "127.0.0.1:8080"))),
         "repeated headers: host"),
        (lambda r: dataclasses.replace(r, body=b'{"model": "n"}'), "not the hash"),
        (lambda r: dataclasses.replace(r, target=r.target + "c"), "does not match"),
        (lambda r: dataclasses.replace(r, target=r.target.replace("%2F", "/")), "does not match"),
        (lambda r: dataclasses.replace(r, target=r.target.partition("?")[0]), "does not match"),
        (lambda r: dataclasses.replace(r, method="PUT"), "does not match"),
        (lambda r: set_header(r, "host", "elsewhere"), "does not match"),
        (lambda r: set_header(r, "content-type", "text/plain"), "does not match"),
        (lambda r: set_header(r, "date", formatdate(NOW + 1, usegmt=True)), "does not match"),
    ],
)  # fmt: skip
def test_a_request_changed_after_signing_is_refused(
    tamper: Callable[[WireRequest], WireRequest], reason: str
) -> None:
    with pytest.raises(RefusedSignatureError, match=re.escape(reason)):
        ask(tamper(Draft().sign()))


@settings(max_examples=50)
@given(st.integers(0, 255), st.integers(0, 7))
def test_any_flipped_bit_of_the_signature_is_refused(position: int, bit: int) -> None:
    request = Draft().sign()
    header = dict(request.headers)["authorization"]
    value = header.partition('signature="')[2].partition('"')[0]
    changed = bytearray(base64.b64decode(value))
    changed[position] ^= 1 << bit
    forged = header.replace(value, base64.b64encode(changed).decode())
    with pytest.raises(RefusedSignatureError, match="does not match"):
        ask(set_header(request, "authorization", forged))
