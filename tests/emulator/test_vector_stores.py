"""Vector stores: made on the control plane, filled and searched on the data plane."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.files import store as limits
from ocigenai_nb.emulator.files.searching import matches
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import connect
from tests.emulator.files_client import (
    CONTROL,
    HOURS,
    REFUNDS,
    STORES,
    connect_control,
    connect_unsigned,
    make_store,
    upload,
)
from tests.emulator.mutations import mutate
from tests.emulator.responses_client import connect_http, connect_sdk

DATA = "/openai/v1/vector_stores"


def test_a_store_is_made_changed_listed_and_deleted(service: Service) -> None:
    with connect_control(service) as client:
        made = client.vector_stores.create(name="one", metadata={"a": "b"})
        assert made.id.startswith("vs_")
        assert (made.object, made.status, made.usage_bytes) == ("vector_store", "completed", 0)
        assert made.file_counts.total == 0
        changed = client.vector_stores.update(made.id, name="two")
        assert (changed.name, changed.metadata) == ("two", {"a": "b"})
        assert client.vector_stores.retrieve(made.id) == changed
        other = client.vector_stores.create()
        assert [store.id for store in client.vector_stores.list(limit=1)] == [other.id, made.id]
        deleted = client.vector_stores.delete(made.id)
        assert (deleted.object, deleted.deleted) == ("vector_store.deleted", True)
        with pytest.raises(openai.NotFoundError, match=f"'{made.id}' not found"):
            client.vector_stores.retrieve(made.id)


@pytest.mark.parametrize("base", ["/openai/v1", "/20231130/actions/v1"])
def test_the_data_plane_makes_no_stores(service: Service, base: str) -> None:
    with connect_http(service) as client:
        answers = [client.post(f"{base}/vector_stores", json={}), client.get(f"{DATA}/vs_1")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["message"] == "Path doesn't map to a registered service!"


def test_the_journal_says_where_stores_are_made(service: Service) -> None:
    with connect(service) as client:
        assert client.post("/openai/v1/vector_stores", json={}).status_code == 404
    assert service.journal.last.refused == (
        "vector stores are made, listed and deleted below /20231130/openai/v1"
    )


def test_files_are_attached_updated_read_and_detached(service: Service) -> None:
    store_id, file_id = make_store(service), upload(service, "refunds.md", REFUNDS)
    with connect_sdk(service) as client:
        files = client.vector_stores.files
        made = files.create(store_id, file_id=file_id, attributes={"year": 2026})
        assert (made.id, made.status, made.last_error) == (file_id, "completed", None)
        assert (made.attributes, made.usage_bytes) == ({"year": 2026.0}, len(REFUNDS))
        assert made.chunking_strategy is not None
        changed = files.update(file_id, vector_store_id=store_id, attributes={"new": True})
        assert changed.attributes == {"new": True}
        assert files.retrieve(file_id, vector_store_id=store_id) == changed
        assert [file.id for file in files.list(store_id)] == [file_id]
        [part] = files.content(file_id, vector_store_id=store_id)
        assert part.text == REFUNDS.decode()
        assert files.delete(file_id, vector_store_id=store_id).deleted
        assert list(files.list(store_id)) == []
        assert client.files.retrieve(file_id).id == file_id


def test_a_deleted_file_is_in_no_store(service: Service) -> None:
    store_id = make_store(service, refunds=REFUNDS)
    with connect_sdk(service) as client:
        [file] = client.vector_stores.files.list(store_id)
        client.files.delete(file.id)
        assert list(client.vector_stores.files.list(store_id)) == []


def test_the_sdk_uploads_and_polls_until_a_file_is_ready(service: Service) -> None:
    store_id = make_store(service)
    with connect_sdk(service) as client:
        stores = client.vector_stores
        file = stores.files.upload_and_poll(vector_store_id=store_id, file=("a.md", REFUNDS))
        assert file.status == "completed"
        texts = [("b.md", HOURS), ("c.md", REFUNDS)]
        batch = stores.file_batches.upload_and_poll(store_id, files=texts)
        assert (batch.status, batch.file_counts.completed) == ("completed", 2)
        listed = stores.file_batches.list_files(batch.id, vector_store_id=store_id)
        assert len(list(listed)) == 2
        assert stores.file_batches.cancel(batch.id, vector_store_id=store_id).id == batch.id
        assert len(list(stores.files.list(store_id))) == 3


def test_a_batch_may_say_more_of_each_file(service: Service) -> None:
    store_id, file_id = make_store(service), upload(service, "refunds.md", REFUNDS)
    with connect_sdk(service) as client:
        client.vector_stores.file_batches.create(
            store_id, files=[{"file_id": file_id, "attributes": {"lang": "en"}}]
        )
        [file] = client.vector_stores.files.list(store_id)
    assert file.attributes == {"lang": "en"}


def test_what_is_no_text_cannot_be_indexed(service: Service) -> None:
    store_id = make_store(service, broken=b"%PDF-1.7\xff\xfe\x00", fine=HOURS)
    with connect_sdk(service) as client:
        [failed] = client.vector_stores.files.list(store_id, filter="failed")
    assert failed.last_error is not None
    assert failed.last_error.code == "unsupported_file"
    with connect_control(service) as control:
        counts = control.vector_stores.retrieve(store_id).file_counts
    assert (counts.failed, counts.completed, counts.total) == (1, 1, 2)


def test_a_long_file_is_cut_into_chunks_that_overlap(service: Service) -> None:
    text = " ".join(f"w{number}" for number in range(400)).encode()
    store_id, file_id = make_store(service), upload(service, "long.txt", text)
    static: Any = {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}
    with connect_sdk(service) as client:
        client.vector_stores.files.create(
            store_id,
            file_id=file_id,
            chunking_strategy={"type": "static", "static": static},
        )
        content = client.vector_stores.files.content(file_id, vector_store_id=store_id)
        chunks = [part.text or "" for part in content]
    assert [len(chunk.split()) for chunk in chunks] == [200, 200, 100]
    assert chunks[0].split()[-50:] == chunks[1].split()[:50]


def test_the_most_relevant_chunk_is_found_first(service: Service) -> None:
    store_id = make_store(service, refunds=REFUNDS, hours=HOURS)
    with connect_sdk(service) as client:
        page = client.vector_stores.search(store_id, query="When is the shop closed?")
        first, second = page.data
    assert (first.filename, second.filename) == ("hours.md", "refunds.md")
    assert first.content[0].text == HOURS.decode()
    assert 1 >= first.score > second.score >= 0


def test_a_search_keeps_to_its_limits_and_filters(service: Service) -> None:
    store_id = make_store(service, refunds=REFUNDS, hours=HOURS)
    with connect_sdk(service) as client:
        [one] = client.vector_stores.search(store_id, query=["refund", "receipt"],
                                            max_num_results=1)  # fmt: skip
        assert one.filename == "refunds.md"
        options: Any = {"score_threshold": 0.99}
        assert not list(
            client.vector_stores.search(store_id, query="Mars", ranking_options=options)
        )
        client.vector_stores.files.update(
            one.file_id, vector_store_id=store_id, attributes={"year": 2026}
        )
        [found] = client.vector_stores.search(
            store_id, query="shop", filters={"type": "gte", "key": "year", "value": 2026}
        )
    assert found.file_id == one.file_id


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("eq", 5, True), ("ne", 5, False), ("gt", 4, True), ("gt", 5, False), ("gte", 5, True),
        ("lt", 6, True), ("lte", 4, False), ("in", [1, 5], True), ("nin", [5], False),
        ("eq", "5", False),
    ],
)  # fmt: skip
def test_attributes_are_compared(kind: str, value: Any, *, fits: bool) -> None:
    one = {"type": kind, "key": "n", "value": value}
    assert matches(one, {"n": 5}) is fits
    assert matches({"type": "and", "filters": [one, one]}, {"n": 5}) is fits
    no = {"type": "eq", "key": "gone", "value": 1}
    assert matches({"type": "or", "filters": [no, one]}, {"n": 5}) is fits
    assert not matches({"type": "and", "filters": [no, one]}, {"n": 5})
    assert not matches({"type": "gt", "key": "n", "value": 1}, {"n": "text"})


def test_an_expired_store_is_not_searched(service: Service) -> None:
    with connect_control(service) as client:
        made = client.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 1})
        assert made.expires_at == made.created_at + 24 * 3600
    service.clock_offset = 25 * 3600
    with connect_unsigned(service, CONTROL) as late:
        assert late.vector_stores.retrieve(made.id).status == "expired"
    expired = pytest.raises(openai.BadRequestError, match="is expired")
    with connect_unsigned(service, "/openai/v1") as late, expired:
        late.vector_stores.search(made.id, query="x")


def test_a_search_needs_no_project_but_the_files_do(service: Service) -> None:
    store_id = make_store(service, refunds=REFUNDS)
    with connect(service) as client:
        assert client.post(f"{DATA}/{store_id}/search", json={"query": "x"}).status_code == 200
        answer = client.get(f"{DATA}/{store_id}/files")
    assert answer.json()["message"] == "Compartment ID must be provided."


def test_another_tenancys_store_is_not_found(service: Service) -> None:
    store_id = make_store(service, "TYPICAL")
    with connect_control(service) as client, pytest.raises(openai.NotFoundError):
        client.vector_stores.retrieve(store_id)


def test_there_is_an_end_to_how_many_stores_are_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = make_store(service, refunds=REFUNDS)
    monkeypatch.setattr(limits, "MOST_BYTES", 2 * len(REFUNDS))
    with connect_http(service) as client:
        [file] = client.get(f"{DATA}/{full}/files").json()["data"]
        again = {"file_ids": [file["id"]]}
        answers = [client.post(STORES, json=again) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    service.reset()
    monkeypatch.setattr(limits, "MOST_STORES", 1)
    make_store(service)
    with connect(service) as client:
        answer = client.post(STORES, json={})
    assert (answer.status_code, answer.json()["code"]) == (400, "LimitExceeded")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("", {"name": 5}, "name"),
        ("", {"metadata": {"a": 5}}, "metadata.a"),
        ("", {"file_ids": "x"}, "file_ids"),
        ("", {"file_ids": [5]}, "file_ids[0]"),
        ("", {"expires_after": {"anchor": "now", "days": 1}}, "expires_after.anchor"),
        ("", {"expires_after": {"anchor": "last_active_at", "days": 0}}, "expires_after.days"),
        ("", {"chunking_strategy": {"type": "x"}}, "chunking_strategy.type"),
        ("", {"chunking_strategy": {"type": "static"}}, "chunking_strategy.static"),
        ("/files", {}, "file_id"),
        ("/files", {"file_id": 5}, "file_id"),
        ("/files", {"file_id": "x", "attributes": {"a": [1]}}, "attributes.a"),
        ("/file_batches", {}, "file_ids"),
        ("/file_batches", {"file_ids": []}, "file_ids"),
        ("/file_batches", {"files": ["x"]}, "files[0]"),
        ("/search", {}, "query"),
        ("/search", {"query": []}, "query"),
        ("/search", {"query": [5]}, "query[0]"),
        ("/search", {"query": "x", "max_num_results": 51}, "max_num_results"),
        ("/search", {"query": "x", "ranking_options": {"ranker": "x"}}, "ranking_options.ranker"),
        ("/search", {"query": "x", "ranking_options": {"score_threshold": 2}},
         "ranking_options.score_threshold"),
        ("/search", {"query": "x", "filters": {"type": "like"}}, "filters.type"),
        ("/search", {"query": "x", "filters": {"type": "and", "filters": [{}]}},
         "filters.filters[0].type"),
        ("/search", {"query": "x", "filters": {"type": "eq", "key": "a"}}, "filters.value"),
        ("/search", {"query": "x", "filters": {"type": "in", "key": "a", "value": 1}},
         "filters.value"),
    ],
)  # fmt: skip
def test_a_malformed_parameter_is_named(
    service: Service, path: str, body: dict[str, Any], param: str
) -> None:
    store_id = make_store(service)
    with connect_http(service) as client:
        answer = client.post(f"{DATA}/{store_id}{path}" if path else STORES, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


MUTABLE: dict[str, dict[str, Any]] = {
    "": {
        "name": "n",
        "description": "d",
        "file_ids": ["file-x"],
        "metadata": {"a": "b"},
        "expires_after": {"anchor": "last_active_at", "days": 1},
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 5},
        },
    },
    "/files": {"file_id": "file-x", "attributes": {"a": 1}},
    "/file_batches": {"files": [{"file_id": "file-x", "attributes": {"a": True}}]},
    "/search": {
        "query": ["x", "y"],
        "max_num_results": 3,
        "rewrite_query": True,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
        "filters": {"type": "or", "filters": [{"type": "in", "key": "a", "value": [1]}]},
    },
}


@pytest.mark.parametrize("path", MUTABLE)
def test_no_misfit_breaks_the_service(service: Service, path: str) -> None:
    store_id = make_store(service, refunds=REFUNDS)
    with connect_http(service) as client:
        for body in mutate(MUTABLE[path]):
            url = f"{DATA}/{store_id}{path}" if path else STORES
            content = json.dumps(body)
            answer = client.post(url, content=content, headers={"content-type": "application/json"})
            assert answer.status_code in (200, 400, 404), body


@pytest.mark.parametrize(
    "path",
    ["vs_x/files", "vs_x/search", "{}/files/file-x", "{}/file_batches/vsfb_x",
     "{}/files/file-x/content"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(service: Service, path: str) -> None:
    path = f"{DATA}/{path.format(make_store(service))}"
    with connect_http(service) as client:
        body = {"query": "x"}
        answer = client.post(path, json=body) if path.endswith("search") else client.get(path)
    assert answer.status_code == 404
    assert "found" in answer.json()["error"]["message"]
