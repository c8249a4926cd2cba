"""What the script of every peer does: read the answers that it is told to, and say what it took.

Standard library only: it runs in the environment of a peer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tests.tools import isolation

Reader: TypeAlias = Callable[[int], int]


def serve(version: str, readers: Mapping[str, Reader]) -> None:
    """Say which shapes there are; then, for each line `SHAPE TOKENS`, read and answer in JSON."""
    sys.addaudithook(isolation.watch_sockets)
    say(version=version, shapes=list(readers))
    for line in sys.stdin:
        shape, tokens = line.split()
        try:
            say(**measure(readers[shape], int(tokens)))
        except Exception as error:  # noqa: BLE001 (the other shapes are still worth measuring)
            say(error=f"{type(error).__name__}: {error}"[:300])


def measure(read: Reader, tokens: int) -> dict[str, float]:
    """CPU time in microseconds for each token that was asked for, and the texts that came."""
    began = time.process_time()
    texts = read(tokens)
    return {"us": (time.process_time() - began) / tokens * 1e6, "texts": texts}


def say(**what: object) -> None:
    """One JSON line for whoever started this."""
    print(json.dumps(what), flush=True)
