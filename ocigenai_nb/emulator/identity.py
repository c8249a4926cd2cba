"""Who may call: the keys of every tenancy, the first one's principals, what key ids lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ocigenai_nb.emulator.genai_keys import GenAIKeys
from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.keys import KeyFactory, KeyPair, Lazy, make_key_pair
from ocigenai_nb.emulator.principals import (
    Principal,
    classify_claims,
    make_resource,
    make_user,
    make_workload,
)
from ocigenai_nb.emulator.session_tokens import TokenIssuer
from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError
from ocigenai_nb.emulator.tenancies import Tenancy, User, name_profiles
from ocigenai_nb.emulator.web_tokens import peek_claims

if TYPE_CHECKING:
    from ocigenai_nb.emulator.certificates import CertificateAuthority
    from ocigenai_nb.emulator.instance import Instance

SESSION_PREFIX = "ST$"
"""What the key id of a session token begins with."""


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key, whose it is, and the profile that has it."""

    tenancy: Tenancy
    user: User
    profile: str
    key: KeyPair

    @property
    def key_id(self) -> str:
        """What requests that are signed with it say."""
        user = self.tenancy.find_user_id(self.user)
        return f"{self.tenancy.ocid}/{user}/{self.key.fingerprint}"


class Identity:
    """Knows every key of this run; every principal but the API keys' users is the first tenancy's.

    The keys of instance, resource and certificate authority are made when first asked for.
    """

    def __init__(self, tenancies: Sequence[Tenancy], *, keys: KeyFactory) -> None:
        self.tenancies = tuple(tenancies)
        self.credentials = tuple(_issue_keys(tenancies, keys))
        self.session_key = keys.take()
        self.tokens = TokenIssuer(keys.take().private, tenancies[0])
        self.genai_keys = GenAIKeys()
        self.genai_api_key = self.genai_keys.issue(region=tenancies[0].home_region, expires=None)
        self.resource = make_resource(tenancies[0])
        self.workload = make_workload(tenancies[0])
        self._known = {c.key_id: c for c in self.credentials}
        self._keys = {c.key_id: KnownKey(c.key.public, c.tenancy) for c in self.credentials}
        self._resource_key = Lazy(make_key_pair)
        self._authority = Lazy(_make_authority)
        self._instance = Lazy(self._make_instance)

    @property
    def authority(self) -> CertificateAuthority:
        """Who signs the certificates of this run."""
        return self._authority.take()

    @property
    def instance(self) -> Instance:
        """The compute instance that the metadata service describes."""
        return self._instance.take()

    @property
    def resource_key(self) -> KeyPair:
        """The key of the resource principal."""
        return self._resource_key.take()

    def find_key(self, key_id: str, *, now: float) -> KnownKey[Tenancy]:
        """Return the public key of ``key_id`` and its tenancy.

        Raises:
            RefusedSignatureError: If no such key is known, or its token is no longer good.
        """
        if key_id.startswith(SESSION_PREFIX):
            return self.tokens.read(key_id.removeprefix(SESSION_PREFIX), now=now)
        found = self._keys.get(key_id)
        if found is None:
            raise RefusedSignatureError("no such key id")
        return found

    def find_groups(self, key_id: str | None) -> tuple[str, ...]:
        """Return the groups of the user who signs with ``key_id``; of a session's, the first's."""
        if classify_key_id(key_id) == "session":
            return self.tenancies[0].users[0].groups
        found = self._known.get(key_id or "")
        return found.user.groups if found else ()

    def issue_session(self, *, now: float, minutes: float, ends: float) -> str:
        """Return a new token for the session's key, which can be renewed until ``ends``."""
        user = make_user(self.tenancies[0])
        return self.tokens.issue(
            user, self.session_key.public, now=now, minutes=minutes, session_ends=ends
        )

    def issue_token(
        self, principal: Principal, session_key: RSAPublicKey, *, now: float, minutes: float
    ) -> str:
        """Return a new token that lets ``principal`` sign with ``session_key``."""
        return self.tokens.issue(principal, session_key, now=now, minutes=minutes)

    def revoke_sessions(self) -> None:
        """Refuse every session token issued up to now, whoever's it is."""
        self.tokens.revoke()

    def _make_instance(self) -> Instance:
        # Imported here: X.509 takes 30 ms to import, and few runs need it.
        from ocigenai_nb.emulator.instance import Instance

        return Instance(self.tenancies[0], self.authority)


def _issue_keys(tenancies: Sequence[Tenancy], keys: KeyFactory) -> Iterator[Credential]:
    for position, tenancy in enumerate(tenancies):
        owners = [user for user in tenancy.users for _ in range(user.keys)]
        for user, profile in zip(owners, name_profiles(tenancy, position), strict=True):
            yield Credential(tenancy, user, profile, keys.take())


def classify_key_id(key_id: str | None) -> KeyIdKind:
    """Return what sort of key id this is, known or not."""
    if key_id is None:
        return "none"
    if key_id.startswith(SESSION_PREFIX):
        return classify_claims(peek_claims(key_id))
    if key_id.startswith("resource/"):
        return "resource"
    if "/fed-x509" in key_id:
        return "instance"
    return "api_key" if key_id.count("/") == 2 else "unknown"


def _make_authority() -> CertificateAuthority:
    from ocigenai_nb.emulator.certificates import CertificateAuthority

    return CertificateAuthority()
