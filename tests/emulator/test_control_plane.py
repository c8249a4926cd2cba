"""The control plane, as the `oci` SDK's own client reads it over real sockets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import oci
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oci.circuit_breaker import NoCircuitBreakerStrategy
from oci.generative_ai import GenerativeAiClient
from oci.pagination import list_call_get_all_results
from oci.retry import NoneRetryStrategy

from ocigenai_nb.emulator.control import catalog
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from tests.emulator.client import CHAT, LLAMA, connect, write_body

MODELS_PATH = "/20231130/models"
KINDS = ("model", "endpoint", "generative_ai_project", "api_key")


def make_client(service: Service, profile: str = "DEFAULT") -> GenerativeAiClient:
    """The SDK's client, without its retries and its breaker."""
    return GenerativeAiClient(
        oci.config.from_file(str(service.config_file), profile),
        service_endpoint=service.url,
        retry_strategy=NoneRetryStrategy(),
        circuit_breaker_strategy=NoCircuitBreakerStrategy(),
    )


@pytest.fixture
def client(service: Service) -> GenerativeAiClient:
    return make_client(service)


def list_all(service: Service, profile: str = "DEFAULT", **query: Any) -> list[Any]:
    """Every model of a list, by the SDK's own pagination."""
    tenancy = oci.config.from_file(str(service.config_file), profile)["tenancy"]
    listing = make_client(service, profile).list_models
    found: list[Any] = list_call_get_all_results(listing, tenancy, **query).data
    return found


def find_entries(service: Service, name: str) -> list[Any]:
    return list_all(service, display_name=name)


def is_refused(call: Callable[[], object], status: int, code: str) -> bool:
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        call()
    return (refused.value.status, refused.value.code) == (status, code)


# The catalogue and its traps


def test_every_entry_is_active_whatever_its_dates_say(service: Service) -> None:
    models = list_all(service)
    assert {model.lifecycle_state for model in models} == {"ACTIVE"}
    assert any(model.time_on_demand_retired is not None for model in models)


def test_ids_are_ocids_of_the_region_and_names_what_requests_carry(service: Service) -> None:
    for model in list_all(service):
        assert model.id.startswith(f"ocid1.generativeaimodel.oc1.{service.region}.")
        assert model.display_name in MODELS
        assert (model.type, model.compartment_id) == ("BASE", None)


@pytest.mark.parametrize(
    ("region", "code"),
    [("us-ashburn-1", "iad"), ("us-phoenix-1", "phx"), ("eu-frankfurt-1", "eu-frankfurt-1")],
)
def test_two_regions_write_their_code_in_ocids(region: str, code: str) -> None:
    ocid = catalog.make_model_id(LLAMA, region)
    assert ocid.startswith(f"ocid1.generativeaimodel.oc1.{code}.")
    assert catalog.find_name(ocid, region) == LLAMA
    assert catalog.find_name(ocid, "us-chicago-1") is None


def test_a_model_that_can_be_tuned_has_two_entries(service: Service) -> None:
    entries = find_entries(service, LLAMA)
    assert sorted(entry.capabilities for entry in entries) == [["CHAT"], ["FINE_TUNE"]]
    assert entries[0].id != entries[1].id


def test_a_retired_model_is_still_listed_with_its_dates(service: Service) -> None:
    (grok,) = find_entries(service, "xai.grok-3")
    assert grok.time_deprecated == datetime(2026, 5, 15, tzinfo=UTC)
    assert grok.time_on_demand_retired == datetime(2026, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("cohere.rerank-v4.0-pro", 2025),
        ("cohere.embed-english-image-v3.0", 1970),
        ("cohere.command-a-reasoning", None),
    ],
)
def test_a_dedicated_only_model_is_marked_by_a_past_date_or_not_at_all(
    service: Service, name: str, year: int | None
) -> None:
    (model,) = find_entries(service, name)
    ended = model.time_on_demand_retired
    assert (ended and ended.year) == year


def test_what_runs_outside_is_listed_only_where_it_is_offered() -> None:
    names = {entry["displayName"] for entry in catalog.list_models("ap-tokyo-1", restricted=True)}
    assert "meta.llama-4-scout-17b-16e-instruct" in names
    assert not {name for name in names if name.startswith("google.")}


def test_guardrails_have_a_capability_that_the_sdk_does_not_know(service: Service) -> None:
    (guard,) = find_entries(service, "meta.llama-guard-4-12b")
    assert guard.capabilities == ["UNKNOWN_ENUM_VALUE"]
    assert guard.time_deprecated is not None
    assert guard.time_on_demand_retired is None


def test_the_voice_agent_lists_chat(service: Service) -> None:
    (voice,) = find_entries(service, "xai.grok-voice-agent")
    assert voice.capabilities == ["CHAT"]


def test_restricted_models_are_listed_to_those_who_may_call_them(service: Service) -> None:
    restricted = {name for name, facts in MODELS.items() if facts["restricted"]}
    assert restricted <= {model.display_name for model in list_all(service)}
    assert not restricted & {model.display_name for model in list_all(service, "TYPICAL")}


# Lists


def test_pages_make_the_whole_list_each_entry_once(service: Service) -> None:
    whole = [model.id for model in list_all(service)]
    paged = [model.id for model in list_all(service, limit=7)]
    assert paged == whole
    assert len(set(paged)) == len(paged) > 60


def test_a_page_names_the_next_and_the_last_one_does_not(service: Service) -> None:
    client, tenancy = make_client(service), service.tenancies[0].ocid
    first = client.list_models(tenancy, vendor="google", limit=2)
    assert len(first.data.items) == 2
    assert first.has_next_page
    last = client.list_models(tenancy, vendor="google", limit=2, page=first.next_page)
    assert len(last.data.items) == 1
    assert not last.has_next_page


def test_filters_match_whole_values(service: Service) -> None:
    assert {model.vendor for model in list_all(service, vendor="xai")} == {"xai"}
    assert not list_all(service, vendor="xa")
    assert not list_all(service, lifecycle_state="DELETED")
    (one,) = list_all(service, id=find_entries(service, "xai.grok-4.3")[0].id)
    assert one.display_name == "xai.grok-4.3"


def test_several_capabilities_match_a_model_that_has_any(service: Service) -> None:
    found = list_all(service, capability=["TEXT_EMBEDDINGS", "TEXT_RERANK"])
    kinds = {MODELS[model.display_name]["kind"] for model in found}
    assert kinds == {"embed", "rerank"}


def test_the_newest_comes_first_unless_told_otherwise(service: Service) -> None:
    times = [model.time_created for model in list_all(service)]
    assert times == sorted(times, reverse=True)
    names = [model.display_name for model in list_all(service, sort_by="displayName")]
    assert names == sorted(names)
    turned = list_all(service, sort_by="displayName", sort_order="DESC")
    assert [model.display_name for model in turned] == sorted(names, reverse=True)


@pytest.mark.parametrize("name", ["limit", "page", "sortBy", "sortOrder"])
@pytest.mark.parametrize("value", ["", "0", "-1", "x", "MDAwMDAwMDAw", "9" * 5000, "%D9%A1", "%FF"])
def test_a_value_that_can_not_be_is_refused(service: Service, name: str, value: str) -> None:
    with connect(service) as client:
        query = f"compartmentId={service.compartment_id}&{name}={value}"
        answer = client.get(f"{MODELS_PATH}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["limit", "page", "id", "capability", "x"]), st.text()))
def test_no_query_makes_it_fail(running_service: Service, query: dict[str, str]) -> None:
    with connect(running_service) as client:
        given = {"compartmentId": running_service.compartment_id, **query}
        assert client.get(MODELS_PATH, params=given).status_code in {200, 400}
    running_service.journal.clear()


# Compartments and callers


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_needs_a_compartment_of_the_callers(
    service: Service, client: GenerativeAiClient, kind: str
) -> None:
    listing = getattr(client, f"list_{kind}s")
    for foreign in (service.tenancies[1].ocid, "ocid1.compartment.oc1..none"):
        assert is_refused(lambda: listing(foreign), 404, "NotAuthorizedOrNotFound")  # noqa: B023


def test_a_list_without_a_compartment_is_refused(service: Service) -> None:
    with connect(service) as client:
        answer = client.get(MODELS_PATH)
    assert (answer.status_code, answer.json()["code"]) == (400, "MissingParameter")


def test_without_a_policy_nothing_is_listed(service: Service, client: GenerativeAiClient) -> None:
    service.denied_kinds = frozenset({"api_key"})
    tenancy = service.compartment_id
    assert is_refused(lambda: client.list_models(tenancy), 404, "NotAuthorizedOrNotFound")


def test_nothing_can_be_made_or_deleted(service: Service) -> None:
    with connect(service) as client:
        assert client.post(MODELS_PATH, json={}).status_code == 405
        assert client.delete(f"/20231130/endpoints/{service.endpoint_id}").status_code == 405


# Single resources


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_list_shows_a_get_shows_too(
    service: Service, client: GenerativeAiClient, kind: str
) -> None:
    listed = getattr(client, f"list_{kind}s")(service.compartment_id).data.items[0]
    whole = getattr(client, f"get_{kind}")(listed.id).data
    shown = oci.util.to_dict(whole)
    assert oci.util.to_dict(listed).items() <= shown.items()
    assert whole.time_created.tzinfo is not None


@pytest.mark.parametrize("kind", KINDS)
def test_another_tenancys_resource_answers_as_one_that_is_not_there(
    service: Service, client: GenerativeAiClient, kind: str
) -> None:
    other = service.tenancies[1]
    ocids = {"endpoint": other.endpoint_id, "generative_ai_project": other.project_id}
    get = getattr(client, f"get_{kind}")
    for ocid in (ocids.get(kind, "ocid1.x"), "ocid1.none"):
        assert is_refused(lambda: get(ocid), 404, "NotAuthorizedOrNotFound")  # noqa: B023


def test_the_endpoint_names_the_model_that_it_hosts(
    service: Service, client: GenerativeAiClient
) -> None:
    endpoint = client.get_endpoint(service.endpoint_id).data
    assert client.get_model(endpoint.model_id).data.display_name == LLAMA


def test_resources_are_in_the_compartment_below_the_root(
    service: Service, client: GenerativeAiClient
) -> None:
    assert client.list_generative_ai_projects(service.compartment_id).data.items
    assert not client.list_generative_ai_projects(service.tenancies[0].ocid).data.items


def test_a_project_says_how_long_it_keeps_things(
    service: Service, client: GenerativeAiClient
) -> None:
    config = client.get_generative_ai_project(service.project_id).data.conversation_config
    assert config.responses_retention_in_hours == 720


def test_of_an_api_key_only_a_mask_is_shown(service: Service, client: GenerativeAiClient) -> None:
    (key,) = client.list_api_keys(service.compartment_id).data.items
    (item,) = key.keys
    assert item.key is None
    assert item.state == "ACTIVE"
    assert service.genai_api_key.endswith(item.key_mask[-4:])
    assert service.genai_api_key not in str(key)


# OCIDs on the data plane


def test_a_models_ocid_stands_where_its_name_does(service: Service) -> None:
    ocid = next(e.id for e in find_entries(service, LLAMA) if e.capabilities == ["CHAT"])
    with connect(service) as client:
        assert client.post(CHAT, json=write_body(ocid)).status_code == 200
        native = {
            "compartmentId": service.compartment_id,
            "servingMode": {"servingType": "ON_DEMAND", "modelId": ocid},
            "chatRequest": {
                "apiFormat": "GENERIC",
                "messages": [{"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}],
            },
        }
        answer = client.post("/20231130/actions/chat", json=native)
    assert answer.status_code == 200, answer.text


def test_the_ocid_for_tuning_and_another_regions_are_unknown(service: Service) -> None:
    tuning = next(e.id for e in find_entries(service, LLAMA) if e.capabilities == ["FINE_TUNE"])
    with connect(service) as client:
        for ocid in (tuning, catalog.make_model_id(LLAMA, "eu-frankfurt-1")):
            answer = client.post(CHAT, json=write_body(ocid))
            assert answer.status_code == 404
            assert answer.json()["message"] == f"Entity with key {ocid} not found"


def test_most_tenancies_can_not_call_a_dedicated_only_model_on_demand(service: Service) -> None:
    body = write_body("cohere.command-a-reasoning")
    with connect(service, "TYPICAL") as client:
        assert client.post(CHAT, json=body).status_code == 404
