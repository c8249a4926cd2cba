"""`connection.models()`: the service's list, what is known besides, and what a probe shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pandas as pd
import pytest

from ocigenai_nb import Connection, Journal, OCIGenAIError, connect
from ocigenai_nb.core.errors import (
    ConnectionFailedError,
    MalformedStreamError,
    NotFoundError,
    TransportUnavailableError,
)
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from ocigenai_nb.transports import control_plane
from ocigenai_nb.transports.loop import io_thread

LLAMA = "meta.llama-3.3-70b-instruct"
REASONING = "cohere.command-a-reasoning"
AGENTS = "xai.grok-4.20-multi-agent"


@pytest.fixture
def typical(service: Service) -> Iterator[Connection]:
    """As most tenancies are."""
    with Journal() as journal:
        made = connect("TYPICAL", config_file=service.config_file, journal=journal)
        yield made
        io_thread().run(made._client.aclose())


@pytest.fixture
def team(service: Service) -> Iterator[Connection]:
    """In the compartment that has a dedicated endpoint."""
    made = connect(config_file=service.config_file, compartment_id=service.compartment_id)
    yield made
    io_thread().run(made._client.aclose())


def row(models: pd.DataFrame, name: str) -> dict[str, Any]:
    """The one row of a model."""
    (found,) = models[models.model == name].to_dict("records")
    return {str(column): value for column, value in found.items()}


def test_each_model_is_a_row_with_what_is_known_of_it(typical: Connection) -> None:
    models = typical.models()
    assert models.model.is_unique
    found, facts = row(models, LLAMA), MODELS[LLAMA]
    assert (found["access"], found["transport"], found["kind"]) == ("on demand", "v1", "chat")
    assert found["context_tokens"] == facts["context_tokens"]
    assert found["input_price"] == facts["input_price"]
    assert found["capabilities"] == "tools"
    assert found["ocid"].startswith("ocid1.generativeaimodel.oc1.us-chicago-1.")


def test_what_can_be_called_comes_first_and_what_can_not_says_why(typical: Connection) -> None:
    models = typical.models()
    order = ["on demand", "not known", "dedicated only", "retired"]
    assert list(models.access.unique()) == order
    assert row(models, "xai.grok-3")["ends"] == pd.Timestamp("2026-08-15")
    assert row(models, "cohere.rerank-v4.0-pro")["access"] == "dedicated only"
    assert row(models, REASONING)["access"] == "not known"  # listed without any date
    assert "openai.gpt-5.5" not in set(models.model)


def test_it_is_two_signed_lists_without_a_probe(typical: Connection, service: Service) -> None:
    models = typical.models()
    assert "answered" not in models
    paths = [entry.path.partition("?")[0] for entry in service.journal]
    assert set(paths) == {"/20231130/models", "/20231130/endpoints"}
    assert service.journal.last.key_id_kind == "api_key"


def test_every_page_is_read(
    typical: Connection, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = typical.models()
    service.journal.clear()
    monkeypatch.setattr(control_plane, "_LIMIT", 7)
    assert typical.models().equals(whole)
    assert len(service.journal) > 8


def test_a_dedicated_endpoint_is_a_row_that_says_what_it_serves(team: Connection) -> None:
    models = team.models()
    (endpoint,) = models[models.access == "endpoint"].to_dict("records")
    assert endpoint["model"] == endpoint["ocid"]
    assert (endpoint["base"], endpoint["kind"], endpoint["transport"]) == (LLAMA, "chat", "sdk")
    assert endpoint["context_tokens"] == MODELS[LLAMA]["context_tokens"]
    assert endpoint["note"] == "emulated-endpoint"
    assert pd.isna(endpoint["input_price"])  # its cluster is paid by the hour
    assert team.chat(endpoint["model"]).send("What is 17 * 23?").text == "17 * 23 = 391"
    assert list(models.access.unique())[:2] == ["on demand", "endpoint"]


def test_a_probe_asks_endpoints_too(team: Connection) -> None:
    models = team.models(probe=True)
    (endpoint,) = models[models.access == "endpoint"].to_dict("records")
    assert endpoint["answered"] is True
    assert pd.isna(endpoint["cost"])


def test_who_may_list_models_alone_is_told_that_endpoints_are_missing(
    team: Connection, service: Service
) -> None:
    with (
        service.fault("status", status=404, path="/20231130/endpoints"),
        pytest.warns(UserWarning, match="Dedicated endpoints are not in the table") as told,
    ):
        models = team.models()
    assert "endpoint" not in set(models.access)
    assert LLAMA in set(models.model)
    assert told[0].filename == __file__  # the line of whoever called


def test_a_probe_shows_who_answers_and_what_it_cost(typical: Connection, service: Service) -> None:
    models = typical.models(probe=True)
    answered = row(models, LLAMA)
    assert answered["answered"] is True
    assert answered["seconds"] > 0
    assert 0 < answered["cost"] < 0.001
    refused = row(models, REASONING)
    assert refused["answered"] is False
    assert refused["error"].startswith("NotFoundError: ")
    assert row(models, AGENTS)["error"].startswith("OCIProjectRequiredError: ")


def test_only_chat_models_that_may_answer_are_probed_and_each_once(
    typical: Connection, service: Service
) -> None:
    models = typical.models(probe=True)
    probed = models[models.answered.notna()]
    assert set(probed.kind) == {"chat"}
    assert set(probed.access) == {"on demand", "not known"}
    asked = [entry.model for entry in service.journal if entry.model is not None]
    assert sorted(asked) == sorted(probed.model)


def test_an_ocid_of_the_list_answers_as_its_name_does(connection: Connection) -> None:
    ocid = row(connection.models(), LLAMA)["ocid"]
    client = connection.openai()
    message = {"role": "user", "content": "What is 17 * 23?"}
    answer = client.chat.completions.create(model=ocid, messages=[message])  # type: ignore[list-item]
    assert answer.choices[0].message.content == "17 * 23 = 391"


def test_the_journal_has_none_of_it(typical: Connection) -> None:
    typical.models(probe=True)
    assert not len(typical.journal)


def test_a_missing_policy_is_told_with_the_statement_to_copy(
    typical: Connection, service: Service
) -> None:
    service.denied_kinds = frozenset({"api_key"})
    with pytest.raises(NotFoundError) as refused:
        typical.models()
    assert "use generative-ai-family" in refused.value.remedy


def test_a_throttled_list_is_asked_again(typical: Connection, service: Service) -> None:
    with service.fault("status", status=429, retry_after=0.01, path="/20231130/models"):
        assert len(typical.models()) > 50


def test_an_api_key_can_list_nothing_and_sends_nothing(service: Service) -> None:
    genai = connect(
        api_key=service.genai_api_key,
        project=service.project_id,
        compartment_id=service.compartment_id,
        endpoint=service.url,
    )
    with pytest.raises(TransportUnavailableError, match="control plane"):
        genai.models()
    assert not list(service.journal)


def test_where_nobody_answers_the_error_names_the_control_plane(
    typical: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_plane, "control_endpoint", lambda _: "http://127.0.0.1:1")
    with pytest.raises(ConnectionFailedError, match=r"No connection to http://127\.0\.0\.1:1:"):
        typical.models()


@contextmanager
def serve(body: object, **headers: str) -> Iterator[str]:
    """A server that answers every GET the same; its root."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {"a": 1}}, [], "models"])
def test_an_answer_that_is_no_list_is_told(service: Service, body: object) -> None:
    with serve(body) as root, pytest.raises(MalformedStreamError):
        connect(config_file=service.config_file, endpoint=root).models()


def test_a_list_whose_next_page_is_the_same_one_ends(service: Service) -> None:
    with serve({"items": [None, {}]}, **{"opc-next-page": "same"}) as root:
        models = connect(config_file=service.config_file, endpoint=root).models()
    assert models.empty
    assert "model" in models


def test_unknown_options_are_refused(typical: Connection) -> None:
    with pytest.raises(OCIGenAIError, match="prob"):
        typical.models(prob=True)  # type: ignore[call-arg]
