"""Broken variants of real requests, as hypothesis draws them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.emulator.bare_wire import Header, Request
from tests.emulator.mutations import list_paths
from tests.emulator.real_calls import Call, write_body

Path = tuple[Any, ...]

_MOST_BYTES: Final = 200_000
_RAW: Final = {
    "@deep 60": "[" * 60 + "]" * 60,
    "@deep 400": "[" * 400 + "]" * 400,
    "@deep 900": '{"a":' * 900 + "1" + "}" * 900,
    "@deep 20000": "[" * 20_000 + "]" * 20_000,
    "@open": "[" * 3000,
    "@huge number": "9" * 5000,
    "@big number": "1" + "0" * 400,
    "@infinite": "1e400",
    "@not json": "undefined",
    "@bytes": "\udcff\udc80",
}
"""What JSON can't be made to hold: put into the text afterwards."""

_MISFITS: Final[tuple[Any, ...]] = (
    *_RAW, None, True, False, 0, -1, 1, 2, 1.5, -0.0, 1e308, 10**30, 2**31, 2**63, 129,
    float("nan"), float("inf"), float("-inf"),
    "", " ", "x", "\x00", "\ud800", "\udfff\ud800", "\u2028", "\U0001f600", "é", "null", "../../x",
    "%s%n", "{0}", "$ref", "(" * 40, "(a+)+$", "a" * 40 + "!", "x" * 20_000, "ocid1.x.oc1..a",
    "data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,!", "data:,", "http://[::1",
    "application/json", "user", "assistant", "system", "tool", "function", "object", "array",
    "string", "integer", "number", "#", "#/", "#/properties/a",
    [], {}, [1], [None], [[]], [{}], {"": {}}, {"a": 1}, {"type": "object"}, {"$ref": "#"},
    {"type": ["string", "null"]}, {"pattern": "(a+)+$"}, {"enum": []}, {"const": None},
    {"type": "string", "minLength": 10**9}, {"type": "array", "items": {}, "minItems": 10**9},
    {"type": "integer", "minimum": 5, "maximum": 1}, {"allOf": [{"type": "null"}]},
    {"allOf": [{"$ref": "#"}]}, {"anyOf": [True, {"$ref": "#"}]}, {"$ref": "#/properties"},
    {"type": "object", "properties": {n: {"$ref": "#"} for n in "abcd"}, "required": list("abcd")},
    {"type": "number", "multipleOf": 0}, {"properties": []}, {"type": "text", "text": 5},
    ["x"] * 500, [{}] * 200, {str(n): n for n in range(200)},
)  # fmt: skip

_misfits: Final = st.one_of(
    st.sampled_from(_MISFITS),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=6,
    ),
)


def _replace(place: Any, step: Any, value: Any) -> None:
    place[step] = value


def _remove(place: Any, step: Any, _value: Any) -> None:
    del place[step]


def _wrap(place: Any, step: Any, _value: Any) -> None:
    place[step] = [place[step]]


def _bury(place: Any, step: Any, _value: Any) -> None:
    place[step] = {"value": place[step]}


def _write_out(place: Any, step: Any, _value: Any) -> None:
    place[step] = json.dumps(place[step])


def _repeat(place: Any, step: Any, _value: Any) -> None:
    old = place[step]
    place[step] = old * 50 if isinstance(old, str | list) else [old] * 50


def _add(place: Any, step: Any, value: Any) -> None:
    if isinstance(place, dict):
        place[str(step) + "_"] = value
        place[value if isinstance(value, str) else "x"] = place[step]
    else:
        place.insert(step, value)


Change = Callable[[Any, Any, Any], None]
_changes: Final = st.sampled_from(
    (_replace, _replace, _replace, _remove, _wrap, _bury, _write_out, _repeat, _add)
)


@st.composite
def bodies(draw: st.DrawFn, calls: tuple[Call, ...]) -> tuple[Call, bytes]:
    """A call, and a body that is nearly the one it should have, or nothing like it."""
    call = draw(st.sampled_from(calls))
    if not isinstance(call.body, dict) or draw(st.integers(0, 19)) == 0:
        return call, _write(draw(_misfits))
    body = copy.deepcopy(call.body)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(list_paths(body))
        if not paths:
            break
        *way, last = paths[draw(st.integers(0, len(paths) - 1))]
        place = body
        for step in way:
            place = place[step]
        draw(_changes)(place, last, copy.deepcopy(draw(_misfits)))
    return call, _write(body)


def _write(value: Any) -> bytes:
    text = write_body(value).decode()
    for name, raw in _RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text.encode("utf-8", "surrogateescape")[:_MOST_BYTES]


@st.composite
def forms(draw: st.DrawFn, calls: tuple[Call, ...]) -> tuple[Call, bytes]:
    """An upload, and a form that is nearly the one it should have."""
    call = draw(st.sampled_from([call for call in calls if isinstance(call.body, bytes)]))
    kind = draw(st.sampled_from(("", call.content_type, "multipart/form-data; boundary=\x7f\xe9")))
    return replace(call, content_type=kind), spoil(draw, call.body)


_SEGMENTS: Final = (
    "", "/", "//", ".", "..", "%2e%2e", "%00", "%", "%zz", "%ff", "%2F", "*", "~", "a" * 3000, "0",
    "-1", "99999999999999999999", "1e9", "NaN", "true", "null", "asc", "%F0%9F%98%80", "a%0d%0ab",
    "[", "]", "{}", "?", "&", "=", "&&a", "limit=0", "limit=1&limit=2", "stream=true", "#", ";",
    ":",
)  # fmt: skip
_segments: Final = st.sampled_from(_SEGMENTS) | st.text(max_size=6).map(
    lambda text: quote(text.encode("utf-8", "replace"), safe="/?&=:[]@!$'()*+,;")
)
_METHODS: Final = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY")


@st.composite
def targets(draw: st.DrawFn, calls: tuple[Call, ...]) -> Call:
    """A call to a path, or with a query, that is nearly the one it should have."""
    call = draw(st.sampled_from(calls))
    path, mark, query = call.target.partition("?")
    pieces, between = (query.split("&"), "&") if mark and draw(st.booleans()) else ([], "/")
    pieces = pieces or path.split("/")
    index = draw(st.integers(1 if between == "/" else 0, len(pieces) - 1))
    new = draw(_segments)
    name, is_, _ = pieces[index].partition("=")
    pieces[index] = f"{name}={new}" if is_ and between == "&" and draw(st.booleans()) else new
    joined = between.join(pieces)
    target = f"{path}?{joined}" if between == "&" else f"{joined}{mark}{query}"
    method = call.method if draw(st.integers(0, 9)) else draw(st.sampled_from(_METHODS))
    return replace(call, target=target, method=method)


_HEADERS: Final[tuple[Header, ...]] = (
    ("content-length", "-1"), ("content-length", "1e3"), ("content-length", "9" * 30),
    ("transfer-encoding", "chunked"), ("transfer-encoding", "gzip, chunked"),
    ("expect", "100-continue"), ("upgrade", "websocket"), ("connection", "upgrade"),
    ("connection", "close"), ("host", ""), ("host", "[::"), ("host", "a b"), ("host", "é"),
    ("host", "127.0.0.1:99999999"), ("origin", "null"), ("cookie", "a=b"),
    ("date", "now"), ("date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("date", "0"),
    ("date", "Mon, 31 Feb 99999 25:61:61 +9999"), ("date", "Tue, 1 Jan 0001 00:00:00 +2359"),
    ("x-date", "1 1 1"), ("x-content-sha256", "!"), ("x-content-sha256", "=" * 9),
    ("content-type", ""), ("content-type", "multipart/form-data"), ("content-type", "text/\xff"),
    ("content-type", "multipart/form-data; boundary*=x''%ff"), ("content-encoding", "gzip"),
    ("authorization", ""), ("authorization", "Bearer"), ("authorization", "Bearer \xe9"),
    ("authorization", "Signature"), ("authorization", "Basic YTpi"), ("authorization", "Bearer .."),
    ("authorization", "Bearer e30.e30.e30"), ("authorization", "Bearer " + "WyJb" * 9000),
    ("compartmentid", "x"), ("opc-compartment-id", "\xff"), ("openai-project", "x" * 9000),
    ("opc-request-id", "/" * 50), ("opc-request-id", "\xe9"), ("opc-client-request-id", "\x7f"),
    ("opc-conversation-store-id", "x"), ("opc-obo-token", "x"), ("x-forwarded-for", "10.0.0.1"),
    ("accept", "text/event-stream"), ("accept-encoding", "gzip"), ("range", "bytes=0-1"),
    ("if-none-match", "*"), ("x" * 300, "y"), ("x-a", ""), ("x-a", "\t \xa0"),
)  # fmt: skip
_PARTS: Final = (
    '""', '"', "=", ",", "keyId", "ST$", "ST$e30.e30.e30", "ST$..", "ST$" + "WyJb" * 9000, "/",
    "resource/", "/fed-x509/", "(request-target)", "date", "host host", "é", "\xff", "rsa-sha1",
    'version="2"', 'headers=""', 'signature="A"', "A" * 2000, "ST$eyJhbGciOiJSUzI1NiJ9.W10.AA",
)  # fmt: skip


@st.composite
def dresses(draw: st.DrawFn, request: Request) -> Request:
    """A real signed request whose headers, signature, body or method changed on the way."""
    headers = list(request.headers)
    index = draw(st.integers(0, len(headers) - 1))
    name, value = headers[index]
    act = draw(st.integers(0, 8))
    if act == 0:
        del headers[index]
    elif act == 1:
        headers.append(headers[index])
    elif act == 2:
        headers[index] = (name.upper() if draw(st.booleans()) else f"x{name}", value)
    elif act == 3:
        headers[index] = (name, draw(st.text(st.characters(min_codepoint=32, max_codepoint=255))))
    elif act == 4:
        chosen = draw(st.sampled_from(_HEADERS))
        headers = [header for header in headers if header[0].lower() != chosen[0]] + [chosen]
    elif act == 5:
        headers.append(draw(st.sampled_from(_HEADERS)))
    elif act == 6:
        return replace(request, body=request.body + b"x", method=draw(st.sampled_from(_METHODS)))
    else:
        headers = [
            (n, _spoil_text(draw, v) if n == "authorization" else v) for n, v in request.headers
        ]
    return replace(request, headers=tuple(headers))


def _spoil_text(draw: st.DrawFn, text: str) -> str:
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + draw(st.integers(0, 60)))))
    return text[:start] + draw(st.sampled_from(_PARTS)) + text[end:]


_TOKENS: Final = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b"\xff", b" ", b"\t", b":", b"GET / HTTP/1.1\r\n",
    b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"0\r\n\r\n", b"ffffffffff\r\n",
    b"Host: b\r\n", b"a" * 70_000, b"x: y\r\n" * 300, b"CONNECT a:1 ", b"http://a/b", b"*", b"/../",
)  # fmt: skip


def spoil(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes that are nearly ``data``."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        token = draw(st.sampled_from(_TOKENS) | st.binary(max_size=6))
        act = draw(st.integers(0, 3))
        if act == 0:
            data = data[:start] + token + data[end:]
        elif act == 1:
            data = data[:start] + token + data[start:]
        elif act == 2:
            data = data[:start] + data[end:]
        else:
            data = data[:start]
    return data


@st.composite
def streams(draw: st.DrawFn, request: Request) -> bytes:
    """Bytes that are nearly a request, or nothing like one."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200) | st.sampled_from(_TOKENS))
    return spoil(draw, request.bytes)


_ORDERS: Final = (
    "status", "redirect", "cut", "eof", "reset", "half_line", "malformed", "html", "error_event",
    "half_character", "early_done", "unknown_event", "comments", "response_failed",
    "no_id", "lost_event", "", "x", "Status", "cut;",
)  # fmt: skip
_SETTINGS: Final = (
    "times", "after_events", "status", "code", "message", "model", "path", "retry_after",
    "retry_after_ms", "location", "size", "before_headers", "id", "", "x",
)  # fmt: skip
_WORTHS: Final = (
    "0", "1", "-1", "204", "304", "200", "500", "503", "599", "600", "1e3", "nan", "inf",
    "9" * 5000,    "true", "", "\xe9", "x", "/openai", "https://a.test/", "\xa0",
)  # fmt: skip
_settings: Final = st.tuples(st.sampled_from(_SETTINGS), st.sampled_from(_WORTHS))


@st.composite
def orders(draw: st.DrawFn) -> str:
    """What a header may order of faults: none that lasts until the client leaves."""
    settings = draw(st.lists(_settings, max_size=3))
    return "; ".join([draw(st.sampled_from(_ORDERS)), *(f"{k}={v}" for k, v in settings)])
