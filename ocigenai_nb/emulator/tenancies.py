"""The customers of the emulated service and the resource identifiers they are known by."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal, get_args

from ocigenai_nb.emulator.limits import Limit
from ocigenai_nb.emulator.policies import read_statement
from ocigenai_nb.emulator.regions import NAME as REGION_NAME
from ocigenai_nb.model_facts import MODELS

REGION: Final = "us-chicago-1"
"""The home region of a tenancy that names none."""

ProjectNeed = Literal["others", "always", "never"]
"""Which models need a project on the Responses API: those of others than OpenAI, all, none."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")
_MOST_KEYS: Final = 3
_SESSION: Final = "SESSION"


@functools.lru_cache(maxsize=1024)
def make_ocid(kind: str, name: str, *, region: str = "") -> str:
    """Return an OCID shaped like a real one, always the same for the same kind and name.

    Resources that belong to a region carry its name.
    """
    digest = hashlib.sha256(f"{kind}/{name}".encode()).digest()
    unique = base64.b32encode(digest).decode().rstrip("=").lower()
    return f"ocid1.{kind}.oc1.{region}.aaaaaaaa{unique}"


def _check_name(name: str, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a {kind}: use small letters, digits and hyphens.")


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenancy, who signs with API keys.

    Raises:
        ValueError: If the name is no lower-case word, or there are not 1 to 3 keys, as OCI allows.
    """

    name: str
    """Lower-case word."""
    groups: tuple[str, ...] = ()
    """The groups that policies know the user by."""
    keys: int = 1
    """How many API keys there are, each with a profile of its own."""

    def __post_init__(self) -> None:
        _check_name(self.name, "user")
        if not 1 <= self.keys <= _MOST_KEYS:
            raise ValueError(f"User {self.name!r} has {self.keys} keys: 1 to {_MOST_KEYS} go.")


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A customer: its identifiers, users and regions, what it may call, and how often.

    Raises:
        ValueError: If something of it can't be; the words say what and what to write instead.
    """

    name: str
    """Lower-case word; the config file's profile of an API key carries it in upper case."""
    serves_everything: bool = False
    """Whether restricted and retired models answer too, as in no real tenancy."""
    keeps_nothing: bool = False
    """Whether it has Zero Data Retention: no response is ever stored."""
    regions: tuple[str, ...] = (REGION,)
    """The regions it has subscribed to; the first is its home, where its resources are."""
    models: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    """For a region, the only models it can call there, such as ``meta.*``, whatever their state;
    regions that are not in it have the models they really have."""
    users: tuple[User, ...] = (User("user"),)
    """Who signs with API keys; sessions are the first one's."""
    policies: tuple[str, ...] | None = None
    """Statements such as ``allow group chatters to use generative-ai-family in tenancy``: what
    none of them allows answers 404. ``None``: everybody may do everything."""
    needs_project: ProjectNeed = "others"
    """Which models need a project on the Responses API."""
    limits: tuple[Limit, ...] = ()
    """How many requests and tokens are answered in a time; the rest is 429."""

    def __post_init__(self) -> None:
        _check_name(self.name, "tenancy")
        where = f"Tenancy {self.name!r}"
        for region in (*self.regions, *self.models):
            if not REGION_NAME.fullmatch(region):
                raise ValueError(f"{where}: {region!r} is no region: write it like {REGION!r}.")
        if not self.regions or not self.users:
            raise ValueError(f"{where} needs at least one region and one user.")
        for pattern in (pattern for patterns in self.models.values() for pattern in patterns):
            if not any(fnmatchcase(name, pattern) for name in MODELS):
                raise ValueError(f"{where}: no model known here is called {pattern!r}.")
        if self.needs_project not in get_args(ProjectNeed):
            known = ", ".join(get_args(ProjectNeed))
            raise ValueError(f"{where}: needs_project is one of {known}.")
        for statement in self.policies or ():
            read_statement(statement)

    @property
    def home_region(self) -> str:
        """The region where its endpoint, project and keys are."""
        return self.regions[0]

    @property
    def ocid(self) -> str:
        """The tenancy's OCID, which is its root compartment's too."""
        return make_ocid("tenancy", self.name)

    @property
    def compartment_id(self) -> str:
        """OCID of the one compartment below the root."""
        return make_ocid("compartment", self.name)

    @property
    def user_id(self) -> str:
        """OCID of its first user."""
        return make_ocid("user", self.name)

    @property
    def endpoint_id(self) -> str:
        """OCID of its one dedicated endpoint."""
        return make_ocid("generativeaiendpoint", self.name, region=self.home_region)

    @property
    def project_id(self) -> str:
        """OCID of its one Generative AI project."""
        return make_ocid("generativeaiproject", self.name, region=self.home_region)

    @property
    def conversation_store_id(self) -> str:
        """OCID of its one conversation store: the older way to say where responses are kept."""
        return make_ocid("generativeaiconversationstore", self.name, region=self.home_region)

    @property
    def compartments(self) -> frozenset[str]:
        """OCIDs that requests may name as their compartment."""
        return frozenset({self.ocid, self.compartment_id})

    def find_user_id(self, user: User) -> str:
        """Return the OCID of one of its users."""
        first = user == self.users[0]
        return self.user_id if first else make_ocid("user", f"{self.name}/{user.name}")

    def grants(self, model: str, region: str) -> bool | None:
        """Tell whether it may call ``model`` in ``region``; ``None`` where it doesn't say."""
        if region not in self.models:
            return None
        return any(fnmatchcase(model, pattern) for pattern in self.models[region])


def check_tenancies(tenancies: Sequence[Tenancy]) -> None:
    """Refuse tenancies that can't be served together.

    Raises:
        ValueError: If there are none, or their profiles would have the same name.
    """
    if not tenancies:
        raise ValueError("The emulator needs at least one tenancy.")
    seen = {_SESSION}
    for position, tenancy in enumerate(tenancies):
        for profile in name_profiles(tenancy, position):
            if profile in seen:
                raise ValueError(f"Two profiles would be called {profile!r}: rename one's tenancy.")
            seen.add(profile)


def count_keys(tenancies: Sequence[Tenancy]) -> int:
    """Return how many keys are made at the start: the API keys, the session's, the issuer's."""
    return sum(user.keys for tenancy in tenancies for user in tenancy.users) + 2


def name_profiles(tenancy: Tenancy, position: int) -> list[str]:
    """Return the name of each API key's profile, those of one user together.

    The first key of the first user has the tenancy's name, or DEFAULT; the others add the user's
    name, and from a second key on its number.
    """
    own = tenancy.name.upper()
    names = []
    for number, user in enumerate(tenancy.users):
        name = f"{own}_{user.name.upper()}" if number else "DEFAULT" if position == 0 else own
        further = f"{own}_{user.name.upper()}"
        names += [name, *(f"{further}_{count}" for count in range(2, user.keys + 1))]
    return names


DEFAULT_TENANCIES: Final = (
    Tenancy("default", serves_everything=True),
    Tenancy("typical"),
    Tenancy("zdr", serves_everything=True, keeps_nothing=True),
)
"""The first serves every model the specification names; the second what most tenancies have; the
third is the first under Zero Data Retention."""
