"""`%%ocichat` in a real kernel: answers that grow, Stop, and what Run All does with a failure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import nbformat
import pytest
from nbclient.client import NotebookClient
from nbclient.exceptions import CellExecutionError

from ocigenai_nb.emulator.service import Service
from tests.notebook.kernel import Kernel, over_files, running
from tests.notebook.shell import read_messages

COUNTING = "Count from 1 to 5000"  # takes a hundred seconds
STOPPED = "Stopped. What came of the answer is kept, and in _oci."


@pytest.fixture(scope="module")
def warm_kernel(running_service: Service) -> Iterator[Kernel]:
    with running(running_service) as kernel:
        yield kernel


@pytest.fixture
def kernel(warm_kernel: Kernel, service: Service) -> Kernel:
    """A kernel in which the next cell begins a new conversation."""
    warm_kernel.run("%unload_ext ocigenai_nb\n%load_ext ocigenai_nb\n%reset -f")
    return warm_kernel


def test_an_answer_grows_on_one_display_and_ends_with_its_provenance(
    kernel: Kernel, service: Service
) -> None:
    service.pace = 100
    ran = kernel.run("%%ocichat\nCount from 1 to 50")
    assert ran.status == "ok"
    shown = [m for m in ran.output if m["msg_type"].endswith("display_data")]
    assert [m["msg_type"] for m in shown[:2]] == ["display_data", "update_display_data"]
    assert len({m["content"]["transient"]["display_id"] for m in shown}) == 1
    for mime in ("text/markdown", "text/plain"):
        *partial, last = ran.texts(mime)
        assert all(later.startswith(earlier) for earlier, later in pairwise(partial))
        assert "opc-request-id" not in partial[-1]
        assert last.startswith(" ".join(map(str, range(1, 51))))
        assert "opc-request-id" in last


def test_an_answer_is_updated_about_ten_times_a_second(kernel: Kernel, service: Service) -> None:
    service.pace = 100
    kernel.start("%%ocichat\nCount from 1 to 200")
    times = [m["header"]["date"] for m in kernel.finish().output if "data" in m["content"]]
    assert len(times) > 5
    seconds = (times[-1] - times[0]).total_seconds()
    assert len(times) <= seconds * 10 + 2  # the first and the last are not in the pace


def test_stop_keeps_what_came_and_closes_the_connection(kernel: Kernel, service: Service) -> None:
    service.pace = 50
    kernel.start(f"%%ocichat -o answer\n{COUNTING}")
    kernel.wait_for(lambda text: "5" in text)
    kernel.interrupt()
    ran = kernel.finish()
    assert ran.status == "error"
    (error,) = ran.errors
    assert error["traceback"] == [STOPPED]
    assert (ran.stream("stdout"), ran.stream("stderr")) == ("", "")
    for mime in ("text/markdown", "text/plain"):
        last = ran.texts(mime)[-1]
        assert last.startswith("1 2 3 4 5")
        assert "5000" not in last
        assert "Stopped: this answer is not complete." in last
    entry = service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert entry.events < 5000


def test_after_stop_the_next_cells_run_and_go_on_from_the_partial_answer(
    kernel: Kernel, service: Service
) -> None:
    service.pace = 50
    kernel.start(f"%%ocichat -o answer\n{COUNTING}")
    kernel.wait_for(lambda text: "5" in text)
    kernel.interrupt()
    kernel.finish()
    ran = kernel.run("print(_oci.status, 'answer' in globals()); print(_oci.text)")
    status, partial = ran.stream("stdout").splitlines()
    assert status == "interrupted False"
    service.pace = None
    assert kernel.run("%%ocichat\nGo on.").status == "ok"
    assert read_messages(service) == [
        ("user", COUNTING),
        ("assistant", partial),
        ("user", "Go on."),
    ]


def test_stop_before_the_first_token_leaves_no_trace_in_the_conversation(
    kernel: Kernel, service: Service
) -> None:
    with service.fault("stall"):
        kernel.start("%%ocichat\nlost")
        service.journal.wait_for(lambda entry: entry.outcome == "open")
        kernel.interrupt()
        ran = kernel.finish()
    assert ran.status == "error"
    assert ran.errors[0]["traceback"] == [STOPPED]
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert kernel.run("%%ocichat\nhi").status == "ok"
    assert read_messages(service) == [("user", "hi")]


def test_stop_before_the_service_answers_at_all_ends_the_wait(
    kernel: Kernel, service: Service
) -> None:
    with service.fault("status", status=503, times=None, retry_after=50):
        kernel.start("%%ocichat\nhi")
        service.journal.wait_for(lambda entry: entry.status == 503)
        kernel.interrupt()
        ran = kernel.finish()
    assert (ran.status, ran.errors[0]["traceback"]) == ("error", [STOPPED])
    assert len(service.journal) == 1


def test_stop_ends_the_asking_of_several_models(kernel: Kernel, service: Service) -> None:
    service.pace = 50
    first, second = "openai.gpt-4.1", "openai.gpt-oss-120b"
    kernel.start(f"%%ocichat -m {first} -m {second} -o replies\n{COUNTING}")
    kernel.wait_for(lambda text: "5" in text)
    kernel.interrupt()
    assert kernel.finish().errors[0]["traceback"] == [STOPPED]
    assert [entry.model for entry in service.journal] == [first]
    ran = kernel.run("print(_oci.status, [reply.status for reply in replies])")
    assert ran.stream("stdout") == "interrupted ['interrupted']\n"


def test_plain_text_grows_too_and_stays_plain(kernel: Kernel, service: Service) -> None:
    service.pace = 100
    ran = kernel.run("%%ocichat -f text\nCount from 1 to 50")
    shown = [m["content"]["data"] for m in ran.output if m["msg_type"].endswith("display_data")]
    assert len(shown) > 2
    assert all(set(data) == {"text/plain"} for data in shown)
    *partial, last = ran.texts("text/plain")
    assert all(later.startswith(earlier) for earlier, later in pairwise([*partial, last]))
    assert "opc-request-id" in last


def test_code_is_put_into_a_new_cell(kernel: Kernel, service: Service) -> None:
    ran = kernel.run("%%ocichat -f code\nWrite Python code that prints primes.")
    (code,) = ran.next_cells
    assert code.startswith("def is_prime(n: int) -> bool:\n")
    assert kernel.run(code).status == "ok"


def test_the_last_failure_is_explained_in_a_kernel_too(kernel: Kernel, service: Service) -> None:
    assert kernel.run("def halve(x):\n    return 1 / x\nhalve(0)").status == "error"
    ran = kernel.run("%ocichat error")
    assert ran.status == "ok"
    assert "is asked about the traceback" in ran.texts("text/plain")[0]
    sent = read_messages(service)[-1][1]
    assert 'File "<cell>", line 2, in halve\n    return 1 / x' in sent
    assert "site-packages" not in sent


def test_the_cells_that_follow_run_where_an_error_is_only_shown(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    cells = ["%load_ext ocigenai_nb", "%%ocichat meta.llama-9 --no-raise-error\nhi", "_oci.error"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with over_files() as config:
        NotebookClient(notebook, kernel_name="python3", timeout=60, config=config).execute()
    (error,) = notebook.cells[1].outputs
    assert (error.output_type, error.name) == ("stream", "stderr")
    assert "NotFoundError" in notebook.cells[2].outputs[0].data["text/plain"]


@pytest.mark.parametrize(
    ("line", "name", "first"),
    [
        ("meta.llama-9", "NotFoundError", "Entity with key meta.llama-9 not found"),
        ("-p NOPE", "ProfileNotFoundError", "There is no profile 'NOPE'"),
    ],
)
def test_an_error_is_a_few_lines_and_the_replys_status(
    kernel: Kernel, line: str, name: str, first: str
) -> None:
    ran = kernel.run(f"%%ocichat {line}\nhi")
    assert ran.status == "error"
    (error,) = ran.errors
    assert error["ename"] == name
    assert error["traceback"][0].startswith(f"{name}: {first}")
    assert len(error["traceback"]) <= 4


def test_a_bad_argument_is_one_line_on_stderr_and_the_replys_status(kernel: Kernel) -> None:
    ran = kernel.run("%%ocichat --temprature 1\nhi")
    assert ran.status == "error"
    assert ran.errors == []
    assert ran.stream("stderr").startswith("UsageError: %%ocichat: there is no option")
    assert ran.stream("stderr").count("\n") == 1


@pytest.mark.parametrize("line", ["--temprature 1", "meta.llama-9", "-p NOPE"])
def test_run_all_stops_at_a_cell_that_fails(
    service: Service, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    cells = ["%load_ext ocigenai_nb", f"%%ocichat {line}\nhi", "print('went on')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with over_files() as config, pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3", timeout=60, config=config).execute()
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, None]
