"""Facts about the table of models."""

from __future__ import annotations

from datetime import date

import pytest

from ocigenai_nb import model_facts
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.model_facts import AS_OF, CAPABILITIES, FAMILIES, KINDS, MODELS, ModelFacts

EVERY = [pytest.param(facts, id=facts["id"]) for facts in MODELS.values()]
NAMED_BY_THE_SPECIFICATION = [
    "openai.gpt-5.5",
    "openai.gpt-5.5-2026-04-23",
    "openai.gpt-5.5-pro",
    "openai.gpt-5-pro",
    "cohere.command-r-plus",
    "cohere.command-r-plus-08-2024",
]
PREFIXES_OF_THE_ROUTING_TABLE = [
    "openai.gpt-",
    "openai.o",
    "meta.llama-",
    "xai.grok-",
    "mistral.",
    "google.gemini-",
    "cohere.command-a",
    "cohere.command-r",
]


@pytest.mark.parametrize("model_id", NAMED_BY_THE_SPECIFICATION)
def test_every_model_the_specification_names_is_there(model_id: str) -> None:
    assert model_id in MODELS


@pytest.mark.parametrize("prefix", PREFIXES_OF_THE_ROUTING_TABLE)
def test_every_prefix_of_the_routing_table_has_a_chat_model(prefix: str) -> None:
    assert any(name.startswith(prefix) and MODELS[name]["kind"] == "chat" for name in MODELS)


def test_no_id_is_listed_twice() -> None:
    # A dict would hide it, so the ids are counted where they are written down.
    written = [facts["id"] for group in model_facts._GROUPS for facts in group]
    assert len(written) == len(set(written)) == len(MODELS)


@pytest.mark.parametrize("facts", EVERY)
def test_every_key_is_present_and_from_its_closed_set(facts: ModelFacts) -> None:
    assert facts.keys() == ModelFacts.__annotations__.keys()
    assert MODELS[facts["id"]] is facts
    assert facts["id"].startswith(facts["vendor"] + ".")
    assert facts["family"] in FAMILIES
    assert facts["kind"] in KINDS
    assert set(facts["capabilities"]) <= set(CAPABILITIES)


@pytest.mark.parametrize("facts", EVERY)
def test_nothing_is_listed_twice_within_a_model(facts: ModelFacts) -> None:
    for names in (facts["capabilities"], facts["on_demand"]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("facts", EVERY)
def test_on_demand_regions_offer_generative_ai(facts: ModelFacts) -> None:
    assert set(facts["on_demand"]) <= set(GENAI_REGIONS)


@pytest.mark.parametrize("facts", EVERY)
def test_responses_only_means_responses_and_not_chat_completions(facts: ModelFacts) -> None:
    if facts["responses_only"]:
        assert facts["responses"]
        assert not facts["chat_completions"]


@pytest.mark.parametrize("facts", EVERY)
def test_dates_are_iso_and_a_model_is_deprecated_before_it_retires(facts: ModelFacts) -> None:
    days = [date.fromisoformat(day) for day in (facts["deprecated"], facts["retired"]) if day]
    assert days == sorted(days)


@pytest.mark.parametrize("facts", EVERY)
def test_sizes_and_prices_are_plausible(facts: ModelFacts) -> None:
    context, output = facts["context_tokens"], facts["output_tokens"]
    assert context is None or 500 <= context <= 10_000_000
    assert output is None or (context is not None and output <= context)
    assert (facts["input_price"] is None) == (facts["output_price"] is None)
    # A price per token or per thousand, taken for one per million, falls outside.
    assert facts["input_price"] is None or 0.01 <= facts["input_price"] <= 50
    assert facts["output_price"] is None or 0 <= facts["output_price"] <= 250


@pytest.mark.parametrize("facts", EVERY)
def test_only_chat_models_are_on_the_openai_paths(facts: ModelFacts) -> None:
    if facts["kind"] != "chat":
        assert not facts["chat_completions"]
        assert not facts["responses"]
        assert "streaming" not in facts["capabilities"]


def test_only_the_cohere_r_series_and_responses_only_models_miss_chat_completions() -> None:
    missing = {name for name, f in MODELS.items() if f["kind"] == "chat"} - {
        name for name, f in MODELS.items() if f["chat_completions"]
    }
    assert missing == {
        "cohere.command-r-08-2024",
        "cohere.command-r-plus-08-2024",
        "cohere.command-r-16k",
        "cohere.command-r-plus",
        "openai.gpt-5-pro",
        "openai.gpt-5.5-pro",
        "xai.grok-4.20-multi-agent",
        "xai.grok-4.20-multi-agent-0309",
    }


def test_the_restricted_models_are_the_commercial_ones_of_openai() -> None:
    restricted = {name for name, facts in MODELS.items() if facts["restricted"]}
    assert restricted == {
        name for name in MODELS if name.startswith("openai.") and "gpt-oss" not in name
    }


def test_a_reasoning_family_says_it_reasons() -> None:
    for facts in MODELS.values():
        if facts["family"].endswith("-reasoning"):
            assert "reasoning" in facts["capabilities"], facts["id"]


def test_the_model_of_the_quickstart_is_open_to_ordinary_tenancies() -> None:
    facts = MODELS["meta.llama-3.3-70b-instruct"]
    assert not facts["restricted"]
    assert facts["retired"] is None
    assert "us-chicago-1" in facts["on_demand"]


def test_the_groks_that_ended_in_august_are_dated() -> None:
    ended = {name for name, facts in MODELS.items() if facts["retired"] == "2026-08-15"}
    assert "xai.grok-4" in ended
    assert "xai.grok-4.3" not in ended
    assert all(MODELS[name]["deprecated"] == "2026-05-15" for name in ended)


def test_the_placeholder_says_that_it_is_one() -> None:
    mistral = [facts for facts in MODELS.values() if facts["family"] == "mistral"]
    assert mistral
    assert all("placeholder" in facts["note"] for facts in mistral)


def test_the_day_of_the_facts_is_a_date() -> None:
    assert date.fromisoformat(AS_OF).isoformat() == AS_OF
