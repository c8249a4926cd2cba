"""CPU for each streamed token on each transport, against what it stands on.

All read the same 20,000 tokens from a server of their own process that plays fixed streams and
checks no signature. What counts is the CPU time of this whole process, our I/O thread included.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.processes import stream_server_process
from tests.bench.readers import RawReaders, Reader, ours, theirs, write_identity
from tests.bench.results import Result, Sample, interleave

ROUNDS = 5
TOKENS = 20_000
NAMES = {
    "v1": "V1",
    "responses": "Responses",
    "generic": "native GENERIC",
    "cohere": "native COHERE",
}
NATIVE = ("generic", "cohere")
V1_GOAL = 0.25
RESPONSES_GOAL_US = 19.0  # what Locus 3.0.1 reached
NATIVE_GOAL = 1.3


def measure() -> list[Result]:
    """Every reader in turn, then what each of ours is held to."""
    with tempfile.TemporaryDirectory() as folder, stream_server_process() as url:
        config_file = write_identity(Path(folder))
        raw = RawReaders(url)
        kinds = {
            "ours": ours(url, config_file),
            "SDK": theirs(url, config_file),
            "bytes": raw.readers(),
        }
        taken = _take(kinds)
        raw.close()
    return [_v1(taken), _responses(taken), *(_native(taken, name) for name in NATIVE)]


def _take(kinds: dict[str, dict[str, Reader]]) -> dict[str, Sample]:
    measures = {
        f"{kind} {shape}": (lambda read=read: time_reading(read, TOKENS))
        for kind, readers in kinds.items()
        for shape, read in readers.items()
    }
    interleave(1, measures)  # warm up
    return interleave(ROUNDS, measures)


def time_reading(read: Reader, tokens: int) -> float:
    """CPU time of one reading in microseconds for each token. RuntimeError where some are lost."""
    began = time.process_time()
    count = read(tokens)
    took = time.process_time() - began
    if count != tokens:
        raise RuntimeError(f"{count} tokens came instead of {tokens}.")
    return took / tokens * 1e6


def _v1(taken: dict[str, Sample]) -> Result:
    against = f"openai {taken['SDK v1'].format('µs')}"
    ratio = taken["ours v1"].median / taken["SDK v1"].median
    return _row(taken, "v1", against, ratio, f"<= {V1_GOAL}", met=ratio <= V1_GOAL)


def _responses(taken: dict[str, Sample]) -> Result:
    ours, sdk = taken["ours responses"].median, taken["SDK responses"]
    goal = f"< {RESPONSES_GOAL_US:.0f} µs"
    met = ours < RESPONSES_GOAL_US
    against = f"openai {sdk.format('µs')}"
    return _row(taken, "responses", against, ours / sdk.median, goal, met=met)


def _native(taken: dict[str, Sample], shape: str) -> Result:
    raw, sdk = taken[f"bytes {shape}"], taken[f"SDK {shape}"]
    against = f"bytes and JSON {raw.format('µs')}, oci {sdk.median:.1f} µs"
    ratio = taken[f"ours {shape}"].median / raw.median
    return _row(taken, shape, against, ratio, f"<= {NATIVE_GOAL}", met=ratio <= NATIVE_GOAL)


def _row(
    taken: dict[str, Sample], shape: str, against: str, ratio: float, goal: str, *, met: bool
) -> Result:
    return Result(
        name=f"CPU per token: {NAMES[shape]}",
        measured=taken[f"ours {shape}"].format("µs"),
        against=against,
        ratio=ratio,
        goal=goal,
        met=met,
    )
