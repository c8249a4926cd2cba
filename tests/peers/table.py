"""The clients that `make peers` runs, and the table of what each of them showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.peers.displays import align
from tests.peers.flows import FLOWS

MARKS = {"ok": "ok", "absent": "·", "defect": "defect", "failed": "FAILED"}


@dataclass(frozen=True, slots=True)
class Client:
    """A client that others wrote: its environment (`NAME.txt` pins it), and its script."""

    name: str
    environment: str
    script: str  # a module of tests.peers.clients
    key: str = "api_key"  # what its requests are signed with, as the journal calls it


CLIENTS = (
    Client("oci", "oci", "oci_sdk"),
    Client("oci-cli", "oci-cli", "oci_cli"),
    Client("openai-3", "openai-3", "openai_sdk", key="bearer"),
    Client("openai-2", "openai-2", "openai_sdk", key="bearer"),
    Client("oci-genai-auth", "oci-genai-auth", "oci_genai_auth_openai"),
    Client("oci-openai", "oci-openai", "oci_openai_sdk"),
    Client("langchain-oci", "langchain-oci", "langchain_oci"),
    Client("langchain-oci-openai", "langchain-oci", "langchain_oci_openai"),
    Client("litellm", "litellm", "litellm_oci"),
    Client("cohere", "cohere", "cohere_oci"),
    Client("llama-index", "llama-index", "llama_index_oci"),
    Client("locus-sdk", "locus-sdk", "locus_oci"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one flow."""

    result: str  # one of MARKS
    remark: str = ""
    accepted: int = 0  # requests whose signature or key was found good
    complaints: tuple[str, ...] = ()  # what is wrong with what reached the emulator
    errors: tuple[str, ...] = ()  # error answers that the client got over

    @property
    def stands(self) -> bool:
        """Whether it is what it is meant to be."""
        return self.result != "failed" and not self.complaints


@dataclass(frozen=True, slots=True)
class Row:
    """A client's cells, by flow."""

    client: Client
    version: str
    cells: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """The flows it says nothing of."""
        return [flow for flow in FLOWS if flow not in self.cells]

    @property
    def accepted(self) -> int:
        """How many of its requests were authenticated."""
        return sum(cell.accepted for cell in self.cells.values())


def write_table(rows: Sequence[Row]) -> str:
    """The table, client by flow, and the footnotes.

    Raises:
        ValueError: If a cell is missing.
    """
    for row in rows:
        if row.missing:
            raise ValueError(f"{row.client.name} says nothing of: {', '.join(row.missing)}.")
    head = ["", *FLOWS, "accepted"]
    body = [
        [
            f"{row.client.name} {row.version}",
            *(mark(row.cells[flow]) for flow in FLOWS),
            f"{row.accepted} by {row.client.key}",
        ]
        for row in rows
    ]
    return "\n".join([align([head, *body]), "", *write_notes(rows)])


def mark(cell: Cell) -> str:
    """What the table shows of a cell."""
    if not cell.stands:
        return MARKS["failed"]
    noted = cell.result == "ok" and (cell.remark or cell.errors)
    return f"{MARKS[cell.result]}*" if noted else MARKS[cell.result]


def write_notes(rows: Sequence[Row]) -> list[str]:
    """What the cells can't say: each thing once, after the clients and flows that it is said of."""
    told: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        for flow in FLOWS:
            for note in note_cell(row.cells[flow]):
                told.setdefault(note, {}).setdefault(row.client.name, []).append(flow)
    return [f"{name_places(places)}: {note}" for note, places in told.items()]


def name_places(places: Mapping[str, Sequence[str]]) -> str:
    """The clients, each with its flows."""
    return "; ".join(f"{name} {', '.join(flows)}" for name, flows in places.items())


def note_cell(cell: Cell) -> Iterator[str]:
    """What there is to say of a cell, each thing once."""
    if cell.remark:
        yield cell.remark if cell.result == "ok" else f"{MARKS[cell.result]} {cell.remark}"
    yield from dict.fromkeys(cell.complaints)
    said = "it got over" if cell.result == "ok" else "it was told"
    yield from (f"{said} {error}" for error in cell.errors)


def has_failed(rows: Sequence[Row]) -> bool:
    """Whether a cell failed, or a request was not accepted."""
    return any(not cell.stands for row in rows for cell in row.cells.values())
