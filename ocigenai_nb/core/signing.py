r"""Sign a request as OCI wants it: method, URL, headers, body, key and date to signed headers.

Rules (Oracle's request-signature version 1, as `oci.signer` writes them):

- the signing string has one `name: value` line for each signed header, in order, joined by "\n";
- every request signs `date (request-target) host`, and POST, PUT and PATCH also
  `content-length content-type x-content-sha256`;
- `(request-target)` is the lower-case method and the target exactly as it goes on the wire;
- `x-content-sha256` is the base64 SHA-256 of the body's exact bytes, of an empty body too;
- the signature is RSA PKCS#1 v1.5 over SHA-256, in base64.

Deviation from `oci.signer`: it keeps a `date`, `host` or hash that the request already carries,
so a second attempt goes out with a stale date. Here those three are always computed anew.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

_EVERY_REQUEST = ("date", "(request-target)", "host")
SIGNED_HEADERS = (*_EVERY_REQUEST, "content-length", "content-type", "x-content-sha256")
"""What the signature of a request with a body covers, in its order."""

_METHODS = {
    "GET": _EVERY_REQUEST,
    "HEAD": _EVERY_REQUEST,
    "DELETE": _EVERY_REQUEST,
    "POST": SIGNED_HEADERS,
    "PUT": SIGNED_HEADERS,
    "PATCH": SIGNED_HEADERS,
}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]+)([^#]*)", re.IGNORECASE)
_PADDING = PKCS1v15()
_SHA256 = SHA256()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name under which the service knows its public half.

    `key_id` is `tenancy/user/fingerprint` for an API key and `ST$<token>` for a session or a
    principal, so neither field is ever shown.
    """

    key_id: str = field(repr=False)
    private_key: RSAPrivateKey = field(repr=False)


def sign(
    key: SigningKey,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    date: datetime,
) -> dict[str, str]:
    """Return the headers to set on the request, `authorization` among them.

    `url` is absolute and already encoded as it goes on the wire; `headers` gives `content-type`
    (application/json where there is none); `date` is the present moment in UTC.

    Raises ValueError for a method that OCI does not sign and for a relative URL.
    """
    try:
        names = _METHODS[method.upper()]
    except KeyError:
        raise ValueError(f"OCI does not sign {method} requests.") from None
    host, target = split_url(url)
    values = {"date": format_datetime(date, usegmt=True), "host": host}
    if names is SIGNED_HEADERS:
        values["content-length"] = str(len(body))
        values["content-type"] = content_type(headers)
        values["x-content-sha256"] = base64.b64encode(hashlib.sha256(body).digest()).decode()
    lines = {**values, "(request-target)": f"{method.lower()} {target}"}
    text = "\n".join(f"{name}: {lines[name]}" for name in names)
    signature = key.private_key.sign(text.encode("utf-8"), _PADDING, _SHA256)
    values["authorization"] = (
        f'Signature algorithm="rsa-sha256",headers="{" ".join(names)}",keyId="{key.key_id}",'
        f'signature="{base64.b64encode(signature).decode()}",version="1"'
    )
    return values


def split_url(url: str) -> tuple[str, str]:
    """Host and request target of an absolute URL, to the letter.

    `urllib` would drop the `?` of an empty query, which does go on the wire.
    """
    match = _URL.match(url)
    if match is None:
        raise ValueError("Only absolute URLs can be signed.")
    host, target = match.groups()
    return host, target if target.startswith("/") else f"/{target}"


def content_type(headers: Mapping[str, str]) -> str:
    """The request's content type, whatever the case of its header's name."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return value
    return "application/json"
