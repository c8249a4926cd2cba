"""kill -9 of the emulator: its client is told, keeps what came, and goes on with another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocigenai_nb import Connection, connect
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.errors import ConnectionFailedError, StreamCutError
from ocigenai_nb.core.routing import TransportName
from ocigenai_nb.transports.loop import io_thread
from tests.emulator.client import GPT, LLAMA
from tests.emulator.native_client import COMMAND_R
from tests.emulator.processes import serve
from tests.transports.subject import COUNT, COUNTED

ADA, WHO = "My name is Ada.", "What is my name?"


def reach(known: dict[str, Any]) -> Connection:
    return connect(known["profile"], config_file=known["config_file"], project=known["project_id"])


@pytest.mark.parametrize(
    ("transport", "model"),
    [("v1", LLAMA), ("sdk", LLAMA), ("sdk", COMMAND_R), ("responses", GPT)],
)
def test_a_killed_emulator_leaves_a_typed_error_and_the_conversation(
    tmp_path: Path, transport: TransportName, model: str
) -> None:
    with serve("--dir", str(tmp_path), "--pace", "50") as (process, known):
        first = reach(known)
        chat = first.chat(model, transport=transport)
        chat.send(ADA)

        def kill(turn: Turn) -> None:
            if turn.text.startswith("1 2 3"):
                process.kill()

        with pytest.raises(StreamCutError):
            chat.send(COUNT, watch=kill)
    cut = chat.replies[-1]
    assert (cut.status, cut.finish_reason) == ("interrupted", "cut")
    assert cut.text.startswith("1 2 3")
    assert COUNTED.startswith(cut.text)
    assert cut.text != COUNTED
    assert isinstance(cut.error, StreamCutError)
    with pytest.raises(ConnectionFailedError, match="refuses connections"):
        chat.send("Are you there?")
    port = known["url"].rpartition(":")[2]
    with serve("--dir", str(tmp_path), "--port", port) as (process, again):
        assert again == known
        chat.connection = reach(again)  # its keys are new
        assert chat.send(WHO).text == "Your name is Ada."
        assert [reply.prompt.text for reply in chat.replies] == [
            ADA, COUNT, "Are you there?", WHO,
        ]  # fmt: skip
        io_thread().run(chat.connection._client.aclose())
        io_thread().run(first._client.aclose())
        process.terminate()
        assert process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []
