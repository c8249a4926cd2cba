"""Verification of OCI request signatures.

Rules: draft-cavage-http-signatures as Oracle narrows it. ``Authorization: Signature`` with
``version="1"``, ``algorithm="rsa-sha256"``, ``keyId``, ``headers`` and ``signature`` in any
order. Signed lines are ``name: value``, lower-case names, joined by a line feed, in the listed
order; ``(request-target)`` is the lower-case method, a space and the target as it came on the
wire. ``date`` or ``x-date``, ``(request-target)`` and ``host`` must be signed; ``content-length``,
``content-type`` and ``x-content-sha256`` too on POST, PUT and PATCH. Requests for a first token
(x509 federation) go without ``host``.

Source: Oracle's "Request Signatures" page and the ``oci`` SDK's signer as a peer.

Known deviations: a target that ends in a bare ``?`` reaches this code without it (the ASGI
interface drops it), so it does not verify. Which checks the service makes beyond those that
Oracle documents is not known: repeated headers are refused here because they are ambiguous.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

MAX_SKEW_SECONDS: Final = 300
"""How far a request's date may be from the server's clock, either way."""

_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_SIGNED_WITH_BODY: Final = ("content-length", "content-type", "x-content-sha256")
_PARAMETER: Final = re.compile(r'\s*([A-Za-z]+)\s*=\s*"([^"]*)"\s*(?:,|$)')
_HEADER_NAME: Final = re.compile(r"\(request-target\)|[a-z0-9!#$%&'*+.^_`|~-]+")

CallerT = TypeVar("CallerT")


class RefusedSignatureError(Exception):
    """A request isn't authentic; the text says why, for the journal and the log only."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it came on the wire."""

    method: str
    target: str
    """Path and query, still percent-encoded."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order of arrival, repeats kept."""
    body: bytes


@dataclass(frozen=True, slots=True)
class KnownKey(Generic[CallerT]):
    """A public key and whom it identifies."""

    public_key: RSAPublicKey
    caller: CallerT


@dataclass(frozen=True, slots=True)
class _Signature:
    key_id: str
    signed: tuple[str, ...]
    value: bytes


def read_key_id(request: WireRequest) -> str | None:
    """Return the key id that the request claims, or ``None`` where there is none to be read."""
    try:
        return _parse_authorization(_collect_headers(request)).key_id
    except RefusedSignatureError:
        return None


def verify(
    request: WireRequest,
    *,
    now: float,
    find_key: Callable[[str], KnownKey[CallerT]],
    host_signed: bool = True,
) -> CallerT:
    """Return who signed ``request``.

    Args:
        request: What came in.
        now: The server's time, in seconds since the epoch.
        find_key: Returns the key of a key id, or raises ``RefusedSignatureError``.
        host_signed: Whether ``host`` must be signed.

    Raises:
        RefusedSignatureError: If any check fails.
    """
    headers = _collect_headers(request)
    signature = _parse_authorization(headers)
    wanted = _list_wanted(request.method, host_signed=host_signed)
    _check_signed_names(wanted, signature.signed, headers)
    _check_dates(signature.signed, headers, now)
    _check_body(request, signature.signed, headers)
    known = find_key(signature.key_id)
    text = "\n".join(_write_line(name, request, headers) for name in signature.signed)
    try:
        known.public_key.verify(signature.value, text.encode("latin-1"), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise RefusedSignatureError("the signature does not match the signed lines") from None
    return known.caller


def _collect_headers(request: WireRequest) -> dict[str, str]:
    repeated = [name for name, count in Counter(n for n, _ in request.headers).items() if count > 1]
    if repeated:
        raise RefusedSignatureError(f"repeated headers: {', '.join(sorted(repeated))}")
    return dict(request.headers)


def _parse_authorization(headers: dict[str, str]) -> _Signature:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if not scheme:
        raise RefusedSignatureError("no Authorization header")
    if scheme.lower() != "signature":
        raise RefusedSignatureError("the Authorization header is no Signature")
    parameters = _parse_parameters(rest)
    _expect(parameters, "version", "1")
    _expect(parameters, "algorithm", "rsa-sha256")
    if not parameters.get("keyId"):
        raise RefusedSignatureError("no keyId in the Authorization header")
    return _Signature(
        key_id=parameters["keyId"],
        signed=_parse_signed_names(parameters.get("headers", "")),
        value=_decode_base64(parameters.get("signature", ""), "the signature"),
    )


def _parse_parameters(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            raise RefusedSignatureError("the Authorization header does not parse")
        if match[1] in parameters:
            raise RefusedSignatureError(f"{match[1]} is given twice in the Authorization header")
        parameters[match[1]] = match[2]
        position = match.end()
    return parameters


def _expect(parameters: dict[str, str], name: str, value: str) -> None:
    if parameters.get(name) != value:
        raise RefusedSignatureError(f'{name} is not "{value}"')


def _parse_signed_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(" ")) if text else ()
    if not all(_HEADER_NAME.fullmatch(name) for name in names):
        raise RefusedSignatureError("the list of signed headers does not parse")
    if len(set(names)) != len(names):
        raise RefusedSignatureError("a header is listed twice as signed")
    return names


def _decode_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedSignatureError(f"{what} is not base64") from None


def _list_wanted(method: str, *, host_signed: bool) -> tuple[str, ...]:
    always = ("(request-target)", *(["host"] if host_signed else []))
    return (*always, *(_SIGNED_WITH_BODY if method in _BODY_METHODS else ()))


def _check_signed_names(
    wanted: tuple[str, ...], signed: tuple[str, ...], headers: dict[str, str]
) -> None:
    missing = [name for name in wanted if name not in signed]
    if not {"date", "x-date"} & set(signed):
        missing.insert(0, "date")
    if missing:
        raise RefusedSignatureError(f"not signed: {', '.join(missing)}")
    absent = [name for name in signed if name != "(request-target)" and name not in headers]
    if absent:
        raise RefusedSignatureError(f"signed but not sent: {', '.join(absent)}")


def _check_dates(signed: tuple[str, ...], headers: dict[str, str], now: float) -> None:
    for name in ("date", "x-date"):
        if name in signed:
            _check_date(name, headers[name], now)


def _check_date(name: str, value: str, now: float) -> None:
    try:
        sent = parsedate_to_datetime(value)
    except ValueError:
        raise RefusedSignatureError(f"{name} is not a date") from None
    if sent.tzinfo is None:  # "-0000" reads as a time without a zone
        sent = sent.replace(tzinfo=UTC)
    skew = sent.timestamp() - now
    if abs(skew) > MAX_SKEW_SECONDS:
        raise RefusedSignatureError(f"{name} is {skew:+.0f} s off the server's clock")


def _check_body(request: WireRequest, signed: tuple[str, ...], headers: dict[str, str]) -> None:
    if "content-length" in signed and headers["content-length"] != str(len(request.body)):
        raise RefusedSignatureError("content-length is not the length of the body")
    if "x-content-sha256" in signed:
        stated = _decode_base64(headers["x-content-sha256"], "x-content-sha256")
        if stated != hashlib.sha256(request.body).digest():
            raise RefusedSignatureError("x-content-sha256 is not the hash of the body")


def _write_line(name: str, request: WireRequest, headers: dict[str, str]) -> str:
    if name == "(request-target)":
        return f"{name}: {request.method.lower()} {request.target}"
    return f"{name}: {headers[name]}"
