"""What a list of models means: dates that mark, entries that double, facts that disagree."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.core.errors import UnknownModelError
from ocigenai_nb.core.model_list import (
    ListedModel,
    find_listed_name,
    read_endpoint_list,
    read_model_list,
)

DAY, REGION = "2026-11-22", "us-chicago-1"
NEW = "acme.chat-9"


def write_item(name: str = NEW, **fields: Any) -> dict[str, Any]:
    return {"id": f"ocid1.{name}", "displayName": name, "capabilities": ["CHAT"], **fields}


def read(*items: object, region: str = REGION) -> list[ListedModel]:
    return read_model_list(items, region, DAY)


def read_one(name: str = NEW, *, region: str = REGION, **fields: Any) -> ListedModel:
    (model,) = read(write_item(name, **fields), region=region)
    return model


@pytest.mark.parametrize("day", ["1970-01-01", "2025-05-01", DAY])
def test_a_past_end_of_on_demand_use_means_dedicated_only(day: str) -> None:
    model = read_one(timeOnDemandRetired=f"{day}T00:00:00.000Z", lifecycleState="ACTIVE")
    assert (model.access, model.ends) == ("dedicated only", None)


def test_a_future_end_is_told_and_keeps_nobody_from_calling() -> None:
    model = read_one(timeOnDemandRetired="2027-01-31T00:00:00Z", timeDeprecated="2026-10-01")
    assert (model.access, model.ends, model.deprecated) == (
        "on demand",
        "2027-01-31",
        "2026-10-01",
    )


def test_a_past_end_of_dedicated_use_means_retired() -> None:
    model = read_one(
        timeOnDemandRetired="1970-01-01T00:00:00Z", timeDedicatedRetired="2026-09-30T00:00:00Z"
    )
    assert (model.access, model.ends) == ("retired", "2026-09-30")


def test_where_the_facts_know_the_end_too_it_is_retired_and_not_dedicated() -> None:
    model = read_one("xai.grok-3", timeOnDemandRetired="2026-08-15T00:00:00Z")
    assert (model.access, model.ends) == ("retired", "2026-08-15")


def test_without_a_date_the_facts_say_whether_it_is_likely_to_answer() -> None:
    name = "meta.llama-4-scout-17b-16e-instruct"
    assert read_one(name).access == "on demand"
    assert read_one(name, region="us-ashburn-1").access == "not known"  # listed, answered 404
    assert read_one("xai.grok-3").access == "not known"  # the facts say that it has ended


def test_a_model_of_ones_own_needs_an_endpoint() -> None:
    assert read_one(type="CUSTOM").access == "dedicated only"


def test_an_entry_for_tuning_can_not_be_called() -> None:
    tuning = write_item() | {"id": "ocid1.tuning", "capabilities": ["FINE_TUNE"]}
    assert [model.ocid for model in read(tuning, write_item())] == [f"ocid1.{NEW}"]
    assert not read(tuning)


def test_of_several_entries_of_a_name_the_best_counts() -> None:
    old = write_item(timeOnDemandRetired="2024-10-02") | {"id": "ocid1.old"}
    (model,) = read(old, write_item())
    assert (model.ocid, model.access) == (f"ocid1.{NEW}", "on demand")


@pytest.mark.parametrize(
    ("name", "capabilities", "kind"),
    [
        ("xai.grok-voice-agent", ["CHAT"], "speech"),
        (NEW, ["CHAT", "FINE_TUNE"], "chat"),
        (NEW, ["TEXT_RERANK"], "rerank"),
        (NEW, ["SOMETHING_NEW", None], "other"),
        (NEW, [], "other"),
    ],
)
def test_the_kind_is_that_of_the_facts_then_of_the_capabilities(
    name: str, capabilities: list[str | None], kind: str
) -> None:
    assert read_one(name, capabilities=capabilities).kind == kind


def test_what_is_no_model_is_left_out() -> None:
    assert not read({}, None, 7, {"displayName": NEW})
    assert not read(write_item(capabilities=None), write_item(id=3), write_item(displayName=4))
    assert read_one(timeOnDemandRetired=7, timeDeprecated="soon", vendor=None).vendor == "acme"


def test_the_best_access_comes_first_and_in_it_chat_models() -> None:
    names = ["cohere.embed-v4.0", "meta.llama-3.3-70b-instruct", "xai.grok-tts"]
    over = write_item("aa.gone", timeOnDemandRetired="2020-01-01")
    found = read(over, *(write_item(name) for name in names))
    assert [model.name for model in found] == [names[1], names[0], names[2], "aa.gone"]


# Dedicated endpoints


def write_endpoint(**fields: object) -> dict[str, object]:
    """An endpoint of the list, that serves a model of `write_item`."""
    given = {"id": "ocid1.endpoint", "displayName": "ours", "lifecycleState": "ACTIVE"}
    return given | {"modelId": f"ocid1.{NEW}"} | fields


def test_an_endpoint_is_called_by_its_ocid_and_serves_a_model_of_the_list() -> None:
    listed = write_item(timeDedicatedRetired="2030-01-01T00:00:00Z")
    (endpoint,) = read_endpoint_list([write_endpoint()], [listed])
    assert (endpoint.name, endpoint.ocid) == ("ocid1.endpoint", "ocid1.endpoint")
    assert (endpoint.base, endpoint.kind, endpoint.access) == (NEW, "chat", "endpoint")
    assert (endpoint.title, endpoint.ends) == ("ours", "2030-01-01")


def test_the_base_of_an_endpoint_for_ones_own_model_is_what_that_was_made_of() -> None:
    tuned = write_item("tuned", type="CUSTOM", baseModelId=f"ocid1.{NEW}", id="ocid1.tuned")
    found = read_endpoint_list([write_endpoint(modelId="ocid1.tuned")], [tuned, write_item()])
    assert found[0].base == NEW


def test_an_endpoint_whose_model_is_not_listed_is_of_another_kind() -> None:
    given: tuple[object, ...] = ("ocid1.gone", None, [], {})
    odd = [write_endpoint(modelId=value) for value in given]
    for endpoint in read_endpoint_list(odd, [None, write_item(), {"id": []}]):
        assert (endpoint.base, endpoint.kind, endpoint.vendor) == (None, "other", "")


def test_what_is_no_endpoint_or_does_not_answer_is_left_out() -> None:
    ended = [write_endpoint(lifecycleState=state) for state in ("CREATING", "DELETED", "FAILED")]
    assert not read_endpoint_list([{}, None, 7, write_endpoint(id=3), *ended], [write_item()])
    assert read_endpoint_list([write_endpoint(lifecycleState="UPDATING")], [])


# A model by its OCID


def test_an_ocid_stands_for_the_name_of_its_entry() -> None:
    items = [None, write_item("aa.other"), write_item()]
    assert find_listed_name(items, f"OCID1.{NEW}", "us-chicago-1") == NEW


def test_ones_own_model_can_not_be_called_by_its_ocid() -> None:
    with pytest.raises(UnknownModelError, match="a model of your own"):
        find_listed_name([write_item(type="CUSTOM")], f"ocid1.{NEW}", "us-chicago-1")
