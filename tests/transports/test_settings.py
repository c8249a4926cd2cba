"""Where each setting comes from, and what is refused before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import (
    CompartmentMissingError,
    ConfigError,
    EndpointRefusedError,
    ProfileNotFoundError,
    UsageError,
)
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.keys import TENANCY, write_config

CHICAGO: Final = "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com"
FRANKFURT: Final = "https://inference.generativeai.eu-frankfurt-1.oci.oraclecloud.com"

PROFILES: Final = {
    "DEFAULT": {"tenancy": TENANCY, "key_file": "none.pem"},
    "WORK": {"tenancy": "ocid1.tenancy.oc1..work", "region": "FRA", "key_file": "none.pem"},
    "LOCAL": {"ocigenai_endpoint": "http://127.0.0.1:9/openai/v1/"},
    "SESSION": {"security_token_file": "none", "region": "us-ashburn-1"},
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, PROFILES)


def find(config: Path | None, env: dict[str, str] | None = None, **wishes: Any) -> dict[str, str]:
    """The settings that are settled on, each as its value and its source."""
    settings = settle(Wishes(config_file=config, **wishes), env or {}).settings
    names = ("profile", "auth", "region", "compartment", "endpoint")
    return {name: str(getattr(settings, name)) for name in names}


def test_a_bare_profile_has_everything_it_needs(config: Path) -> None:
    assert find(config) == {
        "profile": "DEFAULT (from the default)",
        "auth": "api_key (from profile DEFAULT has no security_token_file of its own)",
        "region": "us-chicago-1 (from the default)",
        "compartment": f"{TENANCY} (from tenancy of profile DEFAULT)",
        "endpoint": f"{CHICAGO} (from region us-chicago-1)",
    }


# In each row the last candidate that is given wins over all before it.
PRECEDENCE: Final[dict[str, list[tuple[dict[str, str], dict[str, str], str]]]] = {
    "profile": [
        ({}, {}, "DEFAULT (from the default)"),
        ({}, {"OCI_PROFILE": "WORK"}, "WORK (from OCI_PROFILE)"),
        ({"profile": "LOCAL"}, {"OCI_PROFILE": "WORK"}, "LOCAL (from argument profile)"),
    ],
    "region": [
        ({}, {}, "us-chicago-1 (from the default)"),
        ({"profile": "WORK"}, {}, "eu-frankfurt-1 (from profile WORK)"),
        ({"profile": "WORK"}, {"OCI_REGION": "lhr"}, "uk-london-1 (from OCI_REGION)"),
        (
            {"profile": "WORK", "region": "iad"},
            {"OCI_REGION": "lhr"},
            "us-ashburn-1 (from argument region)",
        ),
    ],
    "compartment": [
        ({}, {}, f"{TENANCY} (from tenancy of profile DEFAULT)"),
        ({}, {"OCI_COMPARTMENT_ID": "ocid1.b"}, "ocid1.b (from OCI_COMPARTMENT_ID)"),
        (
            {},
            {"OCI_COMPARTMENT_ID": "ocid1.b", "OCI_COMPARTMENT": "ocid1.c"},
            "ocid1.c (from OCI_COMPARTMENT)",
        ),
        (
            {"compartment_id": "ocid1.d"},
            {"OCI_COMPARTMENT_ID": "ocid1.b", "OCI_COMPARTMENT": "ocid1.c"},
            "ocid1.d (from argument compartment_id)",
        ),
    ],
    "endpoint": [
        ({"profile": "WORK"}, {}, f"{FRANKFURT} (from region eu-frankfurt-1)"),
        (
            {"profile": "LOCAL", "compartment_id": "ocid1.d"},
            {},
            "http://127.0.0.1:9 (from profile LOCAL)",
        ),
        (
            {"profile": "LOCAL", "compartment_id": "ocid1.d"},
            {"OCI_ENDPOINT": FRANKFURT},
            f"{FRANKFURT} (from OCI_ENDPOINT)",
        ),
        (
            {"profile": "LOCAL", "compartment_id": "ocid1.d", "endpoint": "http://[::1]:7"},
            {"OCI_ENDPOINT": FRANKFURT},
            "http://[::1]:7 (from argument endpoint)",
        ),
    ],
    "auth": [
        (
            {"profile": "WORK"},
            {},
            "api_key (from profile WORK has no security_token_file of its own)",
        ),
        (
            {"profile": "SESSION"},
            {},
            "security_token (from profile SESSION has a security_token_file)",
        ),
    ],
}
ROWS: Final = [(what, *row) for what, rows in PRECEDENCE.items() for row in rows]


@pytest.mark.parametrize(("what", "wishes", "env", "expected"), ROWS)
def test_the_nearest_source_wins_and_is_named(
    config: Path, what: str, wishes: dict[str, str], env: dict[str, str], expected: str
) -> None:
    # LOCAL's tenancy is lent by [DEFAULT], so nothing here is missing.
    assert find(config, env, **wishes)[what] == expected


@pytest.mark.parametrize(
    "name", ["OCI_PROFILE", "OCI_REGION", "OCI_COMPARTMENT", "OCI_COMPARTMENT_ID", "OCI_ENDPOINT"]
)
def test_an_empty_variable_is_not_set(config: Path, name: str) -> None:
    assert find(config, {name: ""}) == find(config)


def test_the_configuration_file_is_found_as_oracle_finds_it(tmp_path: Path) -> None:
    (Path.home() / ".oci").mkdir()
    write_config(Path.home() / ".oci", {"DEFAULT": {"tenancy": "ocid1.home"}})
    assert find(None)["compartment"].startswith("ocid1.home ")
    (tmp_path / "a").mkdir()
    named = write_config(tmp_path / "a", {"DEFAULT": {"tenancy": "ocid1.variable"}})
    assert find(None, {"OCI_CONFIG_FILE": str(named)})["compartment"].startswith("ocid1.variable ")
    (tmp_path / "b").mkdir()
    given = write_config(tmp_path / "b", {"DEFAULT": {"tenancy": "ocid1.argument"}})
    env = {"OCI_CONFIG_FILE": str(named)}
    assert find(given, env)["compartment"].startswith("ocid1.argument ")


def test_a_path_in_a_variable_may_begin_with_a_tilde() -> None:
    write_config(Path.home(), {"DEFAULT": {"tenancy": "ocid1.home"}})
    assert find(None, {"OCI_CONFIG_FILE": "~/config"})["compartment"].startswith("ocid1.home ")


def test_a_region_we_do_not_know_is_used_and_marked(config: Path) -> None:
    found = find(config, region="eu-atlantis-1")
    assert found["region"] == (
        "eu-atlantis-1 (from argument region; a region we don't know, taken for the commercial "
        "realm)"
    )
    assert found["endpoint"].startswith("https://inference.generativeai.eu-atlantis-1.oci.")


def test_a_mistyped_region_is_shown_with_the_right_one(config: Path) -> None:
    assert "Did you mean 'us-chicago-1'" in find(config, region="us-chicgo-1")["region"]


def test_a_region_without_the_service_is_marked(config: Path) -> None:
    found = find(config, region="eu-paris-1")["region"]
    assert found == "eu-paris-1 (from argument region; Generative AI is not known to be there)"


def test_an_api_key_profile_is_not_signed_with_the_token_of_default(tmp_path: Path) -> None:
    profiles = {
        "DEFAULT": {"tenancy": TENANCY, "security_token_file": "none"},
        "WORK": {"key_file": "none.pem"},
    }
    assert find(write_config(tmp_path, profiles), profile="WORK")["auth"].startswith("api_key ")


# What is refused


def refuse(kind: type[Exception], config: Path | None, **options: Any) -> str:
    """The text of the error that settling raises."""
    with pytest.raises(kind) as caught:
        find(config, **options)
    assert type(caught.value) is kind
    return str(caught.value)


def test_a_profile_that_does_not_exist_names_those_there_are(config: Path) -> None:
    for options in ({"profile": "WROK"}, {"env": {"OCI_PROFILE": "WROK"}}):
        text = refuse(ProfileNotFoundError, config, **options)
        assert "There is no profile 'WROK'" in text
        assert "Did you mean 'WORK'?" in text
        assert "Profiles there are: DEFAULT, WORK, LOCAL, SESSION." in text


def test_no_configuration_at_all_says_what_to_do() -> None:
    text = refuse(ProfileNotFoundError, None)
    assert "There is no OCI configuration, so no profile DEFAULT." in text
    assert "oci setup config" in text
    assert "ocigenai_nb.connect()" in text


def test_a_configuration_that_was_named_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    text = refuse(ConfigError, missing)
    assert f"{missing} (argument config_file) can't be read: there is no such file" in text
    text = refuse(ConfigError, None, env={"OCI_CONFIG_FILE": str(missing)})
    assert "(OCI_CONFIG_FILE) can't be read" in text
    assert "Is a directory" in refuse(ConfigError, tmp_path)
    (tmp_path / "config").write_bytes(b"[DEFAULT]\nuser=\xff\xfe\n")
    assert "it is not text" in refuse(ConfigError, tmp_path / "config")


def test_a_profile_without_a_tenancy_needs_a_compartment(tmp_path: Path) -> None:
    config = write_config(tmp_path, {"WORK": {"key_file": "none.pem"}})
    text = refuse(CompartmentMissingError, config, profile="WORK")
    assert "No compartment is known: profile WORK names no tenancy." in text
    assert "Give compartment_id=, or set OCI_COMPARTMENT." in text
    assert find(config, profile="WORK", compartment_id="ocid1.c")["compartment"]


def test_plain_http_is_refused_everywhere_but_on_loopback(config: Path) -> None:
    text = refuse(EndpointRefusedError, config, endpoint=CHICAGO.replace("https", "http"))
    assert "prompts and signatures would travel in the open" in text
    refuse(EndpointRefusedError, config, endpoint="http://proxy.test", allow_any_host=True)
    assert find(config, endpoint="http://localhost:8080")["endpoint"].startswith("http://localhost")


def test_a_foreign_host_needs_the_flag(config: Path) -> None:
    for options in (
        {"endpoint": "https://gateway.test"},
        {"env": {"OCI_ENDPOINT": "https://gateway.test"}},
        {"endpoint": "https://inference.generativeai.oraclecloud.com.gateway.test"},
    ):
        assert "allow_any_host=True" in refuse(EndpointRefusedError, config, **options)
    found = find(config, endpoint="https://gateway.test", allow_any_host=True)
    assert found["endpoint"] == "https://gateway.test (from argument endpoint)"


def test_an_unknown_auth_type_is_refused_with_a_suggestion(config: Path) -> None:
    text = refuse(UsageError, config, auth_type="api-key")
    assert "There is no auth_type 'api-key'. Did you mean 'api_key'?" in text
    assert "instance_principal" in text


@pytest.mark.parametrize("auth_type", ["instance_principal", "resource_principal"])
def test_a_principal_needs_a_compartment_and_neither_profile_nor_network(
    config: Path, auth_type: str
) -> None:
    text = refuse(CompartmentMissingError, config, auth_type=auth_type)
    assert "Give compartment_id=, or set OCI_COMPARTMENT." in text
    found = find(config, auth_type=auth_type, compartment_id="ocid1.compartment.oc1..x")
    assert found["auth"] == f"{auth_type} (from argument auth_type)"
    assert found["profile"].startswith("none")


def test_an_auth_type_that_the_profile_contradicts_is_refused(config: Path) -> None:
    text = refuse(ConfigError, config, auth_type="security_token")
    assert "auth_type='security_token' does not fit profile DEFAULT" in text
    assert "so it signs with api_key" in text
    text = refuse(ConfigError, config, profile="SESSION", auth_type="api_key")
    assert "profile SESSION has a security_token_file" in text


@pytest.mark.parametrize("auth_type", ["security_token", "session_token"])
def test_an_auth_type_that_fits_changes_nothing(config: Path, auth_type: str) -> None:
    found = find(config, profile="SESSION", auth_type=auth_type)
    assert found == find(config, profile="SESSION")


def test_settling_reads_the_environment_of_the_moment(config: Path) -> None:
    os.environ["OCI_REGION"] = "lhr"
    assert settle(Wishes(config_file=config)).settings.region.value == "uk-london-1"
