"""A connection: who we are and where requests go; the built-in emulator where there is no profile.

Where no profile is named: `OCI_PROFILE`, then DEFAULT of the configuration, then a resource
principal where its environment is there, then the emulator. The connection says which, and why.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from ocigenai_nb import emulator
from ocigenai_nb.core.errors import ProfileNotFoundError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.routing import Route, Settings, route, shorten
from ocigenai_nb.core.sourced import EMULATOR, Sourced
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.factory import make_model, route_model
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.pool import Timeouts
from ocigenai_nb.transports.retry import RetryPolicy
from ocigenai_nb.transports.settings import Identity, Wishes, config_path, read_profiles, settle

from .conversation import Conversation
from .journal import Journal, session_journal
from .rounds import MAX_ROUNDS
from .tools.approval import Approve

DEFAULT_MODEL = "meta.llama-3.3-70b-instruct"

EMULATOR_PACE = 120.0  # tokens per second, as a fast model streams

_PROBE = Timeouts(connect=5.0, read=30.0, event=30.0, total=30.0)
_RESOURCE_PRINCIPAL = "OCI_RESOURCE_PRINCIPAL_VERSION"


class Connection:
    """Settled settings and a warm, signed client; `connect()` makes one.

    `origin` says who answers and why that one; it is empty where there is a profile.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        origin: str = "",
        emulated: bool = False,
        journal: Journal | None = None,
    ) -> None:
        self._client = SignedClient(identity)
        self.journal = journal if journal is not None else session_journal()
        self.origin = origin
        self.emulated = emulated
        self._announced = False

    @property
    def settings(self) -> Settings:
        """Profile, auth, region, compartment and endpoint, each with its source."""
        return self._client.identity.settings

    def __repr__(self) -> str:
        settings = self.settings
        return (
            f"Connection(profile={settings.profile.value!r}, region={settings.region.value!r}, "
            f"endpoint={settings.endpoint.value!r})"
        )

    def _repr_markdown_(self) -> str:
        settings = self.settings
        pairs = {
            "profile": settings.profile,
            "auth": settings.auth,
            "region": settings.region,
            "compartment": settings.compartment,
            "endpoint": settings.endpoint,
        }
        rows = [
            f"| {name} | `{shorten(found.value)}` | {found.source} |"
            for name, found in pairs.items()
        ]
        table = "\n".join(["| | | from |", "|:--|:--|:--|", *rows])
        return f"{self.origin}\n\n{table}" if self.origin else table

    def announce(self) -> str:
        """The origin, for the first reply; empty from then on."""
        announced, self._announced = self._announced, True
        return "" if announced else self.origin

    @strict_options
    def route(self, model: str, *, transport: str | None = None) -> Route:
        """Where a request for `model` would go, and why. Nothing is sent."""
        return route(model, self.settings, transport=transport)

    @strict_options
    def model(
        self,
        model: str,
        *,
        transport: str | None = None,
        store: bool | None = None,
        parameters: Parameters = Parameters(),
    ) -> Model:
        """The model object that carries requests for `model`.

        `store=False` lets Responses keep nothing.

        Raises UnknownModelError for a name that fits no family, and TransportUnavailableError for
        a model that only Responses reaches, unless `transport` asks for it.
        """
        chosen = route_model(model, transport)
        return make_model(self._client, model, chosen, parameters, store=store)

    @strict_options
    def chat(
        self,
        model: str = DEFAULT_MODEL,
        *,
        system: str | None = None,
        transport: str | None = None,
        parameters: Parameters = Parameters(),
        store: bool = True,
        name: str = "chat",
        tools: Sequence[Callable[..., Any]] = (),
        approve: Approve | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> Conversation:
        """A new conversation with `model`. `system` are its standing instructions.

        Over Responses the service keeps the thread for about 30 days; `store=False` lets it keep
        nothing, and every request carries the whole history. `name` is what the journal calls it.
        `tools` are functions that the model may call; they, `approve` and `max_rounds` are those
        of `Conversation`.

        Raises what `model` raises.
        """
        self.model(model, transport=transport)
        return Conversation(
            self,
            model,
            system=system,
            transport=transport,
            parameters=parameters,
            store=store,
            name=name,
            tools=tools,
            approve=approve,
            max_rounds=max_rounds,
        )

    def load_chat(self, path: str | os.PathLike[str]) -> Conversation:
        """A conversation that `chat.save(path)` saved, to go on with over this connection.

        Raises DataFormatError for a file that isn't one, or holds what does not fit.
        """
        return Conversation.load(self, path)

    def probe(self, model: str) -> Answer:
        """Ask `model` one word for an answer of one token, in one attempt: does a request get by?

        It is charged as any request, and the journal does not have it. A token that is refused is
        renewed and the request sent once more.

        Raises the typed error of what went wrong.
        """
        client = SignedClient(self._client.identity, retry=RetryPolicy(attempts=1), timeouts=_PROBE)
        asked = make_model(client, model, route_model(model, None), Parameters(max_tokens=1))
        try:
            return asked.complete_sync("hi")
        finally:
            io_thread().run(client.aclose())

    def warm(self) -> None:
        """Do ahead of time what the first request would wait for. Nothing is sent."""
        io_thread().run(self._client.warm())


@strict_options
def connect(
    profile: str | None = None,
    *,
    auth_type: str | Enum | None = None,
    api_key: str | None = None,
    federation_endpoint: str | None = None,
    config_file: str | os.PathLike[str] | None = None,
    region: str | None = None,
    compartment_id: str | None = None,
    endpoint: str | None = None,
    allow_any_host: bool = False,
    project: str | None = None,
    journal: Journal | None = None,
) -> Connection:
    """Connect to OCI Generative AI, or to the built-in emulator where there is no profile.

    Every argument may be left out: `profile` and `config_file` as in `~/.oci/config`, `auth_type`
    one of `OCIAuthType` (`federation_endpoint` is for "instance_principal"), `api_key` a
    Generative AI API key instead of either, `region` by name or short code, `compartment_id` and
    `project` as OCIDs, `endpoint` as the root of the service's URL. `allow_any_host` lets
    requests go to a host outside Oracle's realms. `journal` takes down every exchange; by default
    one in memory does, for the whole process. Nothing is sent by connecting.

    Raises UsageError for two identities at once, and ConfigError or one of its kinds for settings
    that can't work.
    """
    wishes = Wishes(
        profile=profile,
        auth_type=auth_type,
        api_key=api_key,
        federation_endpoint=federation_endpoint,
        config_file=config_file,
        region=region,
        compartment_id=compartment_id,
        endpoint=endpoint,
        allow_any_host=allow_any_host,
        project=project,
    )
    why = _why_no_profile(wishes, os.environ)
    if why is None:
        return Connection(settle(wishes), journal=journal)
    if _RESOURCE_PRINCIPAL in os.environ:
        found = settle(replace(wishes, auth_type="resource_principal", config_file=None))
        origin = f"{why}, so this machine's resource principal signs."
        return Connection(found, origin=origin, journal=journal)
    if endpoint or compartment_id:
        raise ProfileNotFoundError(
            f"{why}, so there is nobody to sign as.",
            remedy="Name a profile, or call connect() alone for the built-in emulator.",
        )
    return _emulated(replace(wishes, profile=None, config_file=None), why, journal)


@strict_options
def connect_emulator(*, journal: Journal | None = None) -> Connection:
    """Connect to the built-in emulator, whatever profiles there are. Nothing leaves this machine.

    `journal` is that of `connect()`.
    """
    return _emulated(Wishes(), "It was asked for", journal)


def list_profiles(
    config_file: str | os.PathLike[str] | None = None,
) -> tuple[Sourced[str], dict[str, Profile]]:
    """The configuration file that `connect()` reads, and its profiles by name; empty without one.

    Raises ConfigError where a file that was named can't be read, or holds no configuration.
    """
    path = config_path(Wishes(config_file=config_file), os.environ)
    return path, read_profiles(path)


def _why_no_profile(wishes: Wishes, env: Mapping[str, str]) -> str | None:
    """Why there is no profile to use; None where there is one, or one was named."""
    if wishes.profile or wishes.auth_type or wishes.api_key or env.get("OCI_PROFILE"):
        return None
    path = config_path(wishes, env)
    profiles = read_profiles(path)
    if "DEFAULT" in profiles:
        return None
    if not profiles:
        return f"There is no OCI configuration ({path.value})"
    return f"The OCI configuration has no [DEFAULT], only {', '.join(profiles)}"


def _emulated(wishes: Wishes, why: str, journal: Journal | None) -> Connection:
    service = _service()
    wishes = replace(wishes, profile=service.profile, config_file=service.config_file)
    # Without the environment: what it says of a region or an endpoint is meant for the real one.
    identity = settle(wishes, env={})
    settings = replace(
        identity.settings,
        profile=Sourced(service.profile, EMULATOR),
        endpoint=Sourced(identity.settings.endpoint.value, EMULATOR),
    )
    origin = f"{why}, so the built-in emulator answers. Nothing leaves this machine."
    found = replace(identity, settings=settings)
    return Connection(found, origin=origin, emulated=True, journal=journal)


# By process: a forked child has the memory of its parent's emulator, but not its thread.
_services: dict[int, emulator.Service] = {}
_lock = threading.Lock()


def _service() -> emulator.Service:
    """The emulator of this process, started when first needed and stopped with the process."""
    with _lock:
        service = _services.get(os.getpid())
        if service is None:
            service = _services[os.getpid()] = emulator.start(pace=EMULATOR_PACE)
            atexit.register(service.stop)
        return service
