"""Facts about redaction: no secret survives wherever it stands, and all else stays as it is."""

from __future__ import annotations

import base64
import json
import secrets
import time
from functools import cache
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.redaction import find_secrets, redact, redact_data, redact_pieces

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJvY2lkMS51c2VyIn0.c2lnbmF0dXJl-X_9"
SK = "sk-Zk3vQ9xLm_81-abcDEFghijKLmnop"
SIGNED = (
    'Signature version="1",headers="date (request-target) host",'
    'keyId="ocid1.tenancy.oc1..aaa/ocid1.user.oc1..bbb/aa:bb:cc",'
    'algorithm="rsa-sha256",signature="Zm9vYmFyL2Jheis9PQ=="'
)


@cache
def pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


# A secret as it stands, what must not survive of it, and the kind that takes its place.
PLANTED = {
    "pem": (pem(), pem().splitlines()[1], "private key"),
    "signature": (SIGNED, "Zm9vYmFyL2Jheis9PQ==", "signature"),
    "header": (f"Authorization: {SIGNED}", "aa:bb:cc", "signature"),
    "bearer": ("Bearer abc123DEF456ghi", "abc123DEF456ghi", "token"),
    "bearer header": ("authorization: bearer hunter", "hunter", "token"),
    "header without a scheme": ("Authorization: hunter2xyz", "hunter2xyz", "token"),
    "jwt": (JWT, JWT[-20:], "token"),
    "session token": (f"ST${JWT}", JWT[:20], "session token"),
    "sk": (SK, SK[6:], "API key"),
    "aws": ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7", "API key"),
    "github": ("ghp_" + "a1B2" * 9, "a1B2a1B2", "API key"),
    "slack": ("xoxb-123456789012-abcdefABCDEF", "123456789012", "API key"),
    "key file": ("key_file=/home/ann/.oci/key.pem", "ann", "key file"),
    "pass phrase": ("pass_phrase=hunter2", "hunter2", "pass phrase"),
    "token file": ("security_token_file=~/.oci/sessions/ann/token", "ann", "token file"),
    "password": ("password=hunter2", "hunter2", "password"),
    "quoted": ('DB_PASSWORD = "correct horse"', "correct", "password"),
    "json": ('{"client_secret": "correct horse"}', "correct", "secret"),
    "json in json": ('{\\"apiKey\\": \\"hunter2\\"}', "hunter2", "API key"),
    "yaml": ("password: hunter2\n", "hunter2", "password"),
    "colon": ("my password: hunter2hunter2 and", "hunter2", "password"),
    "colon in a sentence": ("Its api_key: k3yk3yk3yk3yk3y. Use it", "k3y", "API key"),
    "url": ("https://ann:hunter2@example.com/", "hunter2", "password"),
    "cookie": ("Set-Cookie: session=hunter2; Path=/", "hunter2", "cookie"),
    "itself": ("password=password123", "123", "password"),
    "token": ('token="0123456789abcdefXYZ"', "0123456789", "token"),
}
# What may stand around a secret: not glued to it by a letter, as in one word.
around = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
before_it = st.sampled_from(["", " ", "\t", '"', "'", "(", "`", "> ", "\\n", ", ", "|", "é "])
after_it = st.sampled_from(["", " ", "\t", '"', "'", ")", "`", "<", "\\n", ", ", "|", " é"])


@pytest.mark.parametrize("name", PLANTED)
def test_a_secret_is_replaced_by_its_kind(name: str) -> None:
    secret, core, kind = PLANTED[name]
    result = redact(f"Before it {secret} after it")
    assert core not in result
    assert f"[redacted {kind}]" in result
    assert result.startswith("Before it ")


@pytest.mark.parametrize("name", [n for n in PLANTED if n != "yaml"])  # it needs a line
@given(before=around, left=before_it, right=after_it, after=around)
def test_no_secret_survives_wherever_it_stands(
    name: str, before: str, left: str, right: str, after: str
) -> None:
    secret, core, _ = PLANTED[name]
    text = f"{before}\n{left}{secret}{right}\n{after}"
    assert core not in redact(text)
    assert core not in json.dumps(redact_data({"a": [{"b": text}]}))


@pytest.mark.parametrize("name", PLANTED)
def test_no_secret_survives_in_json_text_inside_text(name: str) -> None:
    secret, core, _ = PLANTED[name]
    once = json.dumps({"arguments": f"a\n{secret}\nb"})
    assert core not in redact(once)


@pytest.mark.parametrize("name", PLANTED)
@given(cuts=st.lists(st.integers(0, 80), max_size=8))
def test_a_secret_that_comes_in_pieces_is_redacted_across_them(name: str, cuts: list[int]) -> None:
    secret, core, _ = PLANTED[name]
    text = f"Look: {secret} and more, {SK}."
    marks = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(marks)]
    result = redact_pieces(pieces)
    assert len(result) == len(pieces)
    assert "".join(result) == redact(text)
    assert core not in "".join(result)


@given(st.lists(st.sampled_from([" ", "\n", "x", "=", "[", *(s for s, *_ in PLANTED.values())])))
def test_redacting_twice_changes_nothing_more(pieces: list[str]) -> None:
    once = redact("".join(pieces))
    assert redact(once) == once
    assert redact_pieces(pieces) == redact_pieces(redact_pieces(pieces)) or not pieces


@given(st.text(max_size=200))
def test_text_without_a_mark_stays(text: str) -> None:
    assert redact(text) == text


UNCHANGED = [
    "The password: it must be long. The secret: the garden.",
    "A basic understanding of bearer tokens, risk-averse-investment-strategies and sk-learn.",
    "It starts with -----BEGIN PRIVATE KEY----- and holds base64.",
    "Authorization: how it works. Cookie: a small file.",
    "The secret: base64-encoded text. The password: 8-character words, see RFC2898 on it.",
    "The private key: RSA-2048 or so. Password: sha256 hashes of it are kept. API key: step 1 of 2",
    "password: Password64Text = Field(); password: Annotated2Text | None; secret: Base64Bytes[int]",
    "def connect(password: str, token: str | None = None, api_key: SecretStr = None) -> None:",
    "connect(password=password, token=args.token, pass_phrase=profile.pass_phrase)",
    "password = getpass()",
    "token = tokens[index]",
    "api_key = os.environ['API_KEY']",
    'key_file = config["key_file"]',
    "private_key = rsa.generate_private_key(65537, 2048)",
    "export API_KEY=$OTHER; curl -H 'Authorization: Bearer $TOKEN' -u \"${USER}:${PASSWORD}\"",
    'api_key="<your key>", password="***", secret="{{name}}"',
    '{"properties": {"password": {"type": "string"}, "token": {"type": "string"}}}',
    '{"logprobs": [{"token": " world", "logprob": -0.1}], "max_tokens": 100}',
    'API_KEY = "api_key"; kinds = {"token": "password"}',
    "pass_phrase = profile.pass_phrase.value if profile.pass_phrase else None",
    "if token == other: tokens += 1",
    "https://example.com:8080/@name http://[::1]:80/",
    "ocid1.tenancy.oc1..aaaaaaaa7wmn5kvyhvyqvyzn4q5bn3phqy2kxmtgv3xyz",
    "x-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "f-strings such as f'{token!r}' and {secret} stay",
    "",
]


@pytest.mark.parametrize("text", UNCHANGED)
def test_ordinary_code_and_prose_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


def test_ids_and_public_headers_in_data_stay() -> None:
    data = {
        "compartmentId": "ocid1.compartment.oc1..aaa",
        "x-content-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "max_tokens": 5,
        "token": "Hello",
        "properties": {"password": {"type": "string"}},
        "password": "string",
        "secret": None,
        "flags": [True, 1.5],
    }
    assert redact_data(data) == data


def test_values_of_telling_keys_are_redacted_whole() -> None:
    data = {
        "authorization": "anything",
        "Cookie": "a=b",
        "password": "with 'quotes' and \n lines",
        "nested": [{"clientSecret": ("a1", "b2"), "pin_password": 1234}],
    }
    assert redact_data(data) == {
        "authorization": "[redacted authorization]",
        "Cookie": "[redacted cookie]",
        "password": "[redacted password]",
        "nested": [
            {
                "clientSecret": ["[redacted secret]", "[redacted secret]"],
                "pin_password": "[redacted password]",
            }
        ],
    }
    assert redact_data(redact_data(data)) == redact_data(data)


def test_a_secret_that_is_a_key_is_redacted_too() -> None:
    assert redact_data({SK: 1}) == {"[redacted API key]": 1}


def test_pictures_in_data_urls_stay_and_what_is_glued_to_them_does_not() -> None:
    picture = base64.b64encode(b"\x00\x10\x83\x10\x51\x87" + secrets.token_bytes(3_000)).decode()
    url = f"data:image/png;base64,AKIAIOSFODNN7EXAMPLE{picture}"
    assert redact(url) == url
    assert redact(f"![a]({url}) {SK} ![b]({url})") == f"![a]({url}) [redacted API key] ![b]({url})"
    assert SK[5:] not in redact(f"{url}{SK}")
    assert "hunter2" not in redact(f"{url} password=hunter2 {url}")


def test_the_kinds_come_with_their_places() -> None:
    assert find_secrets(f"a {SK} b {JWT}") == [(2, 34, "API key"), (37, 37 + len(JWT), "token")]


HOSTILE = {
    "jwt": "eyJ", "sk": "sk-", "pem": "-----BEGIN PRIVATE KEY-----", "bare": "password=",
    "quoted": 'password="', "spaced": "password: ", "call": "token=a.b(", "bearer": "bearer ",
    "header": "authorization: bearer ", "signature": 'Signature version="', "url": "://a:",
    "word": "a", "picture": "data:image/png;base64,AAAA ", "slashes": "password\\", "dots": "a.",
    "lines": "password \n", "prose": "The key to this token is no password of a secret world. ",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_the_cost_grows_with_the_length_and_not_faster(name: str) -> None:
    def spend(size: int) -> float:
        text = (HOSTILE[name] * (size // len(HOSTILE[name]))) + SK
        spent = []
        for _ in range(3):
            begun = time.process_time()
            redact(text)
            spent.append(time.process_time() - begun)
        return min(spent)

    assert spend(160_000) < 50 * max(spend(16_000), 0.002)  # its square would be 100
