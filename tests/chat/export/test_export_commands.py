"""Exported commands, run by a real shell whose `curl` and `oci` put down what they are given."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocigenai_nb import Image, Message
from ocigenai_nb.chat.export import export
from ocigenai_nb.chat.export.ran import Ran
from ocigenai_nb.chat.reply import Raw, Reply, Timing
from ocigenai_nb.core.routing import Settings, route
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.core.thread import Answer, fold
from tests.chat.export.asker import Asker
from tests.transports.subject import COHERE_R, COUNT, GPT, LLAMA

HOSTILE: Final = "Say exactly: \"'\\ $HOME `id` $(id) !! \u202e\U0001f600 é\nBODY\n\r\t."
_NOTING: Final = """
note() { for word in "$@"; do printf '%s\\0' "$word"; done; }
curl() { note "$@" > words; cat > body; }
oci() { note "$@" > words; cp request.json body; }
"""


@dataclass(frozen=True)
class Given:
    """What a command was given."""

    words: list[str]
    body: Any

    def after(self, option: str) -> list[str]:
        """The values of an option."""
        return [self.words[n + 1] for n, word in enumerate(self.words) if word == option]


def run(source: str, folder: Path, **env: str) -> Given:
    done = subprocess.run(
        ["/bin/sh"],
        input=(_NOTING + source).encode(),
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    words = (folder / "words").read_bytes().decode().split("\0")[:-1]
    return Given(words, json.loads((folder / "body").read_bytes()))


def send(given: Given) -> str:
    """Send what curl was told to, and return what came."""
    (address,) = [word for word in given.words if word.startswith("http")]
    parts = urlsplit(address)
    headers = dict(header.split(": ", 1) for header in given.after("-H"))
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    connection.request("POST", parts.path, json.dumps(given.body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, text
    return text


@pytest.mark.parametrize(("model", "transport"), [(LLAMA, "v1"), (GPT, "responses")])
def test_curl_sends_the_same_with_a_key_from_the_environment(
    asker: Asker, tmp_path: Path, model: str, transport: str
) -> None:
    service = asker.service
    reply = asker.ask(HOSTILE, model, transport=transport, stream=False)
    source = export(reply, "curl")
    keys = {"OCI_GENAI_API_KEY": service.genai_api_key, "OCI_GENAI_PROJECT": service.project_id}
    given = run(source, tmp_path, **keys)
    assert given.body == reply.raw.request
    assert service.genai_api_key not in source
    assert json.dumps(reply.text) in json.dumps(json.loads(send(given)))
    assert service.journal.last.body == reply.raw.request


def test_a_project_that_is_known_is_named(asker: Asker, tmp_path: Path) -> None:
    project = asker.service.project_id
    reply = asker.ask(COUNT, connection=asker.connect(project=project))
    given = run(export(reply, "curl"), tmp_path, OCI_GENAI_API_KEY=asker.service.genai_api_key)
    assert f"OpenAI-Project: {project}" in given.after("-H")
    assert '"19"' in send(given) or " 19" in send(given)


def test_curl_can_not_sign_so_the_native_api_is_called_by_oracles_command(
    asker: Asker, tmp_path: Path
) -> None:
    reply = asker.ask(HOSTILE, COHERE_R, connection=asker.connect(profile="SESSION"))
    source = export(reply, "curl")
    assert "curl can't sign" in source
    given = run(source, tmp_path)
    assert given.words == [
        "raw-request",
        "--http-method",
        "POST",
        "--target-uri",
        f"{asker.service.url}/20231130/actions/chat",
        "--request-body",
        "file://request.json",
        "--config-file",
        str(asker.service.config_file),
        "--profile",
        "SESSION",
        "--auth",
        "security_token",
    ]
    assert given.body == reply.raw.request


def test_a_principal_has_no_key_so_oracles_command_signs_for_it(
    asker: Asker, tmp_path: Path
) -> None:
    os.environ |= asker.service.resource_principal_env()
    connection = asker.connect_without_profile(auth_type="resource_principal")
    reply = asker.ask(COUNT, connection=connection)
    given = run(export(reply, "curl"), tmp_path)
    assert given.after("--auth") == ["resource_principal"]
    headers = json.loads(given.after("--request-headers")[0])
    assert headers["CompartmentId"] == asker.service.compartment_id
    assert given.body == reply.raw.request


def test_a_large_picture_leaves_its_name_in_its_place(asker: Asker, tmp_path: Path) -> None:
    prompt = Message.user("What?", Image.from_bytes(bytes(9_000), "image/png"))
    source = export(asker.ask(prompt, "meta.llama-3.2-90b-vision-instruct"), "curl")
    assert len(source) < 3_000
    assert "data:image/png;base64,image-1.png" in source
    assert "(9,000 bytes) was left out" in source


def make_reply(text: str) -> Reply:
    """A reply whose every text is the same."""
    named = Sourced(text, text)
    root = Sourced("http://127.0.0.1:1", "argument endpoint")
    found = route(LLAMA, Settings(named, Sourced("api_key", ""), named, named, root, named, named))
    body = {"model": text, "messages": [{"role": "user", "content": text}], text: [text]}
    answer: Answer = fold([])
    return Reply(Message.user(text), answer, found, Timing(None, 0.0), Raw(body))


@settings(max_examples=25)
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_a_shell_passes_any_text_on_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    reply = make_reply(text)
    given = run(export(reply, "curl"), tmp_path_factory.mktemp("shell"))
    assert given.body == Ran.of(reply).body
    assert f"CompartmentId: {text}" in given.words
    assert f"OpenAI-Project: {text}" in given.words
