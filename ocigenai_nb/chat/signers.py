"""Who could sign requests here: profiles, the machine's own principals, and the emulator.

Nothing is asked of any network: an instance is told by what the firmware says of it (as cloud-init
does), a resource or a pod by its environment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from ocigenai_nb.core.errors import ConfigError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.routing import shorten
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.transports.credentials import token_expiry
from ocigenai_nb.transports.principals import is_workload
from ocigenai_nb.transports.settings import Wishes, config_path

from .connecting import connect, connect_emulator, list_profiles
from .connection import Connection
from .profile_checks import check_config_file, check_profile
from .sign_in import Check, failed

SignerKind: TypeAlias = Literal["profile", "principal", "emulator"]

# In brackets, so that no profile is likely to have the name.
EMULATOR = "(emulator)"
INSTANCE = "(instance principal)"
RESOURCE = "(resource principal)"
_AUTH_TYPES = {INSTANCE: "instance_principal", RESOURCE: "resource_principal"}

# Source: cloud-init's Oracle data source.
_CHASSIS = Path("/sys/class/dmi/id/chassis_asset_tag")
_ORACLE = "OracleCloud.com"
_VERSION = "OCI_RESOURCE_PRINCIPAL_VERSION"
_TOKEN = "OCI_RESOURCE_PRINCIPAL_RPST"  # noqa: S105 (a variable's name)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who could sign. `auth` is as in `auth_type=`; `region` and `tenancy` are "" if not known.

    `name` is a profile's, or one in brackets; OCIDs are shortened.
    """

    name: str
    kind: SignerKind
    auth: str
    region: str = ""
    tenancy: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Signers:
    """Who could sign, and the one that `connect()` takes (`usual`).

    `config_file` is where profiles were looked for, and `checks` are those of that file.
    """

    found: tuple[Signer, ...]
    usual: str
    config_file: Sourced[str]
    checks: tuple[Check, ...] = ()

    def find(self, name: str) -> Signer | None:
        """The signer of that name; None where there is none."""
        return next((signer for signer in self.found if signer.name == name), None)


def list_signers(
    config_file: str | os.PathLike[str] | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    chassis: Path = _CHASSIS,
    now: Callable[[], float] = time.time,
) -> Signers:
    """Look for everybody who could sign. A configuration that can't be read is a failed check.

    `chassis` is where the firmware's word on the machine is read; `now` is in seconds since 1970.
    """
    path, profiles, checks = read_configuration(config_file)
    found = (
        *(_describe_profile(profile, now) for profile in profiles.values()),
        *find_principals(env, chassis=chassis, now=now),
        Signer(EMULATOR, "emulator", "none"),
    )
    return Signers(found, _usual(profiles, env, checks), path, checks)


def connect_as(
    name: str,
    *,
    config_file: str | os.PathLike[str] | None = None,
    region: str = "",
    compartment_id: str = "",
    endpoint: str = "",
) -> Connection:
    """A connection for the signer of that name; "" leaves a setting as it is found.

    The emulator has its own settings. Raises what `connect` raises.
    """
    if name == EMULATOR:
        return connect_emulator()
    wish = partial(
        connect,
        region=region or None,
        compartment_id=compartment_id or None,
        endpoint=endpoint or None,
    )
    if name in _AUTH_TYPES:
        return wish(auth_type=_AUTH_TYPES[name])
    return wish(name, config_file=config_file)


def read_configuration(
    config_file: str | os.PathLike[str] | None = None,
) -> tuple[Sourced[str], Mapping[str, Profile], tuple[Check, ...]]:
    """The configuration that `connect()` reads: where it is, its profiles, and its own checks."""
    try:
        path, profiles = list_profiles(config_file)
    except ConfigError as error:
        named = config_path(Wishes(config_file=config_file))
        return named, {}, (failed("configuration", error),)
    try:
        checks: tuple[Check, ...] = (check_config_file(path.value),)
    except OSError:
        text = f"There is no OCI configuration ({path.value})."
        remedy = "Make one with `oci setup config`, or begin with the emulator."
        checks = (Check("configuration", "warned", text, remedy),)
    return path, profiles, checks


def _usual(
    profiles: Mapping[str, Profile], env: Mapping[str, str], checks: tuple[Check, ...]
) -> str:
    named = env.get("OCI_PROFILE")
    if named or "DEFAULT" in profiles:
        return named or "DEFAULT"
    unreadable = not profiles and any(check.outcome == "failed" for check in checks)
    return RESOURCE if _VERSION in env and not unreadable else EMULATOR


def _describe_profile(profile: Profile, now: Callable[[], float]) -> Signer:
    return Signer(
        profile.name,
        "profile",
        profile.auth.value,
        region=profile.region.value if profile.region else "",
        tenancy=shorten(profile.tenancy.value) if profile.tenancy else "",
        checks=check_profile(profile, now=now),
    )


def find_principals(
    env: Mapping[str, str] = os.environ,
    *,
    chassis: Path = _CHASSIS,
    now: Callable[[], float] = time.time,
) -> list[Signer]:
    """The machine's own principals, as far as its environment and firmware tell."""
    found = []
    region = env.get("OCI_RESOURCE_PRINCIPAL_REGION", "")
    if _VERSION in env:
        check = _check_resource(env, now())
        found.append(Signer(RESOURCE, "principal", "resource_principal", region, "", (check,)))
    elif is_workload(env):
        text = "A pod of Kubernetes; on OKE its workload identity signs."
        check = Check("environment", "passed", text)
        found.append(Signer(RESOURCE, "principal", "resource_principal", region, "", (check,)))
    if (seen := _see_instance(env, chassis)) is not None:
        found.append(Signer(INSTANCE, "principal", "instance_principal", "", "", (seen,)))
    return found


def _check_resource(env: Mapping[str, str], now: float) -> Check:
    """What the environment says; where it holds the token itself, whether that is still good."""
    token = env.get(_TOKEN, "")
    if token.startswith("/"):
        with suppress(OSError, ValueError):
            token = Path(token).read_text(encoding="ascii").strip()
    ends = token_expiry(token)
    if ends is not None and ends <= now:
        text = "The token that the environment holds has expired."
        return Check("token", "failed", text, "Start the function or pod anew.")
    return Check("environment", "passed", f"The environment has version {env[_VERSION]} of it.")


def _see_instance(env: Mapping[str, str], chassis: Path) -> Check | None:
    """Why this seems to be a compute instance; None where nothing says so."""
    if env.get("OCI_METADATA_BASE_URL"):
        return Check("environment", "passed", "OCI_METADATA_BASE_URL is set.")
    with suppress(OSError, ValueError):
        if chassis.read_text(encoding="ascii").strip() == _ORACLE:
            return Check("environment", "passed", "The firmware says that this is OCI compute.")
    return None
