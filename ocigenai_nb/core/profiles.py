"""The text of an OCI configuration file to profiles, each field with its source.

The format is that of `~/.oci/config` (Oracle's "SDK and CLI Configuration File"): INI sections,
where `[DEFAULT]` lends its keys to the others. One key is never lent: `security_token_file`. A
profile's kind of identity is read from its own section, because a token lent by `[DEFAULT]` would
sign an API-key profile's requests as somebody else.

`ocigenai_endpoint` is this package's own key; other tools ignore it.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ConfigError, ProfileNotFoundError
from .sourced import Sourced
from .suggestions import suggest

AuthKind: TypeAlias = Literal["api_key", "security_token"]

_TOKEN = "security_token_file"  # noqa: S105 (the name of a key)
_KEYS = ("key_file", "key_content")
_OCI_DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. Paths, pass phrase and key stay out of its repr."""

    name: str
    auth: Sourced[AuthKind]
    tenancy: Sourced[str] | None = None
    user: Sourced[str] | None = None
    fingerprint: Sourced[str] | None = None
    region: Sourced[str] | None = None
    endpoint: Sourced[str] | None = None
    key_file: Sourced[str] | None = field(default=None, repr=False)
    key_content: Sourced[str] | None = field(default=None, repr=False)
    pass_phrase: Sourced[str] | None = field(default=None, repr=False)
    security_token_file: Sourced[str] | None = field(default=None, repr=False)


def parse_profiles(text: str) -> dict[str, Profile]:
    """Every profile of a configuration file's text, by name, in the file's order.

    Raises ConfigError where the text is not such a file.
    """
    sections = _sections(text)
    default = sections.get(_OCI_DEFAULT, {})
    return {name: _profile(name, own, default) for name, own in sections.items()}


def find_profile(profiles: Mapping[str, Profile], name: str) -> Profile:
    """The profile of that name. Raises ProfileNotFoundError, which names the ones there are."""
    try:
        return profiles[name]
    except KeyError:
        names = list(profiles)
        there = ", ".join(names) or "none"
        raise ProfileNotFoundError(
            f"There is no profile {name!r} in the OCI configuration.{suggest(name, names)}",
            remedy=f"Profiles there are: {there}.",
        ) from None


def _sections(text: str) -> dict[str, dict[str, str]]:
    # An impossible default section makes [DEFAULT] an ordinary one, so that what a section says
    # itself can be told from what it is lent.
    parser = configparser.RawConfigParser(default_section="\0", strict=True)
    try:
        parser.read_string(text.removeprefix("\ufeff"))
    except configparser.DuplicateSectionError as error:
        why = f"the profile [{error.section}] stands there twice"
    except configparser.DuplicateOptionError as error:
        why = f"[{error.section}] says {error.option!r} twice"
    except configparser.MissingSectionHeaderError as error:
        why = f"line {error.lineno} stands before any [profile]"
    except configparser.Error:
        why = "a line is not of the form key=value"
    else:
        return {name: dict(parser.items(name)) for name in parser.sections()}
    # Out here: the parser's own error quotes the line, which may hold a secret, and must not be
    # the context of ours.
    raise _unreadable(why)


def _unreadable(why: str) -> ConfigError:
    return ConfigError(
        f"The OCI configuration can't be read: {why}.",
        remedy="Mend the file, or name another with config_file= or OCI_CONFIG_FILE.",
    )


def _profile(name: str, own: Mapping[str, str], default: Mapping[str, str]) -> Profile:
    def get(key: str) -> Sourced[str] | None:
        if own.get(key, "").strip():
            return Sourced(own[key].strip(), f"profile {name}")
        lent = default.get(key, "").strip() if name != _OCI_DEFAULT else ""
        if not lent or key == _TOKEN or (key in _KEYS and has_own_key):
            return None
        return Sourced(lent, f"profile {name}, lent by [DEFAULT]")

    has_own_key = any(own.get(key, "").strip() for key in _KEYS)
    token = get(_TOKEN)
    kind: Sourced[AuthKind] = (
        Sourced("security_token", f"profile {name} has a security_token_file")
        if token
        else Sourced("api_key", f"profile {name} has no security_token_file of its own")
    )
    return Profile(
        name=name,
        auth=kind,
        tenancy=get("tenancy"),
        user=get("user"),
        fingerprint=get("fingerprint"),
        region=get("region"),
        endpoint=get("ocigenai_endpoint"),
        key_file=get("key_file"),
        key_content=get("key_content"),
        pass_phrase=get("pass_phrase"),
        security_token_file=token,
    )
