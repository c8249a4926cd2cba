"""``python -m ocigenai_nb.emulator``: serves until interrupted, for programs of any language."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Final

from ocigenai_nb import emulator

_PROG: Final = "python -m ocigenai_nb.emulator"


def main(arguments: Sequence[str] | None = None, *, prog: str = _PROG) -> int:
    """Start the emulator, print one JSON line about it, serve until SIGINT or SIGTERM.

    ``prog`` is what the help calls the program.
    """
    options = _make_parser(prog).parse_args(arguments)
    if options.verbose:
        logging.basicConfig(stream=sys.stderr, format="%(message)s")
        logging.getLogger("ocigenai_nb.emulator").setLevel(logging.INFO)
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        service = emulator.start(directory=options.dir, port=options.port, pace=options.pace)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with service:
        known = {
            "url": service.url,
            "config_file": str(service.config_file),
            "profile": service.profile,
            "compartment_id": service.compartment_id,
            "region": service.region,
            "profiles": service.profiles,
            "project_id": service.project_id,
            "endpoint_id": service.endpoint_id,
        }
        sys.stdout.write(json.dumps(known) + "\n")
        sys.stdout.flush()
        stopping.wait()
    return 0


def _make_parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Serve an emulator of OCI Generative AI on 127.0.0.1 until interrupted. "
        "Prints one JSON line: url, config_file, profile, compartment_id, region, profiles, "
        "project_id, endpoint_id.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: a free one")
    parser.add_argument("--dir", help="folder for the config and keys (default: a temporary one)")
    parser.add_argument("--pace", type=float, help="tokens per second; 0 or none: flat out")
    parser.add_argument(
        "--verbose", action="store_true", help="say on stderr why requests are refused"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
