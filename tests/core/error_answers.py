"""Error responses, and the requests that they answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from ocigenai_nb.core.errors import ServiceError
from ocigenai_nb.core.service_errors import RequestFacts, service_error

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REQUEST: Final = RequestFacts("meta.llama-3.3-70b-instruct", "us-chicago-1", "api_key", NOON)
POLICY: Final = "Authorization failed or requested resource not found."


def make(
    status: int,
    body: object = b"",
    *,
    headers: dict[str, str] | None = None,
    request: RequestFacts = REQUEST,
) -> ServiceError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service_error(status, headers or {}, data, request)


def asking(model: str, auth: str = "api_key") -> RequestFacts:
    return RequestFacts(model, "us-chicago-1", auth, NOON)
