"""`rerankText` as the `oci` SDK speaks it, and as it was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import oci
import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import LLAMA, connect
from tests.emulator.native_client import BAD_FORMAT, connect_oci, find_shape

RERANK = "cohere.rerank-v4.0-fast"
CAPITALS = [
    "Carson City is the capital of Nevada.",
    "Bananas are rich in potassium.",
    "Washington, D.C. is the capital of the United States.",
    "A kitten slept in the sun.",
]
QUESTION = "What is the capital of the United States?"


@pytest.fixture(scope="module")
def client(running_service: Service) -> Iterator[Any]:
    client = connect_oci(running_service)
    with contextlib.closing(client.base_client.session):
        yield client


def rank(client: Any, service: Service, query: str = QUESTION, **more: Any) -> Any:
    model = more.pop("model", RERANK)
    details = {"documents": CAPITALS, **more}
    return client.rerank_text(
        models.RerankTextDetails(
            compartment_id=service.compartment_id,
            serving_mode=models.OnDemandServingMode(model_id=model),
            input=query,
            **details,
        )
    ).data


def refuse(client: Any, service: Service, **more: Any) -> tuple[int, str, str]:
    with pytest.raises(oci.exceptions.ServiceError) as raised:
        rank(client, service, **more)
    return raised.value.status, raised.value.code, raised.value.message


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (QUESTION, 2),
        ("What is Nevada's capital?", 0),
        ("Where did the cat sleep?", 3),
        ("Which fruit has potassium?", 1),
    ],
)
def test_the_relevant_document_comes_first(
    client: Any, service: Service, query: str, first: int
) -> None:
    ranks = rank(client, service, query).document_ranks
    scores = [found.relevance_score for found in ranks]
    assert ranks[0].index == first
    assert sorted(found.index for found in ranks) == [0, 1, 2, 3]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_the_same_request_has_the_same_answer(client: Any, service: Service) -> None:
    one, other = (rank(client, service).document_ranks for _ in range(2))
    assert one == other


def test_as_many_come_as_asked_for(client: Any, service: Service) -> None:
    assert [len(rank(client, service, top_n=n).document_ranks) for n in (1, 2, 9)] == [1, 2, 4]


def test_an_echo_has_the_documents(client: Any, service: Service) -> None:
    assert rank(client, service).document_ranks[0].document is None
    ranks = rank(client, service, is_echo=True).document_ranks
    assert [found.document.text for found in ranks] == [CAPITALS[found.index] for found in ranks]


def test_documents_can_be_cut(client: Any, service: Service) -> None:
    documents = ["one two three capital", "capital"]
    (first, _) = rank(
        client, service, "capital", documents=documents, max_tokens_per_document=3
    ).document_ranks
    assert first.index == 1


def test_an_answer_has_the_shape_that_was_recorded(service: Service) -> None:
    """Of cohere.rerank-v4.0-fast with topN 2, in September 2026; it has no version."""
    envelope = {
        "compartmentId": service.compartment_id,
        "servingMode": {"servingType": "ON_DEMAND", "modelId": RERANK},
        "input": QUESTION,
        "documents": CAPITALS,
        "topN": 2,
    }
    with connect(service) as client:
        answer = client.post("/20231130/actions/rerankText", json=envelope)
    assert answer.headers["content-type"] == "application/json"
    assert find_shape(answer.json()) == {
        "id": "str",
        "modelId": "str",
        "documentRanks": [{"index": "int", "relevanceScore": "float"}] * 2,
    }
    assert answer.json()["id"].count("/") == 2


def test_refusals_are_in_the_services_words(client: Any, service: Service) -> None:
    assert refuse(client, service, documents=[]) == BAD_FORMAT
    assert refuse(client, service, model=LLAMA) == BAD_FORMAT
    assert refuse(client, service, model="cohere.none")[0] == 404
    status, _, words = refuse(client, service, top_n=0)
    assert (status, words.partition(":")[0]) == (400, "Invalid 'topN'")
