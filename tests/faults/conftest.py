"""The transport under test, once for each there is."""

from tests.transports.conftest import transport

__all__ = ["transport"]
