"""What tests see of an agent's requests, whatever wire they travel on."""

from __future__ import annotations

import json

from tests.transports.subject import Transport


def sent_texts(transport: Transport) -> str:
    """All that the last request carried, as JSON text."""
    return json.dumps(transport.service.journal.last.body, ensure_ascii=False)


def requests(transport: Transport) -> int:
    """How many requests the service answered."""
    return len(transport.service.journal)


def holds_history(transport: Transport) -> bool:
    """Whether the service keeps what was said on this transport."""
    return transport.name == "responses"
