"""What a client's script in `tests.peers.clients` shows, flow by flow, to `python -m tests.peers`.

It runs in the client's own environment, so only the standard library is imported here. A script
ends with one call of `run`, which answers each flow named on a line of standard input with a line
of JSON on standard output. What else the client's packages print goes to standard error. Only
loopback can be reached from then on.

A flow takes the `Aim`, asserts the *content* of what came, and returns a remark or None. Each of
`FLOWS` is in exactly one of `flows`, `absent` (the client has no such thing: why, in a few words)
and `defects` (the name of a function of the same script, `defect_...`, which takes nothing, shows
with the client alone what is broken in it, and returns that in a sentence; where the client was
mended it raises, and the cell fails, so that we notice).
"""

from __future__ import annotations

import base64
import json
import math
import os
import struct
import sys
import threading
import traceback
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from importlib.metadata import version

from tests.tools import isolation

FLOWS = (
    "chat",
    "stream",
    "async",
    "tools",
    "structured",
    "vision",
    "embeddings",
    "rerank",
    "responses",
    "thread",
    "models",
)
LIMIT = 60.0  # seconds for a flow
PREFIX = "OCIGENAI_PEERS_"  # of the environment variables that carry an Aim

QUESTION = "what is 17 * 23?"
ANSWER = "391"
SIMILAR = ("The cat sat on the mat.", "A cat is sitting on a mat.")
DISSIMILAR = "Quarterly revenue grew by nine percent."


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the emulator is, and who calls it."""

    url: str  # the root, such as http://127.0.0.1:8000
    config_file: str
    profile: str
    compartment_id: str
    project_id: str
    api_key: str  # a GenAI API key, for bearer
    region: str

    @classmethod
    def from_environment(cls) -> Aim:
        """What the parent process says."""
        return cls(*(os.environ[PREFIX + one.name.upper()] for one in fields(cls)))


Flow = Callable[[Aim], str | None]


def run(
    package: str,
    flows: Mapping[str, Flow],
    absent: Mapping[str, str],
    defects: Mapping[str, str] | None = None,
) -> None:
    """Say the version of the package, then show each flow that is asked for.

    Raises:
        ValueError: If a flow has no place, or several.
    """
    shown = defects or {}
    check([*flows, *absent, *shown])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.addaudithook(isolation.watch_sockets)
    print(json.dumps({"package": package, "version": version(package)}), file=answers)
    aim = Aim.from_environment()
    for line in sys.stdin:
        flow = line.strip()
        if flow in absent:
            result, remark = "absent", absent.get(flow)
        elif flow in shown:
            result, remark = attempt("defect", getattr(sys.modules["__main__"], shown[flow]))
        else:
            result, remark = attempt("ok", partial(flows[flow], aim))
        print(json.dumps({"flow": flow, "result": result, "remark": remark}), file=answers)
    answers.flush()
    os._exit(0)  # a client may have left threads that would keep the process


def add_escapes(remark: str | None) -> str | None:
    """The remark, with what the client tried to reach beside the emulator, and could not."""
    if not isolation.escapes:
        return remark
    tried = f"it tried to reach {', '.join(sorted(set(isolation.escapes)))}"
    isolation.escapes.clear()
    return f"{remark}; {tried}" if remark else tried


def check(placed: Sequence[str]) -> None:
    """Refuse flows without a place, with several, or of no such name."""
    if sorted(placed) != sorted(FLOWS):
        odd = sorted({one for one in (*placed, *FLOWS) if placed.count(one) != 1})
        odd += sorted(set(placed) - set(FLOWS))
        raise ValueError(f"Each flow needs one place: see {', '.join(odd)}.")


def attempt(good: str, show: Callable[[], str | None]) -> tuple[str, str | None]:
    """The result of something that is done within the limit of time, or how it failed."""
    outcome: list[tuple[str, str | None]] = []

    def work() -> None:
        try:
            outcome.append((good, show()))
        except BaseException as error:  # noqa: BLE001 - a client may raise whatever it likes
            traceback.print_exc()
            outcome.append(("failed", f"{type(error).__name__}: {error}"[:300]))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LIMIT)
    result, remark = outcome[0] if outcome else ("failed", f"took more than {LIMIT:.0f} s")
    return result, add_escapes(remark)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """How near two embeddings are, at most 1."""
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def check_embeddings(similar: Sequence[Sequence[float]], dissimilar: Sequence[float]) -> None:
    """Assert that the two of `SIMILAR` are nearer to each other than to `DISSIMILAR`."""
    one, other = similar
    assert cosine(one, other) > max(cosine(one, dissimilar), cosine(other, dissimilar))


def make_picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG of nothing but red."""
    rows = (b"\0" + b"\xff\0\0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def make_picture_url() -> str:
    """The picture, as a data URL."""
    return "data:image/png;base64," + base64.b64encode(make_picture()).decode()
