"""File search and several answers where a model server stands behind the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.backends import Server
from tests.emulator.client import GPT, LLAMA, connect_openai
from tests.emulator.files_client import REFUNDS, make_store
from tests.emulator.responses_client import ask, find_text, stream

ASKED = "How many days does a refund take?"


@pytest.fixture(scope="module")
def backend() -> Iterator[Server]:
    """A backend that quotes a file."""
    server = Server()
    server.deltas = [{"content": "Refunds are paid"}, {"content": " within 14 days, it says."}]
    yield server
    server.stop()


@pytest.fixture(scope="module")
def front(backend: Server) -> Iterator[Service]:
    """The emulator before it."""
    with emulator.start(backend=backend.url, backend_model="some-model") as service:
        yield service


def test_the_backend_reads_what_was_found_and_its_quotes_are_cited(
    front: Service, backend: Server
) -> None:
    tool = {"type": "file_search", "vector_store_ids": [make_store(front, refunds=REFUNDS)]}
    backend.asked.clear()
    response = ask(front, model=GPT, input=ASKED, tools=[tool])
    search, message = response["output"]
    assert search["type"] == "file_search_call"
    [citation] = message["content"][0]["annotations"]
    assert (citation["filename"], citation["index"]) == ("refunds.md", len("Refunds are paid") + 15)
    [asked] = backend.asked
    *_, question, call, result = asked["messages"]
    assert question["content"] == ASKED
    assert call["tool_calls"][0]["function"]["name"] == "file_search"
    assert result["content"] == f"[refunds.md]\n{REFUNDS.decode()}"


def test_a_streamed_answer_comes_after_the_search(front: Service) -> None:
    tool = {"type": "file_search", "vector_store_ids": [make_store(front, refunds=REFUNDS)]}
    events = stream(front, model=GPT, input=ASKED, tools=[tool])
    kinds = [event["type"].removeprefix("response.") for event in events]
    assert kinds[2:7] == [
        "output_item.added",
        "file_search_call.in_progress",
        "file_search_call.searching",
        "file_search_call.completed",
        "output_item.done",
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    final = events[-1]["response"]
    assert [item["type"] for item in final["output"]] == ["file_search_call", "message"]
    assert find_text(final) == "Refunds are paid within 14 days, it says."


def test_each_of_several_answers_is_asked_for_with_a_seed_of_its_own(
    front: Service, backend: Server
) -> None:
    backend.asked.clear()
    with connect_openai(front) as client:
        answer = client.chat.completions.create(
            model=LLAMA, messages=[{"role": "user", "content": "hi"}], n=2, seed=5, logprobs=True
        )
    assert [choice.logprobs for choice in answer.choices] == [None, None]
    assert [asked["seed"] for asked in backend.asked] == [5, 6]
