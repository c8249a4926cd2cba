"""The throw-away OCI config with its keys and token: written at the start, removed at the stop."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ocigenai_nb.emulator.identity import Credential, Identity

_FIRST_LINE: Final = (
    "# Written by the emulator of ocigenai_nb: throw-away keys, gone when it stops."
)
# What the Console writes behind an API key, and OCI's CLI misses aloud where it isn't there.
_HINT: Final = b"OCI_API_KEY\n"
SESSION_PROFILE: Final = "SESSION"
"""The profile that signs with a session token."""
ENV_FILE: Final = "emulator.env"
"""What leads other programs here, beside the config."""


class ConfigFolder:
    """A folder with a ``config`` whose profiles lead to one running emulator."""

    def __init__(self, directory: str | os.PathLike[str] | None) -> None:
        """Take ``directory``, or a temporary folder of its own.

        Raises:
            FileExistsError: If there is a ``config`` that no emulator wrote.
        """
        self._own = directory is None
        self._path = Path(directory or tempfile.mkdtemp(prefix="ocigenai-emulator-")).absolute()
        self._written: list[Path] = []
        self._process = os.getpid()
        self.config_file = self._path / "config"
        self.token_file = self._path / "emulator-session-token"
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_not_foreign(self.config_file)

    def write(self, identity: Identity, *, url: str) -> tuple[str, ...]:
        """Write keys and config; return the names of the profiles, the default first."""
        profiles = {
            credential.profile: self._describe_api_key(credential)
            for credential in identity.credentials
        }
        profiles[SESSION_PROFILE] = self._describe_session(identity)
        lines = [_FIRST_LINE]
        for name, settings in profiles.items():
            described = settings | {"ocigenai_endpoint": url}
            lines += [f"[{name}]", *(f"{k}={v}" for k, v in described.items()), ""]
        self._write(self.config_file, "\n".join(lines).encode())
        return tuple(profiles)

    def put_env(self, variables: Mapping[str, str]) -> Path:
        """Write variables as shells, Node's ``--env-file`` and dotenv read them; return the path.

        A value is quoted where it has to be: none of them holds a quote.
        """
        lines = [f'{k}="{v}"\n' if " " in v else f"{k}={v}\n" for k, v in variables.items()]
        return self.put(ENV_FILE, "".join(lines).encode())

    def write_token(self, token: str) -> None:
        """Put ``token`` in place of the session's last one."""
        self.put(self.token_file.name, token.encode())

    def put(self, name: str, content: bytes) -> Path:
        """Write a file, at once in place of an older one, and return its path."""
        path = self._path / name
        fresh = path.with_suffix(".new")
        self._write(fresh, content)
        fresh.replace(path)
        self._written.append(path)
        return path

    def remove(self) -> None:
        """Remove what was written; a forked child leaves its parent's files alone."""
        if os.getpid() != self._process:
            return
        for path in self._written:
            path.unlink(missing_ok=True)
        if self._own:
            shutil.rmtree(self._path, ignore_errors=True)

    def _describe_api_key(self, credential: Credential) -> dict[str, str]:
        tenancy = credential.tenancy
        key_file = self._path / f"emulator-{credential.profile.lower()}.pem"
        self._write(key_file, credential.key.pem + _HINT)
        return {
            "user": tenancy.find_user_id(credential.user),
            "fingerprint": credential.key.fingerprint,
            "tenancy": tenancy.ocid,
            "key_file": str(key_file),
            "region": tenancy.home_region,
        }

    def _describe_session(self, identity: Identity) -> dict[str, str]:
        key_file = self._path / "emulator-session.pem"
        self._write(key_file, identity.session_key.pem)
        return {
            "fingerprint": identity.session_key.fingerprint,
            "tenancy": identity.tenancies[0].ocid,
            "key_file": str(key_file),
            "security_token_file": str(self.token_file),
            "region": identity.tenancies[0].home_region,
        }

    def _write(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)  # an old file's mode and links must not be inherited
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        self._written.append(path)


def _check_not_foreign(config_file: Path) -> None:
    if config_file.exists() and not config_file.read_text(errors="replace").startswith(_FIRST_LINE):
        raise FileExistsError(
            f"{config_file} was not written by the emulator: choose another folder."
        )
