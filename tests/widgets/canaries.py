"""Canaries: secrets in every place where one can be, known by their text.

The keys, tokens and pass phrase are the emulator's own, so that all of them are really used.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocigenai_nb.emulator import exchange
from ocigenai_nb.emulator.service import Service
from tests.transports.keys import write_config, write_pem

FOLDER: Final = "canary-folder"
PHRASE: Final = "canary-phrase"
WRONG_PHRASE: Final = "canary-of-another-key"
GARBAGE: Final = "canary-that-is-no-key"
API_KEY: Final = "GIVEN_API_KEY"  # the variable from which the notebook takes the argument
ENVIRONMENT: Final = {
    "OPENAI_API_KEY": "sk-canary0123456789openai",
    "OPENAI_ADMIN_KEY": "sk-canary0123456789admin",
    "OCI_CLI_PASSPHRASE": "canary-cli-phrase",
    "OCI_CLI_KEY_FILE": "/nowhere/canary-cli/key.pem",
    "OCI_GENAI_API_KEY": "sk-canary0123456789genai",
    "AWS_SECRET_ACCESS_KEY": "canary-of-another-cloud",
}


@dataclass(frozen=True, slots=True)
class Canaries:
    """What is planted, and the texts that would give it away, by the name of the secret."""

    config_file: Path
    profiles: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    secrets: dict[str, set[str]] = field(repr=False)

    def found_in(self, text: str) -> list[str]:
        """The names of the secrets that a text gives away."""
        return [
            name for name, texts in self.secrets.items() if any(secret in text for secret in texts)
        ]

    def add_signatures(self, service: Service) -> None:
        """Add what came over the wire as `Authorization`, as far as the service remembers."""
        headers = " ".join(entry.headers.get("authorization", "") for entry in service.journal)
        self.secrets["signatures"] = set(re.findall(r'(?:signature|keyId)="([^"]+)"', headers))


@contextmanager
def remembering_signatures() -> Iterator[None]:
    """Let the emulator's journal keep what it leaves out otherwise: the secret headers."""
    with mock.patch.object(exchange, "_SECRET_HEADERS", frozenset()):
        yield


def plant(service: Service, folder: Path) -> Canaries:
    """Write a configuration whose every profile has secrets, and name what must not get out."""
    given = configparser.RawConfigParser(default_section="")
    given.read(service.config_file)
    usual, session = given["DEFAULT"], given["SESSION"]
    key, session_key = (Path(each["key_file"]).read_text() for each in (usual, session))
    files = {
        "locked": lock(key),
        "session": session_key,
        "token": Path(session["security_token_file"]).read_text(),
        "garbage": GARBAGE,
    }
    hidden = write_files(folder / FOLDER, files)
    changes: dict[str, dict[str, object]] = {
        "DEFAULT": {"key_file": hidden["locked"], "pass_phrase": PHRASE},
        "SESSION": {"key_file": hidden["session"], "security_token_file": hidden["token"]},
        "CONTENT": {"key_file": "", "key_content": key.strip().replace("\n", "\n    ")},
        "WRONG": {"key_file": hidden["locked"], "pass_phrase": WRONG_PHRASE},
        "GARBAGE": {"key_file": hidden["garbage"]},
        "MISSING": {"key_file": folder / FOLDER / "missing.pem"},
    }
    profiles = {
        name: {**given[name if name in given else "DEFAULT"], **map_texts(changed)}
        for name, changed in changes.items()
    }
    principal = service.resource_principal_env()
    mine = {API_KEY: service.genai_api_key, "OCI_ENDPOINT": service.url}
    secrets = {
        "paths": {FOLDER},
        "pass phrases": {PHRASE, WRONG_PHRASE},
        "keys": {line for text in (key, files["locked"], session_key) for line in read_lines(text)},
        "tokens": read_parts(files["token"]),
        "fingerprints": {usual["fingerprint"], session["fingerprint"]},
        "API keys": {service.genai_api_key},
        "the principal's key": read_lines(principal["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"]),
        "the principal's token": read_parts(principal["OCI_RESOURCE_PRINCIPAL_RPST"]),
        "the environment's": set(ENVIRONMENT.values()),
        "garbage": {GARBAGE},
    }
    config_file = write_config(folder, profiles)
    config_file.chmod(0o600)
    return Canaries(config_file, tuple(profiles), ENVIRONMENT | principal | mine, secrets)


def write_files(folder: Path, files: Mapping[str, str]) -> dict[str, Path]:
    """Write files that only their owner can read; their paths, by name."""
    folder.mkdir()
    paths = {name: folder / f"{name}.pem" for name in files}
    for name, path in paths.items():
        path.write_text(files[name])
        path.chmod(0o600)
    return paths


def lock(pem: str) -> str:
    """The same private key behind the pass phrase."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return write_pem(key, pass_phrase=PHRASE)


def map_texts(settings: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items()}


def read_lines(pem: str) -> set[str]:
    """The whole lines of a key's text: each gives a part of it away."""
    return {line for line in pem.splitlines() if len(line) == 64}


def read_parts(token: str) -> set[str]:
    """What a token says and its signature, without the heading that all of them share."""
    return set(token.strip().removeprefix("ST$").split(".")[1:])
