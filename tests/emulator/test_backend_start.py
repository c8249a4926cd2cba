"""How a backend is named, and the model of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ocigenai_nb as og
from ocigenai_nb import emulator
from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.backend.forced_calls import force_call
from ocigenai_nb.emulator.backend.local_model import ModelMissingError, find_cache, start_model
from ocigenai_nb.emulator.brain import Turn
from tests.emulator.backends import (
    TEXT,
    WEATHER,
    Server,
)
from tests.emulator.client import (
    LLAMA,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"backend": "http://127.0.0.1:1"},
        {"backend_model": "m"},
        {"backend": "ftp://127.0.0.1", "backend_model": "m"},
        {"backend": "127.0.0.1:8080", "backend_model": "m"},
        {"backend": "http://me:secret@127.0.0.1", "backend_model": "m"},
        {"backend": "http://127.0.0.1:1", "backend_model": "m", "backend_timeout": 0},
        {"backend": "http://127.0.0.1:1", "backend_model": "m", "model": "smollm2"},
        {"model": "gpt-5"},
    ],
)
def test_a_backend_that_can_t_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"backend|model") as raised:
        emulator.start(**wrong)
    assert "secret" not in str(raised.value)


def test_the_command_line_has_it_too(backend: Server) -> None:
    words = ["--backend", backend.url.removesuffix("/v1"), "--backend-model", "other"]
    words += ["--backend-key-variable", "SOME_KEY"]
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "ocigenai_nb.emulator", *words],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "SOME_KEY": "sk-2"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        genai = og.connect(config_file=known["config_file"])
        assert genai.chat(LLAMA).send("Say hello.").text == TEXT
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert backend.asked[-1]["model"] == "other"
    assert backend.keys[-1] == "Bearer sk-2"


# The model of this machine


def test_a_model_that_was_not_fetched_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="ocigenai-nb emulator --fetch-model"):
        start_model(tmp_path)
    with pytest.raises(OSError, match="fetch it with"):
        emulator.start(model="smollm2")


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {}, ".cache/ocigenai_nb/smollm2"),
        ("darwin", {}, "Library/Caches/ocigenai_nb/smollm2"),
        ("win32", {}, "AppData/Local/ocigenai_nb/smollm2"),
    ],
)
def test_it_goes_into_the_user_s_cache(platform: str, env: dict[str, str], folder: str) -> None:
    assert find_cache(env, platform) == Path.home() / folder
    assert find_cache({"XDG_CACHE_HOME": "/elsewhere"}, "linux").parts[1] == "elsewhere"


def test_a_model_without_tools_gets_the_schema_of_the_one_that_fits() -> None:
    ask_it = Ask("m", (Turn("user", "What is the weather in Paris?"),), tools=(WEATHER,))
    forced = force_call(ask_it)
    assert (forced.name, forced.schema) == ("get_weather", WEATHER["parameters"])
    told = force_call(Ask("m", (Turn("user", "hi"), Turn("tool", "rain", "get_weather"))))
    assert told.name is None
    assert [turn.role for turn in told.turns] == ["user", "user"]
