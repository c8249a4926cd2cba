"""Facts about request signatures: fixed vectors, and Oracle's own signer as the other judge."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from oci._vendor import requests as oci_requests
from oci.signer import Signer

from ocigenai_nb.core.signing import SigningKey, sign

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS: Final = Path(__file__).parent / "vectors"
PEM: Final = (VECTORS / "test-only-key.pem").read_bytes()
CASES: Final[list[dict[str, Any]]] = json.loads((VECTORS / "signing.json").read_text())["vectors"]
EVERY_CASE = [pytest.param(case, id=case["name"]) for case in CASES]

TENANCY, USER = "ocid1.tenancy.oc1..test", "ocid1.user.oc1..test"
FINGERPRINT = "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com/x"


def load_key() -> RSAPrivateKey:
    loaded = load_pem_private_key(PEM, None)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


PRIVATE_KEY: Final = load_key()
KEY: Final = SigningKey(f"{TENANCY}/{USER}/{FINGERPRINT}", PRIVATE_KEY)


# Fixed vectors


@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_request_is_signed_as_its_vector_says(case: dict[str, Any]) -> None:
    signed = sign(
        SigningKey(case["key_id"], PRIVATE_KEY),
        case["method"],
        case["url"],
        case["headers"],
        base64.b64decode(case["body_base64"]),
        datetime.fromisoformat(case["date"]),
    )
    assert signed == case["sets"]


@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_vector_carries_the_signature_of_its_signing_string(case: dict[str, Any]) -> None:
    """Ties the two parts of a vector together, without the signer."""
    found = re.search(r'signature="([^"]+)"', case["sets"]["authorization"])
    assert found
    PRIVATE_KEY.public_key().verify(
        base64.b64decode(found[1]), case["signing_string"].encode(), PKCS1v15(), SHA256()
    )


def test_the_vectors_cover_every_method_with_and_without_a_body() -> None:
    methods = {case["method"].upper() for case in CASES}
    assert methods == {"GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"}
    assert {case["method"] for case in CASES if case["body_base64"]} >= {"POST", "PUT", "PATCH"}
    assert {case["method"] for case in CASES if not case["body_base64"]} >= {"POST", "PUT"}


# The signer of the `oci` package, on 10,000 generated requests

ORACLE: Final[Any] = Signer(TENANCY, USER, FINGERPRINT, "", private_key_content=PEM.decode())
METHODS = ("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "post", "get")
ODD_TEXT = (
    "a", "Z", "0", "-._~", "!$&'()*,;=", ":@", "%2F", "%2f", "%20", "%C3%A9", "%", "%zz", "%25",
    "%2B", "+", " ", "é", "日本", "🙂", "[]", "{}", "|", "^", "`", '"', "<>", "\\", ".", "..",
)  # fmt: skip
HOSTS = (
    "inference.generativeai.us-chicago-1.oci.oraclecloud.com",
    "generativeai.eu-frankfurt-2.oci.oraclecloud.eu",
    "Example.COM",
    "127.0.0.1:8123",
    "localhost:443",
    "[::1]:8123",
)
MEDIA_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/octet-stream",
    'multipart/form-data; boundary="a b"',
)
CONTENT_TYPE_NAMES = ("content-type", "Content-Type", "CONTENT-TYPE")
OTHER_HEADERS = ("accept", "User-Agent", "opc-compartment-id", "OpenAI-Project", "x-date-of-birth")

BODIES = (b"", b"{}", b'{"model":"xai.grok-4.3"}', '{"text":"Grüße 🙂\u2028"}'.encode())


@dataclass(frozen=True)
class Sample:
    """A request as somebody might write it, before a client encodes it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    at: int


def draw_url(draw: Random) -> str:
    path = "".join(f"/{''.join(draw.choices(ODD_TEXT, k=draw.randrange(4)))}" for _ in range(3))
    query = "".join(draw.choices((*ODD_TEXT, *"=&?/", "a=b"), k=draw.randrange(6)))
    tail = draw.choice(("", f"?{query}", f"?{query}", "#part", f"?{query}#a?b/c"))
    scheme, host = draw.choice(("https", "http")), draw.choice(HOSTS)
    return f"{scheme}://{host}{draw.choice(('', '/', path, path))}{tail}"


def draw_headers(draw: Random) -> dict[str, str]:
    names = draw.sample(OTHER_HEADERS, draw.randrange(len(OTHER_HEADERS) + 1))
    headers = [(name, "value") for name in names]
    if draw.random() < 0.6:
        headers.append((draw.choice(CONTENT_TYPE_NAMES), draw.choice(MEDIA_TYPES)))
    draw.shuffle(headers)
    return dict(headers)


def draw_sample(draw: Random) -> Sample:
    return Sample(
        method=draw.choice(METHODS),
        url=draw_url(draw),
        headers=draw_headers(draw),
        body=draw.choice((*BODIES, draw.randbytes(draw.randrange(80)))),
        at=draw.randrange(4_000_000_000),
    )


def sign_both(sample: Sample) -> tuple[dict[str, str], dict[str, str]]:
    """Our headers, and Oracle's: ours by name, with whatever else its signature lists."""
    request = oci_requests.Request(sample.method, sample.url, sample.headers, data=sample.body)
    prepared: Any = request.prepare()
    ours = sign(
        KEY,
        sample.method,
        prepared.url,
        dict(prepared.headers),
        prepared.body or b"",
        datetime.fromtimestamp(sample.at, UTC),
    )
    # Oracle's signer keeps a date that it is given, and can't be told one otherwise.
    prepared.headers["date"] = formatdate(sample.at, usegmt=True)
    oracles = ORACLE(prepared).headers
    listed = re.search(r'headers="([^"]+)"', oracles["authorization"])
    assert listed
    names = {*ours, *listed[1].split(), "authorization"} - {"(request-target)"}
    return ours, {name: oracles[name] for name in names}


def test_ten_thousand_requests_are_signed_as_oracles_signer_signs_them() -> None:
    draw = Random(20261122)
    for _ in range(10_000):
        sample = draw_sample(draw)
        ours, oracles = sign_both(sample)
        assert ours == oracles, sample


def test_the_generated_requests_are_of_every_kind() -> None:
    draw = Random(20261122)
    samples = [draw_sample(draw) for _ in range(10_000)]
    assert {sample.method for sample in samples} == set(METHODS)
    assert {("content-type" in map(str.lower, sample.headers)) for sample in samples} == {
        True,
        False,
    }
    assert len({tuple(sample.headers) for sample in samples}) > 500
    assert len({sample.url for sample in samples}) > 7_000
    assert {(bool(sample.body), sample.method) for sample in samples} >= {
        (full, method) for full in (True, False) for method in ("POST", "PUT", "PATCH")
    }
    assert all(any(odd in sample.url for sample in samples) for odd in ODD_TEXT)


# Where it leaves Oracle's signer on purpose


def test_a_stale_date_host_and_hash_are_not_kept() -> None:
    stale = {
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "host": "elsewhere.example",
        "content-length": "99",
        "x-content-sha256": "AAAA",
        "content-type": "application/json",
    }
    fresh = {"content-type": "application/json"}
    assert sign(KEY, "POST", URL, stale, b"{}", NOON) == sign(KEY, "POST", URL, fresh, b"{}", NOON)


def test_signing_again_later_gives_a_new_date_and_signature() -> None:
    first = sign(KEY, "GET", URL, {}, b"", NOON)
    second = sign(KEY, "GET", URL, first, b"", NOON + timedelta(seconds=1))
    assert second["date"] == "Sun, 22 Nov 2026 12:00:01 GMT"
    assert second["authorization"] != first["authorization"]


# What it refuses


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "GET ", ""])
def test_a_method_that_oci_does_not_sign_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="does not sign"):
        sign(KEY, method, URL, {}, b"", NOON)


@pytest.mark.parametrize("url", ["/x", "example.com/x", "https:///x", "https://", ""])
def test_a_url_without_a_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        sign(KEY, "GET", url, {}, b"", NOON)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=2))])
def test_a_date_that_is_not_in_utc_is_refused(zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="UTC"):
        sign(KEY, "GET", URL, {}, b"", NOON.replace(tzinfo=zone))


# Secrets


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, ascii])
def test_a_signing_key_shows_neither_its_name_nor_its_numbers(
    show: Callable[[object], str],
) -> None:
    key = SigningKey("ST$header.payload.signature", PRIVATE_KEY)
    assert show(key) == "SigningKey()"


def test_a_refusal_shows_no_secret() -> None:
    key = SigningKey("ST$header.payload.signature", PRIVATE_KEY)
    for method, url in (("OPTIONS", URL), ("GET", "/x?token=abc")):
        with pytest.raises(ValueError, match=r"\.$") as caught:
            sign(key, method, url, {"authorization": "Bearer sk-abc"}, b"", NOON)
        shown = str(caught.value)
        assert not any(secret in shown for secret in ("payload", "sk-abc", "token=abc"))
