"""The browser of the tests: `find()` looks for one, `provide()` brings one if there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
MISSING = (
    "No Chromium could be found or installed, and the browser tests need one: "
    "install Chromium or Google Chrome, or set OCIGENAI_CHROMIUM to its path."
)


def find() -> Path | None:
    """`$OCIGENAI_CHROMIUM`, else the first browser on PATH that starts."""
    if chosen := os.environ.get("OCIGENAI_CHROMIUM"):
        return Path(chosen) if starts(Path(chosen)) else None
    found = (Path(path) for name in NAMES if (path := shutil.which(name)))
    return next((path for path in found if starts(path)), None)


def provide() -> Path:
    """A browser that starts: found, from Debian or from Playwright; else end with one line."""
    if path := find():
        return path
    if chosen := os.environ.get("OCIGENAI_CHROMIUM"):
        sys.exit(f"OCIGENAI_CHROMIUM is {chosen}, but no browser starts from there.")
    if debian.install(*PACKAGES) and (path := find()):
        return path
    if path := download():
        return path
    sys.exit(MISSING)


def download() -> Path | None:
    """Playwright's own Chromium, in Playwright's cache; None if it can't be had."""
    from playwright.sync_api import sync_playwright

    print("Downloading Chromium with Playwright ...", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        return None  # a page of stack traces, of which MISSING is the gist
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if starts(path) else None


def starts(path: Path) -> bool:
    """Whether it runs: Ubuntu's `chromium-browser` may be a stub that only names a snap."""
    try:
        done = subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
