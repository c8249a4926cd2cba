"""Other versions of a package than the environment's, each in a folder beside its packages.

A process has that version when the folder is on its PYTHONPATH: everything else it takes from the
environment. A folder is made when it is first asked for, and kept in the environment.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from tests.tools import environment, isolation


@dataclass(frozen=True, slots=True)
class Overlay:
    """A version of `package`, as "==6.31.*", and what it needs beyond what the environment has."""

    package: str
    version: str
    needs: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is, or will be."""
        version = self.version.strip("=.*")
        return Path(sys.prefix) / "overlays" / f"{self.package}-{version}"

    @property
    def installed(self) -> str:
        """The version that is in the folder."""
        return next(iter(distributions(name=self.package, path=[str(self.folder)]))).version


OPENAI_2 = Overlay("openai", "==2.*", ("distro", "tqdm"))

# Without subshells.
IPYKERNEL_6 = Overlay("ipykernel", "==6.31.*", ("nest-asyncio", "psutil"))

ALL = (OPENAI_2, IPYKERNEL_6)


def provide(overlay: Overlay) -> Path:
    """The overlay's folder, filled: by this call unless it was before."""
    folder = overlay.folder
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder.parent))
        install_into(unfinished, overlay)
        try:
            unfinished.rename(folder)
        except OSError:  # another run was quicker
            shutil.rmtree(unfinished)
    return folder


def install_into(folder: Path, overlay: Overlay) -> None:
    """Install the overlay into `folder`, with uv or else with pip, as the person has set them."""
    wanted = f"{overlay.package}{overlay.version}"
    packages: list[str | Path] = ["--no-deps", "--target", folder, wanted, *overlay.needs]
    settings = isolation.before or dict(os.environ)
    if not environment.install_packages(Path(sys.executable), *packages, settings=settings):
        shutil.rmtree(folder)
        sys.exit(f"{wanted} could not be installed, see above.")
