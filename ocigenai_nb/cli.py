"""The command `ocigenai-nb`: doctor, lab, emulator.

What is heavy is imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from . import __version__

if TYPE_CHECKING:
    from .chat.sign_in import Check

PROG: Final = "ocigenai-nb"
QUICKSTART: Final = "01_quickstart.ipynb"
FOLDER: Final = "ocigenai_nb_tutorials"

_COMMANDS: Final = {
    "doctor": "check packages, profile, key, clock, network, sign-in, policy, model and project",
    "lab": "open JupyterLab on the tutorials",
    "emulator": "serve an emulator of OCI Generative AI on this machine",
}
_CONFIG_PATH = "JUPYTER_CONFIG_PATH"  # where Jupyter looks besides the user's own settings
_TUTORIALS = ("*.ipynb", "*.png", "config.py")
_ASCII_MARKS = {"passed": "+", "warned": "!", "failed": "x"}
_COLORS = {"passed": "32", "warned": "33", "failed": "31"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status: 0, 1 where something failed, 2 for wrong use."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = _make_parser()
    if not words:
        parser.print_help(sys.stderr)
        return 2
    found = parser.parse_args(words)
    commands = {"doctor": run_doctor, "lab": run_lab, "emulator": run_emulator}
    try:
        status = commands[found.command](found.rest)
        sys.stdout.flush()  # here, where a reader that has left can be borne
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read it has left; at exit Python would try to write the rest and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def run_doctor(words: Sequence[str]) -> int:
    """Check what a request needs, line by line. 1 where a check failed."""
    parser = _make_doctor_parser()
    found = parser.parse_args(words)

    from .chat.doctor import examine, summarize
    from .chat.sign_in import worst
    from .core.errors import UsageError
    from .transports.settings import Wishes

    wishes = Wishes(
        profile=found.profile,
        config_file=found.config_file,
        auth_type=found.auth_type,
        region=found.region,
        compartment_id=found.compartment_id,
        endpoint=found.endpoint,
        project=found.project,
    )
    checks: list[Check] = []
    try:
        for check in examine(wishes, model=found.model, offline=found.offline):
            checks.append(check)
            if not found.json:
                write_check(check, sys.stdout, os.environ)
    except UsageError as error:
        parser.error(" ".join(error.lines()))
    outcome = worst(tuple(checks))
    if found.json:
        _write_json(checks, outcome)
    else:
        sys.stdout.write(f"\n{summarize(checks, offline=found.offline)}\n")
    return 1 if outcome == "failed" else 0


def write_check(check: Check, out: TextIO, env: Mapping[str, str]) -> None:
    """One check on a line, its remedy indented below; colored on a terminal that may have it."""
    from .chat.doctor import lay_out
    from .chat.sign_in import MARKS

    plain = not _can_encode("".join(MARKS.values()), out)
    mark = (_ASCII_MARKS if plain else MARKS)[check.outcome]
    if out.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb":
        mark = f"\033[{_COLORS[check.outcome]}m{mark}\033[0m"
    out.write(f"{_encodable(lay_out(check, mark), out)}\n")
    out.flush()


def run_lab(words: Sequence[str]) -> int:
    """Copy the tutorials into a folder, unless they are there, and open JupyterLab on them."""
    if words[:1] in (["-h"], ["--help"]):
        _make_lab_parser().print_help()
        return 0
    named = bool(words) and not words[0].startswith("-")
    folder = Path(words[0] if named else FOLDER).expanduser()
    if importlib.util.find_spec("jupyterlab") is None:
        sys.stderr.write("JupyterLab is not installed: pip install jupyterlab\n")
        return 1
    try:
        kept = copy_tutorials(find_tutorials(), folder)
    except OSError as error:
        sys.stderr.write(f"The tutorials can't be written to {folder}: {error.strerror}.\n")
        return 1
    sys.stdout.write(f"The tutorials are in {folder}.\n")
    if kept:
        names = ", ".join(kept)
        sys.stdout.write(f"Kept as they are there, unlike this version's: {names}.\n")
    sys.stdout.flush()
    flags = [str(folder), f"--LabApp.default_url=/lab/tree/{QUICKSTART}", *words[named:]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in flags:
        flags.append("--allow-root")  # in a container one is root, and Jupyter wants to hear it
    # Its first start would ask about news, over the first tutorial; news_url does not stop that.
    paths = [str(Path(__file__).with_name("jupyter_config")), os.environ.get(_CONFIG_PATH, "")]
    os.environ[_CONFIG_PATH] = os.pathsep.join(filter(None, paths))
    sys.argv = ["jupyter-lab", *flags]
    importlib.import_module("jupyterlab.labapp").main()
    return 0


def find_tutorials() -> Path:
    """Where the tutorials are: in the installed package, or in the checkout that it runs from."""
    package = Path(__file__).resolve().parent
    installed = package / "notebooks"
    return installed if (installed / QUICKSTART).is_file() else package.parent / "notebooks"


def copy_tutorials(source: Path, folder: Path) -> list[str]:
    """Copy what is missing in `folder`; the names of the files there that differ, and are kept.

    Raises OSError where the folder can't be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[str] = []
    if folder.resolve() == source:
        return kept
    for path in sorted(path for pattern in _TUTORIALS for path in source.glob(pattern)):
        copy = folder / path.name
        if not copy.exists():
            shutil.copyfile(path, copy)
        elif copy.read_bytes() != path.read_bytes():
            kept.append(path.name)
    return kept


def run_emulator(words: Sequence[str]) -> int:
    """Serve the emulator until interrupted."""
    from .emulator.__main__ import main as serve

    return serve(words, prog=f"{PROG} emulator")


def _make_parser() -> argparse.ArgumentParser:
    width = max(map(len, _COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {text}" for name, text in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROG,
        usage=f"{PROG} [-h] [--version] COMMAND ...",
        description="Explore the models of Oracle's OCI Generative AI from a notebook.",
        epilog=f"commands:\n{commands}\n\n`{PROG} COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ocigenai_nb {__version__}")
    parser.add_argument("command", metavar="COMMAND", type=_read_command, help="one of the below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _read_command(word: str) -> str:
    if word not in _COMMANDS:
        from .core.suggestions import suggest

        near = suggest(word, _COMMANDS) or f" There are: {', '.join(_COMMANDS)}."
        raise argparse.ArgumentTypeError(f"there is no command {word!r}.{near}")
    return word


def _make_doctor_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} doctor",
        description="Check all that a request needs. It sends one request of about 40 tokens, "
        "charged like any other; one more for a project, and one more where the model does not "
        "answer. The exit status is 0 where nothing failed, 1 where a check failed, 2 for wrong "
        "use. What is not said is found as og.connect() finds it.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-p", "--profile", metavar="NAME", help="profile of the OCI configuration")
    add("--config-file", metavar="FILE", help="the OCI configuration")
    add("--auth-type", metavar="KIND", help="such as instance_principal or resource_principal")
    add("--region", metavar="NAME", help="region, such as eu-frankfurt-1 or fra")
    add("--compartment-id", metavar="OCID", help="the compartment that requests name")
    add("--endpoint", metavar="URL", help="root of the service's URL")
    add("--project", metavar="OCID", help="a Generative AI project to try, with one request more")
    add("-m", "--model", metavar="ID", help="the model to ask; by default one of the region's")
    add("--offline", action="store_true", help="send nothing: check what is on this machine")
    add("--json", action="store_true", help="write one JSON object instead of lines")
    return parser


def _make_lab_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} lab",
        usage=f"{PROG} lab [FOLDER] [JupyterLab's own flags]",
        description="Copy the tutorials into FOLDER and open JupyterLab on the first of them. "
        "What is in FOLDER already is never overwritten. `jupyter lab --help` lists JupyterLab's "
        "flags.",
    )
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help=f"by default ./{FOLDER}")
    return parser


def _write_json(checks: Sequence[Check], outcome: str) -> None:
    from dataclasses import asdict

    found = {"outcome": outcome, "checks": [asdict(check) for check in checks]}
    sys.stdout.write(f"{json.dumps(found, indent=2)}\n")


def _can_encode(text: str, out: TextIO) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _encodable(text: str, out: TextIO) -> str:
    """The text as the stream can write it."""
    if _can_encode(text, out):
        return text
    encoding = out.encoding or "ascii"
    return text.replace("…", "...").encode(encoding, "replace").decode(encoding)
