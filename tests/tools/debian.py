"""Debian's package manager, where there is one and we may use it. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess


def install(*packages: str) -> bool:
    """Install `packages` and say whether that worked; False where apt or the right is missing."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    print("Installing", *packages, "with apt-get ...", flush=True)
    options = ("-qq", "-o=Dpkg::Use-Pty=0")
    update = ["apt-get", *options, "update"]
    install = ["apt-get", *options, "install", "--yes", "--no-install-recommends", *packages]
    return all(run(command) for command in (update, install))


def run(command: list[str]) -> bool:
    """Run one apt-get command that asks nothing; show what it printed only if it failed."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0
