"""What the doctor says of a whole configuration, and of each that is broken in one place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ocigenai_nb.chat.connecting import connect_emulator
from ocigenai_nb.chat.doctor import examine, lay_out, summarize
from ocigenai_nb.chat.sign_in import Check, worst
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.profiles import parse_profiles
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.settings import Wishes
from tests.chat.checked import LLAMA, Look, failures
from tests.chat.profile_files import OTHER, by_name

HERE = ["packages", "configuration", "profile", "tenancy", "key", "fingerprint", "permissions"]
SETTLED = [*HERE, "compartment", "region", "endpoint"]
ASKED = ["network", "clock", "signature", "access", "model", "project"]


# All is well


def test_every_check_of_a_whole_configuration_passes_in_order(look: Look, service: Service) -> None:
    checks = look(project=service.project_id)
    assert list(checks) == [*SETTLED, *ASKED]
    assert {check.outcome for check in checks.values()} == {"passed"}
    assert summarize([*checks.values()]) == "All 16 checks passed."
    assert checks["profile"].text == "DEFAULT (the default) signs with an API key."
    assert checks["model"].text.startswith(f"{LLAMA} answered in ")
    assert "google.gemini-2.5-flash-lite answered in" in checks["project"].text


def test_a_session_is_looked_at_by_its_token(look: Look) -> None:
    checks = look("SESSION")
    assert checks["token"].text == "59 minutes left."
    assert "fingerprint" not in checks
    assert checks["signature"].text == "The session token is accepted."


def test_a_project_is_tried_with_one_request_of_which_nothing_is_kept(
    look: Look, service: Service
) -> None:
    look(project=service.project_id)
    first, second = service.journal
    assert first.path == "/openai/v1/chat/completions"
    assert second.path == "/openai/v1/responses"
    assert isinstance(second.body, dict)
    assert second.body["store"] is False
    assert second.body["max_output_tokens"] == 16


def test_where_no_model_is_named_one_request_is_sent(look: Look, service: Service) -> None:
    look()
    assert len(list(service.journal)) == 1


def test_offline_nothing_is_sent(look: Look, service: Service) -> None:
    checks = look(offline=True, model="meta.lama-3.3-70b-instruct-x")
    assert list(checks) == [*SETTLED, "project"]
    assert not list(service.journal)
    assert summarize([*checks.values()], offline=True).endswith(" Nothing was sent.")


def test_settings_say_where_they_come_from(
    look: Look, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    monkeypatch.setenv("OCI_PROFILE", "TYPICAL")
    monkeypatch.setenv("OCI_REGION", "fra")
    checks = by_name(tuple(examine(offline=True)))
    assert checks["configuration"].text.endswith("Named by OCI_CONFIG_FILE.")
    assert checks["profile"].text == "TYPICAL (OCI_PROFILE) signs with an API key."
    assert checks["region"].text == "eu-frankfurt-1 (OCI_REGION)."
    assert checks["endpoint"].text == f"{service.url} (profile TYPICAL)."


# No profile


def test_with_no_profile_the_emulator_is_checked_and_the_way_to_a_tenancy_is_told() -> None:
    checks = by_name(tuple(examine()))
    assert worst(tuple(checks.values())) == "warned"
    assert checks["configuration"].text == "There is no OCI configuration (~/.oci/config)."
    assert "08_your_own_tenancy" in checks["configuration"].remedy
    assert "the built-in emulator answers. Nothing leaves this machine." in checks["profile"].text
    assert checks["access"].outcome == "passed"
    assert "project" not in checks


def test_where_there_is_no_default_profile_a_warning_says_how_to_name_one(
    own: Callable[..., Path],
) -> None:
    home = Path.home() / ".oci"
    home.mkdir()
    shutil.copy(own(), home / "config")
    check = by_name(tuple(examine(offline=True)))["profile"]
    assert check.outcome == "warned"
    assert check.text == (
        "No profile is used. The OCI configuration has no [DEFAULT], only WORK, so the built-in "
        "emulator answers. Nothing leaves this machine."
    )
    assert check.remedy == (
        'To use a profile, name it: `--profile WORK`, or `og.connect("WORK")` in Python. '
        "Profiles there are: WORK."
    )


def test_a_configuration_without_any_profile_is_a_warning() -> None:
    home = Path.home() / ".oci"
    home.mkdir()
    (home / "config").touch(0o600)
    checks = by_name(tuple(examine(offline=True)))
    assert [name for name, check in checks.items() if check.outcome == "warned"] == ["profile"]
    assert "No profile is used. The OCI configuration (~/.oci/config) has no profile" in (
        checks["profile"].text
    )
    assert "08_your_own_tenancy" in checks["profile"].remedy


def test_the_emulator_that_was_asked_for_is_told_so() -> None:
    checks = by_name(tuple(examine(make=connect_emulator, offline=True)))
    assert checks["profile"].text.startswith("It was asked for, so the built-in emulator answers.")
    assert checks["profile"].outcome == "passed"


# What is on this machine


@pytest.mark.parametrize(
    ("changes", "name", "text"),
    [
        ({"fingerprint": OTHER}, "fingerprint", "The profile states 0f:0f…0f:0e, but its key has"),
        ({"key_file": "/nowhere/key.pem"}, "key", "The key_file of profile WORK can't be read"),
        ({"tenancy": None}, "tenancy", "Profile WORK has no tenancy."),
        ({"user": None}, "tenancy", "Profile WORK has no user."),
        ({"region": "Chicago!"}, "region", "'Chicago!' is not an OCI region."),
        ({"ocigenai_endpoint": "https://example.com"}, "endpoint", "is not a host of Oracle's"),
    ],
)
def test_what_is_wrong_in_the_profile_fails_once_with_a_remedy_and_nothing_is_sent(
    look: Look,
    own: Callable[..., Path],
    service: Service,
    changes: dict[str, str | None],
    name: str,
    text: str,
) -> None:
    checks = look("WORK", config_file=own(**changes))
    assert failures(checks) == [name]
    assert text in checks[name].text
    assert checks[name].remedy
    assert not list(service.journal)
    assert "signature" not in checks


def test_what_others_can_read_is_a_warning(look: Look, own: Callable[..., Path]) -> None:
    path = own()
    path.chmod(0o644)
    path.with_name("key.pem").chmod(0o644)
    checks = look("WORK", config_file=path, offline=True)
    assert [checks[name].outcome for name in ("configuration", "permissions")] == ["warned"] * 2
    assert checks["configuration"].remedy == f"Keep it to yourself: `chmod 600 {path}`"
    assert checks["permissions"].remedy == (
        "Keep to yourself the key file: `chmod 600` makes it so."
    )


def test_a_profile_that_is_not_there_is_named_with_those_that_are(look: Look) -> None:
    checks = look("TYPICL")
    assert list(checks) == ["packages", "configuration", "profile"]
    assert "Did you mean 'TYPICAL'?" in checks["profile"].text
    assert checks["profile"].remedy == "Profiles there are: DEFAULT, TYPICAL, ZDR, SESSION."


def test_a_configuration_that_can_not_be_read_is_said_once(look: Look, tmp_path: Path) -> None:
    checks = look(config_file=tmp_path / "gone")
    assert list(checks) == ["packages", "configuration"]
    assert checks["configuration"].outcome == "failed"


def test_a_region_without_the_service_is_a_warning(look: Look, own: Callable[..., Path]) -> None:
    path = own(region="eu-zurich-1", ocigenai_endpoint=None)
    check = look("WORK", config_file=path, offline=True)["region"]
    assert check.text == "eu-zurich-1 is not known to offer Generative AI (profile WORK)."
    assert (check.outcome, bool(check.remedy)) == ("warned", True)


def test_a_region_that_is_mistyped_is_a_warning_with_the_one_that_was_meant(
    look: Look, own: Callable[..., Path]
) -> None:
    path = own(region="us-chigaco-1", ocigenai_endpoint=None)
    check = look("WORK", config_file=path, offline=True)["region"]
    assert check.text == "us-chigaco-1 is not a region known here (profile WORK)."
    assert (check.outcome, check.remedy) == ("warned", "Did you mean 'us-chicago-1'?")


def test_a_region_that_nobody_named_is_a_warning(look: Look, own: Callable[..., Path]) -> None:
    check = look("WORK", config_file=own(region=None), offline=True)["region"]
    assert (check.outcome, check.text) == ("warned", "None is named, so us-chicago-1 is asked.")


def test_a_compartment_that_is_no_ocid_fails(look: Look) -> None:
    checks = look(compartment_id="mine")
    assert failures(checks) == ["compartment"]
    assert checks["network"].text == "Nothing was sent: first mend what failed above."


def test_wishes_that_contradict_each_other_are_wrong_use(service: Service) -> None:
    with pytest.raises(UsageError, match="two identities at once"):
        next(examine(Wishes(profile="DEFAULT", auth_type="instance_principal")))


# How it is told


def test_a_remedy_stands_indented_below_its_check() -> None:
    check = Check("key", "failed", "It is not there.", "Put it there.")
    first, second = lay_out(check).splitlines()
    assert first == "✗ key            It is not there."
    assert second == f"{' ' * 17}-> Put it there."


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        ("pp", "All 2 checks passed."),
        ("pwf", "1 failed, 1 warning, 1 passed."),
        ("wwp", "2 warnings, 1 passed."),
        ("ffp", "2 failed, 1 passed."),
    ],
)
def test_the_summary_counts(outcomes: str, text: str) -> None:
    kinds = {
        "p": Check("x", "passed", ""), "w": Check("x", "warned", ""), "f": Check("x", "failed", "")
    }  # fmt: skip
    assert summarize([kinds[letter] for letter in outcomes]) == text


def test_no_text_holds_a_secret_a_path_of_a_key_or_a_whole_fingerprint(
    look: Look, own: Callable[..., Path], service: Service
) -> None:
    canaries = SimpleNamespace(phrase="open-sesame-7hQ2xL9v", folder=f"{os.sep}s3cret-folder")
    broken: tuple[dict[str, str], ...] = (
        {"pass_phrase": canaries.phrase},
        {"pass_phrase": canaries.phrase, "key_file": f"{canaries.folder}/key.pem"},
        {"fingerprint": OTHER, "tenancy": canaries.phrase},
    )
    found = [
        *(
            check
            for changes in broken
            for check in look("WORK", config_file=own(**changes)).values()
        ),
        *look("SESSION").values(),
        *look(model="openai.gpt-5", project=f"{service.project_id}x").values(),
    ]
    told = "\n".join(f"{check.text} {check.remedy}" for check in found)
    session = parse_profiles(service.config_file.read_text())["SESSION"]
    assert session.security_token_file is not None
    token = Path(session.security_token_file.value).read_text().strip()
    tenancy = service.tenancies[0]
    for secret in (canaries.phrase, canaries.folder, OTHER, token, tenancy.ocid, tenancy.user_id):
        assert secret not in told
    assert ".pem" not in told
