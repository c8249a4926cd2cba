"""Connecting: which profile, which emulator, and why."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, OCIModel, OCIOpenAIModel, connect
from ocigenai_nb.chat import connecting
from ocigenai_nb.core.errors import (
    CompartmentMissingError,
    ConfigError,
    NotFoundError,
    ProfileNotFoundError,
    TransportUnavailableError,
    UnknownModelError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from tests.transports.keys import TENANCY, write_config

SAY_HI: Final = "Say exactly: hi"
ORIGIN: Final = (
    "There is no OCI configuration (~/.oci/config), so the built-in emulator answers. "
    "Nothing leaves this machine."
)
DEDICATED: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"


def find_profile(connection: Connection) -> str:
    return str(connection.settings.profile)


# Which profile


def test_default_is_used_where_nothing_is_named(service: Service) -> None:
    made = connect(config_file=service.config_file)
    assert find_profile(made) == "DEFAULT (from the default)"
    assert (made.origin, made.emulated) == ("", False)


def test_a_named_profile_wins_over_the_variable(service: Service) -> None:
    os.environ["OCI_PROFILE"] = "TYPICAL"
    made = connect(config_file=service.config_file)
    assert find_profile(made) == "TYPICAL (from OCI_PROFILE)"
    made = connect("SESSION", config_file=service.config_file)
    assert find_profile(made) == "SESSION (from argument profile)"


def test_the_usual_configuration_is_found(service: Service) -> None:
    folder = Path.home() / ".oci"
    folder.mkdir()
    (folder / "config").write_text(service.config_file.read_text())
    assert connect().chat().send(SAY_HI).text == "hi"
    assert service.journal.last.tenancy == "default"


def test_a_profile_that_is_named_and_missing_names_those_there_are(service: Service) -> None:
    with pytest.raises(ProfileNotFoundError) as caught:
        connect("TYPICLA", config_file=service.config_file)
    assert "Did you mean 'TYPICAL'?" in str(caught.value)
    assert f"Profiles there are: {', '.join(service.profiles)}." in str(caught.value)
    os.environ["OCI_PROFILE"] = "NONE"
    with pytest.raises(ProfileNotFoundError, match="There is no profile 'NONE'"):
        connect(config_file=service.config_file)


def test_a_profile_is_never_swapped_for_the_emulator() -> None:
    """Whoever names one wants the real service."""
    with pytest.raises(ProfileNotFoundError, match="no profile WORK"):
        connect("WORK")
    os.environ["OCI_PROFILE"] = "WORK"
    with pytest.raises(ProfileNotFoundError, match="no profile WORK"):
        connect()


def test_a_configuration_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        connect(config_file=tmp_path / "missing")
    os.environ["OCI_CONFIG_FILE"] = str(tmp_path / "missing")
    with pytest.raises(ConfigError, match="there is no such file"):
        connect()


# The emulator


def test_without_a_configuration_the_emulator_answers_and_says_so_once() -> None:
    made = connect()
    assert (made.origin, made.emulated) == (ORIGIN, True)
    chat = made.chat()
    first, second = chat.send(SAY_HI), chat.send(SAY_HI)
    assert (first.text, first.origin, first.emulated) == ("hi", ORIGIN, True)
    assert (second.text, second.origin, second.emulated) == ("hi", "", True)
    assert made.chat().send(SAY_HI).origin == ""


def test_a_first_turn_that_fails_leaves_it_to_the_next_to_say_who_answers() -> None:
    made = connect()
    with pytest.raises(NotFoundError):
        made.chat("meta.llama-3.3-70b-instrukt").send(SAY_HI)
    assert made.chat().send(SAY_HI).origin == ORIGIN
    assert made.chat().send(SAY_HI).origin == ""


def test_without_default_the_emulator_answers_and_names_the_profiles(tmp_path: Path) -> None:
    path = write_config(tmp_path, {"WORK": {"tenancy": TENANCY}, "HOME": {"tenancy": TENANCY}})
    assert connect(config_file=path).origin == (
        "The OCI configuration has no [DEFAULT], only WORK, HOME, so the built-in emulator "
        "answers. Nothing leaves this machine."
    )


def test_an_empty_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("# nothing yet\n")
    made = connect(config_file=tmp_path / "config")
    assert made.origin.startswith(
        f"The OCI configuration ({tmp_path / 'config'}) has no profile, so the built-in emulator"
    )


def test_the_emulators_settings_say_where_they_are_from() -> None:
    settings = connect().settings
    assert settings.profile.source == "the built-in emulator"
    assert settings.endpoint.source == "the built-in emulator"
    assert settings.endpoint.value.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OCI_ENDPOINT", "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com"),
        ("OCI_COMPARTMENT", "ocid1.compartment.oc1..elsewhere"),
        ("OCI_REGION", "eu-frankfurt-1"),
    ],
)
def test_what_the_environment_says_of_the_real_service_is_not_for_the_emulator(
    variable: str, value: str
) -> None:
    usual = connect().settings
    os.environ[variable] = value
    assert connect().settings == usual


def test_there_is_one_emulator_for_all_connections() -> None:
    urls: list[str] = []
    threads = [
        threading.Thread(target=lambda: urls.append(connect().settings.endpoint.value))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert urls == [connecting._service().url] * 4


def test_the_emulator_streams_as_a_fast_model_does() -> None:
    connect()
    assert connecting._service().pace == connecting.EMULATOR_PACE


def test_a_resource_principal_signs_where_there_is_no_profile(service: Service) -> None:
    os.environ.update(service.resource_principal_env())
    found = connect(compartment_id=service.compartment_id, endpoint=service.url)
    assert "so this machine's resource principal signs" in found.origin
    assert found.settings.auth.value == "resource_principal"
    assert found.chat().send(SAY_HI).text
    assert service.journal.last.key_id_kind == "resource"


def test_a_resource_principal_needs_a_compartment(service: Service) -> None:
    os.environ.update(service.resource_principal_env())
    with pytest.raises(CompartmentMissingError, match="resource_principal has no profile"):
        connect()


def test_a_profile_wins_over_a_resource_principal(service: Service) -> None:
    os.environ["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2"
    assert find_profile(connect(config_file=service.config_file)).startswith("DEFAULT ")


@pytest.mark.parametrize(
    "wish",
    [
        {"endpoint": "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com"},
        {"compartment_id": "ocid1.compartment.oc1..mine"},
    ],
)
def test_who_names_a_place_without_a_profile_is_not_sent_to_the_emulator(
    wish: dict[str, Any],
) -> None:
    with pytest.raises(ProfileNotFoundError) as caught:
        connect(**wish)
    assert "so there is nobody to sign as" in str(caught.value)
    assert "Name a profile" in caught.value.remedy


def test_who_names_a_kind_of_identity_is_not_sent_to_the_emulator() -> None:
    with pytest.raises(ProfileNotFoundError, match="There is no OCI configuration"):
        connect(auth_type="api_key")


# Options, models and transports


def test_an_unknown_option_is_refused_with_a_suggestion(connection: Connection) -> None:
    with pytest.raises(UnknownOptionError, match=r"connect\(\) takes no 'regoin'. .*'region'"):
        connect(regoin="iad")  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'model'"):
        connection.chat(modle="x")  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'transport'"):
        connection.route("xai.grok-4", tranport="v1")  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'parameters'"):
        connection.model("xai.grok-4", parameter=Parameters())  # type: ignore[call-arg]


def test_a_model_goes_over_the_transport_of_its_family(
    connection: Connection, service: Service
) -> None:
    assert isinstance(connection.model("xai.grok-4"), OCIOpenAIModel)
    assert isinstance(connection.model(DEDICATED), OCIModel)
    assert connection.chat("cohere.command-r-plus-08-2024").send(SAY_HI).text
    assert service.journal.last.path == "/20231130/actions/chat"


def test_a_transport_may_be_asked_for(connection: Connection, service: Service) -> None:
    assert connection.model("xai.grok-4", transport="v1").route.transport == "v1"
    assert connection.chat("openai.gpt-5.5", transport="responses").send(SAY_HI).text
    assert service.journal.last.path == "/openai/v1/responses"
    with pytest.raises(UsageError, match=r"no transport 'respones'. Did you mean 'responses'"):
        connection.model("xai.grok-4", transport="respones")


def test_a_model_that_only_responses_reaches_says_so(connection: Connection) -> None:
    for ask in (connection.model, connection.chat):
        with pytest.raises(TransportUnavailableError, match="transport='responses'"):
            ask("openai.gpt-5.5-pro")


def test_an_unknown_model_is_refused_with_a_suggestion(connection: Connection) -> None:
    for ask in (connection.chat, connection.model, connection.route):
        with pytest.raises(
            UnknownModelError, match=r"Did you mean .*meta\.llama-3\.3-70b-instruct"
        ):
            ask("llama-3.3-70b-instruct")


def test_a_route_says_where_and_why_and_sends_nothing(
    connection: Connection, service: Service
) -> None:
    route = connection.route("cohere.command-r-plus-08-2024")
    assert (route.transport, route.class_name) == ("sdk", "OCIModel")
    assert route.url == f"{service.url}/20231130/actions/chat"
    assert "Cohere R models answer on the native API only" in str(route)
    assert len(service.journal) == 0


def test_warming_up_sends_nothing(connection: Connection, service: Service) -> None:
    connection.warm()
    assert len(service.journal) == 0
    assert connection.chat().send(SAY_HI).text == "hi"


def test_a_connection_shows_its_settings_and_no_secret(connection: Connection) -> None:
    text = repr(connection) + connection._repr_markdown_()
    assert "| region | `us-chicago-1` | profile DEFAULT |" in text
    assert "key" not in text.replace("api_key", "")
    assert ".pem" not in text


def test_an_emulated_connection_shows_its_origin() -> None:
    assert connect()._repr_markdown_().startswith(f"{ORIGIN}\n\n| | | from |")
