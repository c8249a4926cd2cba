"""Facts about routes: which transport a model takes, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from IPython.lib.pretty import pretty

from ocigenai_nb.core.errors import UnknownModelError, UsageError
from ocigenai_nb.core.routing import (
    CLASS_NAMES,
    PATHS,
    TRANSPORTS,
    Decision,
    Route,
    Settings,
    choose_transport,
    route,
    shorten,
)
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.model_facts import MODELS

ROOT: Final = "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com"
COMPARTMENT: Final = f"ocid1.compartment.oc1..{'a' * 60}"
SETTINGS: Final = Settings(
    profile=Sourced("WORK", "OCI_PROFILE"),
    auth=Sourced("api_key", "profile WORK has no security_token_file of its own"),
    region=Sourced("us-chicago-1", "argument region"),
    compartment=Sourced(COMPARTMENT, "tenancy of profile WORK"),
    endpoint=Sourced(ROOT, "region us-chicago-1"),
)
LLAMA: Final = "meta.llama-3.3-70b-instruct"
OCID: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.amaaaaaa"

V1: Final = ("v1", "OCIOpenAIModel", "/openai/v1/chat/completions")
# The specification writes /20231130/actions/v1/chat; Oracle's SDK, and so we, leave out the v1.
SDK: Final = ("sdk", "OCIModel", "/20231130/actions/chat")
RESPONSES: Final = ("responses", "OCIResponsesModel", "/openai/v1/responses")


def describe(found: Route) -> tuple[str, str, str]:
    assert found.url.startswith(ROOT)
    return found.transport, found.class_name, found.url.removeprefix(ROOT)


def find_decision(found: Route, what: str) -> Decision:
    (decision,) = (decision for decision in found.decisions if decision.what == what)
    return decision


# The specification's table


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai.gpt-5.5", V1),
        ("openai.gpt-4o", V1),
        ("openai.gpt-oss-120b", V1),
        ("openai.o1", V1),
        ("openai.o4-mini", V1),
        ("meta.llama-3.3-70b-instruct", V1),
        ("meta.llama-4-scout-17b-16e-instruct", V1),
        ("xai.grok-4", V1),
        ("mistral.mistral-large", V1),
        ("google.gemini-2.5-pro", V1),
        ("cohere.command-a-03-2025", V1),
        ("cohere.command-latest", V1),
        ("cohere.command-r-plus", SDK),
        ("cohere.command-r-plus-08-2024", SDK),
        ("cohere.command-r-08-2024", SDK),
        ("cohere.command-r-next", SDK),
        ("COHERE.Command-R-Plus", SDK),
        (OCID, SDK),
        ("openai.gpt-5.5-pro", V1),
    ],
)
def test_every_row_of_the_table_takes_its_transport(
    model: str, expected: tuple[str, str, str]
) -> None:
    assert describe(route(model, SETTINGS)) == expected
    assert choose_transport(model).value == expected[0]


@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name]["kind"] == "chat"])
def test_every_listed_chat_model_takes_the_transport_of_its_family(model: str) -> None:
    assert route(model, SETTINGS).transport == (
        "sdk" if MODELS[model]["family"] == "cohere-r" else "v1"
    )


def test_responses_is_never_chosen_unasked_and_where_it_is_needed_the_route_says_so() -> None:
    found = route("openai.gpt-5.5-pro", SETTINGS)
    assert found.transport == "v1"
    assert "ask for transport='responses'" in find_decision(found, "model").why


# Wishes


@pytest.mark.parametrize("expected", [V1, SDK, RESPONSES])
@pytest.mark.parametrize("model", [LLAMA, "cohere.command-r-plus", OCID])
def test_a_wish_forces_its_transport(model: str, expected: tuple[str, str, str]) -> None:
    found = route(model, SETTINGS, transport=expected[0])
    assert describe(found) == expected
    assert find_decision(found, "transport") == Decision("transport", expected[0], "asked for")


def test_an_empty_wish_is_none() -> None:
    assert choose_transport(LLAMA, "").why != "asked for"


def test_an_unknown_wish_suggests_and_names_the_ones_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        route(LLAMA, SETTINGS, transport="response")
    assert str(caught.value).splitlines() == [
        "There is no transport 'response'. Did you mean 'responses'?",
        "Transports: v1, sdk, responses.",
    ]


def test_every_transport_has_a_class_and_a_path() -> None:
    assert CLASS_NAMES.keys() == PATHS.keys() == set(TRANSPORTS)


# Models


@pytest.mark.parametrize("transport", [None, "v1"])
def test_an_unknown_model_suggests_full_ids_also_without_the_vendor(transport: str | None) -> None:
    with pytest.raises(UnknownModelError) as caught:
        route("llama-3.3-70b-instruct", SETTINGS, transport=transport)
    assert caught.value.message.startswith(
        "There is no model 'llama-3.3-70b-instruct'. Did you mean 'meta.llama-3.3-70b-instruct'"
    )
    assert "Model ids look like" in caught.value.remedy


def test_a_model_that_is_not_listed_is_routed_by_its_name_and_says_so() -> None:
    found = route("meta.llama-3.3-70b-instrukt", SETTINGS)
    assert (found.family, found.transport) == ("llama", "v1")
    why = find_decision(found, "model").why
    assert why.startswith("not in the catalog; family llama by its name. Did you mean ")
    assert "'meta.llama-3.3-70b-instruct'" in why


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (LLAMA, "family llama"),
        (OCID, "a dedicated endpoint"),
        ("xai.grok-3", "on-demand use ends or ended 2026-08-15"),
        ("openai.gpt-4o", "most tenancies have no access"),
        ("cohere.embed-v4.0", "made for embed, not for chat"),
    ],
)
def test_the_route_says_what_is_known_of_the_model(model: str, why: str) -> None:
    assert why in find_decision(route(model, SETTINGS), "model").why


# What is shown


def test_every_decision_is_shown_with_its_value_and_its_reason_or_source() -> None:
    found = route(LLAMA, SETTINGS)
    assert found.decisions == (
        Decision("model", LLAMA, "family llama"),
        Decision("transport", "v1", "the default for every family but Cohere R"),
        Decision("class", "OCIOpenAIModel", "carries the v1 transport"),
        Decision("endpoint", found.url, "region us-chicago-1"),
        Decision("profile", "WORK", "OCI_PROFILE"),
        Decision("auth", "api_key", "profile WORK has no security_token_file of its own"),
        Decision("region", "us-chicago-1", "argument region"),
        Decision("compartment", COMPARTMENT, "tenancy of profile WORK"),
    )
    assert found.region == "us-chicago-1"


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("cohere.command-r-plus", "Cohere R models answer on the native API only"),
        (OCID, "dedicated endpoints answer on the native API"),
    ],
)
def test_the_reason_for_the_sdk_is_given(model: str, why: str) -> None:
    assert choose_transport(model).why == why


def test_the_text_has_a_line_for_each_decision_with_the_reasons_in_brackets() -> None:
    found = route(LLAMA, SETTINGS)
    lines = str(found).splitlines()
    assert lines[0] == "model        meta.llama-3.3-70b-instruct  (family llama)"
    assert len(lines) == len(found.decisions)
    for line, decision in zip(lines, found.decisions, strict=True):
        assert line.startswith(decision.what)
        assert line.endswith(f"  {decision.value}  ({decision.why})")


def test_a_cell_shows_the_text_and_no_path_of_a_configuration() -> None:
    found = replace(route(LLAMA, SETTINGS), config_file="/home/ada/.oci/config")
    assert pretty(found) == str(found)
    assert "/home/ada" not in str(found) + repr(found)


def test_the_table_has_a_row_for_each_decision() -> None:
    found = route(LLAMA, SETTINGS)
    head, rule, *rows = found._repr_markdown_().splitlines()
    assert (head, rule) == ("| | | why |", "|:--|:--|:--|")
    assert len(rows) == len(found.decisions)
    for row, decision in zip(rows, found.decisions, strict=True):
        assert row == f"| {decision.what} | `{shorten(decision.value)}` | {decision.why} |"


def test_a_bar_in_a_value_or_a_reason_does_not_break_the_table() -> None:
    found = Route("m", "f", "v1", "u", "r", (Decision("what", "a|b", "c|d"),))
    assert found._repr_markdown_().splitlines()[2] == r"| what | `a\|b` | c\|d |"


def test_a_table_shortens_an_ocid_and_nothing_else() -> None:
    assert shorten(COMPARTMENT) == "ocid1.compartment.oc1..aaaaaa…aaaaaa"
    assert shorten(f"ocid1.tenancy.oc1..{'a' * 16}") == f"ocid1.tenancy.oc1..{'a' * 16}"
    assert shorten(f"ocid1.tenancy.oc1..{'a' * 17}") == "ocid1.tenancy.oc1..aaaaaa…aaaaaa"
    assert shorten(f"{ROOT}/{'a' * 60}") == f"{ROOT}/{'a' * 60}"
