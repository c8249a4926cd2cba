"""Whether there is a profile to sign with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ocigenai_nb.transports.settings import Wishes, config_path, read_profiles


def why_no_profile(wishes: Wishes, env: Mapping[str, str]) -> str | None:
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
