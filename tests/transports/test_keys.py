"""Reading a private key: every form that works, and one clear sentence for each that doesn't."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ocigenai_nb.core.errors import (
    ConfigError,
    FingerprintMismatchError,
    KeyFileError,
    OCIGenAIError,
    PassphraseError,
    SessionExpiredError,
)
from ocigenai_nb.core.signing import SigningKey
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.keys import (
    TENANCY,
    USER,
    make_ec_key,
    make_key,
    take_key,
    write_config,
    write_pem,
    write_public_pem,
)

CANARY: Final = "canary"
PHRASE: Final = "canary phrase"


def read_key(folder: Path, settings: dict[str, str]) -> SigningKey:
    """The signing key of a profile with these settings and the rest as it should be."""
    usual = {"tenancy": TENANCY, "user": USER, "fingerprint": fingerprint(make_key())}
    merged = {name: value for name, value in {**usual, **settings}.items() if value}
    path = write_config(folder, {"DEFAULT": merged})
    return take_key(settle(Wishes(config_file=path)).credentials)


def save(folder: Path, pem: str | bytes) -> dict[str, str]:
    """The setting of a key file with this content."""
    path = folder / f"{CANARY}.pem"
    path.write_bytes(pem if isinstance(pem, bytes) else pem.encode())
    return {"key_file": str(path)}


def indent(pem: str) -> str:
    """Several lines as one value of a configuration file."""
    return pem.strip().replace("\n", "\n    ")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("pass_phrase", [None, PHRASE])
def test_a_key_file_is_read(tmp_path: Path, form: PrivateFormat, pass_phrase: str | None) -> None:
    settings = save(tmp_path, write_pem(make_key(), pass_phrase=pass_phrase, form=form))
    key = read_key(tmp_path, {**settings, "pass_phrase": pass_phrase or ""})
    assert key.private_key.private_numbers() == make_key().private_numbers()
    assert key.key_id == f"{TENANCY}/{USER}/{fingerprint(make_key())}"


def test_a_key_may_stand_in_the_configuration_itself(tmp_path: Path) -> None:
    key = read_key(tmp_path, {"key_content": indent(write_pem(make_key()))})
    assert key.private_key.private_numbers() == make_key().private_numbers()


def test_a_key_in_the_configuration_may_be_encrypted(tmp_path: Path) -> None:
    pem = indent(write_pem(make_key(), pass_phrase=PHRASE))
    key = read_key(tmp_path, {"key_content": pem, "pass_phrase": PHRASE})
    assert key.private_key.private_numbers() == make_key().private_numbers()


def test_a_path_may_begin_with_a_tilde(tmp_path: Path) -> None:
    (Path.home() / "key.pem").write_text(write_pem(make_key()))
    read_key(tmp_path, {"key_file": "~/key.pem"})


def test_a_pass_phrase_that_the_key_does_not_need_does_no_harm(tmp_path: Path) -> None:
    """[DEFAULT] lends its own to every profile."""
    read_key(tmp_path, {**save(tmp_path, write_pem(make_key())), "pass_phrase": PHRASE})


def test_a_fingerprint_may_be_written_in_upper_case(tmp_path: Path) -> None:
    upper = fingerprint(make_key()).upper()
    key = read_key(tmp_path, {**save(tmp_path, write_pem(make_key())), "fingerprint": upper})
    assert key.key_id.endswith(upper.lower())


def test_a_key_may_end_in_the_label_that_oracle_advises(tmp_path: Path) -> None:
    """The Console's hint: a line OCI_API_KEY behind a private key."""
    read_key(tmp_path, save(tmp_path, f"{write_pem(make_key())}OCI_API_KEY\n"))


# What is wrong, and the sentence for it


@dataclass(frozen=True)
class Flaw:
    """A profile that can't sign: its settings, and the error that says so."""

    settings: Callable[[Path], dict[str, str]]
    kind: type[OCIGenAIError]
    sentence: str


def lock(form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return write_pem(make_key(), pass_phrase=PHRASE, form=form)


def save_good(folder: Path, **changes: str) -> dict[str, str]:
    return {**save(folder, write_pem(make_key())), **changes}


def save_token(folder: Path, content: bytes) -> dict[str, str]:
    token = folder / f"{CANARY}-token"
    token.write_bytes(content)
    return {"security_token_file": str(token)}


FLAWS: Final = {
    "no key": Flaw(lambda _: {}, KeyFileError, "Profile DEFAULT names no key."),
    "no such file": Flaw(
        lambda folder: {"key_file": str(folder / f"{CANARY}.pem")},
        KeyFileError,
        "The key_file of profile DEFAULT can't be read: No such file or directory.",
    ),
    "a folder": Flaw(
        lambda folder: {"key_file": str(folder)}, KeyFileError, "can't be read: Is a directory."
    ),
    "no home": Flaw(
        lambda _: {"key_file": "~nobody-canary/key.pem"},
        KeyFileError,
        "can't be read: no home directory.",
    ),
    "a public key": Flaw(
        lambda folder: save(folder, write_public_pem(make_key())),
        KeyFileError,
        "The key of profile DEFAULT is a public key.",
    ),
    "an elliptic key": Flaw(
        lambda folder: save(folder, write_pem(make_ec_key())),
        KeyFileError,
        "is not an RSA key, and OCI signs with RSA.",
    ),
    "garbage": Flaw(
        lambda folder: save(folder, b"canary \xff\x00 garbage"),
        KeyFileError,
        "is not a private key in PEM form.",
    ),
    "half a key": Flaw(
        lambda folder: save(folder, write_pem(make_key())[:800]),
        KeyFileError,
        "is not a private key in PEM form.",
    ),
    "an empty file": Flaw(
        lambda folder: save(folder, ""), KeyFileError, "is not a private key in PEM form."
    ),
    "garbage in the configuration": Flaw(
        lambda _: {"key_content": "canary garbage"},
        KeyFileError,
        "is not a private key in PEM form.",
    ),
    "no pass phrase": Flaw(
        lambda folder: save(folder, lock()),
        PassphraseError,
        "The key of profile DEFAULT is encrypted, and no pass phrase is known.",
    ),
    "no pass phrase, in the traditional form": Flaw(
        lambda folder: save(folder, lock(PrivateFormat.TraditionalOpenSSL)),
        PassphraseError,
        "The key of profile DEFAULT is encrypted, and no pass phrase is known.",
    ),
    "a wrong pass phrase": Flaw(
        lambda folder: {**save(folder, lock()), "pass_phrase": "wrong canary"},
        PassphraseError,
        "The pass phrase of profile DEFAULT does not open its key.",
    ),
    "another key's fingerprint": Flaw(
        lambda folder: save_good(folder, fingerprint="aa:" * 15 + "aa"),
        FingerprintMismatchError,
        f"but its key has {fingerprint(make_key())}.",
    ),
    "no fingerprint": Flaw(
        lambda folder: save_good(folder, fingerprint=""),
        ConfigError,
        "Profile DEFAULT has no fingerprint.",
    ),
    "no user": Flaw(
        lambda folder: save_good(folder, user=""), ConfigError, "Profile DEFAULT has no user."
    ),
    "no token": Flaw(
        lambda folder: save_good(folder, security_token_file=str(folder / CANARY)),
        SessionExpiredError,
        "The session token of profile DEFAULT can't be read.",
    ),
    "an empty token": Flaw(
        lambda folder: save_good(folder, **save_token(folder, b"\n")),
        SessionExpiredError,
        "The session token of profile DEFAULT is empty.",
    ),
    "a token that is no text": Flaw(
        lambda folder: save_good(folder, **save_token(folder, b"canary \xff")),
        SessionExpiredError,
        "The session token of profile DEFAULT can't be read.",
    ),
    "a session without its key": Flaw(
        lambda folder: {
            "key_file": str(folder / f"{CANARY}.pem"),
            **save_token(folder, b"canary.canary.canary"),
        },
        KeyFileError,
        "can't be read: No such file or directory.",
    ),
}


def fail(folder: Path, flaw: Flaw) -> OCIGenAIError:
    settings = flaw.settings(folder)
    with pytest.raises(OCIGenAIError) as caught:
        read_key(folder, settings)
    return caught.value


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_what_is_wrong_with_a_key_is_one_sentence_and_a_remedy(tmp_path: Path, flaw: Flaw) -> None:
    error = fail(tmp_path, flaw)
    assert type(error) is flaw.kind
    assert flaw.sentence in error.message
    assert error.remedy


def test_a_missing_fingerprint_is_told(tmp_path: Path) -> None:
    assert fingerprint(make_key()) in fail(tmp_path, FLAWS["no fingerprint"]).remedy


def walk(error: BaseException | None) -> Iterator[BaseException]:
    """An error, its causes and its contexts, hidden ones too."""
    if error is not None:
        yield error
        yield from walk(error.__cause__)
        yield from walk(error.__context__)


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_no_error_tells_a_path_a_pass_phrase_or_a_token(tmp_path: Path, flaw: Flaw) -> None:
    for error in walk(fail(tmp_path, flaw)):
        told = [str(error), repr(error), repr(error.args), *traceback.format_exception(error)]
        assert CANARY not in "".join(told)
        assert str(tmp_path) not in "".join(told)


@pytest.mark.parametrize("pass_phrase", [None, PHRASE])
def test_nothing_that_holds_a_key_shows_it(tmp_path: Path, pass_phrase: str | None) -> None:
    settings = save(tmp_path, write_pem(make_key(), pass_phrase=pass_phrase))
    settings |= {"pass_phrase": pass_phrase or "", "tenancy": TENANCY, "user": USER}
    settings["fingerprint"] = fingerprint(make_key())
    path = write_config(tmp_path, {"DEFAULT": {k: v for k, v in settings.items() if v}})
    identity = settle(Wishes(config_file=path))
    shown = f"{identity} {identity.credentials!r} {take_key(identity.credentials)}"
    assert CANARY not in shown
    assert "PRIVATE" not in shown
    assert USER not in shown
