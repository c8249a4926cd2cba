"""What the service says no to before it looks at the question, and in which words."""

from __future__ import annotations

import json
import logging
import re
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from tests.emulator.client import (
    CHAT,
    GEMINI,
    GPT_5,
    GPT_OSS,
    LLAMA,
    connect,
    post_raw,
    read_all,
    write_body,
)

NOT_AUTHENTICATED = {
    "code": "NotAuthenticated",
    "message": "The required information to complete authentication was not provided "
    "or was incorrect.",
}
NOT_AUTHORIZED = {
    "code": "NotAuthorizedOrNotFound",
    "message": "Authorization failed or requested resource not found.",
}
HEX = "[0-9A-F]{32}"
RESPONSES = "/openai/v1/responses"


def test_every_failed_authentication_gets_the_same_answer(service: Service) -> None:
    with connect(service, signed=False) as client:
        answers = [
            client.post(CHAT, json=write_body()),
            client.post(CHAT, json=write_body(), headers={"authorization": "Bearer sk-secret"}),
            client.post(CHAT, json=write_body(), headers={"authorization": "Signature x"}),
            client.get("/nowhere"),
        ]
    assert [(a.status_code, a.json()) for a in answers] == [(401, NOT_AUTHENTICATED)] * 4
    assert [entry.refused for entry in service.journal] == [
        "no Authorization header",
        "no such GenAI API key",
        "the Authorization header does not parse",
        "no Authorization header",
    ]
    assert "sk-secret" not in repr([(e, e.headers, e.body) for e in service.journal])


@pytest.mark.parametrize("offset", [-310, 310])
def test_a_skewed_clock_is_refused_and_the_date_header_shows_by_how_much(
    service: Service, offset: int
) -> None:
    service.clock_offset = offset
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body())
    assert answer.status_code == 401
    shown = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
    assert abs(shown - offset) < 60
    assert "off the server's clock" in (service.journal.last.refused or "")


def test_a_repeated_header_is_refused(service: Service) -> None:
    extra = [("x-extra", "1"), ("x-extra", "2"), ("connection", "close")]
    with post_raw(service, write_body(), extra=extra) as connection:
        assert read_all(connection).startswith(b"HTTP/1.1 401 ")
    assert service.journal.last.refused == "repeated headers: x-extra"


def test_a_path_that_the_service_lacks_says_so(service: Service) -> None:
    with connect(service) as client:
        answers = [client.get(path) for path in ("/", "/openai/v1/models", CHAT + "/")]
    expected = {"code": "404", "message": "Path doesn't map to a registered service!"}
    assert [(a.status_code, a.json()) for a in answers] == [(404, expected)] * 3


def test_chat_completions_only_take_post(service: Service) -> None:
    with connect(service) as client:
        answer = client.get(CHAT)
    assert (answer.status_code, answer.json()["code"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (CHAT, "cohere.command-r-plus-08-2024"),
        (CHAT, "cohere.command-r-08-2024"),
        (CHAT, "cohere.embed-v4.0"),
        ("/openai/v1/embeddings", "cohere.embed-v4.0"),
    ],
)
def test_what_the_compatible_endpoint_lacks_is_unsupported(
    service: Service, path: str, model: str
) -> None:
    with connect(service) as client:
        answer = client.post(path, json=write_body(model))
    assert answer.status_code == 400
    assert answer.json() == {"code": "400", "message": "Unsupported OpenAI operation"}


@pytest.mark.parametrize("profile", ["DEFAULT", "TYPICAL"])
def test_an_unknown_model_is_not_found_by_its_name(service: Service, profile: str) -> None:
    with connect(service, profile) as client:
        answer = client.post(CHAT, json=write_body("meta.llama-99"))
    assert answer.status_code == 404
    assert answer.json() == {"code": "404", "message": "Entity with key meta.llama-99 not found"}


@pytest.mark.parametrize("model", [m for m, facts in MODELS.items() if facts["chat_completions"]])
def test_the_default_tenancy_serves_every_chat_model(service: Service, model: str) -> None:
    with connect(service) as client:
        assert client.post(CHAT, json=write_body(model)).status_code == 200
    assert service.journal.last.model == model


def test_an_ordinary_tenancy_lacks_restricted_and_retired_models(service: Service) -> None:
    with connect(service, "TYPICAL") as client:
        restricted = client.post(CHAT, json=write_body(GPT_5))
        retired = client.post(CHAT, json=write_body("xai.grok-3"))
    assert (restricted.status_code, restricted.json()) == (404, NOT_AUTHORIZED)
    assert retired.json() == {"code": "404", "message": "Entity with key xai.grok-3 not found"}


@pytest.mark.parametrize(
    "model", [GPT_OSS, LLAMA, "xai.grok-4.3", "xai.grok-4.20-reasoning", GEMINI]
)
def test_an_ordinary_tenancy_has_the_usual_models(service: Service, model: str) -> None:
    with connect(service, "TYPICAL") as client:
        assert client.post(CHAT, json=write_body(model)).status_code == 200


@pytest.mark.parametrize(
    ("model", "path", "why"),
    [
        ("meta.lama", CHAT, "no model known here is called so"),
        ("xai.grok-3", CHAT, "the model is not offered on demand in us-chicago-1, or no more"),
        (GPT_5, CHAT, "the model is one that most tenancies can't call"),
        (LLAMA, RESPONSES, "the model does not answer on the Responses API"),
    ],
)
def test_the_journal_and_the_log_tell_why_a_model_was_not_found(
    service: Service, model: str, path: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, "ocigenai_nb.emulator"),
        connect(service, "TYPICAL") as client,
    ):
        assert client.post(path, json=write_body(model)).status_code == 404
    assert service.journal.last.refused == why
    assert caplog.messages == [f"Refused POST {path}: {why}."]


def test_the_journal_tells_what_the_words_about_the_compartment_hide(service: Service) -> None:
    headers = {
        "authorization": f"Bearer {service.genai_api_key}",
        "CompartmentId": service.compartment_id,
    }
    with connect(service, signed=False) as client:
        answer = client.post(CHAT, json=write_body(LLAMA), headers=headers)
    assert answer.json()["message"] == "Compartment ID must be provided."
    assert service.journal.last.refused == "a GenAI API key goes with the header OpenAI-Project"


@pytest.mark.parametrize("model", ["openai.gpt-5.5-pro", "openai.gpt-5-pro"])
def test_a_responses_only_model_is_refused_in_openais_words(service: Service, model: str) -> None:
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body(model))
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "message": "This model is only supported in v1/responses and not in v1/chat/completions.",
        "type": "invalid_request_error",
        "param": "model",
        "code": None,
    }


def test_a_multi_agent_model_is_for_the_responses_api(service: Service) -> None:
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body("xai.grok-4.20-multi-agent"))
    assert answer.status_code == 400
    assert answer.json()["message"] == "Multi Agent requests are not allowed on chat completions"


def test_a_dedicated_endpoint_stands_for_its_model(service: Service) -> None:
    own, foreign = (tenancy.endpoint_id for tenancy in service.tenancies[:2])
    with connect(service) as client:
        answers = [client.post(CHAT, json=write_body(model)) for model in (own, foreign)]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json()["model"] == own


def test_a_compartment_must_be_named_and_be_ones_own(service: Service) -> None:
    default, typical, _ = service.tenancies
    with connect(service) as client:
        del client.headers["CompartmentId"]

        def ask(**headers: str) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.post(CHAT, json=write_body(), headers=named)

        missing = ask()
        foreign = ask(CompartmentId=typical.compartment_id)
        unknown = ask(CompartmentId="ocid1.compartment.oc1..nowhere")
        good = [
            ask(CompartmentId=default.ocid),
            ask(CompartmentId=service.compartment_id),
            ask(opc_compartment_id=service.compartment_id),
        ]
    assert (missing.status_code, missing.json()) == (
        400,
        {"code": "400", "message": "Compartment ID must be provided."},
    )
    assert (foreign.status_code, foreign.json()) == (404, NOT_AUTHORIZED)
    assert (unknown.status_code, unknown.json()) == (
        404,
        {"code": "404", "message": "Entity with key ocid1.compartment.oc1..nowhere not found"},
    )
    assert [answer.status_code for answer in good] == [200, 200, 200]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_in_the_wrong_format(
    service: Service, body: bytes
) -> None:
    with connect(service) as client:
        answer = client.post(CHAT, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "400",
        "message": "Please pass in correct format of request.",
    }


@pytest.mark.parametrize("base", ["/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1"])
def test_chat_completions_answer_at_all_three_bases(service: Service, base: str) -> None:
    with connect(service) as client:
        assert client.post(f"{base}/chat/completions", json=write_body()).status_code == 200


@pytest.mark.parametrize(
    ("given", "first"),
    [("0123456789ABCDEF" * 2, "0123456789ABCDEF" * 2), ("short", HEX), ("", HEX)],
)
def test_a_request_id_begins_with_the_clients_if_it_is_one(
    service: Service, given: str, first: str
) -> None:
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body(), headers={"opc-request-id": given})
    shown = answer.headers["opc-request-id"]
    assert re.fullmatch(f"{first}/{HEX}/{HEX}", shown)
    assert service.journal.last.opc_request_id == shown


def test_every_answer_has_a_request_id_and_a_date(service: Service) -> None:
    with connect(service) as client, connect(service, signed=False) as stranger:
        answers = [
            client.post(CHAT, json=write_body()),
            client.post(CHAT, json=write_body(stream=True)),
            client.post(CHAT, json=write_body("none")),
            client.get("/nowhere"),
            stranger.get("/nowhere"),
        ]
    for answer in answers:
        assert re.fullmatch(f"{HEX}/{HEX}/{HEX}", answer.headers["opc-request-id"])
        assert abs(parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()) < 60


def test_refusals_are_plain_json(service: Service) -> None:
    with connect(service, signed=False) as client:
        answer = client.post(CHAT)
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == NOT_AUTHENTICATED
