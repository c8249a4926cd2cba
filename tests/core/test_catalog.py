"""Facts about families and the models in them."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.catalog import FAMILIES, Family, find_family, find_model, suggest_models
from ocigenai_nb.model_facts import MODELS

CHAT = [name for name, facts in MODELS.items() if facts["kind"] == "chat"]


def test_families_are_filed_under_their_names() -> None:
    assert all(family.name == name for name, family in FAMILIES.items())


@pytest.mark.parametrize("model", CHAT)
def test_every_listed_chat_model_is_in_the_family_its_facts_name(model: str) -> None:
    family = find_family(model)
    assert family is not None
    assert family.name == MODELS[model]["family"]


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_a_family_is_found_by_each_of_its_prefixes(family: Family) -> None:
    """A more special family stands before the one that would take its models."""
    assert {find_family(f"{prefix}new") for prefix in family.prefixes} == {family}


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("openai.gpt-6", "openai-chat"),
        ("openai.gpt-5.9-nano", "openai-reasoning"),
        ("openai.o4-max", "openai-reasoning"),
        ("openai.gpt-oss-1t", "gpt-oss"),
        ("meta.llama-5", "llama"),
        ("xai.grok-5", "grok"),
        ("xai.grok-4.9-fast", "grok-reasoning"),
        ("google.gemini-4-pro", "gemini"),
        ("mistralai.mistral-large", "mistral"),
        ("cohere.command-b-2027", "cohere-command"),
        ("cohere.command-r9-2027", "cohere-r"),
        ("ocid1.generativeaiendpoint.oc1.us-chicago-1.abc", "dedicated"),
        ("META.Llama-5", "llama"),
    ],
)
def test_a_model_published_today_is_in_a_family_by_its_name(model: str, family: str) -> None:
    assert find_model(model) is None
    assert find_family(model) is FAMILIES[family]


def test_facts_go_before_the_name() -> None:
    """By its name alone this one would be a reasoning model."""
    assert find_family("xai.grok-4-fast-non-reasoning") is FAMILIES["grok"]


@pytest.mark.parametrize("model", ["", "llama", "llama-3.3-70b-instruct", "gpt-4o", "acme.chat"])
def test_a_name_without_a_known_vendor_is_in_no_family(model: str) -> None:
    assert find_family(model) is None


def test_a_model_is_found_in_any_case() -> None:
    assert find_model("META.LLAMA-3.3-70B-INSTRUCT") == MODELS["meta.llama-3.3-70b-instruct"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("llama-3.3-70b-instruct", "meta.llama-3.3-70b-instruct"),
        ("meta.llama-3.3-70b-instrukt", "meta.llama-3.3-70b-instruct"),
        ("meta-llama-3.3-70b-instruct", "meta.llama-3.3-70b-instruct"),
        ("gpt-4o", "openai.gpt-4o"),
        ("gemini-2.5-pro", "google.gemini-2.5-pro"),
        ("command-r-plus-08-2024", "cohere.command-r-plus-08-2024"),
        ("GPT-OSS-120B", "openai.gpt-oss-120b"),
    ],
)
def test_the_full_id_is_suggested_first_also_where_the_vendor_is_left_out(
    name: str, meant: str
) -> None:
    assert suggest_models(name).startswith(f" Did you mean '{meant}'")


def test_a_single_word_suggests_models_that_have_it_in_their_name() -> None:
    suggestion = suggest_models("llama")
    assert suggestion.startswith(" Did you mean 'meta.llama")


@pytest.mark.parametrize("word", ["70b", "128e", "2025"])
def test_a_size_or_a_date_is_no_such_word(word: str) -> None:
    assert suggest_models(word) == ""


@pytest.mark.parametrize("model", ["meta.llama-3.3-70b-instruct", "Openai.GPT-4o"])
def test_nothing_is_suggested_for_a_model_that_is_listed(model: str) -> None:
    assert suggest_models(model) == ""


@pytest.mark.parametrize("model", ["", "???", "zzzzzzzz"])
def test_nothing_is_suggested_for_nonsense(model: str) -> None:
    assert suggest_models(model) == ""


def test_only_models_that_hold_conversations_are_suggested() -> None:
    assert "embed" not in suggest_models("cohere.embed-v4")


def test_a_retired_model_is_not_suggested() -> None:
    suggestion = suggest_models("meta.llama-3.1-70b-instrukt")  # retired on 2025-07-10
    assert "meta.llama-3.3-70b-instruct" in suggestion
    assert "llama-3.1-70b" not in suggestion
