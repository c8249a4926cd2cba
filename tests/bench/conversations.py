"""Conversations of up to 10,000 turns: appending, forking, saving, loading, and their memory.

Ratios between sizes in one run: what takes constant time costs the same in a long conversation as
in a short one; what is linear costs ten times as much for ten times as many turns. The turns come
from a file that is written here, so no model's pace is in it.
"""

from __future__ import annotations

import gc
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ocigenai_nb import Connection, Conversation, connect
from ocigenai_nb.chat import saving
from ocigenai_nb.core.plain_data import to_data, write_json
from tests.bench.processes import emulator_process
from tests.bench.results import Result, Sample, interleave

MODEL = "openai.gpt-4.1"
SHORT, LONG = 1_000, 10_000
ROUNDS = 5
OPERATIONS = 200
ANSWER = "An answer of usual length, as a model gives it. " * 8  # 384 characters
NOISE = 1.5  # by which two runs of the same differ on a shared machine
KILOBYTE = 1_000


def measure() -> list[Result]:
    """Each operation in a short conversation and in a long one, by turns."""
    with emulator_process() as emulator, tempfile.TemporaryDirectory() as name:
        connection = connect(emulator.profile, config_file=emulator.config_file)
        folder = Path(name)
        chats = {turns: _make(connection, folder, turns) for turns in (SHORT, LONG)}
        operations: dict[str, tuple[Callable[[Conversation, Path], float], str, float]] = {
            "append a turn by hand": (_append, "µs", 1),
            "write the next request of a kept thread": (_plan, "µs", 1),
            "fork": (_fork, "µs", 1),
            "save": (_save, "ms", LONG / SHORT),
            "load": (_load, "ms", LONG / SHORT),
        }
        results = [
            _compare(name, measured, unit, expected, chats, folder)
            for name, (measured, unit, expected) in operations.items()
        ]
        return [*results, _measure_memory(connection, folder)]


def _make(connection: Connection, folder: Path, turns: int) -> Conversation:
    """A conversation of so many turns one after the other, each kept by the service."""
    return Conversation.load(connection, write_conversation(connection, folder, turns))


def write_conversation(connection: Connection, folder: Path, turns: int) -> Path:
    """A saved conversation of so many turns one after the other; its file."""
    first = connection.chat(MODEL, transport="responses")
    first.send("Say exactly: hi")
    saved = saving.read(first.save(folder / "first.json"))
    [turn] = saved.turns
    made = tuple(
        replace(
            turn,
            number=number,
            parent=number - 1 or None,
            answer=replace(turn.answer, text=ANSWER, response_id=f"resp_{number}"),
        )
        for number in range(1, turns + 1)
    )
    data = to_data(replace(saved, turns=made, head=turns))
    file = folder / f"{turns}.json"
    whole = {"format": saving.FORMAT, "version": saving.VERSION, "conversation": data}
    return saving.write_whole(file, write_json(whole))


def _compare(
    name: str,
    operation: Callable[[Conversation, Path], float],
    unit: str,
    expected: float,
    chats: dict[int, Conversation],
    folder: Path,
) -> Result:
    samples: dict[str, Sample] = interleave(
        ROUNDS,
        {str(turns): lambda chat=chat: operation(chat, folder) for turns, chat in chats.items()},  # type: ignore[misc]
    )
    short, long = samples[str(SHORT)], samples[str(LONG)]
    ratio = long.median / short.median
    return Result(
        name=f"{name}, {LONG:,} turns against {SHORT:,}",
        measured=long.format(unit),
        against=short.format(unit),
        ratio=ratio,
        goal=f"<= {expected * NOISE:g} ({'constant' if expected == 1 else 'linear'})",
        met=ratio <= expected * NOISE,
    )


def _append(chat: Conversation, _folder: Path) -> float:
    """Microseconds for one turn more at the end, with an answer that is put there."""
    last = chat.head
    assert last is not None
    began = time.perf_counter()
    made = [chat.edit_answer(last, ANSWER) for _ in range(OPERATIONS)]
    seconds = time.perf_counter() - began
    for turn in made:
        chat.drop(turn)
    chat.fork(last)
    return seconds / OPERATIONS * 1e6


def _plan(chat: Conversation, _folder: Path) -> float:
    """Microseconds for all that comes before sending."""
    began = time.perf_counter()
    plans = [chat.plan("And then?") for _ in range(OPERATIONS)]
    seconds = time.perf_counter() - began
    assert all(plan.body["previous_response_id"] for plan in plans)
    return seconds / OPERATIONS * 1e6


def _fork(chat: Conversation, _folder: Path) -> float:
    """Microseconds for one move of the head, to the first turn or back to the last."""
    last = chat.head
    assert last is not None
    began = time.perf_counter()
    for _ in range(OPERATIONS):
        chat.fork(1)
        chat.fork(last)
    return (time.perf_counter() - began) / OPERATIONS / 2 * 1e6


def _save(chat: Conversation, folder: Path) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    chat.save(folder / "saved.json")
    return (time.perf_counter() - began) * 1e3


def _load(chat: Conversation, folder: Path) -> float:
    """Milliseconds."""
    file = folder / f"{len(chat.turns)}.json"
    began = time.perf_counter()
    loaded = Conversation.load(chat.connection, file)
    seconds = time.perf_counter() - began
    assert len(loaded.turns) == len(chat.turns)
    return seconds * 1e3


def _measure_memory(connection: Connection, folder: Path) -> Result:
    """What a turn of a long conversation takes in memory, and in its file."""
    file = folder / f"{LONG}.json"
    gc.collect()
    tracemalloc.start()
    chat = Conversation.load(connection, file)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    each = size / len(chat.turns) / KILOBYTE
    in_file = file.stat().st_size / LONG / KILOBYTE
    return Result(
        name=f"memory of {LONG:,} turns",
        measured=f"{size / 1e6:.0f} MB, {each:.1f} kB a turn",
        against=f"{in_file:.1f} kB a turn in the file",
        ratio=each / in_file,
        goal="stated",
        met=True,
    )
