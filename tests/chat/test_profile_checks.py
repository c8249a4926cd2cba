"""What is wrong with a profile, as far as its files show it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
)

from ocigenai_nb.chat.profile_checks import check_profile
from ocigenai_nb.chat.sign_in import Check
from ocigenai_nb.core.profiles import parse_profiles
from ocigenai_nb.transports.keys import fingerprint
from tests.chat.profile_files import KEY, OTHER, pem, profile_text, write_key


def checks_of(folder: Path, *, now: float = 0.0, **changes: str | None) -> dict[str, Check]:
    profile = parse_profiles(profile_text(folder, **changes))["WORK"]
    return {check.name: check for check in check_profile(profile, now=lambda: now)}


def token(ends: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def write_token(folder: Path, text: str) -> str:
    path = folder / "token"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def test_a_whole_profile_passes_every_check(tmp_path: Path) -> None:
    write_key(tmp_path)
    checks = checks_of(tmp_path)
    assert list(checks) == ["tenancy", "key", "fingerprint", "permissions", "region"]
    assert {check.outcome for check in checks.values()} == {"passed"}
    assert checks["key"].text == "RSA, 2048 bits, found."
    assert checks["tenancy"].text == "ocid1.tenancy.oc1..aaaaaa…rtofit"


@pytest.mark.parametrize(
    ("content", "text", "remedy"),
    [
        (None, "The key_file of profile WORK can't be read: No such file or directory.", "path"),
        (b"nonsense", "The key of profile WORK is not a private key in PEM form.", "BEGIN"),
        (
            KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "The key of profile WORK is a public key.",
            "private half",
        ),
        (
            pem(BestAvailableEncryption(b"open sesame")),
            "The key of profile WORK is encrypted, and no pass phrase is known.",
            "Add pass_phrase=",
        ),
    ],
)
def test_a_key_that_can_not_be_used_is_a_failed_check_with_its_remedy(
    tmp_path: Path, content: bytes | None, text: str, remedy: str
) -> None:
    if content is not None:
        write_key(tmp_path, content)
    checks = checks_of(tmp_path)
    assert (checks["key"].outcome, checks["key"].text) == ("failed", text)
    assert remedy in checks["key"].remedy
    assert "fingerprint" not in checks, "there is nothing to compare it with"


@pytest.mark.parametrize("private", [True, False])
def test_only_a_private_key_is_not_for_others_to_read(
    tmp_path: Path,
    private: bool,  # noqa: FBT001
) -> None:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_key(tmp_path, None if private else public).chmod(0o644)
    assert ("permissions" in checks_of(tmp_path)) is private


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("<path to your private keyfile> # TODO", "is still the placeholder that came with it."),
        ("{}/key.pem # TODO", "has a comment behind it, which is read as its end."),
    ],
)
def test_what_is_left_of_the_consoles_snippet_is_seen(tmp_path: Path, path: str, text: str) -> None:
    write_key(tmp_path)
    check = checks_of(tmp_path, key_file=path.format(tmp_path))["key"]
    assert check.outcome == "failed"
    assert check.text == f"The key_file of profile WORK {text}"


def test_an_encrypted_key_with_its_pass_phrase_passes(tmp_path: Path) -> None:
    write_key(tmp_path, pem(BestAvailableEncryption(b"open sesame")))
    checks = checks_of(tmp_path, pass_phrase="open sesame")
    assert checks["key"].text == "RSA, 2048 bits, found, with a pass phrase."


def test_a_fingerprint_of_another_key_fails_and_the_remedy_says_how_to_see_the_right_one(
    tmp_path: Path,
) -> None:
    write_key(tmp_path)
    check = checks_of(tmp_path, fingerprint=OTHER)["fingerprint"]
    own = fingerprint(KEY)
    assert check.outcome == "failed"
    assert check.text == f"The profile states 0f:0f…0f:0e, but its key has {own[:5]}…{own[-5:]}."
    assert "`openssl rsa -pubout -outform DER -in KEY_FILE | openssl md5 -c`" in check.remedy
    assert own not in check.remedy, "it would be saved with the notebook"


def test_a_fingerprint_without_its_colons_is_told_as_that(tmp_path: Path) -> None:
    write_key(tmp_path)
    own = fingerprint(KEY)
    check = checks_of(tmp_path, fingerprint=own.replace(":", ""))["fingerprint"]
    assert check.outcome == "failed"
    assert check.text == (
        "The profile's fingerprint is the key's, but without colons between its pairs."
    )
    assert check.remedy.startswith("Write it as 16 pairs, such as 0f:1e:2d.")


def test_a_fingerprint_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    write_key(tmp_path)
    check = checks_of(tmp_path, fingerprint="pasted-by-mistake")["fingerprint"]
    assert (check.outcome, "pasted" in check.text) == ("failed", False)


@pytest.mark.parametrize("key", ["tenancy", "user"])
def test_a_profile_without_tenancy_or_user_says_what_to_add(tmp_path: Path, key: str) -> None:
    write_key(tmp_path)
    without = profile_text(tmp_path, **{key: None})
    check = next(iter(check_profile(parse_profiles(without)["WORK"])))
    assert (check.outcome, check.text) == ("failed", f"Profile WORK has no {key}.")
    assert f"{key}=" in check.remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tenancy", "ocid1.user.oc1..u"),
        ("user", "pasted-by-mistake"),
        ("user", "ocid1.tenancy.oc1..t"),
    ],
)
def test_what_is_not_the_ocid_that_it_should_be_fails_and_is_not_repeated(
    tmp_path: Path, key: str, value: str
) -> None:
    write_key(tmp_path)
    profile = parse_profiles(profile_text(tmp_path, **{key: value}))["WORK"]
    check = check_profile(profile)[0]
    assert check.text == f"The {key} of profile WORK is not the OCID of one."
    assert check.remedy == f"Copy it from the Console; it begins with ocid1.{key}."
    assert check.outcome == "failed"


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_is_a_warning(tmp_path: Path, mode: int) -> None:
    write_key(tmp_path).chmod(mode)
    check = checks_of(tmp_path)["permissions"]
    assert check.outcome == "warned"
    assert check.text == "Other users of this machine can read the key."


@pytest.mark.parametrize(
    ("left", "outcome", "text"),
    [
        (47 * 60 + 30, "passed", "47 minutes left."),
        (3 * 3600, "passed", "3 hours left."),
        (300, "warned", "5 minutes left."),
        (20, "warned", "less than a minute left."),
        (-60, "failed", "It expired 1 minute ago."),
    ],
)
def test_the_time_that_a_session_has_left_is_told(
    tmp_path: Path, left: float, outcome: str, text: str
) -> None:
    write_key(tmp_path)
    file = write_token(tmp_path, token(1_000_000 + left))
    check = checks_of(tmp_path, now=1_000_000, security_token_file=file)["token"]
    assert (check.outcome, check.text) == (outcome, text)
    assert ("oci session authenticate --profile-name WORK" in check.remedy) is (outcome != "passed")


@pytest.mark.parametrize("text", ["", None])
def test_a_session_without_a_token_fails(tmp_path: Path, text: str | None) -> None:
    write_key(tmp_path)
    file = str(tmp_path / "gone") if text is None else write_token(tmp_path, text)
    check = checks_of(tmp_path, security_token_file=file)["token"]
    assert check.outcome == "failed"
    assert "oci session authenticate" in check.remedy


@pytest.mark.parametrize(
    ("region", "outcome", "text"),
    [
        (None, "warned", "The profile names none, so us-chicago-1 is asked."),
        ("eu-frankfurt-1", "passed", "eu-frankfurt-1"),
        ("eu-zurich-1", "warned", "eu-zurich-1 is not known to offer Generative AI."),
        ("xx-nowhere-9", "warned", "xx-nowhere-9 is not a region known here."),
        ("Chicago!", "failed", "'Chicago!' is not an OCI region."),
    ],
)
def test_a_region_is_checked(tmp_path: Path, region: str | None, outcome: str, text: str) -> None:
    write_key(tmp_path)
    check = checks_of(tmp_path, region=region)["region"]
    assert (check.outcome, check.text) == (outcome, text)
