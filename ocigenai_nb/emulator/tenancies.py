"""The customers of the emulated service and the resource identifiers they are known by."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

REGION: Final = "us-chicago-1"
"""The one region that is emulated."""


def make_ocid(kind: str, name: str, *, region: str = "") -> str:
    """Return an OCID shaped like a real one, always the same for the same kind and name.

    Resources that belong to a region carry its name.
    """
    digest = hashlib.sha256(f"{kind}/{name}".encode()).digest()
    unique = base64.b32encode(digest).decode().rstrip("=").lower()
    return f"ocid1.{kind}.oc1.{region}.aaaaaaaa{unique}"


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A customer: its identifiers, and which models it may call."""

    name: str
    """Lower-case word; the config file's profile of an API key carries it in upper case."""
    serves_everything: bool = False
    """Whether restricted and retired models answer too, as in no real tenancy."""
    keeps_nothing: bool = False
    """Whether it has Zero Data Retention: no response is ever stored."""

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
        """OCID of its one user."""
        return make_ocid("user", self.name)

    @property
    def endpoint_id(self) -> str:
        """OCID of its one dedicated endpoint."""
        return make_ocid("generativeaiendpoint", self.name, region=REGION)

    @property
    def project_id(self) -> str:
        """OCID of its one Generative AI project."""
        return make_ocid("generativeaiproject", self.name, region=REGION)

    @property
    def conversation_store_id(self) -> str:
        """OCID of its one conversation store: the older way to say where responses are kept."""
        return make_ocid("generativeaiconversationstore", self.name, region=REGION)

    @property
    def compartments(self) -> frozenset[str]:
        """OCIDs that requests may name as their compartment."""
        return frozenset({self.ocid, self.compartment_id})


DEFAULT_TENANCIES: Final = (
    Tenancy("default", serves_everything=True),
    Tenancy("typical"),
    Tenancy("zdr", serves_everything=True, keeps_nothing=True),
)
"""The first serves every model the specification names; the second what most tenancies have; the
third is the first under Zero Data Retention."""
