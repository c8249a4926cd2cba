"""Clients that others wrote, against the emulator: `python -m tests.peers [NAME...]`.

Each runs real flows in an environment of its own, of exactly the packages that `NAME.txt` pins by
hash (`tests.peers.bench` tells how a version is moved), unmodified and aimed as its users aim it.
One emulator, in this process, checks every signature and answers; of Responses' input it takes
the short form, too, as the service was seen to do since the middle of 2026. The table has a cell
for each client and flow. The exit status is 1 where a flow failed, a request was refused, or a
defect that is told of a client is no longer there.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from ocigenai_nb import emulator
from tests.peers.environments import python_of
from tests.peers.flows import Aim
from tests.peers.running import run_client
from tests.peers.table import CLIENTS, Client, Row, has_failed, write_table
from tests.tools import isolation


def main(arguments: list[str]) -> int:
    """Run the clients that are named, or all of them, and print the table."""
    options = read_options(arguments)
    clients = [client for client in CLIENTS if client.name in (options.names or {client.name})]
    began = time.monotonic()
    for environment in dict.fromkeys(client.environment for client in clients):
        python_of(environment)
    made = time.monotonic()
    isolation.clean(os.environ)
    with tempfile.TemporaryDirectory() as home:
        isolation.move_home(os.environ, Path(home))
        logs = options.keep or Path(home)
        logs.mkdir(parents=True, exist_ok=True)
        rows = run_clients(clients, logs)
    print(f"\n{write_table(rows)}")
    print(
        f"\n{sum(row.accepted for row in rows)} requests, every signature and key checked; "
        f"{time.monotonic() - made:.0f} s (environments: {made - began:.0f} s); "
        f"Python {platform.python_version()}."
    )
    return int(has_failed(rows))


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Which clients, and where to keep what their packages print."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers")
    names = [client.name for client in CLIENTS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--keep", type=Path, help="a folder for what the clients' packages print")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"There is no client {', '.join(sorted(unknown))}.")
    return options


def run_clients(clients: list[Client], logs: Path) -> list[Row]:
    """Each client against one emulator, which forgets in between."""
    rows = []
    with emulator.start() as service:
        for client in clients:
            service.reset()
            aim = Aim(
                url=service.url,
                config_file=str(service.config_file),
                profile=service.profile,
                compartment_id=service.compartment_id,
                project_id=service.project_id,
                api_key=service.genai_api_key,
                region=service.region,
            )
            print(f"{client.name} ...", flush=True)
            rows.append(run_client(client, service, aim, logs / f"{client.name}.log"))
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
