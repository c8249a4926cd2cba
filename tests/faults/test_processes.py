"""Row 49: a fork goes on with connections of its own; a client is never pickled with its key."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from tests.transports.subject import COUNT, Transport

ROOT: Final = Path(__file__).parents[2]
FORK: Final = """
import json, os, sys
from ocigenai_nb import get_model
from ocigenai_nb.transports.loop import io_thread

options = json.loads(sys.argv[3])
model = get_model(f"oci:{sys.argv[2]}", config_file=sys.argv[1], **options)

def ask():
    return model.complete_sync("Count from 1 to 3.").text

async def look():
    sdk = model._client.sdk()
    return io_thread(), sdk, sdk._client, sdk._client._auth

ask()
before = io_thread().run(look())
child = os.fork()
if child == 0:
    said, after = ask(), io_thread().run(look())
    print("child", said, [old is not new for old, new in zip(before, after)], flush=True)
    os._exit(0)
os.waitpid(child, 0)
after = io_thread().run(look())
print("parent", ask(), [old is new for old, new in zip(before, after)], flush=True)
"""


def test_row_49_a_forked_child_has_a_thread_a_client_and_a_signer_of_its_own(
    transport: Transport,
) -> None:
    """Both go on with the same model, and neither touches the other's connections."""
    route, _, kept = transport.name.removesuffix("-cohere").partition("-")
    options = {"transport": route} | ({"store": False} if kept else {})
    named = (str(transport.service.config_file), transport.usual, json.dumps(options))
    done = subprocess.run(
        [sys.executable, "-c", FORK, *named],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    all_four = [True] * 4
    assert done.stdout == f"child 1 2 3 {all_four}\nparent 1 2 3 {all_four}\n", done.stderr


@pytest.mark.parametrize("carry", [pickle.dumps, copy.deepcopy])
def test_row_49_a_client_is_refused_in_one_sentence(
    transport: Transport, carry: Callable[[Any], object]
) -> None:
    client = transport.client()
    transport.ask(COUNT, client=client)  # its key is loaded
    for held in (client, client.identity, client.identity.credentials):
        check_refused(carry, held)
    check_refused(pickle.dumps, transport.model(client=client))


def test_row_49_a_bearer_key_is_not_pickled_either(service: Service) -> None:
    key = service.genai_api_key
    model = OCIOpenAIModel(
        "openai.gpt-4.1",
        api_key=key,
        project=service.project_id,
        compartment_id=service.compartment_id,
        base_url=service.url,
    )
    assert key not in check_refused(pickle.dumps, model)
    assert key not in check_refused(pickle.dumps, model._client.identity)


def check_refused(carry: Callable[[Any], object], held: object) -> str:
    """The refusal, which is one sentence and what to do instead."""
    with pytest.raises(UsageError) as refused:
        carry(held)
    assert refused.value.message.endswith("holds a key, so it can't be pickled or copied.")
    assert "make it anew" in refused.value.remedy
    return str(refused.value)
