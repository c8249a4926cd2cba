"""Files: uploaded, listed, read and deleted, as the `openai` SDK does it."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.emulator.files import store as limits
from ocigenai_nb.emulator.files.multipart import read_form
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import connect
from tests.emulator.files_client import connect_unsigned, upload
from tests.emulator.responses_client import connect_http, connect_sdk

FILES = "/openai/v1/files"


def test_a_file_is_uploaded_retrieved_read_and_deleted(service: Service) -> None:
    content = bytes(range(256)) + b"\r\n--\r\n\n"
    with connect_sdk(service) as client:
        made = client.files.create(file=("a b\u00e9.bin", content), purpose="user_data")
        assert made.id.startswith("file-")
        assert (made.object, made.filename, made.purpose) == ("file", "a b\u00e9.bin", "user_data")
        assert (made.bytes, made.status, made.expires_at) == (len(content), "processed", None)
        assert client.files.retrieve(made.id) == made
        assert client.files.content(made.id).read() == content
        deleted = client.files.delete(made.id)
        assert deleted.model_dump() == {"id": made.id, "object": "file", "deleted": True}
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {made.id}"):
            client.files.retrieve(made.id)


def test_files_are_listed_page_by_page_and_by_purpose(service: Service) -> None:
    ids = [upload(service, f"{number}.txt", b"x") for number in range(3)]
    with connect_sdk(service) as client:
        other = client.files.create(file=("v.png", b"v"), purpose="vision")
        assert [file.id for file in client.files.list(limit=2)] == [other.id, *reversed(ids)]
        first = client.files.list(purpose="assistants", order="asc", limit=2)
        assert ([file.id for file in first.data], first.has_more) == (ids[:2], True)
        assert [file.id for file in first] == ids


def test_a_file_expires_when_it_is_told_to(service: Service) -> None:
    with connect_sdk(service) as client:
        made = client.files.create(
            file=("a.txt", b"a"),
            purpose="assistants",
            expires_after={"anchor": "created_at", "seconds": 3600},
        )
        assert made.expires_at == made.created_at + 3600
    service.clock_offset = 3601
    with connect_unsigned(service, "/openai/v1") as late:
        with pytest.raises(openai.NotFoundError):
            late.files.retrieve(made.id)
        assert list(late.files.list()) == []


def test_another_tenancys_file_is_not_found(service: Service) -> None:
    file_id = upload(service, "a.txt", b"a", "TYPICAL")
    with connect_sdk(service) as client, pytest.raises(openai.NotFoundError):
        client.files.retrieve(file_id)


def test_a_new_start_keeps_no_files(service: Service) -> None:
    upload(service, "a.txt", b"a")
    service.reset()
    with connect_sdk(service) as client:
        assert list(client.files.list()) == []


def test_files_need_a_project(service: Service) -> None:
    with connect_http(service, project="") as client:
        answer = client.get(FILES)
    assert answer.json() == {"code": "400", "message": "Compartment ID must be provided."}


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"data": {"purpose": "assistants"}, "files": {"x": ("x", b"")}}, "file"),
        ({"files": {"file": ("a.txt", b"a")}}, "purpose"),
        ({"data": {"purpose": "fun"}, "files": {"file": ("a.txt", b"a")}}, "purpose"),
        ({"files": {"file": (None, b"a"), "purpose": (None, b"assistants")}}, "file"),
        ({"data": {"purpose": "batch", "expires_after[seconds]": "9"},
          "files": {"file": ("a", b"")}}, "expires_after.anchor"),
        ({"data": {"purpose": "batch", "expires_after[anchor]": "created_at"},
          "files": {"file": ("a", b"")}}, "expires_after.seconds"),
        ({"data": {"purpose": "batch", "expires_after[anchor]": "created_at",
                   "expires_after[seconds]": "9"}, "files": {"file": ("a", b"")}},
         "expires_after.seconds"),
    ],
)  # fmt: skip
def test_a_malformed_upload_is_refused(service: Service, form: dict[str, Any], param: str) -> None:
    with connect_http(service) as client:
        answer = client.post(FILES, **form)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain", ""])
def test_what_is_no_form_is_refused(service: Service, kind: str) -> None:
    with connect_http(service) as client:
        answer = client.post(FILES, content=b"{}", headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, "400")


def test_a_file_that_is_too_large_is_refused(service: Service) -> None:
    content = b"x" * (limits.LARGEST_FILE + 1)
    with connect_sdk(service) as client, pytest.raises(openai.APIStatusError) as refused:
        client.files.create(file=("a.txt", content), purpose="assistants")
    assert refused.value.status_code == 413


def test_there_is_an_end_to_how_much_is_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    upload(service, "a.txt", b"12345678")
    with connect_http(service) as client:
        data, files = {"purpose": "assistants"}, {"file": ("b.txt", b"123")}
        answer = client.post(FILES, data=data, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "LimitExceeded")


def test_the_methods_of_a_file_are_these(service: Service) -> None:
    with connect(service) as client:
        assert client.put(f"{FILES}/x", json={}).status_code == 405


@given(st.binary(max_size=200), st.text('ab"%;=\u00e9\u65e5', min_size=1, max_size=9))
def test_any_bytes_and_names_come_through_a_form(content: bytes, name: str) -> None:
    request = httpx.Request("POST", "http://x", files={"file": (name, content)}, data={"a": "b"})
    form = read_form(request.headers["content-type"], request.read())
    assert form is not None
    assert (form["file"].content, form["a"].text, form["a"].filename) == (content, "b", None)
    assert form["file"].filename == name.replace('"', "%22")


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reading_of_a_form(body: bytes) -> None:
    assert read_form("multipart/form-data; boundary=b", b"--b\r\n" + body) is not None
