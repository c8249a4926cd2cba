"""What the magic sends to the front end for 4,000 tokens at 100 tokens a second.

Bytes are those of the iopub messages as they come from the kernel. How far behind: for each update
of the display, how long the oldest text that it brings had been there to be shown. The emulator
sends token n at n / pace seconds; that clock is taken to start when the cell is sent, so the time
to the first token counts as lag, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.kernels import CellRun, running_kernel
from tests.bench.processes import MODEL, emulator_process
from tests.bench.results import Result

TOKENS = 4000
PACE = 100.0  # tokens per second
GOAL_BYTES = 250  # times the answer
GOAL_BEHIND = 0.5  # seconds

CELL = f"%%ocichat {MODEL} --new --max-tokens {TOKENS}\nCount from 1 to {2 * TOKENS}."


@dataclass(frozen=True, slots=True)
class Update:
    """One update of the display: seconds since the cell was sent, and the tokens it shows."""

    at: float
    tokens: int


def measure() -> list[Result]:
    """One answer in a real kernel, after a short one that has warmed everything."""
    with (
        emulator_process(pace=PACE) as emulator,
        running_kernel(OCI_CONFIG_FILE=emulator.config_file) as kernel,
    ):
        kernel.run("%load_ext ocigenai_nb")
        kernel.run(f"%%ocichat {MODEL}\nCount from 1 to 20.")
        cell = kernel.run(CELL)
    return [_weigh(cell), _compare_times(cell)]


def _weigh(cell: CellRun) -> Result:
    answer = len(" ".join(map(str, range(1, TOKENS + 1))))
    size = sum(message.size for message in cell.messages)
    return Result(
        name="notebook traffic of a long answer",
        measured=f"{size / 1e6:.2f} MB in {len(cell.messages)} messages",
        against=f"answer of {answer / 1e3:.1f} kB",
        ratio=size / answer,
        goal=f"<= {GOAL_BYTES}",
        met=size <= GOAL_BYTES * answer,
    )


def _compare_times(cell: CellRun) -> Result:
    updates = _updates(cell)
    if updates[-1].tokens != TOKENS:
        raise RuntimeError(f"The last update shows {updates[-1].tokens} tokens.")
    behind = max(_lags(updates))
    return Result(
        name="the display is behind by at most",
        measured=f"{behind:.2f} s in {len(updates)} updates",
        against=f"{GOAL_BEHIND} s",
        ratio=behind / GOAL_BEHIND,
        goal="<= 1",
        met=behind <= GOAL_BEHIND,
    )


def _updates(cell: CellRun) -> list[Update]:
    return [
        Update(message.arrived - cell.sent, _count(message.content["data"]["text/plain"]))
        for message in cell.displays
    ]


def _count(text: str) -> int:
    """The tokens of the answer, which is one line; what follows at its end is ours."""
    return len(text.partition("\n")[0].split())


def _lags(updates: list[Update]) -> list[float]:
    """For each update, how long its oldest new token had been there; in seconds."""
    shown = [0, *(update.tokens for update in updates)]
    return [
        update.at - (before + 1) / PACE
        for before, update in zip(shown, updates, strict=False)
        if update.tokens > before
    ]
