"""From what a person names, the environment and the configuration file to settled settings.

Precedence, each with its source kept:

- profile: argument, `OCI_PROFILE`, DEFAULT
- compartment: argument, `OCI_COMPARTMENT`, `OCI_COMPARTMENT_ID`, the profile's tenancy
- region: argument, `OCI_REGION`, the profile's, us-chicago-1
- endpoint: argument, `OCI_ENDPOINT`, the profile's `ocigenai_endpoint`, derived from the region
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocigenai_nb.core.endpoints import (
    DEFAULT_REGION,
    check_endpoint,
    derive_endpoint,
    resolve_region,
)
from ocigenai_nb.core.errors import (
    CompartmentMissingError,
    ConfigError,
    ProfileNotFoundError,
    UsageError,
)
from ocigenai_nb.core.profiles import Profile, find_profile, parse_profiles
from ocigenai_nb.core.routing import Settings
from ocigenai_nb.core.sourced import Sourced, first
from ocigenai_nb.core.suggestions import suggest

from .credentials import Credentials, make_credentials

DEFAULT_CONFIG = "~/.oci/config"
AUTH_TYPES = {
    "api_key": "api_key",
    "security_token": "security_token",
    "session_token": "security_token",
}
PRINCIPALS = ("instance_principal", "resource_principal")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for; None means "not said"."""

    profile: str | None = None
    auth_type: str | None = None
    config_file: str | os.PathLike[str] | None = None
    region: str | None = None
    compartment_id: str | None = None
    endpoint: str | None = None
    allow_any_host: bool = False
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Settled settings, and the credentials that go with them."""

    settings: Settings
    credentials: Credentials = field(repr=False)
    project: str | None = None


def config_path(wishes: Wishes, env: Mapping[str, str] = os.environ) -> Sourced[str]:
    """The configuration file to read: argument, `OCI_CONFIG_FILE`, `~/.oci/config`."""
    found = first(
        (os.fspath(wishes.config_file or ""), "argument config_file"),
        (env.get("OCI_CONFIG_FILE"), "OCI_CONFIG_FILE"),
    )
    return found or Sourced(DEFAULT_CONFIG, "the usual place")


def read_profiles(path: Sourced[str]) -> dict[str, Profile]:
    """The profiles of a configuration file; none where the usual file does not exist.

    Raises ConfigError where a file that was named can't be read, or holds no configuration.
    """
    file = Path(path.value).expanduser()
    try:
        return parse_profiles(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path.value == DEFAULT_CONFIG:
            return {}
        why = "there is no such file"
    except OSError as error:
        why = error.strerror or "it can't be read"
    except UnicodeDecodeError:
        why = "it is not text"
    raise ConfigError(
        f"The OCI configuration {path.value} ({path.source}) can't be read: {why}.",
        remedy="Check the path, or make a configuration with `oci setup config`.",
    )


def settle(wishes: Wishes, env: Mapping[str, str] = os.environ) -> Identity:
    """Everything a signed request needs, each part with its source.

    Raises ConfigError or one of its kinds where something is missing or does not fit.
    """
    kind = _auth_kind(wishes.auth_type)
    path = config_path(wishes, env)
    profiles = read_profiles(path)
    name = first(
        (wishes.profile, "argument profile"), (env.get("OCI_PROFILE"), "OCI_PROFILE")
    ) or Sourced("DEFAULT", "the default")
    if not profiles:
        raise ProfileNotFoundError(
            f"There is no OCI configuration, so no profile {name.value}.",
            remedy=(
                "Make one with `oci setup config`, or use ocigenai_nb.connect(), which answers "
                "from the built-in emulator."
            ),
        )
    profile = find_profile(profiles, name.value)
    if kind and kind != profile.auth.value:
        raise ConfigError(
            f"auth_type={wishes.auth_type!r} does not fit profile {profile.name}: "
            f"{profile.auth.source}, so it signs with {profile.auth.value}.",
            remedy="Leave auth_type out, or name a profile of that kind.",
        )
    settings = _settle(wishes, env, profile, name)
    return Identity(settings, make_credentials(profile), wishes.project)


def _settle(
    wishes: Wishes, env: Mapping[str, str], profile: Profile, name: Sourced[str]
) -> Settings:
    region = first(
        (wishes.region, "argument region"),
        (env.get("OCI_REGION"), "OCI_REGION"),
        _field(profile.region),
    ) or Sourced(DEFAULT_REGION, "the default")
    found, known = resolve_region(region.value)
    note = "" if known else "; a region we don't know, taken for the commercial realm"
    endpoint = first(
        (wishes.endpoint, "argument endpoint"),
        (env.get("OCI_ENDPOINT"), "OCI_ENDPOINT"),
        _field(profile.endpoint),
    ) or Sourced(derive_endpoint(found), f"region {found.name}")
    url = check_endpoint(endpoint.value, allow_any_host=wishes.allow_any_host)
    return Settings(
        profile=name,
        auth=Sourced(profile.auth.value, profile.auth.source),
        region=Sourced(found.name, region.source + note),
        compartment=_compartment(wishes, env, profile),
        endpoint=Sourced(url, endpoint.source),
    )


def _compartment(wishes: Wishes, env: Mapping[str, str], profile: Profile) -> Sourced[str]:
    found = first(
        (wishes.compartment_id, "argument compartment_id"),
        (env.get("OCI_COMPARTMENT"), "OCI_COMPARTMENT"),
        (env.get("OCI_COMPARTMENT_ID"), "OCI_COMPARTMENT_ID"),
    )
    if found is not None:
        return found
    if profile.tenancy is not None:
        return Sourced(profile.tenancy.value, f"tenancy of {profile.tenancy.source}")
    raise CompartmentMissingError(
        f"No compartment is known: profile {profile.name} names no tenancy.",
        remedy="Give compartment_id=, or set OCI_COMPARTMENT.",
    )


def _field(value: Sourced[str] | None) -> tuple[str | None, str]:
    return (value.value, value.source) if value else (None, "")


def _auth_kind(auth_type: str | None) -> str | None:
    if auth_type is None:
        return None
    if auth_type in AUTH_TYPES:
        return AUTH_TYPES[auth_type]
    if auth_type in PRINCIPALS:
        raise UsageError(
            f"auth_type={auth_type!r} isn't there yet in this version.",
            remedy="Sign with a profile: an API key or a session token.",
        )
    known = (*AUTH_TYPES, *PRINCIPALS)
    raise UsageError(
        f"There is no auth_type {auth_type!r}.{suggest(auth_type, known)}",
        remedy=f"Kinds: {', '.join(known)}.",
    )
