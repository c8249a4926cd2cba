"""The profile picker's Python side: what it offers, sets and sends, and what it never sends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from ipywidgets import HBox

from ocigenai_nb.chat.connecting import connect
from ocigenai_nb.core.errors import (
    CompartmentMissingError,
    ConfigError,
    EndpointRefusedError,
    OCIGenAIError,
    ProfileNotFoundError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.profile_picker import ProfilePicker
from ocigenai_nb.notebook.session import Session, activate, active_session
from ocigenai_nb.transports.keys import fingerprint
from tests.widgets.comms import FrontEnd

COMPARTMENT = "ocid1.compartment.oc1..edited"


@pytest.fixture
def picker(service: Service) -> ProfilePicker:
    return ProfilePicker(config_file=service.config_file)


@pytest.fixture
def session() -> Iterator[Session]:
    """What the magics remember, as if the extension were loaded."""
    session = Session()
    activate(session)
    yield session
    activate(None)


def write_config(folder: Path, text: str) -> Path:
    file = folder / "config"
    file.write_text(text)
    file.chmod(0o600)
    return file


def install(service: Service) -> None:
    """Let the emulator's configuration be the person's own."""
    os.environ["OCI_CONFIG_FILE"] = str(service.config_file)


# ---- choosing


def test_what_connect_takes_is_chosen_at_first(picker: ProfilePicker, service: Service) -> None:
    assert picker.profile == "DEFAULT"
    assert picker.connection.settings.endpoint.value == service.url


def test_without_profiles_the_emulator_is_chosen_and_connected_when_asked() -> None:
    picker = ProfilePicker()
    assert picker.profile == "(emulator)"
    assert picker.connection.emulated


def test_choosing_sets_the_connection_before_observers_hear_of_it(picker: ProfilePicker) -> None:
    heard: list[tuple[str, str]] = []
    picker.observe(
        lambda change: heard.append((change["new"], picker.connection.settings.profile.value)),
        "profile",
    )
    picker.profile = "TYPICAL"
    assert heard == [("TYPICAL", "TYPICAL")]


def test_the_emulator_can_be_chosen_where_profiles_exist(
    picker: ProfilePicker, service: Service
) -> None:
    picker.profile = "(emulator)"
    assert picker.connection.emulated
    assert picker.connection.settings.endpoint.value != service.url
    assert [check.outcome for check in picker.test_sign_in()] == ["passed"] * 4


def test_a_name_that_is_not_there_is_refused_with_a_suggestion(picker: ProfilePicker) -> None:
    with pytest.raises(ProfileNotFoundError, match="Did you mean 'SESSION'"):
        picker.profile = "SESION"
    assert picker.profile == "DEFAULT"


def test_an_unknown_keyword_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'config_file'"):
        ProfilePicker(config_fil="x")  # type: ignore[call-arg]


def test_it_stands_in_a_box_like_any_widget(picker: ProfilePicker) -> None:
    assert HBox([picker]).children == (picker,)


# ---- editing


def test_an_edit_is_in_the_connection_with_its_source(picker: ProfilePicker) -> None:
    picker.compartment_id = f" {COMPARTMENT} "
    assert picker.compartment_id == COMPARTMENT
    settings = picker.connection.settings
    assert settings.compartment.value == COMPARTMENT
    shown = FrontEnd(picker).ask("look")["settings"]
    assert shown["compartment_id"]["source"] == "set here"
    assert shown["region"] == {
        "edited": "", "value": "us-chicago-1", "source": "profile DEFAULT"
    }  # fmt: skip


def test_a_region_may_be_given_by_its_code(picker: ProfilePicker) -> None:
    picker.region = "fra"
    assert picker.region == "eu-frankfurt-1"
    assert picker.connection.settings.region.value == "eu-frankfurt-1"


def test_a_setting_of_the_environment_is_shown_as_such(service: Service) -> None:
    os.environ["OCI_COMPARTMENT"] = COMPARTMENT
    picker = ProfilePicker(config_file=service.config_file)
    shown = FrontEnd(picker).ask("look")["settings"]["compartment_id"]
    assert (shown["value"], shown["source"]) == (COMPARTMENT, "OCI_COMPARTMENT")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("region", "nowhere", ConfigError),
        ("compartment_id", "my-compartment", UsageError),
        ("endpoint", "https://example.com", EndpointRefusedError),
        ("endpoint", "http://inference.generativeai.us-chicago-1.oci.oraclecloud.com", ConfigError),
    ],
)
def test_an_edit_that_can_not_be_is_refused_and_changes_nothing(
    picker: ProfilePicker, name: str, value: str, error: type[OCIGenAIError]
) -> None:
    before = picker.connection
    with pytest.raises(error):
        setattr(picker, name, value)
    answer = FrontEnd(picker).ask("edit", name=name, value=value)
    assert answer["type"] == "error"
    assert answer["remedy"]
    assert getattr(picker, name) == ""
    assert picker.connection is before


def test_choosing_another_forgets_the_edits(picker: ProfilePicker) -> None:
    picker.compartment_id = COMPARTMENT
    picker.profile = "TYPICAL"
    assert picker.compartment_id == ""
    assert picker.connection.settings.compartment.value != COMPARTMENT


def test_the_emulator_has_its_own_settings(picker: ProfilePicker) -> None:
    picker.profile = "(emulator)"
    with pytest.raises(UsageError, match="has its own region"):
        picker.region = "us-ashburn-1"


# ---- what views are told


def test_a_view_that_opens_gets_all_there_is(picker: ProfilePicker) -> None:
    state = FrontEnd(picker).ask("look")
    names = [signer["name"] for signer in state["signers"]]
    assert names == ["DEFAULT", "TYPICAL", "ZDR", "SESSION", "(emulator)"]
    assert state["profile"] == "DEFAULT"
    assert state["problem"] is None
    assert state["cost"].startswith("Sends one request of about 40 tokens")


def test_choosing_and_editing_in_one_view_reaches_the_others(picker: ProfilePicker) -> None:
    view = FrontEnd(picker)
    view.ask("choose", name="SESSION")
    view.wait(lambda message: message["type"] == "state" and message["profile"] == "SESSION")
    assert picker.profile == "SESSION"
    view.ask("edit", name="compartment_id", value=COMPARTMENT)
    assert picker.connection.settings.compartment.value == COMPARTMENT
    view.ask("edit", name="compartment_id", value="")
    assert picker.connection.settings.compartment.source.startswith("tenancy of")


def test_the_test_reports_check_by_check(picker: ProfilePicker, service: Service) -> None:
    view = FrontEnd(picker)
    passed = view.ask("test")["tested"]
    assert [(check["name"], check["outcome"]) for check in passed] == [
        ("network", "passed"), ("clock", "passed"), ("signature", "passed"), ("access", "passed")
    ]  # fmt: skip
    picker.compartment_id = service.tenancies[1].compartment_id
    failed = view.ask("test")["tested"][-1]
    assert failed["outcome"] == "failed"
    assert "allow group YOUR-GROUP to use generative-ai-family" in failed["remedy"]


def test_what_was_tested_before_is_not_said_of_what_is_chosen_now(picker: ProfilePicker) -> None:
    picker.test_sign_in()
    picker.profile = "TYPICAL"
    assert FrontEnd(picker).ask("look")["tested"] == []


def test_a_message_of_another_version_is_answered_with_a_sentence(picker: ProfilePicker) -> None:
    view = FrontEnd(picker)
    assert view.ask("choose")["remedy"] == "Reload the page."
    assert view.ask("edit", name="profile", value="x")["type"] == "error"
    assert view.ask("choose", name="GONE")["name"] == "ProfileNotFoundError"


# ---- broken configurations


def test_a_broken_configuration_is_shown_with_its_remedy(tmp_path: Path) -> None:
    picker = ProfilePicker(config_file=write_config(tmp_path, "no profile here\n"))
    state = FrontEnd(picker).ask("look")
    assert [signer["name"] for signer in state["signers"]] == ["(emulator)"]
    assert state["checks"][0]["outcome"] == "failed"
    assert "Mend the file" in state["checks"][0]["remedy"]


def test_a_configuration_that_is_not_there_is_shown_with_its_remedy(tmp_path: Path) -> None:
    picker = ProfilePicker(config_file=tmp_path / "gone")
    (check,) = FrontEnd(picker).ask("look")["checks"]
    assert "there is no such file" in check["text"]
    assert check["remedy"]


def test_a_profile_without_anything_is_a_row_that_does_not_work(tmp_path: Path) -> None:
    picker = ProfilePicker(config_file=write_config(tmp_path, "[DEFAULT]\nx=1\n"))
    view = FrontEnd(picker)
    state = view.ask("look")
    assert state["signers"][0]["outcome"] == "failed"
    assert state["problem"]["text"].startswith("No compartment is known")
    assert view.ask("test")["tested"][0]["outcome"] == "failed"
    with pytest.raises(CompartmentMissingError):
        _ = picker.connection


def test_oci_profile_may_name_one_that_is_not_there(service: Service) -> None:
    os.environ["OCI_PROFILE"] = "DEFALT"
    picker = ProfilePicker(config_file=service.config_file)
    assert "Did you mean 'DEFAULT'" in FrontEnd(picker).ask("look")["problem"]["text"]
    picker.profile = "DEFAULT"
    assert picker.connection.settings.profile.value == "DEFAULT"


def test_refreshing_reads_the_configuration_again(service: Service, tmp_path: Path) -> None:
    file = write_config(tmp_path, "[DEFAULT]\nx=1\n")
    picker = ProfilePicker(config_file=file)
    file.write_text(service.config_file.read_text())
    state = FrontEnd(picker).ask("refresh")
    assert len(state["signers"]) == 5
    assert state["problem"] is None
    assert picker.connection.settings.endpoint.value == service.url


# ---- the magics


def test_choosing_is_for_the_magics_too(session: Session, service: Service) -> None:
    install(service)
    picker = ProfilePicker()
    assert FrontEnd(picker).ask("look")["magics"] is True, "the usual one is the magics' already"
    picker.profile = "TYPICAL"
    assert session.profile == "TYPICAL"
    assert session.connection("TYPICAL") is picker.connection
    assert picker.connection.journal is session.journal
    assert FrontEnd(picker).ask("look")["magics"] is True


def test_the_usual_profile_is_the_magics_own_so_its_conversation_goes_on(
    session: Session, service: Service
) -> None:
    install(service)
    picker = ProfilePicker()
    picker.profile = "TYPICAL"
    picker.profile = "DEFAULT"
    assert session.profile is None
    assert session.connection(None) is picker.connection


def test_a_profile_of_another_file_is_never_taken_for_the_magics_own(
    session: Session, picker: ProfilePicker, service: Service
) -> None:
    FrontEnd(picker).ask("choose", name="DEFAULT")
    assert session.profile == f"DEFAULT of {service.config_file}"
    assert session.connection(session.profile) is picker.connection


def test_the_magics_make_it_anew_as_it_was_chosen(session: Session, service: Service) -> None:
    install(service)
    picker = ProfilePicker()
    picker.profile = "TYPICAL"
    picker.compartment_id = COMPARTMENT
    session.drop_connection("TYPICAL")
    assert session.connection("TYPICAL").settings.compartment.value == COMPARTMENT


def test_what_can_not_be_connected_leaves_the_magics_as_they_are(
    session: Session, tmp_path: Path
) -> None:
    picker = ProfilePicker(config_file=write_config(tmp_path, "[DEFAULT]\nx=1\n[B]\ny=1\n"))
    picker.profile = "B"
    assert session.profile is None


def test_a_picker_begins_with_what_the_magics_use(session: Session, service: Service) -> None:
    install(service)
    session.use("TYPICAL", connect("TYPICAL"), lambda: connect("TYPICAL"))
    assert ProfilePicker().profile == "TYPICAL"


def test_without_the_extension_there_is_no_session() -> None:
    assert active_session() is None


# ---- no secret


def test_no_secret_is_in_any_message_trait_or_text(tmp_path: Path, service: Service) -> None:
    """Canaries stand in every place of a configuration that holds a secret, or where one is."""
    folder = tmp_path / "canary-folder"
    folder.mkdir()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"canary-pass-phrase")
    )
    own = fingerprint(key)
    foreign = "ca:" * 15 + "fe"
    (folder / "canary-key.pem").write_bytes(plain)
    (folder / "canary-locked.pem").write_bytes(locked)
    (folder / "canary-broken.pem").write_text("canary-key-content")
    (folder / "canary-token").write_text("canary.token.content")
    lines = plain.decode().strip().splitlines()
    content = "\n ".join(lines)
    shared = f"user=ocid1.user.oc1..canaryuser\ntenancy={service.tenancies[0].ocid}\n"
    shared += f"region=us-chicago-1\nocigenai_endpoint={service.url}\n"
    profiles = {
        "FILE": f"fingerprint={own}\nkey_file={folder}/canary-key.pem\n",
        "INLINE": f"fingerprint={own}\nkey_content={content}\n",
        "LOCKED": f"fingerprint={own}\nkey_file={folder}/canary-locked.pem\n"
        "pass_phrase=canary-pass-phrase\n",
        "SHUT": f"fingerprint={own}\nkey_file={folder}/canary-locked.pem\n",
        "WRONG": f"fingerprint={own}\nkey_file={folder}/canary-locked.pem\npass_phrase=canary-no\n",
        "FOREIGN": f"fingerprint={foreign}\nkey_file={folder}/canary-key.pem\n",
        "PASTED": f"fingerprint=canary-pasted\nkey_file={folder}/canary-key.pem\n",
        "NONE": f"key_file={folder}/canary-key.pem\n",
        "BROKEN": f"fingerprint={own}\nkey_file={folder}/canary-broken.pem\n",
        "GONE": f"fingerprint={own}\nkey_file={folder}/canary-gone.pem\n",
        "TOKEN": f"key_file={folder}/canary-key.pem\nsecurity_token_file={folder}/canary-token\n",
        "LOST": f"key_file={folder}/canary-key.pem\nsecurity_token_file={folder}/canary-lost\n",
    }
    text = "".join(f"[{name}]\n{own_lines}{shared}" for name, own_lines in profiles.items())
    picker = ProfilePicker(config_file=write_config(tmp_path, text))
    view = FrontEnd(picker)
    told: list[object] = []
    for name in profiles:
        told.append(view.ask("choose", name=name))
        told.append(view.ask("test"))
        told.append([repr(picker), picker.to_html(), picker._repr_mimebundle_()])
        told.append([repr(picker.connection), picker.get_state()])
    told.append(view.ask("refresh"))
    everything = json.dumps([told, [sent["data"] for sent in view.comm.sent]], default=str)
    forbidden = ["canary", foreign, own, *lines[1:-1], *locked.decode().splitlines()[1:-1]]
    assert [secret for secret in forbidden if secret in everything] == []
    assert own[:5] in everything, "its ends are shown, or this test sees nothing"


def test_what_is_saved_with_the_notebook_is_what_was_set(picker: ProfilePicker) -> None:
    picker.compartment_id = COMPARTMENT
    saved = set(picker.get_state()) - set(HBox().get_state())
    ours = {name for name in saved if not name.startswith("_")}
    assert ours == {"profile", "region", "compartment_id", "endpoint"}


def test_it_reads_well_without_a_browser(picker: ProfilePicker) -> None:
    assert repr(picker) == (
        "ProfilePicker: DEFAULT is chosen; there are also TYPICAL, ZDR, SESSION, (emulator)"
    )
    assert "<td>●</td><td>DEFAULT</td><td>api key</td>" in picker.to_html()
