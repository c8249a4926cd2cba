"""One request on its way through the emulator, from the wire to the journal."""

from __future__ import annotations

import functools
import logging
import re
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ocigenai_nb.emulator.backend import LiveAnswer
from ocigenai_nb.emulator.bearers import read_bearer
from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.fault_answers import Asked
from ocigenai_nb.emulator.fault_orders import HEADER, read_header
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.identity import Identity, classify_key_id
from ocigenai_nb.emulator.journal import Entry, KeyIdKind, Outcome
from ocigenai_nb.emulator.json_bodies import read_json
from ocigenai_nb.emulator.refusals import Refusal
from ocigenai_nb.emulator.regions import split_region
from ocigenai_nb.emulator.signatures import RefusedSignatureError, WireRequest, read_key_id
from ocigenai_nb.emulator.tenancies import Tenancy

logger = logging.getLogger("ocigenai_nb.emulator")

EXCHANGE: Final = "ocigenai_nb.exchange"
"""Key of the ASGI scope under which an exchange travels to the endpoint."""

_SECRET_HEADERS: Final = frozenset(
    {"authorization", "cookie", "opc-obo-token", "proxy-authorization", "x-api-key"}
)
_SECRET_FIELDS: Final = frozenset(
    {"currentToken", "resourcePrincipalToken", "servicePrincipalSessionToken"}
)
_MODEL_PATHS: Final = (
    ("model",),
    ("servingMode", "modelId"),
    ("servingMode", "endpointId"),
)
"""Where the wire formats name the model: OpenAI's, then the native one's."""
_STREAM_PATHS: Final = (("stream",), ("chatRequest", "isStream"))
"""Where they ask for a stream."""
_REQUEST_ID: Final = re.compile(r"[0-9A-Fa-f]{32}")


class Exchange:
    """What is known of one request: its bytes, its caller, its place in the journal."""

    def __init__(self, deployment: Deployment, request: WireRequest) -> None:
        self.deployment = deployment
        self.request = request
        self.headers = Headers(raw=[(n.encode(), v.encode()) for n, v in request.headers])
        self.json = read_json(request.body)
        self.refused: str | None = None
        self.answer: str | None = None
        self.fault: Fault | None = None
        self.live: LiveAnswer | None = None
        self.named_region, self.target = split_region(request.target)
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
    def fault_name(self) -> str | None:
        """The name of the fault that strikes it, if any."""
        return None if self.fault is None else self.fault.name

    @property
    def region(self) -> str:
        """The region that it is for: the one that its path names, or the caller's home."""
        return self.named_region or self.caller.home_region

    @property
    def at_home(self) -> bool:
        """Whether it is for the caller's home region, where its resources are."""
        return self.region == self.caller.home_region

    @property
    def compartment(self) -> str | None:
        """The compartment that the headers name, if any."""
        return self.headers.get("compartmentid") or self.headers.get("opc-compartment-id")

    @property
    def any_compartment(self) -> str | None:
        """The compartment that headers, body or query name, if any."""
        named = _find(self.json, "compartmentId") or self._read_query().get("compartmentId")
        return self.compartment or (named if isinstance(named, str) else None)

    def _read_query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2]))

    @property
    def model(self) -> str | None:
        """The model or the endpoint that the body names, if any."""
        named = (_find(self.json, *path) for path in _MODEL_PATHS)
        return next((name for name in named if isinstance(name, str)), None)

    @property
    def streamed(self) -> bool:
        """Whether the body asks for server-sent events."""
        return any(_find(self.json, *path) is True for path in _STREAM_PATHS)

    @functools.cached_property
    def key_id_kind(self) -> KeyIdKind:
        """What sort of key id the request came with, good or not."""
        if read_bearer(self.request) is not None:
            return "bearer"
        return classify_key_id(read_key_id(self.request))

    def authenticate(self, identify: Callable[[WireRequest, Identity, float], Tenancy]) -> bool:
        """Find out who is calling; tell whether the request is authentic."""
        try:
            now, identity = self.deployment.now(), self.deployment.identity
            self._caller = identify(self.request, identity, now)
        except RefusedSignatureError as error:
            self.refused = str(error)
            return False
        if self.region not in self._caller.regions:
            self.refused = f"the tenancy has not subscribed to {self.region}"
            return False
        return True

    def spend(self, tokens: int) -> None:
        """Count the tokens of an answer against the caller's limits."""
        self.deployment.meter.spend(
            self.caller.name,
            self.caller.limits,
            model=self.model or "",
            tokens=tokens,
            now=self.deployment.now(),
        )

    def meet_fault(self, *, named: bool = False) -> Refusal | None:
        """Take the fault that this request asks for, or the armed one that matches it.

        Returns what it puts in the place of the whole answer, if it does that.

        Args:
            named: Only a fault that names this path: one that names none is for the API.

        Raises:
            ValueError: If the request asks for a fault that there is not.
        """
        board, order = self.deployment.faults, self.headers.get(HEADER)
        asked = Asked(self.target, self.model, self.streamed, named=named, body=self.json)
        if order is not None and self.deployment.admin:
            self.fault = board.strike(board.tell(order, read_header(order)), asked)
        if self.fault is None:
            self.fault = board.take(asked)
        if self.fault is None:
            return None
        return self.fault.write_answer(asked, now=self.deployment.now())

    def stamp(self, send: Send) -> Send:
        """Return ``send`` with the headers every answer carries, which opens the journal entry."""

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._open_entry(message["status"])
                told = [*message.get("headers", ())]
                told.append((b"opc-request-id", self.opc_request_id.encode()))
                if not any(name == b"date" for name, _ in told):
                    date = formatdate(self.deployment.now(), usegmt=True)
                    told.append((b"date", date.encode()))
                message["headers"] = told
            await send(message)

        return send_stamped

    def leave_backend(self) -> None:
        """Ask no more of the backend, if one is behind it."""
        if self.live is not None:
            self.live.close()

    def settle(self, outcome: Outcome, events: int) -> None:
        """Put down in the journal how the answer ended."""
        if self._entry is not None:
            self.deployment.journal.settle(self._entry, outcome=outcome, events=events)

    def record_abandoned(self, outcome: Outcome = "client left") -> None:
        """Put down in the journal that there was no answer, because the client left before it."""
        self._open_entry(0)
        self.settle(outcome, 0)

    def _open_entry(self, status: int) -> None:
        if self.answer is not None:
            why = (self.refused or self.answer).rstrip(".")
            logger.info("Refused %s %s: %s.", self.request.method, self.request.target, why)
        self._entry = self.deployment.journal.add(
            Entry(
                number=0,
                method=self.request.method,
                path=self.request.target,
                status=status,
                opc_request_id=self.opc_request_id,
                refused=self.refused,
                answer=self.answer,
                key_id_kind=self.key_id_kind,
                tenancy=self._caller.name if self._caller else None,
                model=self.model,
                fault=self.fault_name,
                outcome="open" if self.streamed and status == 200 else "complete",
                headers={k: v for k, v in self.request.headers if k not in _SECRET_HEADERS},
                body=_hide_secrets(self.json),
            ),
            size=len(self.request.body),
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


def _hide_secrets(body: object) -> object:
    if not isinstance(body, dict) or not _SECRET_FIELDS & body.keys():
        return body
    return {name: "(hidden)" if name in _SECRET_FIELDS else body[name] for name in body}


def _find(value: object, *path: str) -> object:
    """Return what is at ``path`` in nested JSON objects, or ``None``."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _make_request_id(given: str) -> str:
    first = given.partition("/")[0]
    parts = [first if _REQUEST_ID.fullmatch(first) else _make_hex(), _make_hex(), _make_hex()]
    return "/".join(parts)


def _make_hex() -> str:
    return uuid.uuid4().hex.upper()
