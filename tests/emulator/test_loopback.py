"""The emulator stays on this machine, and leaves nothing on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.identities import read_metadata
from tests.emulator.processes import serve

WATCHED = """
import json, sys
seen = []
def watch(event, arguments):
    if event in ("socket.bind", "socket.connect", "socket.sendto"):
        seen.append((event, arguments[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append((event, arguments[0]))
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        seen.append((event, str(arguments[0])))
from tests.emulator.real_calls import World  # its packages look for IPv6
sys.addaudithook(watch)
from ocigenai_nb import emulator
with emulator.start() as service:
    world = World(service)
    statuses = [world.client.send(world.dress(call)).status for call in world.calls]
    assert statuses.count(200) > len(statuses) / 2, statuses
    world.client.close()
    print(json.dumps({"url": service.url, "seen": seen}))
"""


def test_all_routes_together_listen_on_loopback_and_call_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], check=True, capture_output=True, timeout=60, text=True
    )
    said = json.loads(done.stdout)
    port = int(said["url"].rpartition(":")[2])
    seen = {(event, tuple(at) if isinstance(at, list) else at) for event, at in said["seen"]}
    assert ("socket.bind", ("127.0.0.1", 0)) in seen
    listened = {at for event, at in seen if event == "socket.bind"}
    assert {host.rpartition(".")[0] for host, _ in listened} == {"127.0.0"}
    # The test's own client is the only one that connects, and to nothing else.
    assert {at for event, at in seen if event == "socket.connect"} == {("127.0.0.1", port)}
    assert {event for event, _ in seen} <= {"socket.bind", "socket.connect", "socket.getaddrinfo"}
    assert {at for event, at in seen if event == "socket.getaddrinfo"} <= {"127.0.0.1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_temporary_folder_goes_with_a_process_that_is_told_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    os.environ["TMPDIR"] = str(tmp_path)
    with serve() as (process, known):
        assert Path(known["config_file"]).parent.parent == tmp_path
        process.send_signal(number)
        assert process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_page_in_a_browser_gets_no_key_of_the_instance(service: Service) -> None:
    assert read_metadata(service, "identity/key.pem").status_code == 200
    for host in ("rebound.test", "rebound.test:80", "127.0.0.1.rebound.test", ""):
        assert read_metadata(service, "identity/key.pem", host=host).status_code == 401
    assert service.journal.last.refused == "the metadata service is asked for by another name"
