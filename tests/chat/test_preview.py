"""What a request would be: the preview against what is really sent, and nothing sent by it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ocigenai_nb import Connection, Parameters, connect
from ocigenai_nb.chat.preview import Draft, Preview, Problem, count_tokens, preview_request
from ocigenai_nb.chat.preview_headers import REDACTED
from ocigenai_nb.chat.preview_transports import Alternative
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.emulator.service import Service

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-4.1"
REASONING = "openai.gpt-5"
COHERE = "cohere.command-r-plus-08-2024"
RESPONSES_ONLY = "openai.gpt-5-pro"
DEDICATED = "ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"
ROUTES = [(LLAMA, ""), (COHERE, ""), (GPT, "v1"), (GPT, "sdk"), (GPT, "responses")]


def look(connection: Connection, model: str = GPT, prompt: str = "Why?", **wishes: Any) -> Preview:
    """The preview of a draft."""
    return preview_request(connection, Draft(model, prompt, **wishes))


def over(preview: Preview, transport: str) -> Alternative:
    """One of the transports side by side."""
    return next(other for other in preview.alternatives if other.transport == transport)


def where(preview: Preview, transport: str) -> dict[str, str]:
    """Where a transport's body says what."""
    return {place.what: place.where for place in over(preview, transport).places}


@pytest.mark.parametrize(("model", "transport"), ROUTES)
@pytest.mark.parametrize("mode", ["streamed", "whole"])
def test_the_body_is_the_one_that_is_sent(
    connection: Connection, service: Service, model: str, transport: str, mode: str
) -> None:
    stream = mode == "streamed"
    preview = look(
        connection,
        model,
        "hi",
        system="Be brief.",
        transport=transport,
        temperature=0.3,
        max_tokens=20,
        stream=stream,
    )
    wishes = Parameters(temperature=0.3, max_tokens=20)
    chat = connection.chat(
        model, system="Be brief.", transport=transport or None, parameters=wishes
    )
    chat.send("hi", stream=stream)
    assert preview.plan is not None
    assert service.journal.last.body == preview.plan.body
    assert preview.route == connection.route(model, transport=transport or None)


@pytest.mark.parametrize(("model", "transport"), ROUTES)
def test_the_headers_are_those_that_are_sent(
    connection: Connection, service: Service, model: str, transport: str
) -> None:
    preview = look(connection, model, "hi", transport=transport)
    connection.chat(model, transport=transport or None).send("hi")
    sent = dict(service.journal.last.headers)
    own = {name for name in sent if name.startswith("x-stainless-")}
    family = {"x-stainless-*"} if own else set()
    assert {header.name for header in preview.headers} == (
        (sent.keys() - own) | family | {"authorization"}
    )
    known = {header.name: header.value for header in preview.headers if header.known}
    assert known == {name: sent[name] for name in known}


def test_the_signed_headers_are_named_and_nothing_of_the_signature_is_there(
    connection: Connection,
) -> None:
    headers = {header.name: header for header in look(connection).headers}
    signed = {name for name, header in headers.items() if header.signed}
    assert signed == {"date", "host", "content-length", "content-type", "x-content-sha256"}
    authorization = headers["authorization"].value
    assert re.findall(r'(\w+)="redacted"', authorization) == ["keyId", "signature"]


def test_a_generative_ai_key_signs_nothing_and_is_not_shown() -> None:
    key = "sk-" + "secret" * 5
    connection = connect(
        api_key=key,
        region="us-chicago-1",
        compartment_id="ocid1.compartment.oc1..a",
        project="ocid1.generativeaiproject.oc1..b",
    )
    preview = look(connection)
    assert ("openai-project", "ocid1.generativeaiproject.oc1..b") in [
        (header.name, header.value) for header in preview.headers
    ]
    assert key not in repr(preview)
    assert not any(header.signed for header in preview.headers)
    assert f"Bearer {REDACTED}" in [header.value for header in preview.headers]
    assert "API key opens the OpenAI-compatible endpoints only" in over(preview, "sdk").why_not


def test_nothing_is_sent(connection: Connection, service: Service) -> None:
    for model, transport in ROUTES:
        preview = look(connection, model, transport=transport)
        preview.export("python")
        preview.export("curl")
    assert len(service.journal) == 0


def test_what_the_rules_of_a_family_change_is_said(connection: Connection) -> None:
    preview = look(connection, REASONING, temperature=0.3, max_tokens=100)
    assert preview.plan is not None
    assert preview.plan.body["max_completion_tokens"] == 100
    assert "temperature is not sent" in preview.plan.notices[0]


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (Draft("", "hi"), "model", "No model is named."),
        (Draft("lama", "hi"), "model", "Did you mean 'meta.llama-3.3-70b-instruct'?"),
        (Draft(GPT, "  "), "prompt", "The prompt is empty."),
        (Draft(GPT, "hi", transport="v2"), "transport", "There is no transport 'v2'."),
        (Draft(RESPONSES_ONLY, "hi"), "transport", "answers on the Responses transport only"),
        (Draft(GPT, "hi", temperature=9), "temperature", "has to be between 0 and 2"),
        (Draft(GPT, "hi", max_tokens=0), "max_tokens", "has to be 1 or more"),
    ],
)
def test_what_can_not_be_sent_is_a_sentence_at_its_field(
    connection: Connection, draft: Draft, field: str, words: str
) -> None:
    preview = preview_request(connection, draft)
    assert [problem.field for problem in preview.problems] == [field]
    assert words in preview.problems[0].message
    assert preview.plan is None
    with pytest.raises(UsageError, match=re.escape(preview.problems[0].message)):
        preview.export()


def test_several_problems_are_all_named(connection: Connection) -> None:
    problems = look(connection, "lama", temperature=9, max_tokens=0).problems
    assert [problem.field for problem in problems] == ["model", "temperature", "max_tokens"]
    assert all(isinstance(problem, Problem) for problem in problems)


def test_a_problem_leaves_the_route_and_the_other_transports_to_see(connection: Connection) -> None:
    preview = look(connection, RESPONSES_ONLY)
    assert preview.route is not None
    assert over(preview, "responses").plan is not None
    assert over(preview, "responses").why_not == ""


@pytest.mark.parametrize(
    ("model", "transport", "words"),
    [
        (COHERE, "v1", "Unsupported OpenAI operation"),
        (COHERE, "responses", "No source says"),
        (DEDICATED, "v1", "native API only"),
        (RESPONSES_ONLY, "sdk", "Responses only"),
        ("openai.gpt-oss-120b", "responses", ""),
        ("xai.grok-4.3", "responses", "need a project"),
        (LLAMA, "sdk", ""),
    ],
)
def test_a_transport_that_can_not_be_used_says_why(
    connection: Connection, model: str, transport: str, words: str
) -> None:
    found = over(look(connection, model), transport).why_not
    assert words in found
    assert bool(found) == bool(words)


def test_one_transport_is_chosen_and_the_addresses_are_their_own(connection: Connection) -> None:
    preview = look(connection, GPT, transport="sdk")
    assert [other.transport for other in preview.alternatives if other.chosen] == ["sdk"]
    for other in preview.alternatives:
        assert other.url == connection.route(GPT, transport=other.transport).url


def test_each_transport_names_things_its_own_way(connection: Connection) -> None:
    preview = look(connection, GPT, system="Be brief.", temperature=0.3, max_tokens=9, store=False)
    assert where(preview, "v1") == {
        "model": "model",
        "prompt": "messages[1].content",
        "system": "messages[0].content",
        "max_tokens": "max_tokens",
        "temperature": "temperature",
        "stream": "stream",
        "store": "",
        "compartment": "opc-compartment-id (header)",
    }
    assert where(preview, "sdk")["prompt"] == "chatRequest.messages[1].content[0].text"
    assert where(preview, "sdk")["max_tokens"] == "chatRequest.maxCompletionTokens"
    assert where(preview, "sdk")["compartment"] == "compartmentId"
    assert where(preview, "responses")["system"] == "instructions"
    assert where(preview, "responses")["store"] == "store"


def test_tokens_and_cost_are_estimated_from_the_characters(connection: Connection) -> None:
    estimate = look(connection, LLAMA, "a" * 7, system="b" * 2, max_tokens=1000).estimate
    assert estimate is not None
    assert (estimate.input, estimate.output) == (3, 1000)
    assert estimate.cost is not None
    assert estimate.cost.amount == pytest.approx(3 * 0.72e-6)
    assert estimate.most is not None
    assert estimate.most.amount == pytest.approx(1003 * 0.72e-6)
    assert "four characters to a token" in estimate.why
    assert count_tokens("abcd", "e") == 2


def test_the_catalog_limits_the_answer_where_the_draft_does_not(connection: Connection) -> None:
    estimate = look(connection, LLAMA).estimate
    assert estimate is not None
    assert estimate.output == 4000


def test_a_model_without_a_price_has_no_cost(connection: Connection) -> None:
    estimate = look(connection, GPT).estimate
    assert estimate is not None
    assert (estimate.cost, estimate.most) == (None, None)
    assert "no price is known" in estimate.why


@pytest.mark.parametrize(
    ("model", "prompt", "words"),
    [
        ("xai.grok-4", "hi", "ends or ended on 2026-08-15"),
        (GPT, "hi", "Most tenancies have no access"),
        ("meta.llama-3-70b-instruct", "a" * 40_000, "About 10,000 tokens are more than the 8,000"),
    ],
)
def test_what_the_service_may_refuse_is_warned_of(
    connection: Connection, model: str, prompt: str, words: str
) -> None:
    assert words in " ".join(look(connection, model, prompt).warnings)


def test_a_model_of_other_regions_is_warned_of(service: Service) -> None:
    connection = connect(config_file=service.config_file, region="ap-osaka-1")
    warnings = " ".join(look(connection, "xai.grok-4.3").warnings)
    assert "not in ap-osaka-1" in warnings


def test_the_export_says_that_it_never_ran(connection: Connection) -> None:
    preview = look(connection, GPT, "What is 2 + 2?")
    program, command = preview.export("python"), preview.export("curl")
    assert program.startswith("# What would be sent: openai.gpt-4.1 over v1\n")
    assert "What is 2 + 2?" in program
    compile(program, "program", "exec")
    assert "/openai/v1/chat/completions" in command
    with pytest.raises(UsageError, match="no export of the kind 'markdown'"):
        preview.export("markdown")


def test_over_the_emulator_the_export_says_so() -> None:
    assert "This is the built-in emulator" in look(connect()).export("curl")
