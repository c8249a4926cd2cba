"""What goes wrong in `%%ocichat` is said in a sentence or a few lines, never in a traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from configparser import RawConfigParser
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from IPython.core.error import UsageError

from ocigenai_nb.core import errors
from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_messages
from tests.transports.listener import closed_port

PASS_PHRASE = "only for this test"
COUNTING = "Count from 1 to 40"

Fail = Callable[[str], str]


@pytest.fixture
def fail(shell: Shell, capsys: pytest.CaptureFixture[str]) -> Fail:
    """Run a cell with this line that fails with a typed error; the few lines it shows."""

    def run(line: str) -> str:
        capsys.readouterr()
        with pytest.raises(errors.OCIGenAIError) as raised:
            shell.ask("hi", line)
        shown = capsys.readouterr()
        assert shown.err == ""
        assert shown.out.count("\n") <= 4
        assert shown.out.startswith(f"{type(raised.value).__name__}: ")
        return shown.out

    return run


class Work:
    """The profile WORK in a configuration of its own, made from the emulator's DEFAULT."""

    def __init__(self, service: Service, folder: Path) -> None:
        parser = RawConfigParser()
        parser.read(service.config_file)
        self.settings = dict(parser["DEFAULT"])
        self.pem = Path(self.settings["key_file"]).read_bytes()
        self.config_file = folder / "config"
        self.key_file = folder / "the-key.pem"

    def write(self, **changes: str) -> None:
        """Write the profile with these changes; an empty value leaves a key out."""
        lines = [f"{key}={value}" for key, value in (self.settings | changes).items() if value]
        self.config_file.write_text("\n".join(["[WORK]", *lines]))

    def write_key(self, pem: bytes) -> None:
        """Write the profile with this in its key file."""
        self.key_file.write_bytes(pem)
        self.write(key_file=str(self.key_file))

    def encrypted_key(self) -> bytes:
        key = load_pem_private_key(self.pem, None)
        cipher = BestAvailableEncryption(PASS_PHRASE.encode())
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher)

    def public_key(self) -> bytes:
        key = load_pem_private_key(self.pem, None)
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def work(shell: Shell, service: Service, tmp_path: Path) -> Work:
    """The profile WORK, which the magic finds once it is written."""
    work = Work(service, tmp_path)
    os.environ["OCI_CONFIG_FILE"] = str(work.config_file)
    return work


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--temprature 1", "there is no option --temprature. Did you mean '--temperature'?"),
        ("--max_tokens=5", "there is no option --max_tokens=5. Did you mean '--max-tokens'?"),
        ("-z", "there is no option -z. See %ocichat -h."),
        ("-t warm", "argument -t/--temperature: invalid float value: 'warm'."),
        ("-t 3", "temperature is 3.0; it has to be between 0 and 2."),
        ("-t nan", "temperature is nan; it has to be between 0 and 2."),
        ("--max-tokens 0", "max_tokens is 0; it has to be 1 or more."),
        ("-s", "argument -s/--system: expected one argument."),
        ("-s You are concise.", "'concise.' is one word too many. Quote texts with spaces."),
        ("-s 'You are concise.", """no closing quotation in "-s 'You are concise."."""),
        ("-o 3x", "'3x' can't be a variable's name."),
        ("-o class", "'class' can't be a variable's name."),
        ("openai.o3 -m openai.o3", "the model openai.o3 is named twice; name it once."),
        ("lama", "There is no model 'lama'. Did you mean 'meta.llama-3.3-70b-instruct'?"),
        ("gpt-oss-120", "Did you mean 'openai.gpt-oss-120b'"),
        ("openai.gpt-5.5-pro", "answers on the Responses transport only"),
    ],
)
def test_a_bad_argument_is_one_sentence_on_stderr(
    shell: Shell,
    service: Service,
    capsys: pytest.CaptureFixture[str],
    line: str,
    sentence: str,
) -> None:
    capsys.readouterr()
    with pytest.raises(UsageError) as raised:
        shell.ask("hi", line)
    assert type(raised.value) is UsageError  # the one class that IPython shows in one line
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("UsageError: %%ocichat: ")
    assert shown.err.count("\n") == 1
    assert sentence in shown.err
    assert len(service.journal) == 0
    assert "_oci" not in shell.names


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%ocichat\n  \n\t\n", "the prompt is empty. Write it below the first line."),
        ("%%ocichat", "the cell body is empty"),
        ("%%ocichat --dry-run\n ", "the prompt is empty."),
        ("%ocichat hi", "A prompt goes below a line with %%ocichat."),
    ],
)
def test_without_a_prompt_nothing_is_sent(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str], cell: str, sentence: str
) -> None:
    with pytest.raises(UsageError):
        shell.run(cell)
    assert sentence in capsys.readouterr().err
    assert len(service.journal) == 0


def test_a_profile_that_is_not_there_is_answered_with_those_that_are(
    fail: Fail, service: Service
) -> None:
    shown = fail("-p TIPICAL")
    assert "There is no profile 'TIPICAL'" in shown
    assert "Did you mean 'TYPICAL'?" in shown
    assert f"Profiles there are: {', '.join(service.profiles)}." in shown


def test_a_key_that_is_missing_or_unreadable_is_named_without_its_path(
    work: Work, fail: Fail
) -> None:
    for path, why in (("/no/such/the-key", "No such file"), ("/", "Is a directory")):
        work.write(key_file=path)
        shown = fail("-p WORK")
        assert f"The key_file of profile WORK can't be read: {why}" in shown
        assert "the-key" not in shown


def test_a_file_that_holds_no_private_key_says_what_it_holds(work: Work, fail: Fail) -> None:
    work.write_key(b"not a key")
    assert "The key of profile WORK is not a private key in PEM form." in fail("-p WORK")
    work.write_key(work.public_key())
    assert "The key of profile WORK is a public key." in fail("-p WORK")


def test_an_encrypted_key_asks_for_its_pass_phrase(work: Work, fail: Fail) -> None:
    work.write_key(work.encrypted_key())
    assert "is encrypted, and no pass phrase is known.\nAdd pass_phrase=" in fail("-p WORK")
    work.write(key_file=str(work.key_file), pass_phrase="a wrong one")
    shown = fail("-p WORK")
    assert "The pass phrase of profile WORK does not open its key." in shown
    assert "a wrong one" not in shown


def test_a_fingerprint_of_another_key_is_found_before_anything_is_sent(
    work: Work, fail: Fail, service: Service
) -> None:
    other = generate_private_key(65537, 2048)
    work.write_key(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    shown = fail("-p WORK")
    assert f"Profile WORK states the fingerprint {work.settings['fingerprint']}, but" in shown
    assert len(service.journal) == 0


def test_a_mended_profile_serves_the_next_cell_without_a_restart(
    work: Work, fail: Fail, shell: Shell, service: Service
) -> None:
    work.write_key(work.encrypted_key())
    fail("-p WORK")
    work.write(key_file=str(work.key_file), pass_phrase=PASS_PHRASE)
    shell.ask("hi", "-p WORK")
    assert read_messages(service) == [("user", "hi")]


def test_a_profile_that_fails_is_not_kept(work: Work, fail: Fail, shell: Shell) -> None:
    shell.ask("My name is Ada.")
    work.write(key_file="/no/such/key")
    fail("-p WORK")
    assert shell.ask("What is my name?").text == "Your name is Ada."


def test_an_expired_session_says_how_to_get_another(fail: Fail, service: Service) -> None:
    service.issue_session(minutes=-1)
    shown = fail("-p SESSION")
    assert "The session token of profile SESSION has expired." in shown
    assert "oci session authenticate --profile-name SESSION" in shown
    assert len(service.journal) == 0


def test_a_missing_compartment_says_how_to_name_one(work: Work, fail: Fail) -> None:
    work.write(tenancy="")
    shown = fail("-p WORK")
    assert "No compartment is known" in shown
    assert "set OCI_COMPARTMENT" in shown


@pytest.mark.parametrize(("offset", "side"), [(-900, "ahead of"), (900, "behind")])
def test_a_wrong_clock_is_named_in_seconds(
    fail: Fail, service: Service, offset: float, side: str
) -> None:
    service.clock_offset = offset
    shown = fail("")
    assert shown.startswith("ClockSkewError: ")
    found = re.search(rf"clock is (\d+) seconds {side} the service's", shown)
    assert found
    assert abs(int(found[1]) - 900) <= 60


def test_a_refused_connection_names_the_endpoint(work: Work, fail: Fail, shell: Shell) -> None:
    with closed_port() as port:
        url = f"http://127.0.0.1:{port}"
        work.write(ocigenai_endpoint=url)
        assert f"No connection to {url}: it refuses connections." in fail("-p WORK")
    assert shell.reply.status == "failed"


def test_a_refusal_of_the_service_shows_status_request_id_and_what_to_do(
    fail: Fail, shell: Shell, service: Service
) -> None:
    lines = fail("meta.llama-3.3-70b").splitlines()
    assert lines[0] == "NotFoundError: Entity with key meta.llama-3.3-70b not found"
    assert lines[1] == f"HTTP 404, opc-request-id {service.journal.last.opc_request_id}"
    assert "Did you mean 'meta.llama-3.3-70b-instruct'" in lines[2]
    assert shell.displays == []


def test_oci_holds_the_reply_that_failed_and_o_is_left_alone(
    fail: Fail, shell: Shell, service: Service
) -> None:
    shell.ask("Why is the sky blue?", "-o answer")
    fail("meta.llama-9 -o answer")
    assert (shell.reply.status, shell.reply.text) == ("failed", "")
    assert shell.reply.request_id == service.journal.last.opc_request_id
    assert "Rayleigh" in shell.names["answer"].text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut", errors.StreamCutError),
        ("eof", errors.StreamCutError),
        ("malformed", errors.MalformedStreamError),
        ("error_event", errors.InStreamError),
    ],
)
def test_what_came_of_a_broken_stream_is_kept_and_marked(
    shell: Shell, service: Service, fault: FaultName, error: type[Exception]
) -> None:
    service.fault(fault, after_events=10)
    with pytest.raises(error):
        shell.ask(COUNTING, "-o answer")
    partial = shell.reply.text
    assert partial.startswith("1 2 3 4")
    assert "40" not in partial
    for text in shell.displays[-1].values():
        assert text.startswith(partial)
        assert "Broken off: this answer is not complete." in text
    assert "answer" not in shell.names
    shell.ask("Go on.")
    assert read_messages(service) == [
        ("user", COUNTING),
        ("assistant", partial),
        ("user", "Go on."),
    ]


def test_an_error_in_a_cell_of_python_is_as_short(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run("import ocigenai_nb as og\nchat = og.connect_emulator().chat('meta.llama-9')")
    shell.ipython.run_cell("chat.send('hi')")
    own, error, origin, remedy = capsys.readouterr().out.splitlines()
    assert own == "line 1"
    assert error == "NotFoundError: Entity with key meta.llama-9 not found"
    assert origin.startswith("HTTP 404, opc-request-id ")
    assert remedy.startswith("Check the model's name")
