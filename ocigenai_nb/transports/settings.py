"""From what a person names, the environment and the configuration file to settled settings.

Precedence, each with its source kept:

- profile: argument, `OCI_PROFILE`, DEFAULT
- compartment: argument, `OCI_COMPARTMENT`, `OCI_COMPARTMENT_ID`, the profile's tenancy
- region: argument, `OCI_REGION`, the profile's, us-chicago-1
- endpoint: argument, `OCI_ENDPOINT`, the profile's `ocigenai_endpoint`, derived from the region
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path

from ocigenai_nb.core.endpoints import (
    DEFAULT_REGION,
    auth_endpoint,
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
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.routing import Settings
from ocigenai_nb.core.sourced import Sourced, first
from ocigenai_nb.core.suggestions import suggest

from .credentials import ApiKeyCredentials, BearerCredentials, Credentials
from .principals import instance_principal, resource_principal
from .session import SessionTokenCredentials

DEFAULT_CONFIG = "~/.oci/config"


class OCIAuthType(StrEnum):
    """The names that `auth_type=` takes, as the specification has them."""

    API_KEY = "api_key"
    """A user's key, as the profile has it."""
    SECURITY_TOKEN = "security_token"  # noqa: S105 (a name)
    """A session's token, as the profile has it."""
    SESSION_TOKEN = "session_token"  # noqa: S105
    """The same, by its older name."""
    INSTANCE_PRINCIPAL = "instance_principal"
    """This machine, where it is a compute instance."""
    RESOURCE_PRINCIPAL = "resource_principal"
    """What this program runs as: a function, a notebook session, a workload of a cluster."""


# Each name and the kind that it means; a session token is a security token by its older name.
AUTH_TYPES = {kind.value: kind.value for kind in OCIAuthType} | {"session_token": "security_token"}
PROFILE_AUTH = ("api_key", "security_token")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for; None means "not said"."""

    profile: str | None = None
    auth_type: str | Enum | None = None
    config_file: str | os.PathLike[str] | None = None
    region: str | None = None
    compartment_id: str | None = None
    endpoint: str | None = None
    allow_any_host: bool = False
    project: str | None = None
    api_key: str | None = field(default=None, repr=False)
    federation_endpoint: str | None = None


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


def settle(
    wishes: Wishes, env: Mapping[str, str] = os.environ, *, now: Callable[[], float] = time.time
) -> Identity:
    """Everything a signed request needs, each part with its source.

    Raises UsageError where two identities are asked for at once, and ConfigError or one of its
    kinds where something is missing or does not fit. Nothing is sent.
    """
    _check_texts(wishes)
    auth = _auth_type(wishes)
    if wishes.federation_endpoint and (auth is None or auth.value != "instance_principal"):
        raise UsageError(
            "federation_endpoint= is for auth_type='instance_principal' alone.",
            remedy="Leave it out.",
        )
    if auth is None or auth.value in PROFILE_AUTH:
        profile, name = _find_profile(wishes, env)
        _check_auth(wishes, profile)
        auth = Sourced(profile.auth.value, profile.auth.source)
    else:
        profile, name = None, Sourced("none", f"auth_type {auth.value} needs no profile")
    settings = _settle(wishes, env, profile, name, auth)
    return Identity(settings, _credentials(wishes, env, profile, settings, now), wishes.project)


def _check_texts(wishes: Wishes) -> None:
    """These travel in headers, which take no line's end and nothing beyond ASCII."""
    for name in ("api_key", "project"):
        text = getattr(wishes, name)
        if text is not None and not (text and text.isascii() and text.isprintable()):
            why = "is empty" if not text else "holds a character that no header can carry"
            raise UsageError(f"{name}= {why}.", remedy="Check it for a line's end or a stray sign.")


def _auth_type(wishes: Wishes) -> Sourced[str] | None:
    """The kind of identity that was asked for; None where the profile tells it."""
    named = wishes.auth_type.value if isinstance(wishes.auth_type, Enum) else wishes.auth_type
    if wishes.api_key is not None:
        if named or wishes.profile:
            raise _two("api_key=", "profile=" if wishes.profile else "auth_type=")
        return Sourced(BearerCredentials.kind, "argument api_key")
    if named is None:
        return None
    if named not in AUTH_TYPES:
        raise UsageError(
            f"There is no auth_type {named!r}.{suggest(named, AUTH_TYPES)}",
            remedy=f"Kinds: {', '.join(AUTH_TYPES)}.",
        )
    kind = AUTH_TYPES[named]
    if kind not in PROFILE_AUTH and wishes.profile:
        raise _two(f"auth_type={named!r}", "profile=")
    return Sourced(kind, "argument auth_type")


def _two(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} are two identities at once.", remedy="Give one of them.")


def find_name(wishes: Wishes, env: Mapping[str, str] = os.environ) -> Sourced[str]:
    """The name of the profile to use: argument, `OCI_PROFILE`, DEFAULT."""
    found = first((wishes.profile, "argument profile"), (env.get("OCI_PROFILE"), "OCI_PROFILE"))
    return found or Sourced("DEFAULT", "the default")


def _find_profile(wishes: Wishes, env: Mapping[str, str]) -> tuple[Profile, Sourced[str]]:
    profiles = read_profiles(config_path(wishes, env))
    name = find_name(wishes, env)
    if not profiles:
        raise ProfileNotFoundError(
            f"There is no OCI configuration, so no profile {name.value}.",
            remedy=(
                "Make one with `oci setup config`, or use ocigenai_nb.connect(), which answers "
                "from the built-in emulator."
            ),
        )
    return find_profile(profiles, name.value), name


def _check_auth(wishes: Wishes, profile: Profile) -> None:
    auth = _auth_type(wishes)
    if auth is not None and auth.value != profile.auth.value:
        raise ConfigError(
            f"auth_type={auth.value!r} does not fit profile {profile.name}: "
            f"{profile.auth.source}, so it signs with {profile.auth.value}.",
            remedy="Leave auth_type out, or name a profile of that kind.",
        )


def _credentials(
    wishes: Wishes,
    env: Mapping[str, str],
    profile: Profile | None,
    settings: Settings,
    now: Callable[[], float],
) -> Credentials:
    if wishes.api_key is not None:
        if wishes.project is None:
            raise ConfigError(
                "A Generative AI API key works with a project only.",
                remedy="Give project= with the OCID of a Generative AI project.",
            )
        return BearerCredentials(wishes.api_key)
    if profile is None and settings.auth.value == "instance_principal":
        return instance_principal(wishes.federation_endpoint, now=now)
    if profile is None:
        return resource_principal(env, now=now)
    if profile.auth.value == "security_token":
        root = auth_endpoint(settings.endpoint.value, settings.region.value)
        return SessionTokenCredentials(profile, root, now=now)
    return ApiKeyCredentials(profile)


def _settle(
    wishes: Wishes,
    env: Mapping[str, str],
    profile: Profile | None,
    name: Sourced[str],
    auth: Sourced[str],
) -> Settings:
    region = first(
        (wishes.region, "argument region"),
        (env.get("OCI_REGION"), "OCI_REGION"),
        _field(profile.region if profile else None),
    ) or Sourced(DEFAULT_REGION, "the default")
    found, known = resolve_region(region.value)
    endpoint = first(
        (wishes.endpoint, "argument endpoint"),
        (env.get("OCI_ENDPOINT"), "OCI_ENDPOINT"),
        _field(profile.endpoint if profile else None),
    ) or Sourced(derive_endpoint(found), f"region {found.name}")
    url = check_endpoint(endpoint.value, allow_any_host=wishes.allow_any_host)
    return Settings(
        profile=name,
        auth=auth,
        region=Sourced(found.name, region.source + _note_region(found.name, known=known)),
        compartment=_compartment(wishes, env, profile, auth),
        endpoint=Sourced(url, endpoint.source),
        project=first((wishes.project, "argument project")),
        config_file=config_path(wishes, env) if profile is not None else None,
        federation_endpoint=first((wishes.federation_endpoint, "argument federation_endpoint")),
    )


def _note_region(name: str, *, known: bool) -> str:
    """What is odd about a region, for where it is shown; requests go there all the same."""
    if known:
        return "" if name in GENAI_REGIONS else "; Generative AI is not known to be there"
    note = "; a region we don't know, taken for the commercial realm"
    meant = suggest(name, GENAI_REGIONS)
    return f"{note}.{meant}" if meant else note


def _compartment(
    wishes: Wishes, env: Mapping[str, str], profile: Profile | None, auth: Sourced[str]
) -> Sourced[str]:
    found = first(
        (wishes.compartment_id, "argument compartment_id"),
        (env.get("OCI_COMPARTMENT"), "OCI_COMPARTMENT"),
        (env.get("OCI_COMPARTMENT_ID"), "OCI_COMPARTMENT_ID"),
    )
    if found is not None:
        return found
    if profile is not None and profile.tenancy is not None:
        return Sourced(profile.tenancy.value, f"tenancy of {profile.tenancy.source}")
    why = (
        f"profile {profile.name} names no tenancy"
        if profile
        else f"{auth.value} has no profile to take one from"
    )
    raise CompartmentMissingError(
        f"No compartment is known: {why}.",
        remedy="Give compartment_id=, or set OCI_COMPARTMENT.",
    )


def _field(value: Sourced[str] | None) -> tuple[str | None, str]:
    return (value.value, value.source) if value else (None, "")
