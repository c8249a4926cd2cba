"""``python -m ocigenai_nb.emulator``: serves until interrupted, for programs of any language."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Final

from ocigenai_nb import emulator
from ocigenai_nb.emulator.tenancies import DEFAULT_TENANCIES

_PROG: Final = "python -m ocigenai_nb.emulator"
_MORE: Final = """\
what is emulated:
  /openai/v1   chat completions, Responses, Conversations, files, vector stores, file search;
               stores are made below /20231130/openai/v1, as the service has it
  /20231130    chat in all three formats, embedText, rerankText, applyGuardrails; models,
               dedicated endpoints, projects and API keys, to list and to get
  sign-in      API keys, session tokens and their refresh, instance and resource principals,
               workloads of Kubernetes, GenAI API keys; every signature is checked
  /emulator    for tests in any language: GET where what is; GET, POST, DELETE /faults, such as
               {"name": "cut", "after_events": 3}; GET /journal, with ?refused=true; POST /reset.
               A request's header does it for that one: x-ocigenai-fault: status; status=503

what deviates:
  The words are scripted, unless a model stands behind it; OCIDs are made up; it speaks http,
  to this machine only; how the service words a refusal was not recorded for each of them.
  The docstring of ocigenai_nb.emulator and the heads of its modules say it one by one.

how to use it:
  from pytest  the fixtures genai_service and genai, of the plugin that this package brings
  elsewhere    start it with --dir DIR. DIR/emulator.env holds the variables of OpenAI's
               clients and of OCI's CLI, with a key (`set -a; . DIR/emulator.env` in a shell,
               `node --env-file`); DIR/config is for OCI's SDKs, which are given the URL as
               their endpoint. What a file for --tenancies holds is in the docstring
               of ocigenai_nb.emulator.tenancy_files
"""
_BACKEND_HELP: Final = "a server of OpenAI's chat completions, such as http://127.0.0.1:11434/v1"


def main(arguments: Sequence[str] | None = None, *, prog: str = _PROG) -> int:
    """Start the emulator, print one JSON line about it, serve until SIGINT or SIGTERM.

    ``prog`` is what the help calls the program.
    """
    options = _make_parser(prog).parse_args(arguments)
    if options.fetch_model:
        return _fetch()
    if options.verbose:
        logging.basicConfig(stream=sys.stderr, format="%(message)s")
        logging.getLogger("ocigenai_nb.emulator").setLevel(logging.INFO)
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        service = emulator.start(
            directory=options.dir,
            port=options.port,
            pace=options.pace,
            backend=options.backend,
            backend_model=options.backend_model,
            backend_key=_read_key(options.backend_key_variable),
            backend_timeout=options.backend_timeout,
            model=options.model,
            tenancies=options.tenancies or DEFAULT_TENANCIES,
            admin=not options.no_admin,
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with service:
        sys.stdout.write(json.dumps(service.describe()) + "\n")
        sys.stdout.flush()
        stopping.wait()
    return 0


def _make_parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_MORE,
        description="Serve an emulator of OCI Generative AI on 127.0.0.1 until interrupted.\n"
        "Prints one JSON line: url, config_file, env_file, profile, compartment_id, region,\n"
        "profiles, project_id, endpoint_id, conversation_store_id.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: a free one")
    parser.add_argument("--dir", help="folder for the config and keys (default: a temporary one)")
    parser.add_argument("--pace", type=float, help="tokens per second; 0 or none: flat out")
    parser.add_argument(
        "--tenancies",
        metavar="FILE",
        help="a TOML or JSON file of who may call what, and how often (default: three tenancies)",
    )
    parser.add_argument(
        "--no-admin",
        action="store_true",
        help="no /emulator/faults, /journal and /reset, and no x-ocigenai-fault header",
    )
    behind = parser.add_argument_group(
        "what answers", "The emulator's script, unless one of these is put behind it."
    )
    behind.add_argument("--backend", metavar="URL", help=_BACKEND_HELP)
    behind.add_argument("--backend-model", metavar="NAME", help="the name of its model")
    behind.add_argument(
        "--backend-key-variable",
        metavar="NAME",
        help="the environment variable with its API key, if it wants one",
    )
    behind.add_argument(
        "--backend-timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="how long it may say nothing (default: 60)",
    )
    behind.add_argument("--model", choices=("smollm2",), help="a small model of this machine")
    behind.add_argument(
        "--fetch-model", action="store_true", help="fetch that model first, say so, and end"
    )
    parser.add_argument(
        "--verbose", action="store_true", help="say on stderr why requests are refused"
    )
    return parser


def _fetch() -> int:
    from ocigenai_nb.emulator.backend.local_model import ModelMissingError, fetch_model

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    try:
        say(f"The model is in {fetch_model(say)}.")
    except ModelMissingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _read_key(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise ValueError(f"The environment variable {variable} is not set.")
    return os.environ[variable]


if __name__ == "__main__":
    sys.exit(main())
