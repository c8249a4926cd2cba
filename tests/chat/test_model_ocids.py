"""A model named by its OCID: looked up once in the region's list, and called by its name."""

from __future__ import annotations

import pytest

from ocigenai_nb import Connection, connect
from ocigenai_nb.chat.preview import Draft, preview_request
from ocigenai_nb.core.errors import (
    NotFoundError,
    TransportUnavailableError,
    UnknownModelError,
    UsageError,
)
from ocigenai_nb.emulator.control.catalog import make_model_id
from ocigenai_nb.emulator.service import Service

LLAMA = "meta.llama-3.3-70b-instruct"
COHERE = "cohere.command-r-plus-08-2024"
SAY_HI = "Say exactly: hi"


def ocid_of(name: str, region: str = "us-chicago-1") -> str:
    """The OCID under which a region lists a model."""
    return make_model_id(name, region)


def paths(service: Service) -> list[str]:
    return [entry.path.partition("?")[0] for entry in service.journal]


@pytest.mark.parametrize(("name", "transport"), [(LLAMA, "v1"), (COHERE, "sdk")])
def test_a_route_is_that_of_the_name_and_says_where_the_name_is_from(
    connection: Connection, name: str, transport: str
) -> None:
    route = connection.route(ocid_of(name))
    assert (route.model, route.transport) == (name, transport)
    asked = next(each for each in route.decisions if each.what == "asked as")
    assert asked.value == ocid_of(name)
    assert asked.why.startswith("the control plane lists the model under this OCID")
    assert all(each.what != "asked as" for each in connection.route(name).decisions)


@pytest.mark.parametrize("name", [LLAMA, COHERE])
def test_a_conversation_asks_by_name_and_looks_it_up_once(
    connection: Connection, service: Service, name: str
) -> None:
    chat = connection.chat(ocid_of(name))
    first, second = chat.send(SAY_HI), chat.send(SAY_HI)
    assert (first.text, second.text) == ("hi", "hi")
    assert (first.route.model, second.route.model) == (name, name)
    asked = [entry.model for entry in service.journal if entry.model is not None]
    assert asked == [name, name]
    lists = [path for path in paths(service) if path == "/20231130/models"]
    assert len(lists) == 2  # the pages of one list


def test_an_ocid_is_read_in_any_case_and_that_for_tuning_too(connection: Connection) -> None:
    assert connection.route(ocid_of(LLAMA).upper()).model == LLAMA
    assert connection.route(make_model_id(LLAMA, "us-chicago-1", tuning=True)).model == LLAMA


@pytest.mark.parametrize(
    "home",
    ["us-ashburn-1", "uk-london-1"],  # the first is written as iad
)
def test_an_ocid_of_another_region_is_refused_with_nothing_sent(
    connection: Connection, service: Service, home: str
) -> None:
    with pytest.raises(UnknownModelError, match=f"OCID in {home}, and requests go to") as refused:
        connection.chat(ocid_of(LLAMA, home))
    assert f"region='{home}'" in refused.value.remedy
    assert not paths(service)


def test_an_ocid_that_is_not_listed_is_refused(connection: Connection) -> None:
    nobody = "ocid1.generativeaimodel.oc1.us-chicago-1.nobody"
    with pytest.raises(UnknownModelError, match=r"lists no model with the OCID .*nobody"):
        connection.route(nobody)
    assert isinstance(connection.probe(nobody).error, UnknownModelError)


def test_a_probe_by_ocid_is_answered(connection: Connection) -> None:
    probed = connection.probe(ocid_of(LLAMA))
    assert (probed.model, probed.error) == (LLAMA, None)


def test_a_list_that_is_refused_is_the_error_and_is_asked_for_again(
    connection: Connection, service: Service
) -> None:
    service.denied_kinds = frozenset({"api_key"})
    with pytest.raises(NotFoundError):
        connection.chat(ocid_of(LLAMA))
    service.denied_kinds = frozenset()
    assert connection.chat(ocid_of(LLAMA)).send(SAY_HI).text == "hi"


def test_an_api_key_is_told_to_give_the_name(service: Service) -> None:
    genai = connect(
        api_key=service.genai_api_key,
        project=service.project_id,
        compartment_id=service.compartment_id,
        endpoint=service.url,
    )
    with pytest.raises(TransportUnavailableError) as refused:
        genai.chat(ocid_of(LLAMA))
    assert refused.value.remedy.endswith("give a model by its name.")


def test_a_comparison_takes_ocids_and_sees_that_two_are_one(connection: Connection) -> None:
    compared = connection.compare(SAY_HI, [ocid_of(LLAMA), COHERE])
    assert [reply.route.model for reply in compared] == [LLAMA, COHERE]
    with pytest.raises(UsageError, match="named twice"):
        connection.compare(SAY_HI, [LLAMA, ocid_of(LLAMA)])


def test_a_preview_sends_nothing_and_asks_for_the_name(
    connection: Connection, service: Service
) -> None:
    (problem,) = preview_request(connection, Draft(ocid_of(LLAMA), SAY_HI)).problems
    assert problem.field == "model"
    assert problem.message.endswith("is a model's OCID, and what it is called is not known here.")
    assert not paths(service)
