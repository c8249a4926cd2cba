"""Who signs, where nothing or little is said: the built-in emulator where there is no profile.

Where no profile is named: `OCI_PROFILE`, then DEFAULT of the configuration, then a resource
principal where its environment is there, then the emulator. The connection says which, and why.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path

from ocigenai_nb import emulator
from ocigenai_nb.core.errors import ProfileNotFoundError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.sourced import EMULATOR, Sourced
from ocigenai_nb.transports.settings import Wishes, config_path, read_profiles, settle

from .connection import Connection
from .journal import Journal

EMULATOR_PACE = 120.0  # tokens per second, as a fast model streams

ASKED_FOR = "It was asked for"
"""How the origin begins of an emulator that somebody chose."""

_RESOURCE_PRINCIPAL = "OCI_RESOURCE_PRINCIPAL_VERSION"


@strict_options
def connect(
    profile: str | None = None,
    *,
    auth_type: str | Enum | None = None,
    api_key: str | None = None,
    federation_endpoint: str | None = None,
    config_file: str | os.PathLike[str] | None = None,
    region: str | None = None,
    compartment_id: str | None = None,
    endpoint: str | None = None,
    allow_any_host: bool = False,
    project: str | None = None,
    journal: Journal | None = None,
) -> Connection:
    """Connect to OCI Generative AI, or to the built-in emulator where there is no profile.

    >>> genai = og.connect()
    >>> print(genai.chat().send("What is 17 * 23?"))
    17 * 23 = 391

    Every argument may be left out: `profile` and `config_file` as in `~/.oci/config`, `auth_type`
    one of `OCIAuthType` (`federation_endpoint` is for "instance_principal"), `api_key` a
    Generative AI API key instead of either, `region` by name or short code, `compartment_id` and
    `project` as OCIDs, `endpoint` as the root of the service's URL. `allow_any_host` lets
    requests go to a host outside Oracle's realms. `journal` takes down every exchange; by default
    one in memory does, for the whole process. Nothing is sent by connecting.

    Raises UsageError for two identities at once, and ConfigError or one of its kinds for settings
    that can't work.
    """
    wishes = Wishes(
        profile=profile,
        auth_type=auth_type,
        api_key=api_key,
        federation_endpoint=federation_endpoint,
        config_file=config_file,
        region=region,
        compartment_id=compartment_id,
        endpoint=endpoint,
        allow_any_host=allow_any_host,
        project=project,
    )
    why = _why_no_profile(wishes, os.environ)
    if why is None:
        return Connection(settle(wishes), journal=journal)
    if _RESOURCE_PRINCIPAL in os.environ:
        found = settle(replace(wishes, auth_type="resource_principal", config_file=None))
        origin = f"{why}, so this machine's resource principal signs."
        return Connection(found, origin=origin, journal=journal)
    if endpoint or compartment_id:
        raise ProfileNotFoundError(
            f"{why}, so there is nobody to sign as.",
            remedy="Name a profile, or call connect() alone for the built-in emulator.",
        )
    return _emulated(replace(wishes, profile=None, config_file=None), why, journal)


@strict_options
def connect_emulator(*, journal: Journal | None = None) -> Connection:
    """Connect to the built-in emulator, whatever profiles there are. Nothing leaves this machine.

    `journal` is that of `connect()`.
    """
    return _emulated(Wishes(), ASKED_FOR, journal)


def list_profiles(
    config_file: str | os.PathLike[str] | None = None,
) -> tuple[Sourced[str], dict[str, Profile]]:
    """The configuration file that `connect()` reads, and its profiles by name; empty without one.

    Raises ConfigError where a file that was named can't be read, or holds no configuration.
    """
    path = config_path(Wishes(config_file=config_file), os.environ)
    return path, read_profiles(path)


def _why_no_profile(wishes: Wishes, env: Mapping[str, str]) -> str | None:
    """Why there is no profile to use; None where there is one, or one was named."""
    if wishes.profile or wishes.auth_type or wishes.api_key or env.get("OCI_PROFILE"):
        return None
    path = config_path(wishes, env)
    profiles = read_profiles(path)
    if "DEFAULT" in profiles:
        return None
    if not profiles:
        there = Path(path.value).expanduser().exists()
        return (
            f"The OCI configuration ({path.value}) has no profile"
            if there
            else f"There is no OCI configuration ({path.value})"
        )
    return f"The OCI configuration has no [DEFAULT], only {', '.join(profiles)}"


def _emulated(wishes: Wishes, why: str, journal: Journal | None) -> Connection:
    service = _service()
    wishes = replace(wishes, profile=service.profile, config_file=service.config_file)
    # Without the environment: what it says of a region or an endpoint is meant for the real one.
    identity = settle(wishes, env={})
    settings = replace(
        identity.settings,
        profile=Sourced(service.profile, EMULATOR),
        endpoint=Sourced(identity.settings.endpoint.value, EMULATOR),
    )
    origin = f"{why}, so the built-in emulator answers. Nothing leaves this machine."
    found = replace(identity, settings=settings)
    return Connection(found, origin=origin, emulated=True, journal=journal)


# By process: a forked child has the memory of its parent's emulator, but not its thread.
_services: dict[int, emulator.Service] = {}
_lock = threading.Lock()


def _service() -> emulator.Service:
    """The emulator of this process, started when first needed and stopped with the process."""
    with _lock:
        service = _services.get(os.getpid())
        if service is None:
            service = _services[os.getpid()] = emulator.start(pace=EMULATOR_PACE)
            atexit.register(service.stop)
        return service
