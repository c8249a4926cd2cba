"""Where the service keeps responses, and where it was found to keep none.

A tenancy under Zero Data Retention says so only when a thread is to be continued. It is remembered
for the endpoint and the compartment, for as long as this process lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where responses are kept, if they are: an endpoint and a compartment."""

    endpoint: str
    compartment: str

    @classmethod
    def of(cls, connection: Connection) -> Place:
        """The place that a connection's requests go to."""
        settings = connection.settings
        return cls(settings.endpoint.value, settings.compartment.value)


_keep_nothing: set[Place] = set()


def keeps(place: Place) -> bool:
    """Whether responses may be kept there, as far as is known."""
    return place not in _keep_nothing


def remember_keeping_nothing(place: Place) -> None:
    """Responses were found not to be kept there."""
    _keep_nothing.add(place)
