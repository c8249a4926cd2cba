"""What can be known of a profile without a request: its key, token, files and region.

Files are read, nothing is sent. No text holds a key, a token, a path of either, or a whole
fingerprint.
"""

from __future__ import annotations

import os
import shlex
import stat
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from ocigenai_nb.core.endpoints import DEFAULT_REGION, is_loopback, resolve_region
from ocigenai_nb.core.errors import ConfigError, KeyFileError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.routing import shorten
from ocigenai_nb.core.suggestions import suggest
from ocigenai_nb.transports.credentials import token_expiry
from ocigenai_nb.transports.keys import fingerprint, read_file, read_key

from .sign_in import (
    MEND_FINGERPRINT,
    TELL_FINGERPRINT,
    Check,
    failed,
    shorten_fingerprint,
)

_SOON = 600.0  # seconds before its end at which a token is worth a warning
_NO_USERS = ("ocid1.tenancy.", "ocid1.compartment.")


def check_profile(profile: Profile, *, now: Callable[[], float] = time.time) -> tuple[Check, ...]:
    """The checks of one profile: tenancy, key, fingerprint or token, permissions, region.

    `now` is in seconds since 1970.
    """
    key, found = _check_key(profile)
    session = profile.auth.value == "security_token"
    own = _check_token(profile, now()) if session else _check_fingerprint(profile, key)
    # A public key is for everybody to read; another check says that it is the wrong half.
    private = "is a public key" not in found.text
    permissions = _check_permissions(profile, private=private)
    checks = (_check_identity(profile), found, own, permissions)
    return tuple(check for check in (*checks, _check_region(profile)) if check is not None)


def check_config_file(path: str) -> Check:
    """Whether others may read the configuration, which may hold keys and pass phrases.

    Raises OSError where there is no such file.
    """
    if not _is_open(Path(path).expanduser()):
        return Check("configuration", "passed", f"{path} is readable by you alone.")
    return Check(
        "configuration",
        "warned",
        f"{path} can be read by other users of this machine.",
        f"Keep it to yourself: `chmod 600 {path if ' ' not in path else shlex.quote(path)}`",
    )


def _check_identity(profile: Profile) -> Check:
    tenancy, user = profile.tenancy, profile.user
    if tenancy is None:
        return _lacks(profile, "tenancy")
    if not tenancy.value.startswith("ocid1.tenancy."):
        return _is_no_ocid(profile, "tenancy", "ocid1.tenancy.")
    if profile.auth.value == "api_key" and user is None:
        return _lacks(profile, "user")
    if user is not None and not _may_be_user(user.value):
        return _is_no_ocid(profile, "user", "ocid1.user.")
    return Check("tenancy", "passed", shorten(tenancy.value))


def _may_be_user(text: str) -> bool:
    return text.startswith("ocid1.") and not text.startswith(_NO_USERS)


def _lacks(profile: Profile, key: str) -> Check:
    return Check(
        "tenancy",
        "failed",
        f"Profile {profile.name} has no {key}.",
        f"Add {key}= to the profile, as the Console shows it.",
    )


def _is_no_ocid(profile: Profile, key: str, start: str) -> Check:
    """The value is not repeated: it may be something that was pasted by mistake."""
    return Check(
        "tenancy",
        "failed",
        f"The {key} of profile {profile.name} is not the OCID of one.",
        f"Copy it from the Console; it begins with {start}",
    )


def _check_key(profile: Profile) -> tuple[RSAPrivateKey | None, Check]:
    try:
        key = read_key(profile)
    except ConfigError as error:
        path = profile.key_file.value if profile.key_file is not None else ""
        return None, _check_key_file(profile.name, path) or failed("key", error)
    where = "in the profile itself" if profile.key_content is not None else "found"
    locked = ", with a pass phrase" if profile.pass_phrase is not None else ""
    return key, Check("key", "passed", f"RSA, {key.key_size} bits, {where}{locked}.")


def _check_key_file(name: str, path: str) -> Check | None:
    """What people leave of the Console's snippet, `key_file=<path to your private keyfile> # TODO`.

    None where it is neither of the two.
    """
    if path.startswith("<"):
        text = f"The key_file of profile {name} is still the placeholder that came with it."
        return Check("key", "failed", text, "Put the path of your private key there.")
    if " #" in path:
        text = f"The key_file of profile {name} has a comment behind it, which is read as its end."
        return Check("key", "failed", text, "Put the comment on a line of its own.")
    return None


def _check_fingerprint(profile: Profile, key: RSAPrivateKey | None) -> Check | None:
    if key is None:
        return None  # there is nothing to compare with
    actual = fingerprint(key)
    stated = profile.fingerprint.value if profile.fingerprint else None
    if stated is None:
        return Check(
            "fingerprint",
            "failed",
            f"The profile has no fingerprint; its key has {shorten_fingerprint(actual)}.",
            f"Add fingerprint= to the profile. {TELL_FINGERPRINT}",
        )
    if stated.lower() == actual:
        return Check("fingerprint", "passed", f"{shorten_fingerprint(actual)} is the key's.")
    if stated.lower() == actual.replace(":", ""):
        text = "The profile's fingerprint is the key's, but without colons between its pairs."
        remedy = f"Write it as 16 pairs, such as 0f:1e:2d. {TELL_FINGERPRINT}"
        return Check("fingerprint", "failed", text, remedy)
    text = (
        f"The profile states {shorten_fingerprint(stated)}, but its key has "
        f"{shorten_fingerprint(actual)}."
    )
    return Check("fingerprint", "failed", text, MEND_FINGERPRINT)


def _check_token(profile: Profile, now: float) -> Check:
    login = f"Run `oci session authenticate --profile-name {profile.name}`"
    try:
        path = profile.security_token_file.value if profile.security_token_file else ""
        token = read_file(path, "session token").decode("ascii").strip()
    except (KeyFileError, UnicodeDecodeError):
        return Check("token", "failed", "The session token can't be read.", f"{login}.")
    ends = token_expiry(token)
    if ends is None:
        text = "The session token does not say when it ends." if token else "It is empty."
        return Check("token", "warned" if token else "failed", text, "" if token else f"{login}.")
    if ends <= now:
        return Check("token", "failed", f"It expired {_span(now - ends)} ago.", f"{login}.")
    left = f"{_span(ends - now)} left."
    if ends - now > _SOON:
        return Check("token", "passed", left)
    return Check("token", "warned", left, f"It is renewed while it is used; if not: {login[4:]}.")


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def _check_permissions(profile: Profile, *, private: bool) -> Check | None:
    """Whether others may read the key or the token; None where there is no such file."""
    named = {"key": profile.key_file, "session token": profile.security_token_file}
    if profile.key_content is not None or not private:
        named["key"] = None
    found: dict[str, bool] = {}
    for what, file in named.items():
        try:
            if file is not None:
                found[what] = _is_open(Path(file.value).expanduser())
        except (OSError, RuntimeError):
            continue  # that it can't be found is another check's
    if not found:
        return None
    opened = [what for what, is_open in found.items() if is_open]
    if not opened:
        return Check("permissions", "passed", "Readable by you alone.")
    return Check(
        "permissions",
        "warned",
        f"Other users of this machine can read the {' and the '.join(opened)}.",
        f"Keep to yourself the {' file and the '.join(opened)} file: `chmod 600` makes it so.",
    )


def _is_open(path: Path) -> bool:
    """Whether the group or others may read a file; Windows keeps this elsewhere."""
    mode = path.stat().st_mode
    return os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _check_region(profile: Profile) -> Check:
    if profile.region is None:
        text = f"The profile names none, so {DEFAULT_REGION} is asked."
        return Check("region", "warned", text, "Add region= to the profile.")
    return check_region(profile.region.value, profile.endpoint.value if profile.endpoint else "")


def check_region(name: str, endpoint: str = "") -> Check:
    """Whether a region offers the service; any does whose `endpoint` is on this machine."""
    try:
        region, known = resolve_region(name)
    except ConfigError as error:
        return failed("region", error)
    if region.name in GENAI_REGIONS or is_loopback(_host(endpoint)):
        return Check("region", "passed", region.name)
    why = "is not known to offer Generative AI" if known else "is not a region known here"
    near = "" if known else suggest(region.name, GENAI_REGIONS).strip()
    remedy = near or f"Choose another, such as {DEFAULT_REGION}."
    return Check("region", "warned", f"{region.name} {why}.", remedy)


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
