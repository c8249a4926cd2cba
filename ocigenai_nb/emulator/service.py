"""A running emulator: where it listens, who may call it, what came in, what is to go wrong."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ocigenai_nb.emulator.app import make_app
from ocigenai_nb.emulator.backend import Backend
from ocigenai_nb.emulator.config_folder import ConfigFolder
from ocigenai_nb.emulator.deployment import TOKEN_MINUTES, Deployment
from ocigenai_nb.emulator.fault_names import FaultName, Inside
from ocigenai_nb.emulator.fault_plans import ELSEWHERE, FaultPlan
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.journal import Journal
from ocigenai_nb.emulator.keys import KeyFactory
from ocigenai_nb.emulator.principal_access import PrincipalAccess
from ocigenai_nb.emulator.regions import REGIONS
from ocigenai_nb.emulator.responses.store import KEPT_SECONDS
from ocigenai_nb.emulator.server import HOST, ServerThread, open_listener
from ocigenai_nb.emulator.tenancies import Tenancy

_SESSION_MINUTES: Final = 60.0
_RENEWABLE_MINUTES: Final = 24 * 60.0


class Service(PrincipalAccess):
    """A running emulator; as a context manager it stops at the end of the block.

    `url` is its root, `profiles` are the names in its config, and `env_file` sets the variables of
    `client_env`, one a line; `ocigenai_nb.emulator.start()` makes one.
    """

    def __init__(
        self, deployment: Deployment, folder: ConfigFolder, server: ServerThread, port: int
    ) -> None:
        super().__init__(deployment, folder)
        self._server = server
        self._stopped = False
        self._pace_at_start = deployment.pace
        self.url = f"http://{HOST}:{port}"
        self.issue_session(minutes=_SESSION_MINUTES)
        self.profiles = folder.write(deployment.identity, url=self.url)
        self.env_file = folder.put_env(self.client_env())
        deployment.reset, deployment.describe = self.reset, self.describe
        server.start()
        atexit.register(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<emulator of OCI Generative AI at {self.url}>"

    @property
    def config_file(self) -> Path:
        """The throw-away OCI config."""
        return self._folder.config_file

    @property
    def profile(self) -> str:
        """Name of the profile that serves everything."""
        return self.profiles[0]

    def describe(self) -> dict[str, object]:
        """Return where what is, as other programs need it: no secrets."""
        return {
            "url": self.url,
            "config_file": str(self.config_file),
            "env_file": str(self.env_file),
            "profile": self.profile,
            "compartment_id": self.compartment_id,
            "region": self.region,
            "profiles": self.profiles,
            "project_id": self.project_id,
            "endpoint_id": self.endpoint_id,
            "conversation_store_id": self.conversation_store_id,
        }

    def client_env(self) -> dict[str, str]:
        """Return what leads clients of the ``openai`` SDK and OCI's CLI here, with a key for them.

        A client of the ``oci`` SDK finds its profile, and is given `url` as its endpoint.

        `env_file` holds the same, for programs of other languages.
        """
        return {
            "OCI_CLI_CONFIG_FILE": str(self.config_file),
            "OCI_CLI_ENDPOINT": self.url,
            "OCI_CLI_PROFILE": self.profile,
            "OCI_CONFIG_FILE": str(self.config_file),
            "OCI_PROFILE": self.profile,
            "OCI_REGION": self.region,
            "OPENAI_API_KEY": self.genai_api_key,
            "OPENAI_BASE_URL": f"{self.url}/openai/v1",
            "OPENAI_CUSTOM_HEADERS": f"CompartmentId: {self.compartment_id}",
            "OPENAI_PROJECT_ID": self.project_id,
        }

    def endpoint_in(self, region: str) -> str:
        """Return the root for requests to ``region``; at `url` each tenancy's home region is.

        A tenancy that has not subscribed to it is answered with 401 there.
        """
        return f"{self.url}{REGIONS}/{region}"

    @property
    def compartment_id(self) -> str:
        """OCID of a compartment of the first tenancy."""
        return self._deployment.identity.tenancies[0].compartment_id

    @property
    def endpoint_id(self) -> str:
        """OCID of a dedicated endpoint of the first tenancy; it hosts a Llama."""
        return self._deployment.identity.tenancies[0].endpoint_id

    @property
    def project_id(self) -> str:
        """OCID of a Generative AI project of the first tenancy."""
        return self._deployment.identity.tenancies[0].project_id

    @property
    def conversation_store_id(self) -> str:
        """OCID of a conversation store of the first tenancy, which some clients want."""
        return self._deployment.identity.tenancies[0].conversation_store_id

    @property
    def tenancies(self) -> tuple[Tenancy, ...]:
        """The tenancies that are served, the default one first."""
        return self._deployment.identity.tenancies

    @property
    def journal(self) -> Journal:
        """What came in."""
        return self._deployment.journal

    @property
    def armed(self) -> tuple[Fault, ...]:
        """The faults that still wait for a request, the oldest first."""
        return self._deployment.faults.armed

    @property
    def pace(self) -> float | None:
        """Tokens per second; ``None`` is flat out. Counts for requests still to come."""
        return self._deployment.pace

    @pace.setter
    def pace(self, tokens_per_second: float | None) -> None:
        self._deployment.pace = check_pace(tokens_per_second)

    @property
    def clock_offset(self) -> float:
        """Seconds by which the service's clock runs ahead of the one it was started with."""
        return self._deployment.clock_offset

    @clock_offset.setter
    def clock_offset(self, seconds: float) -> None:
        self._deployment.clock_offset = seconds

    @property
    def responses_ttl(self) -> float:
        """Seconds for which responses are kept; counts for those that are kept already, too."""
        return self._deployment.responses.ttl

    @responses_ttl.setter
    def responses_ttl(self, seconds: float) -> None:
        self._deployment.responses.ttl = seconds

    @property
    def strict_input(self) -> bool:
        """Whether the Responses API refuses messages without a type, or with bare text in them.

        The service did so in June 2026, and takes them since.
        """
        return self._deployment.strict_input

    @strict_input.setter
    def strict_input(self, strict: bool) -> None:
        self._deployment.strict_input = strict

    def forget_responses(self) -> None:
        """Keep none of the responses there are: no thread can be continued."""
        self._deployment.responses.clear()

    def issue_session(
        self, *, minutes: float, renewable_minutes: float = _RENEWABLE_MINUTES
    ) -> None:
        """Put a new token into the SESSION profile's token file.

        Args:
            minutes: How long it is good, by the service's clock; negative: it has expired.
            renewable_minutes: When the session ends, which no renewed token outlives.
        """
        now = self.now()
        ends = now + renewable_minutes * 60
        token = self._deployment.identity.issue_session(now=now, minutes=minutes, ends=ends)
        self._folder.write_token(token)

    def revoke_sessions(self) -> None:
        """Refuse every token issued so far, whoever's; the token file keeps the last of them."""
        self._deployment.identity.revoke_sessions()

    def fault(
        self,
        name: FaultName,
        *,
        times: int | None = 1,
        after_events: int = 0,
        before_headers: bool = False,
        inside: Inside | None = None,
        status: int = 429,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | str | None = None,
        retry_after_ms: float | None = None,
        retry_after_date: float | None = None,
        param: str = "temperature",
        seconds: float = 600,
        location: str = ELSEWHERE,
        size: int = 64 * 1024 * 1024,
        model: str | None = None,
        path: str | None = None,
    ) -> Fault:
        """Arm a fault for the next requests that match; also a context manager that disarms it.

        >>> with og.emulator.start() as service, service.fault("status", status=503) as fault:
        ...     genai = og.connect(service.profile, config_file=service.config_file)
        ...     print(genai.chat().send("What is 17 * 23?"), fault.struck)  # it was asked again
        17 * 23 = 391 1

        Of the whole answer: "status" (with ``code``, ``message`` and the headers ``retry-after``
        and ``retry-after-ms`` where given; ``retry_after_date`` tells so many seconds as a date),
        "redirect" (307 to ``location``), "gateway_page" (502, in HTML), "clock_skew" (401, by a
        clock ``seconds`` ahead), "unsupported_parameter" (400 for ``param``), "double_encoded"
        (400, whose message is another error as JSON), "unknown_model", "not_authorized"; of the
        Responses API, striking only requests that count on what is kept: "lost_thread",
        "lost_reasoning", "lost_conversation", "zero_retention".

        Of a stream, after ``after_events`` events or before its end: "cut" (connection closed),
        "eof" (the body ends without a terminal event), "reset" (connection reset), "half_line" and
        "half_character" (the body ends inside a line, or inside a character of UTF-8),
        "early_done" (it ends in a ``[DONE]``), "html" (it ends in a gateway's page), "error_event"
        (it ends in an error event), "error_text" (it ends in one that is no JSON), "stall" (nothing
        more until the client leaves), "keep_alive" (nothing but comments until then), "slow_loris"
        (a byte at a time of an event that never ends); in between, going on afterwards: "malformed"
        (a chunk of broken JSON), "bad_utf8", "huge_event" (an event of ``size`` bytes), "gzip_bomb"
        and "zstd_bomb" (the same, in a compressed stream), "unknown_event", "unknown_part" (of
        content, or an item); from there on written oddly, and saying the same: "bytewise", "crlf",
        "cr", "comments"; all of it, whatever ``after_events``: "zstd_events" (each in a frame of
        its own), "interleaved_calls" (the pieces of several tool calls mixed) and "shared_index"
        (these, all with index 0); Cohere's formats have no pieces of calls. With
        ``before_headers``, "cut", "reset" and "stall" strike before any of an answer, streamed or
        not; ``inside`` a "line" or a "character" they and "eof" strike within an event.

        Of what the model says, streamed or not: "truncated_arguments" (of each tool call half,
        which the answer's end doesn't tell), "content_filter" (it ends after ``after_events``
        pieces of its text, filtered). Of a new response of the Responses API: "response_failed"
        (it ends as failed, streamed after ``after_events`` events), "no_id" (it is made and kept,
        but its stream is cut before the id), "lost_event" and "doubled_event" (the event after
        ``after_events`` never comes, or comes twice).

        It strikes ``times`` requests (``None``: until disarmed), where given only those for
        ``model`` and those whose target begins with ``path``, whatever its region.

        Raises:
            ValueError: If there is no such fault, or it can't do that.
        """
        plan = FaultPlan(
            name=name,
            times=times,
            after_events=after_events,
            before_headers=before_headers,
            inside=inside,
            status=status,
            code=code,
            message=message,
            retry_after=retry_after,
            retry_after_ms=retry_after_ms,
            retry_after_date=retry_after_date,
            param=param,
            seconds=seconds,
            location=location,
            size=size,
            model=model,
            path=path,
        )
        return self._deployment.faults.arm(plan)

    def reset(self) -> None:
        """Make it as it was at its start: nothing journaled, armed, skewed, kept; a new token."""
        self._deployment.faults.clear()
        self.pace = self._pace_at_start
        self.clock_offset = 0.0
        self.token_minutes, self.denied_kinds = TOKEN_MINUTES, frozenset()
        self.issue_session(minutes=_SESSION_MINUTES)
        self.forget_responses()
        self._deployment.meter.clear()
        self._deployment.conversations.clear()
        self._deployment.files.clear()
        self.responses_ttl, self.strict_input = KEPT_SECONDS, False
        self.journal.clear()

    def stop(self) -> None:
        """Stop serving and remove config, keys and token; does nothing the second time."""
        if self._stopped:
            return
        self._stopped = True
        atexit.unregister(self.stop)
        self._close()
        if self._deployment.backend is not None:
            self._deployment.backend.close()
        self._server.stop()
        self._folder.remove()


def launch(
    keys: KeyFactory,
    *,
    directory: str | os.PathLike[str] | None,
    port: int,
    pace: float | None,
    tenancies: Sequence[Tenancy],
    clock: Callable[[], float],
    backend: Backend | None = None,
    admin: bool = True,
) -> Service:
    """Start a service; ``ocigenai_nb.emulator.start`` documents the arguments."""
    pace = check_pace(pace)
    with contextlib.ExitStack() as undo:
        if backend is not None:
            undo.callback(backend.close)
        listener = undo.enter_context(open_listener(port))
        folder = ConfigFolder(directory)
        undo.callback(folder.remove)
        deployment = Deployment(
            Identity(tenancies, keys=keys), clock=clock, pace=pace, backend=backend, admin=admin
        )
        server = ServerThread(make_app(deployment), listener)
        service = Service(deployment, folder, server, listener.getsockname()[1])
        undo.pop_all()  # it stands: from here on, stop() cleans up
    return service


def check_pace(tokens_per_second: float | None) -> float | None:
    """Return the pace, with 0 as ``None``; raises ``ValueError`` when it is negative."""
    if tokens_per_second is not None and tokens_per_second < 0:
        raise ValueError("pace is tokens per second: use a positive number, or 0 for flat out.")
    return tokens_per_second or None
