"""Starting, finding, resetting and stopping an emulator, in this process and in its own."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, connect, read_profile, write_body

OCID = re.compile(r"ocid1\.(tenancy|user|compartment)\.oc1\.\.aaaaaaaa[a-z2-7]{52}")


def test_importing_the_emulator_imports_nothing_heavy() -> None:
    heavy = ("starlette", "uvicorn", "cryptography", "asyncio", "h11", "anyio", "oci", "openai")
    script = (
        "import sys; from ocigenai_nb import emulator; "
        f"print(*(m for m in {heavy} if m in sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert found.stdout.split() == []


def test_it_listens_on_the_loopback_address_only(service: Service) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", service.url)
    assert repr(service) == f"<emulator of OCI Generative AI at {service.url}>"


def test_every_profile_is_complete_and_leads_here(service: Service) -> None:
    assert service.profiles == ("DEFAULT", "TYPICAL", "ZDR", "SESSION")
    assert service.profile == "DEFAULT"
    for name in service.profiles:
        profile = read_profile(service, name)
        assert profile["ocigenai_endpoint"] == service.url
        assert profile["region"] == service.region == "us-chicago-1"
        assert OCID.fullmatch(profile["tenancy"])
        assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", profile["fingerprint"])
        key = load_pem_private_key(Path(profile["key_file"]).read_bytes(), password=None)
        assert isinstance(key, RSAPrivateKey)
        assert key.key_size == 2048
        assert ("user" in profile, "security_token_file" in profile) == (
            (False, True) if name == "SESSION" else (True, False)
        )
    assert OCID.fullmatch(service.compartment_id)


def test_the_variables_for_other_programs_stand_in_a_file_that_a_shell_reads(
    service: Service,
) -> None:
    read = "set -a; . $0; exec env"
    told = subprocess.check_output(["sh", "-c", read, service.env_file], text=True, env={})
    read_back = dict(line.split("=", 1) for line in told.splitlines())
    assert service.client_env().items() <= read_back.items()
    assert service.env_file.parent == service.config_file.parent
    assert service.env_file.stat().st_mode & 0o777 == 0o600


def test_the_file_of_an_api_key_ends_as_the_consoles_does(service: Service) -> None:
    """OCI's CLI warns of every other."""
    written = service.config_file.with_name("emulator-default.pem").read_text()
    assert written.endswith("-----END PRIVATE KEY-----\nOCI_API_KEY\n")


def test_profiles_share_no_key(service: Service) -> None:
    prints = {read_profile(service, name)["fingerprint"] for name in service.profiles}
    assert len(prints) == len(service.profiles)


def test_only_the_owner_can_read_what_is_written(tmp_path: Path) -> None:
    with emulator.start(directory=tmp_path / "new") as service:
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").iterdir()}
        assert service.config_file == tmp_path / "new" / "config"
        assert set(modes.values()) == {0o600}
        assert len(modes) == 7
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_stopping_removes_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with emulator.start(directory=tmp_path):
        assert (tmp_path / "config").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_stopping_removes_the_temporary_folder_and_frees_the_port() -> None:
    service = emulator.start()
    port = int(service.url.rpartition(":")[2])
    service.stop()
    service.stop()
    assert not service.config_file.parent.exists()
    with emulator.start(port=port) as again:
        assert again.url == service.url


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused_in_a_sentence(port: int) -> None:
    with pytest.raises(ValueError, match=f"{port} is no port: use one from 1 to 65535, or 0"):
        emulator.start(port=port)


def test_a_config_that_is_not_the_emulators_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[DEFAULT]\nuser=me\n")
    with pytest.raises(FileExistsError, match="was not written by the emulator"):
        emulator.start(directory=tmp_path)
    assert (tmp_path / "config").read_text() == "[DEFAULT]\nuser=me\n"


def test_what_a_killed_emulator_left_behind_is_written_over(tmp_path: Path) -> None:
    with emulator.start(directory=tmp_path) as killed:
        left = killed.config_file.read_text()
        key = Path(read_profile(killed, "DEFAULT")["key_file"])
    (tmp_path / "config").write_text(left)
    key.write_text("old key")
    with emulator.start(directory=tmp_path) as service, connect(service) as client:
        assert client.post(CHAT, json=write_body()).status_code == 200


def test_a_taken_port_is_an_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="Address already in use"),
    ):
        emulator.start(directory=tmp_path / "d", port=taken.getsockname()[1])
    assert not (tmp_path / "d").exists()


def test_a_negative_pace_is_an_error(service: Service) -> None:
    with pytest.raises(ValueError, match="positive number, or 0 for flat out"):
        emulator.start(pace=-1)
    with pytest.raises(ValueError, match="positive number, or 0 for flat out"):
        service.pace = -1


def test_a_pace_of_zero_is_flat_out(service: Service) -> None:
    service.pace = 0
    assert service.pace is None


def test_reset_puts_it_back_as_it_was_at_the_start() -> None:
    with emulator.start(pace=5000) as service, connect(service, "SESSION") as client:
        service.fault("status", times=None)
        service.pace = None
        service.clock_offset = 900
        client.post(CHAT, json=write_body())
        service.revoke_sessions()
        service.reset()
        assert [service.pace, service.clock_offset, len(service.journal)] == [5000, 0, 0]
        with connect(service, "SESSION") as fresh:
            assert fresh.post(CHAT, json=write_body()).status_code == 200


def test_the_clock_is_the_one_it_was_given() -> None:
    with emulator.start(clock=lambda: 0.0) as service, connect(service) as client:
        answer = client.post(CHAT, json=write_body())
    assert answer.status_code == 401
    assert answer.headers["date"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_other_tenancies_can_be_served() -> None:
    tenancies = [emulator.Tenancy("acme"), emulator.Tenancy("globex", serves_everything=True)]
    with emulator.start(tenancies=tenancies) as service:
        assert service.profiles == ("DEFAULT", "GLOBEX", "SESSION")
        with connect(service, "GLOBEX") as client:
            assert client.post(CHAT, json=write_body("openai.gpt-4o")).status_code == 200
        with connect(service) as client:
            assert client.post(CHAT, json=write_body("openai.gpt-4o")).status_code == 404


def test_the_log_says_why_a_request_was_refused(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, "ocigenai_nb.emulator"),
        connect(service, signed=False) as client,
    ):
        client.post(CHAT)
    assert caplog.messages == [f"Refused POST {CHAT}: no Authorization header."]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "ocigenai_nb.emulator", "--dir", str(tmp_path), "--verbose"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        assert list(known) == [
            "url",
            "config_file",
            "env_file",
            "profile",
            "compartment_id",
            "region",
            "profiles",
            "project_id",
            "endpoint_id",
            "conversation_store_id",
        ]
        assert known["config_file"] == str(tmp_path / "config")
        with socket.create_connection(("127.0.0.1", int(known["url"].rpartition(":")[2]))) as s:
            s.sendall(b"GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 401 ")
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "")
    assert errors == "Refused GET /x: no Authorization header.\n"
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_in_one_sentence_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("mine")
    command = [sys.executable, "-m", "ocigenai_nb.emulator", "--dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.endswith("was not written by the emulator: choose another folder.\n")


def test_a_process_that_just_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    script = f"from ocigenai_nb import emulator; emulator.start(directory={str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20, env=os.environ)
    assert list(tmp_path.iterdir()) == []


def test_the_type_of_a_running_emulator_can_be_imported_to_annotate_with() -> None:
    assert emulator.Service is Service
    with pytest.raises(AttributeError, match=r"'ocigenai_nb\.emulator' has no attribute 'X'"):
        emulator.X  # noqa: B018
