"""Who could sign, what is wrong with a profile, and what one real request comes to."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ocigenai_nb.chat.connection import Connection, connect, connect_emulator
from ocigenai_nb.chat.profile_checks import check_profile
from ocigenai_nb.chat.sign_in import (
    Check,
    _explain,
    check_sign_in,
    clean,
    pick_model,
    policy_statement,
    worst,
)
from ocigenai_nb.chat.signers import EMULATOR, INSTANCE, RESOURCE, Signers, connect_as, list_signers
from ocigenai_nb.core.errors import ConfigError, ConnectionFailedError
from ocigenai_nb.core.profiles import parse_profiles
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from ocigenai_nb.transports.keys import fingerprint

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = "0f:" * 15 + "0e"
TENANCY = "ocid1.tenancy.oc1..aaaaaaaatheunique0000000000000000000partofit"


def pem(encryption: KeySerializationEncryption | None = None) -> bytes:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def write_key(folder: Path, content: bytes | None = None) -> Path:
    path = folder / "key.pem"
    path.write_bytes(pem() if content is None else content)
    path.chmod(0o600)
    return path


def profile_text(folder: Path, **changes: str | None) -> str:
    values: dict[str, str | None] = {
        "user": "ocid1.user.oc1..u",
        "tenancy": TENANCY,
        "fingerprint": fingerprint(KEY),
        "region": "us-chicago-1",
        "key_file": str(folder / "key.pem"),
    }
    values |= changes
    lines = [f"{name}={value}" for name, value in values.items() if value is not None]
    return "\n".join(["[WORK]", *lines, ""])


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


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def over(service: Service, profile: str = "DEFAULT", **wishes: str) -> Connection:
    wishes.setdefault("endpoint", service.url)
    return connect(profile, config_file=service.config_file, **wishes)  # type: ignore[arg-type]


# ---- profiles


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


def test_an_encrypted_key_with_its_pass_phrase_passes(tmp_path: Path) -> None:
    write_key(tmp_path, pem(BestAvailableEncryption(b"open sesame")))
    checks = checks_of(tmp_path, pass_phrase="open sesame")
    assert checks["key"].text == "RSA, 2048 bits, found, with a pass phrase."


def test_a_fingerprint_of_another_key_fails_and_is_shown_by_its_ends_only(tmp_path: Path) -> None:
    write_key(tmp_path)
    check = checks_of(tmp_path, fingerprint=OTHER)["fingerprint"]
    own = fingerprint(KEY)
    assert check.outcome == "failed"
    assert check.text == f"The profile states 0f:0f…0f:0e, but its key has {own[:5]}…{own[-5:]}."


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


# ---- who could sign


def list_names(found: Signers) -> list[str]:
    return [signer.name for signer in found.found]


def test_the_emulator_is_always_there_and_the_usual_one_without_profiles() -> None:
    found = list_signers(env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == [EMULATOR]
    assert found.usual == EMULATOR
    assert found.checks[0].outcome == "warned"


def test_profiles_come_in_the_order_of_the_file(service: Service) -> None:
    found = list_signers(service.config_file, env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == ["DEFAULT", "TYPICAL", "ZDR", "SESSION", EMULATOR]
    assert found.usual == "DEFAULT"
    session = found.find("SESSION")
    assert session is not None
    assert by_name(session.checks)["token"].text == "59 minutes left."
    assert [worst(signer.checks) for signer in found.found] == ["passed"] * 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[A]\nx=1\n[A]\n", "the profile [A] stands there twice"),
        ("stray\n", "line 1 stands before any [profile]"),
        ("[A]\nbroken line\n", "a line is not of the form key=value"),
    ],
)
def test_a_configuration_that_can_not_be_read_is_a_failed_check(
    tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    found = list_signers(file, env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == [EMULATOR]
    assert found.checks[0].outcome == "failed"
    assert why in found.checks[0].text


def test_a_configuration_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[DEFAULT]\nregion=us-chicago-1\n")
    file.chmod(0o644)
    (check,) = list_signers(file).checks
    assert check.outcome == "warned"
    assert f"`oci setup repair-file-permissions --file {file}`" in check.remedy


def test_a_resource_principal_is_offered_where_its_environment_is(service: Service) -> None:
    found = list_signers(env=service.resource_principal_env(), chassis=Path("/nonexistent"))
    assert list_names(found) == [RESOURCE, EMULATOR]
    assert found.usual == RESOURCE
    assert found.found[0].checks[0].text == "The environment has version 2.2 of it."


def test_a_resource_principal_whose_token_has_expired_fails(service: Service) -> None:
    env = service.resource_principal_env()
    later = time.time() + 10 * 86_400
    found = list_signers(env=env, chassis=Path("/nonexistent"), now=lambda: later)
    assert found.found[0].checks[0].outcome == "failed"


def test_a_pod_is_offered_its_workload_identity() -> None:
    env = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
    found = list_signers(env=env, chassis=Path("/nonexistent"))
    assert list_names(found) == [RESOURCE, EMULATOR]
    assert "Kubernetes" in found.found[0].checks[0].text


def test_an_instance_is_told_by_its_firmware_and_nothing_is_asked(tmp_path: Path) -> None:
    chassis = tmp_path / "chassis_asset_tag"
    chassis.write_text("OracleCloud.com\n")
    assert list_names(list_signers(env={}, chassis=chassis)) == [INSTANCE, EMULATOR]
    chassis.write_text("Some other maker\n")
    assert list_names(list_signers(env={}, chassis=chassis)) == [EMULATOR]


def test_the_emulator_can_be_asked_for_beside_profiles(service: Service) -> None:
    made = connect_emulator()
    assert made.emulated
    assert made.settings.endpoint.value != service.url
    assert made.origin.startswith("It was asked for, so the built-in emulator answers.")
    assert connect_as(EMULATOR, config_file=service.config_file).emulated


def test_a_principal_without_a_compartment_says_so() -> None:
    with pytest.raises(ConfigError, match="No compartment is known"):
        connect_as(INSTANCE)
    made = connect_as(INSTANCE, compartment_id="ocid1.compartment.oc1..c", region="iad")
    assert made.settings.auth.value == "instance_principal"
    assert made.settings.region.value == "us-ashburn-1"


# ---- the request


def test_signing_in_sends_one_request_of_one_token(service: Service) -> None:
    checks = check_sign_in(over(service))
    assert [check.name for check in checks] == ["network", "signature", "access"]
    assert worst(checks) == "passed"
    (entry,) = service.journal
    assert entry.path == "/openai/v1/chat/completions"
    assert isinstance(entry.body, dict)
    assert entry.body["max_tokens"] == 1


@pytest.mark.parametrize("status", [429, 500])
def test_nothing_is_sent_twice_where_the_service_is_unwell(service: Service, status: int) -> None:
    service.fault("status", status=status, times=None)
    checks = check_sign_in(over(service))
    assert worst(checks) == "warned"
    assert len(list(service.journal)) == 1


def test_a_missing_policy_is_named_ready_to_be_copied(service: Service) -> None:
    foreign = service.tenancies[1].compartment_id
    checks = by_name(check_sign_in(over(service, compartment_id=foreign)))
    assert checks["signature"].outcome == "passed"
    assert checks["access"].outcome == "failed"
    statement = f"allow group YOUR-GROUP to use generative-ai-family in compartment id {foreign}"
    assert f"`{statement}`" in checks["access"].remedy
    assert f"Request id: `{service.journal.last.opc_request_id}`." in checks["access"].remedy


def test_the_policy_of_the_tenancy_and_of_principals(service: Service) -> None:
    of = connect_as(INSTANCE, compartment_id="ocid1.compartment.oc1..c").settings
    assert policy_statement(over(service).settings) == (
        "allow group YOUR-GROUP to use generative-ai-family in tenancy"
    )
    assert policy_statement(of).startswith("allow dynamic-group YOUR-DYNAMIC-GROUP to use")
    pod = connect_as(RESOURCE, compartment_id="ocid1.compartment.oc1..c").settings
    env = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
    assert "request.principal.type = 'workload'" in policy_statement(pod, env)


def test_a_compartment_that_does_not_exist_is_named(service: Service) -> None:
    checks = check_sign_in(over(service, compartment_id="ocid1.compartment.oc1..gone"))
    access = by_name(checks)["access"]
    assert access.text == (
        "The compartment ocid1.compartment.oc1..gone is not known to the service."
    )
    assert access.remedy == "Check the compartment's OCID (argument compartment_id)."


def test_a_clock_that_is_off_is_told_in_seconds(service: Service) -> None:
    service.clock_offset = 1000.0
    clock = by_name(check_sign_in(over(service)))["clock"]
    assert clock.outcome == "failed"
    assert "seconds behind the service's" in clock.remedy
    assert any(text in clock.remedy for text in ("999 seconds", "1000 seconds"))


def test_a_key_that_is_not_uploaded_is_told(service: Service, tmp_path: Path) -> None:
    write_key(tmp_path)
    tenancy = service.tenancies[0]
    text = profile_text(tmp_path, user=tenancy.user_id, tenancy=tenancy.ocid)
    (tmp_path / "config").write_text(text)
    made = connect("WORK", config_file=tmp_path / "config", endpoint=service.url)
    checks = by_name(check_sign_in(made))
    assert checks["network"].outcome == "passed"
    assert "is uploaded for its user" in checks["signature"].remedy
    assert "subscribed" not in checks["signature"].remedy
    elsewhere = connect(
        "WORK", config_file=tmp_path / "config", endpoint=service.url, region="eu-frankfurt-1"
    )
    assert "has to be subscribed to it" in by_name(check_sign_in(elsewhere))["signature"].remedy


def test_an_expired_session_asks_to_log_in(service: Service) -> None:
    service.issue_session(minutes=-5)
    (check,) = check_sign_in(over(service, "SESSION"))
    assert (check.name, check.outcome) == ("configuration", "failed")
    assert "`oci session authenticate --profile-name SESSION`" in check.remedy


def test_a_revoked_session_asks_to_log_in(service: Service) -> None:
    service.revoke_sessions()
    check = by_name(check_sign_in(over(service, "SESSION")))["signature"]
    assert "`oci session authenticate --profile-name SESSION`" in check.remedy


def test_where_nobody_answers_the_network_fails(service: Service) -> None:
    (check,) = check_sign_in(over(service, endpoint="http://127.0.0.1:1"))
    assert (check.name, check.outcome) == ("network", "failed")


def test_a_region_without_the_service_is_named_where_nobody_answers(service: Service) -> None:
    region = Sourced("eu-zurich-1", "OCI_REGION")
    endpoint = Sourced("https://inference.generativeai.eu-zurich-1.oci.oraclecloud.com", "")
    settings = replace(over(service).settings, region=region, endpoint=endpoint)
    (check,) = _explain(ConnectionFailedError("No such host."), settings, "meta.x", {})
    assert check.name == "network"
    assert check.remedy.startswith(
        "Generative AI is not known to be in eu-zurich-1 (OCI_REGION): try us-chicago-1,"
    )


def test_a_path_that_is_not_served_points_at_region_and_endpoint(service: Service) -> None:
    service.fault(
        "status", status=404, code="404", message="Path doesn't map to a registered service!"
    )
    checks = by_name(check_sign_in(over(service)))
    assert "signature" not in checks, "the path may have been looked at first"
    assert "check region us-chicago-1 and endpoint" in checks["access"].remedy


@pytest.mark.parametrize("region", GENAI_REGIONS)
def test_a_region_is_asked_for_a_model_that_it_offers(region: str) -> None:
    facts = MODELS[pick_model(region)]
    assert region in facts["on_demand"]
    assert facts["chat_completions"]
    assert not facts["restricted"]


def test_an_unknown_region_is_asked_for_a_common_model() -> None:
    assert pick_model("xx-nowhere-9") == "meta.llama-3.3-70b-instruct"


def test_texts_keep_no_secret_and_no_whole_fingerprint() -> None:
    text = clean(f"key {OTHER.upper()} of {TENANCY} with Bearer sk-7hQ2xL9vT4bN8mKcRw3Zp6Ys")
    assert OTHER.upper() not in text
    assert TENANCY not in text
    assert "sk-7hQ2xL9vT4bN8mKcRw3Zp6Ys" not in text
