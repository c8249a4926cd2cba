"""What keeps this machine from asking a model? One check after another, each with its remedy.

First what can be known without sending: packages, configuration, profile, key, region. Then one
small request to a model; one more where the model that was asked for did not answer, to tell the
model from the policy; and one over Responses where a project is named.

No text holds a key, a token, a path of either, or a whole fingerprint; OCIDs are shortened but for
the compartment in a policy that is to be copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from ocigenai_nb.core.errors import CompartmentMissingError, ConfigError, EndpointRefusedError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.routing import Settings, shorten
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.transports.settings import DEFAULT_CONFIG, Wishes, find_name, read_profiles

from .connecting import ASKED_FOR, connect
from .connection import Connection
from .packages import check_packages
from .profile_checks import check_profile, check_region
from .service_checks import check_service, check_wishes
from .sign_in import KINDS, MARKS, Check, failed
from .signers import find_principals, read_configuration

_WIDTH = 13  # characters of the longest check's name
_OFFLINE = " Nothing was sent."
_OWN_TENANCY = (
    "To use your own tenancy, follow the tutorial 08_your_own_tenancy: `ocigenai-nb lab` opens it."
)


def examine(
    wishes: Wishes | None = None,
    *,
    make: Callable[[], Connection] | None = None,
    model: str | None = None,
    offline: bool = False,
) -> Iterator[Check]:
    """Check all that a request needs, in the order in which it is needed, as each is known.

    `wishes` are what `connect()` would be given; `make` makes the connection in its place.
    `model` is asked, by default one that the region offers. With `offline` nothing is sent.

    It costs one request of about 40 tokens, charged like any other; one more where the model that
    was asked for does not answer, and one more where a project is named. The emulator charges
    nothing.

    Raises UsageError, before the first check, for wishes that contradict each other.
    """
    wishes = wishes or Wishes()
    made = _connect(make or partial(connect, **_options(wishes)))
    checks = _check_settings(made) if isinstance(made, Connection) else ()
    unmade = _check_unmade(made, wishes) if isinstance(made, ConfigError) else ()
    bad = False
    for check in (check_packages(), *checks, *unmade):
        bad = bad or check.outcome == "failed"
        yield check
    if isinstance(made, Connection):
        if offline:
            yield from check_wishes(made, model)
        elif bad:
            yield Check("network", "warned", "Nothing was sent: first mend what failed above.")
        else:
            yield from check_service(made, model)


def lay_out(check: Check, mark: str = "") -> str:
    """A check as lines of text, its remedy indented below. `mark` replaces the usual one."""
    lines = [f"{mark or MARKS[check.outcome]} {check.name:<{_WIDTH}}  {check.text}"]
    if check.remedy:
        lines.append(f"  {'':<{_WIDTH}}  -> {check.remedy}")
    return "\n".join(lines)


def summarize(checks: Sequence[Check], *, offline: bool = False) -> str:
    """How many checks came out how, and with `offline` that nothing was sent."""
    outcomes = [check.outcome for check in checks]
    bad, odd, good = (outcomes.count(kind) for kind in ("failed", "warned", "passed"))
    if not bad and not odd:
        return f"All {good} checks passed.{_OFFLINE if offline else ''}"
    warnings = f"{odd} warning{'' if odd == 1 else 's'}"
    parts = [f"{bad} failed"] * bool(bad) + [warnings] * bool(odd) + [f"{good} passed"]
    return f"{', '.join(parts)}.{_OFFLINE if offline else ''}"


def _options(wishes: Wishes) -> dict[str, Any]:
    return {field.name: getattr(wishes, field.name) for field in fields(wishes)}


def _connect(make: Callable[[], Connection]) -> Connection | ConfigError:
    try:
        return make()
    except ConfigError as error:
        return error


def _check_unmade(error: ConfigError, wishes: Wishes) -> Iterator[Check]:
    """Where no connection can be made: whatever can be said of the profile all the same."""
    if _is_principal(wishes):
        yield failed(_blamed(error), error)
        return
    path, profiles, checks = read_configuration(wishes.config_file)
    yield from _name_source(checks, path)
    if any(check.outcome == "failed" for check in checks):
        return  # it can't be read, which is the error
    name = find_name(wishes)
    profile = profiles.get(name.value)
    if profile is None:
        yield failed("profile", error)
        return
    yield _describe_profile(name, profile.auth.value)
    found = check_profile(profile)
    yield from found
    if all(check.outcome != "failed" for check in found):
        yield failed(_blamed(error), error)


def _is_principal(wishes: Wishes) -> bool:
    return str(wishes.auth_type or "").endswith("_principal")


def _blamed(error: ConfigError) -> str:
    """The check that an error of connecting belongs to."""
    if isinstance(error, CompartmentMissingError):
        return "compartment"
    return "endpoint" if isinstance(error, EndpointRefusedError) else "connection"


def _check_settings(connection: Connection) -> Iterator[Check]:
    settings = connection.settings
    file = settings.config_file
    path, profiles, checks = read_configuration(
        file.value if file is not None and not connection.emulated else None
    )
    there = Path(path.value).expanduser().exists()
    if not there:
        checks = tuple(replace(check, remedy=_OWN_TENANCY) for check in checks)
    if file is not None:
        yield from _name_source(checks, path if connection.emulated else file)
    yield _describe_signer(connection, profiles, there=there)
    yield from _check_signer(settings)
    yield _check_compartment(settings.compartment)
    yield _check_region(settings)
    yield Check("endpoint", "passed", _with_source(settings.endpoint))


def _name_source(checks: Sequence[Check], path: Sourced[str]) -> Iterator[Check]:
    """The checks of a configuration file, with who named it."""
    for check in checks:
        told = path.value == DEFAULT_CONFIG or path.source in check.text
        yield check if told else replace(check, text=f"{check.text} Named by {path.source}.")


def _describe_signer(
    connection: Connection, profiles: Mapping[str, Profile], *, there: bool
) -> Check:
    """Who signs, and why that one. `there` is whether there is a configuration file."""
    settings = connection.settings
    if connection.emulated:
        return _describe_emulator(connection.origin, profiles, there=there)
    if settings.config_file is None:
        text = connection.origin or f"None is needed: the {KINDS[settings.auth.value]} signs."
        return Check("profile", "passed", text)
    return _describe_profile(settings.profile, settings.auth.value)


def _describe_emulator(origin: str, profiles: Mapping[str, Profile], *, there: bool) -> Check:
    """A warning where there is a configuration, and nobody asked for the emulator instead."""
    how = ""
    if profiles:
        name = next(iter(profiles))
        how = (
            f'To use a profile, name it: `--profile {name}`, or `og.connect("{name}")` in Python. '
            f"Profiles there are: {', '.join(profiles)}."
        )
    if origin.startswith(ASKED_FOR) or not there:
        return Check("profile", "passed", origin, how)
    return Check("profile", "warned", f"No profile is used. {origin}", how or _OWN_TENANCY)


def _describe_profile(name: Sourced[str], auth: str) -> Check:
    kind = KINDS[auth]
    article = "an" if kind[0] in "Ai" else "a"
    return Check("profile", "passed", f"{name.value} ({name.source}) signs with {article} {kind}.")


def _check_signer(settings: Settings) -> Iterator[Check]:
    """The checks of a profile's files, or of the environment that a principal comes from."""
    if settings.config_file is not None:
        profiles = read_profiles(settings.config_file)
        found = check_profile(profiles[settings.profile.value])
        yield from (check for check in found if check.name != "region")
        return
    for signer in find_principals():
        if signer.auth == settings.auth.value:
            yield from signer.checks


def _check_compartment(found: Sourced[str]) -> Check:
    if found.value.startswith("ocid1."):
        return Check("compartment", "passed", _with_source(found))
    text = f"What names the compartment is no OCID ({found.source})."
    remedy = "Copy it from the Console; it begins with ocid1.compartment."
    return Check("compartment", "failed", text, remedy)


def _check_region(settings: Settings) -> Check:
    """The region that is asked, whoever named it."""
    region = settings.region
    if region.source == "the default":
        text = f"None is named, so {region.value} is asked."
        return Check(
            "region", "warned", text, "Name it in OCI_REGION, or with region= in the profile."
        )
    check = check_region(region.value, settings.endpoint.value)
    source = region.source.partition(";")[0]
    return replace(check, text=f"{check.text.rstrip('.')} ({source}).")


def _with_source(found: Sourced[str]) -> str:
    return f"{shorten(found.value)} ({found.source})."
