"""Keep a test run away from the person's settings and from every network but loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

KEPT = ("OCIGENAI_CHROMIUM", "OCIGENAI_NO_SKIPS", "OCIGENAI_SCREENSHOTS")
REMOVED = ("OCI_", "OCIGENAI_", "LOCUS_", "OPENAI_", "JUPYTER", "IPYTHON")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "ws_proxy", "wss_proxy")
FOLDERS = (
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)

# Where a test tried to go. The hook's own error may be swallowed on the way by a client's retry.
escapes: list[str] = []

# What the person had set for OCI, for the integration tests alone: these may leave the machine,
# and only when a model is named on purpose.
given: dict[str, str] = {}

# The whole environment as it was, for a tool that brings packages: proxies, indexes, caches.
before: dict[str, str] = {}


def clean(environment: MutableMapping[str, str]) -> None:
    """Remove what a person or a machine may have set for OCI, OpenAI, Jupyter or a proxy."""
    before.update(environment)
    given.update({name: environment[name] for name in environment if name.startswith("OCI_")})
    given.setdefault("HOME", environment.get("HOME", ""))
    for name in list(environment):
        ours = name.startswith(REMOVED) and name not in KEPT
        if ours or name.lower() in PROXIES:
            del environment[name]


def move_home(environment: MutableMapping[str, str], home: Path) -> None:
    """Make `home` the home folder, with the folders of Jupyter inside it."""
    environment["HOME"] = environment["USERPROFILE"] = str(home)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)
    for name in FOLDERS:
        environment[name] = str(home / name.lower())


def watch_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to resolve or reach anything but loopback: an audit hook, so nothing gets by it."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a Unix socket's path
    else:
        return
    if not is_loopback(host) and "OCI_MODEL_ID" not in given:
        escapes.append(str(host))
        raise PermissionError(f"Tests reach loopback only, not {host!r}.")


def is_loopback(host: str | bytes | None) -> bool:
    """Whether `host`, a name or an address, is this machine (None: no host at all)."""
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
