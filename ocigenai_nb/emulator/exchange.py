"""One request on its way through the emulator, from the wire to the journal."""

from __future__ import annotations

import json
import logging
import re
import uuid
from email.utils import formatdate
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.identity import classify_key_id
from ocigenai_nb.emulator.journal import Entry, Outcome
from ocigenai_nb.emulator.signatures import (
    RefusedSignatureError,
    WireRequest,
    read_key_id,
    verify,
)
from ocigenai_nb.emulator.tenancies import Tenancy

logger = logging.getLogger("ocigenai_nb.emulator")

EXCHANGE: Final = "ocigenai_nb.exchange"
"""Key of the ASGI scope under which an exchange travels to the endpoint."""

_SECRET_HEADERS: Final = frozenset(
    {"authorization", "cookie", "opc-obo-token", "proxy-authorization", "x-api-key"}
)
_REQUEST_ID: Final = re.compile(r"[0-9A-Fa-f]{32}")


class Exchange:
    """What is known of one request: its bytes, its caller, its place in the journal."""

    def __init__(self, deployment: Deployment, request: WireRequest) -> None:
        self.deployment = deployment
        self.request = request
        self.headers = Headers(raw=[(n.encode(), v.encode()) for n, v in request.headers])
        self.json = _read_json(request.body)
        self.refused: str | None = None
        self.fault: Fault | None = None
        self.opc_request_id = _make_request_id(self.headers.get("opc-request-id", ""))
        self._caller: Tenancy | None = None
        self._entry: Entry | None = None

    @property
    def caller(self) -> Tenancy:
        """Whose request it is; raises ``LookupError`` unless it is authentic."""
        if self._caller is None:
            raise LookupError("The request has not been authenticated.")
        return self._caller

    @property
    def model(self) -> str | None:
        """The model that the body names, if any."""
        model = self.json.get("model") if isinstance(self.json, dict) else None
        return model if isinstance(model, str) else None

    @property
    def streamed(self) -> bool:
        """Whether the body asks for server-sent events."""
        return isinstance(self.json, dict) and self.json.get("stream") is True

    def authenticate(self) -> bool:
        """Find out who is calling; tell whether the request is authentic."""
        now = self.deployment.now()
        find_key = self.deployment.identity.find_key
        try:
            self._caller = verify(self.request, now=now, find_key=lambda k: find_key(k, now=now))
        except RefusedSignatureError as error:
            self.refused = str(error)
            logger.info("Refused %s %s: %s.", self.request.method, self.request.target, error)
            return False
        return True

    def meet_fault(self) -> None:
        """Take the armed fault that matches this request, if there is one."""
        self.fault = self.deployment.faults.take(
            path=self.request.target, model=self.model, streamed=self.streamed
        )

    def stamp(self, send: Send) -> Send:
        """Return ``send`` with the headers every answer carries, which opens the journal entry."""

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._open_entry(message["status"])
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"opc-request-id", self.opc_request_id.encode()),
                    (b"date", formatdate(self.deployment.now(), usegmt=True).encode()),
                ]
            await send(message)

        return send_stamped

    def settle(self, outcome: Outcome, events: int) -> None:
        """Put down in the journal how the answer ended."""
        if self._entry is not None:
            self.deployment.journal.settle(self._entry, outcome=outcome, events=events)

    def record_abandoned(self) -> None:
        """Put down in the journal that the client left before any answer."""
        self._open_entry(0)
        self.settle("client left", 0)

    def _open_entry(self, status: int) -> None:
        self._entry = self.deployment.journal.add(
            Entry(
                number=0,
                method=self.request.method,
                path=self.request.target,
                status=status,
                opc_request_id=self.opc_request_id,
                refused=self.refused,
                key_id_kind=classify_key_id(read_key_id(self.request)),
                tenancy=self._caller.name if self._caller else None,
                model=self.model,
                fault=self.fault.name if self.fault else None,
                outcome="open" if self.streamed and status == 200 else "complete",
                headers={k: v for k, v in self.request.headers if k not in _SECRET_HEADERS},
                body=self.json,
            )
        )


async def read_request(scope: Scope, receive: Receive) -> WireRequest:
    """Read the whole request."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    return WireRequest(
        method=scope["method"],
        target=f"{path}?{query}" if query else path,
        headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]),
        body=bytes(body),
    )


def _read_json(body: bytes) -> object:
    try:
        value: object = json.loads(body)
    except ValueError:
        return None
    return value


def _make_request_id(given: str) -> str:
    first = given.partition("/")[0]
    parts = [first if _REQUEST_ID.fullmatch(first) else _make_hex(), _make_hex(), _make_hex()]
    return "/".join(parts)


def _make_hex() -> str:
    return uuid.uuid4().hex.upper()
