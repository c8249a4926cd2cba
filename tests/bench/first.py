"""The first `%%ocichat`, one second after loading, against a script whose imports are done.

Ours: a fresh kernel, from sending the cell to the arrival of its first display, Jupyter's way
there and back included. Theirs: a fresh process with `openai` and Oracle's own `oci-genai-auth`,
from loading the key to the first token in its hand.
"""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench.kernels import running_kernel
from tests.bench.processes import MODEL, Emulator, emulator_process
from tests.bench.results import Result, interleave

ROUNDS = 7
PROMPT = "Count from 1 to 20."
PAUSE = 1.0  # seconds from loading to the cell: part of what is measured


def measure() -> list[Result]:
    """Both in turn, against the same emulator."""
    with emulator_process() as emulator:
        time_script(emulator)  # the emulator's own first request is nobody's cost
        taken = interleave(
            ROUNDS,
            {"magic": lambda: time_magic(emulator), "script": lambda: time_script(emulator)},
        )
    magic, script = taken["magic"], taken["script"]
    ratio = magic.median / script.median
    return [
        Result(
            name="first %%ocichat to first token",
            measured=magic.format("ms", digits=0),
            against=f"openai script {script.format('ms', digits=0)}",
            ratio=ratio,
            goal="<= 1",
            met=ratio <= 1,
        )
    ]


def time_magic(emulator: Emulator) -> float:
    """Milliseconds from sending the first cell to its first display."""
    with running_kernel(OCI_CONFIG_FILE=emulator.config_file) as kernel:
        kernel.run("%load_ext ocigenai_nb")
        time.sleep(PAUSE)
        cell = kernel.run(f"%%ocichat {MODEL}\n{PROMPT}")
    return (cell.displays[0].arrived - cell.sent) * 1000


def time_script(emulator: Emulator) -> float:
    """Milliseconds that the script reports."""
    command = (sys.executable, "-m", "tests.bench.openai_script", emulator.config_file)
    arguments = (emulator.url, emulator.compartment_id, MODEL, PROMPT)
    done = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout) * 1000
