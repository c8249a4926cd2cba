"""What a backend can do wrong, and what the service answers instead.

Rules: a backend that can't be reached or says nothing for too long is a service that is not
available (503); one that throttles is a service that throttles (429); one that refuses, or whose
answer can't be read or breaks off, is an internal error (500). The client never sees the
backend's own words, which may tell of its keys; the emulator's log has the reason.
"""

from __future__ import annotations

from typing import Final, Literal

from ocigenai_nb.emulator.refusals import INTERNAL_ERROR, Refusal, write_oci

_REFUSALS: Final = {
    429: write_oci(
        429, "429", "Service request limit is exceeded, request is throttled for tenant."
    ),
    500: INTERNAL_ERROR,
    503: write_oci(503, "ServiceUnavailable", "The service is currently unavailable."),
}


class BackendError(Exception):
    """The backend did not do its part; the text says what it did, for the log."""

    def __init__(self, words: str, *, status: Literal[429, 500, 503] = 500) -> None:
        super().__init__(words)
        self.refusal: Refusal = _REFUSALS[status]
