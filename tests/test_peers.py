"""The table of other people's clients is whole: `make peers` itself needs their environments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocigenai_nb.emulator import Entry
from tests.documents import ROOT
from tests.peers.flows import FLOWS, check, check_embeddings, make_picture
from tests.peers.running import complain
from tests.peers.table import CLIENTS, Cell, Client, Row, has_failed, write_table

PEERS = ROOT / "tests" / "peers"
PINS = sorted(PEERS.glob("*.txt"))
WHOLE = dict.fromkeys(FLOWS, Cell("ok", accepted=2))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_every_client_has_a_script_and_pins(client: Client) -> None:
    assert (PEERS / "clients" / f"{client.script}.py").is_file()
    assert (PEERS / f"{client.environment}.in").is_file()
    assert PEERS / f"{client.environment}.txt" in PINS


def test_no_client_is_listed_twice_and_no_script_is_left_over() -> None:
    names = [client.name for client in CLIENTS]
    assert len(set(names)) == len(names)
    programs = {
        script.stem
        for script in (PEERS / "clients").glob("*.py")
        if '__name__ == "__main__"' in script.read_text(encoding="utf-8")
    }
    assert programs == {client.script for client in CLIENTS}


@pytest.mark.parametrize("pins", PINS, ids=lambda pins: pins.stem)
def test_every_pin_has_hashes_and_none_names_a_registry(pins: Path) -> None:
    text = pins.read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\]-]+==\S+", requirement)
        assert "--hash=sha256:" in requirement
    assert not re.search(r"https?://|--(extra-)?index|--find-links|@ ", text)


def test_a_flow_has_exactly_one_place() -> None:
    check(FLOWS)
    for placed in (FLOWS[1:], (*FLOWS, "chat"), (*FLOWS[1:], "talk")):
        with pytest.raises(ValueError, match=r"Each flow needs one place: see .*(chat|talk)"):
            check(placed)


def test_a_table_with_a_missing_cell_is_refused() -> None:
    cells = {flow: cell for flow, cell in WHOLE.items() if flow != "thread"}
    with pytest.raises(ValueError, match="oci says nothing of: thread"):
        write_table([Row(CLIENTS[0], "1.0", WHOLE), Row(CLIENTS[0], "1.0", cells)])


def test_the_table_shows_each_cell_and_says_a_reason_once() -> None:
    cells = WHOLE | {
        "rerank": Cell("absent", "it has none"),
        "models": Cell("absent", "it has none"),
        "stream": Cell("defect", "it ends too early"),
        "tools": Cell("ok", complaints=("nothing reached the emulator",)),
    }
    row = Row(CLIENTS[0], "1.0", cells)
    table = write_table([row])
    head, line, _, *notes = table.split("\n")
    assert head.split() == [*FLOWS, "accepted"]
    marks = line.split()[2:]
    assert dict(zip(FLOWS, marks, strict=False)) == dict.fromkeys(FLOWS, "ok") | {
        "rerank": "·",
        "models": "·",
        "stream": "defect",
        "tools": "FAILED",
    }
    assert marks[len(FLOWS) :] == ["14", "by", "api_key"]
    assert notes == [
        "oci stream: defect it ends too early",
        "oci tools: nothing reached the emulator",
        "oci rerank, models: · it has none",
    ]
    assert has_failed([row])
    assert not has_failed([Row(CLIENTS[0], "1.0", WHOLE)])


def make_entry(**more: object) -> Entry:
    fields = {"number": 1, "method": "POST", "path": "/chat", "status": 200, "opc_request_id": "a"}
    return Entry(**{"key_id_kind": "api_key"} | fields | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "entry", "complaint"),
    [
        ("ok", make_entry(), None),
        ("ok", make_entry(status=404, answer="404: no such model"), None),
        ("ok", make_entry(refused="its date is old", status=401), "its date is old"),
        ("ok", make_entry(key_id_kind="none"), "came by none, not api_key"),
        ("ok", make_entry(status=500), "answered with 500"),
        ("ok", None, "nothing reached the emulator"),
        ("defect", None, None),
        ("defect", make_entry(), "nothing was to be shown there"),
        ("absent", make_entry(), "nothing was to be shown there"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    result: str, entry: Entry | None, complaint: str | None
) -> None:
    said = " ".join(complain(CLIENTS[0], result, (entry,) if entry else ()))
    assert complaint in said if complaint else not said


def test_embeddings_count_only_where_similar_texts_are_nearest() -> None:
    check_embeddings([(1.0, 0.1), (1.0, 0.2)], (0.0, 1.0))
    with pytest.raises(AssertionError):
        check_embeddings([(1.0, 0.1), (0.0, 1.0)], (1.0, 0.2))


def test_the_picture_is_a_png() -> None:
    assert make_picture()[:8] == b"\x89PNG\r\n\x1a\n"
