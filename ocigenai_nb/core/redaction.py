"""Text and data without the secrets in them: each becomes `[redacted KIND]`.

Everything that is kept or leaves the session goes through here: cassettes, the journal, exports.
What is redacted: private keys, signatures, bearer and session tokens, JWTs, keys of well-known
forms, and what stands beside the name of a secret (`secret_values`). OCIDs and body hashes are no
secrets, and pictures in data URLs stay as they are.

A rule runs only where its mark occurs, and each runs once over the text. Redacting twice changes
nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .secret_values import Span, find_named, secret_kind

_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,[A-Za-z0-9+/]*+={0,2}")
_BORDER = 64  # characters at the end of a data URL that a secret glued to it could begin in

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_PEM_LINES = re.compile(
    r"(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{40,}+)*+(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{16,}+)?"
)
_SIGNATURE = re.compile(
    r"Signature[ \t]{1,4}"
    r"(?:(?:version|headers|keyId|algorithm|signature)="
    r"\\{0,4}\"[^\"\\\n]*+\\{0,4}\"?[ ,]{0,3}){1,8}",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:bearer|basic)[ \t]{1,4}([A-Za-z0-9._~+/=$-]{12,}+)", re.IGNORECASE)
_HEADER = re.compile(
    r"authorization\\{0,4}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,4}[\"']?"
    r"(?:(?:bearer|basic|token|apikey|digest|negotiate|aws4-hmac-sha256)[ \t]{1,4})"
    r"([^\s\"'\\\[$<{][^\r\n\"'\\]*)",
    re.IGNORECASE,
)
_BARE_HEADER = re.compile(
    r"authorization\\{0,4}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,4}[\"']?([A-Za-z0-9._~+/=-]{8,}+)",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"cookie\\{0,4}[\"']?[ \t]{0,4}:[ \t]{0,4}\\{0,4}[\"']?"
    r"([\w.-]{1,80}=[^\r\n\"'\\\[][^\r\n\"'\\]*)",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"://[^\s/:@\"'\\]{1,100}:([^\s/@\"'\\\[]{3,100})@")
_SESSION_TOKEN = re.compile(r"ST\$[A-Za-z0-9._~+/=-]{8,}+")
_TOKEN_RUN = re.compile(r"[A-Za-z0-9_.-]+")
_SK_KEY = re.compile(r"sk-[A-Za-z0-9_-]{16,}+")
_KNOWN_KEYS = {
    "AKIA": re.compile(r"AKIA[A-Z0-9]{16}"),
    "ASIA": re.compile(r"ASIA[A-Z0-9]{16}"),
    "AIza": re.compile(r"AIza[A-Za-z0-9_-]{35}"),
    "github_pat_": re.compile(r"github_pat_[A-Za-z0-9_]{22,}+"),
    "glpat-": re.compile(r"glpat-[A-Za-z0-9_-]{20,}+"),
    "hf_": re.compile(r"hf_[A-Za-z0-9]{30,}+"),
    "xai-": re.compile(r"xai-[A-Za-z0-9]{32,}+"),
    "xapp-": re.compile(r"xapp-[A-Za-z0-9-]{20,}+"),
    "xox": re.compile(r"xox[a-z]-[A-Za-z0-9-]{10,}+"),
    **{f"gh{c}_": re.compile(rf"gh{c}_[A-Za-z0-9]{{36,}}+") for c in "pousr"},
}
# A left border of what could be the end of a longer word, such as risk- or disk-.
_WORD_BEFORE = re.compile(r"(?<!\\)[A-Za-z0-9]$|\\[^nrt]$")


def redact(text: str) -> str:
    """The text with `[redacted KIND]` in the place of each secret."""
    result, at = [], 0
    for start, end, kind in find_secrets(text):
        result += [text[at:start], f"[redacted {kind}]"]
        at = end
    return "".join([*result, text[at:]]) if at else text


def redact_pieces(pieces: Sequence[str]) -> list[str]:
    """Redact text that comes in pieces, a secret across several of them included.

    As many pieces come back; joined they are what `redact` makes of the whole.
    """
    result, at = [], 0
    spans = iter([*find_secrets("".join(pieces)), None])
    span = next(spans)
    for piece in pieces:
        kept, begin, stop = [], at, at + len(piece)
        while span is not None and span[0] < stop:
            start, end, kind = span
            if start >= at:
                kept += [piece[begin - at : start - at], f"[redacted {kind}]"]
            begin = min(end, stop)
            if end > stop:
                break
            span = next(spans)
        result.append("".join([*kept, piece[begin - at :]]))
        at = stop
    return result


def redact_data(data: Any) -> Any:
    """A copy of JSON-like data, every text in it redacted.

    The value of a key such as "password" or "authorization" is redacted whole.
    """
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, Mapping):
        return {
            redact(key) if isinstance(key, str) else key: _redact_member(str(key), value)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [redact_data(item) for item in data]
    return data


def find_secrets(text: str) -> list[Span]:
    """Start, end and kind of each secret, in order and apart from each other."""
    spans: list[Span] = []
    at = fixed = 0
    for picture in _DATA_URL.finditer(text) if "data:image/" in text else ():
        spans += _find_in(text, at, picture.start(), fixed)
        fixed = picture.end()
        at = max(picture.start(), fixed - _BORDER)
    spans += _find_in(text, at, len(text), fixed)
    return _join(spans)


def _find_in(text: str, start: int, end: int, fixed: int) -> Iterator[Span]:
    """The secrets between two places, but for those that end before `fixed`."""
    part = text[start:end] if start or end < len(text) else text
    lowered = part.lower()
    for marks, find in _RULES:
        if any(mark in lowered for mark in marks):
            for first, last, kind in find(part):
                if last + start > fixed:
                    yield first + start, last + start, kind


def _join(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span[0] < joined[-1][1]:
            first, last, kind = joined[-1]
            joined[-1] = (first, max(last, span[1]), kind)
        else:
            joined.append(span)
    return joined


def _redact_member(name: str, value: Any) -> Any:
    """A member of an object. A secret's name may also be that of a schema's property."""
    if value is None or isinstance(value, bool | Mapping):
        return redact_data(value)
    if isinstance(value, list | tuple):
        return [_redact_member(name, item) for item in value]
    kind = secret_kind(name, str(value)) or _HEADERS.get(name.lower())
    if kind is None or str(value).startswith("[redacted "):
        return redact_data(value)
    return f"[redacted {kind}]"


_HEADERS = {
    "authorization": "authorization",
    "proxy-authorization": "authorization",
    "opc-obo-token": "token",
    "cookie": "cookie",
    "set-cookie": "cookie",
    "security-context": "token",
}


def _find_private_keys(text: str) -> Iterator[Span]:
    """From BEGIN to END; where END is missing, the lines of the key that follow."""
    at, last_end = 0, text.rfind("-----END")
    while (begin := _PEM.search(text, at)) is not None:
        at = begin.end()
        if at <= last_end:
            close = text.find("-----", text.index("-----END", at) + len("-----END"))
            at = close + len("-----") if close >= 0 else len(text)
            yield begin.start(), at, "private key"
        elif (lines := _PEM_LINES.match(text, at)) is not None and lines[0]:
            at = lines.end()
            yield begin.start(), at, "private key"


def _find_tokens(text: str) -> Iterator[Span]:
    """JWTs: three parts and more, the first beginning as `{"` does in base64."""
    for run in _TOKEN_RUN.finditer(text):
        found = run[0].find("eyJ")
        if found < 0:
            continue
        token = run[0][found:].rstrip(".-")
        parts = token.split(".")
        if len(parts) >= 3 and len(parts[0]) >= 8 and len(token) >= 20:
            start = run.start() + found
            yield start, start + len(token), "token"


def _find_sk_keys(text: str) -> Iterator[Span]:
    """`sk-…`, of which prose has some at the end of a word: risk-averse, disk-based."""
    for found in _SK_KEY.finditer(text):
        key = found[0]
        glued = _WORD_BEFORE.search(text[max(0, found.start() - 2) : found.start()])
        letters = key[3:]
        mixed = letters.lower() != letters and re.search(r"\d", letters) is not None
        if mixed if glued else letters.lower() != letters or re.search(r"\d", letters):
            yield *found.span(), "API key"


def _find_schemes(text: str) -> Iterator[Span]:
    for found in _SCHEME.finditer(text):
        if re.search(r"\d", found[1]):
            yield *found.span(1), "token"


def _find_headers(text: str) -> Iterator[Span]:
    """What follows `authorization:` and a scheme; without one, a word that may be a token."""
    yield from ((*found.span(1), "token") for found in _HEADER.finditer(text))
    for found in _BARE_HEADER.finditer(text):
        if re.search(r"\d", found[1]):
            yield *found.span(1), "token"


def _find_known_keys(text: str) -> Iterator[Span]:
    for mark, pattern in _KNOWN_KEYS.items():
        if mark in text:
            yield from ((*found.span(), "API key") for found in pattern.finditer(text))


def _by(pattern: re.Pattern[str], kind: str, group: int = 0) -> Callable[[str], Iterator[Span]]:
    return lambda text: ((*found.span(group), kind) for found in pattern.finditer(text))


# The marks, in lower case, of which one occurs wherever a rule could find something.
_RULES: Sequence[tuple[Sequence[str], Callable[[str], Iterator[Span]]]] = (
    (("private key-----",), _find_private_keys),
    (("signature",), _by(_SIGNATURE, "signature")),
    (("authorization",), _find_headers),
    (("bearer", "basic"), _find_schemes),
    (("cookie",), _by(_COOKIE, "cookie", 1)),
    (("://",), _by(_URL_PASSWORD, "password", 1)),
    (("st$",), _by(_SESSION_TOKEN, "session token")),
    (("eyj",), _find_tokens),
    (("sk-",), _find_sk_keys),
    (tuple(mark.lower() for mark in _KNOWN_KEYS), _find_known_keys),
    (("pass", "pwd", "secret", "key", "token"), find_named),
)
