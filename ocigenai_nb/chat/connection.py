"""A connection: who we are and where requests go; the built-in emulator where there is no profile.

Where no profile is named: `OCI_PROFILE`, then DEFAULT of the configuration, then a resource
principal where its environment is there, then the emulator. The connection says which, and why.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Any

from ocigenai_nb import emulator
from ocigenai_nb.core.errors import ProfileNotFoundError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.routing import Route, Settings, route, shorten
from ocigenai_nb.core.sourced import EMULATOR, Sourced
from ocigenai_nb.transports.cassette import is_replaying
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.factory import make_model, route_model
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.settings import Identity, Wishes, config_path, read_profiles, settle

from .comparison import Comparison
from .conversation import Conversation
from .journal import Journal, assign_journal, session_journal
from .model_table import find_models
from .probe import Probed, send_probe
from .profile_choice import why_no_profile
from .rounds import MAX_ROUNDS
from .tools.approval import Approve
from .trials import Task, Trials

if TYPE_CHECKING:
    import pandas as pd
    from openai import OpenAI

DEFAULT_MODEL = "meta.llama-3.3-70b-instruct"
"""What `chat()` asks where no model is named."""

EMULATOR_PACE = 120.0  # tokens per second, as a fast model streams

ASKED_FOR = "It was asked for"
"""How the origin begins of an emulator that somebody chose."""

_RESOURCE_PRINCIPAL = "OCI_RESOURCE_PRINCIPAL_VERSION"


class Connection:
    """Settled settings and a warm, signed client; `connect()` makes one.

    >>> genai = og.connect()
    >>> genai.route("cohere.command-r-plus-08-2024").transport
    'sdk'
    >>> models = ["meta.llama-3.3-70b-instruct", "openai.gpt-oss-120b"]
    >>> [reply.text for reply in genai.compare("What is 17 * 23?", models)]
    ['17 * 23 = 391', '17 * 23 = 391']

    `origin` says who answers and why that one; it is empty where there is a profile.
    `last_comparison` is what `compare` came to last, also where it was interrupted.
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
        self.journal = session_journal() if journal is None else journal
        self.origin = origin
        self.emulated = emulated
        self.last_comparison: Comparison | None = None
        self._comparisons = count(1)
        self._openai: tuple[int, OpenAI] | None = None
        self._announced = False

    @property
    def journal(self) -> Journal:
        """Where every exchange is recorded, those of agents with its models, too."""
        return self._journal

    @journal.setter
    def journal(self, journal: Journal) -> None:
        self._journal = journal
        assign_journal(self._client, journal)

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
        """The origin, until a reply that was shown has told it (`note_announced`); then empty."""
        return "" if self._announced else self.origin

    def note_announced(self) -> None:
        """Let the replies from here on be without the origin."""
        self._announced = True

    @strict_options
    def route(self, model: str, *, transport: str | None = None) -> Route:
        """Where a request for `model` would go, and why. Nothing is sent.

        Raises UnknownModelError for a name that fits no family, UsageError for another `transport`
        than "v1", "sdk" or "responses".
        """
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

    @strict_options
    def load_chat(
        self,
        path: str | os.PathLike[str],
        *,
        tools: Sequence[Callable[..., Any]] = (),
        approve: Approve | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> Conversation:
        """A conversation that `chat.save(path)` saved; functions aren't in it, so give them again.

        Raises DataFormatError for a file that isn't one, or holds what does not fit.
        """
        return Conversation.load(self, path, tools=tools, approve=approve, max_rounds=max_rounds)

    @strict_options
    def probe(self, model: str, *, transport: str | None = None) -> Probed:
        """Ask `model` one word, in one attempt: does a request get by? What goes wrong is told.

        It is charged as any request, and the journal does not have it.
        """
        return send_probe(self._client.identity, model, transport=transport)

    @strict_options
    def models(self, *, probe: bool = False) -> pd.DataFrame:
        """What can be called here: a row for each model that the service lists in this region.

        `access` is "on demand", "not known" (list and facts disagree), "dedicated only" or
        "retired". `probe=True` asks each chat model of the first two for one word: only that shows
        who answers. It is charged as any request, not journaled, and its estimated `cost` told.
        Raises TransportUnavailableError for a Generative AI API key, which can't list, and what
        requests raise: NotFoundError where a policy is missing.
        """
        return find_models(self._client, probe=probe)

    @strict_options
    def compare(
        self,
        prompt: str | Message,
        models: Iterable[str],
        *,
        attach: Sequence[object] = (),
        system: str | None = None,
        parameters: Parameters = Parameters(),
        repeat: int = 1,
        timeout: float | None = None,
    ) -> Comparison:
        """Ask several models the same, `repeat` times each, all at once; wait for all answers.

        Each goes over its family's transport, at most eight at a time. An error stays with the
        reply that it ended, and keeps none of the others from coming. `attach` is that of
        `chat().send()`; `timeout` is in seconds, for each answer. An interrupt (KeyboardInterrupt)
        stops them all; what came until then is in `last_comparison` and in the journal.

        Raises UsageError and its kinds, before anything is sent, for a model that is not there (it
        suggests), one that only Responses reaches, one named twice, and an empty prompt. Raises
        ConfigError and its kinds where nothing can be signed.
        """
        task = Task.of(
            self,
            prompt,
            attach,
            models,
            system=system,
            parameters=parameters,
            repeat=repeat,
            timeout=timeout,
        )
        if not is_replaying():
            self.warm()  # else whoever is asked first seems slow
        trials = Trials(self, task, f"compare-{next(self._comparisons)}")
        try:
            trials.wait()
        finally:
            self.last_comparison = trials.comparison
        return self.last_comparison

    def openai(self) -> OpenAI:
        """A signed `openai.OpenAI` client, for all else of the OpenAI-compatible endpoint.

        It is made once, signs each request anew, names the compartment and the project, and sends
        to this connection's endpoint only. Errors are the SDK's own, but for a key or a host that
        can't be used. Nothing is asked twice unasked: `openai().with_options(max_retries=2)` turns
        the SDK's own retries on. The journal has none of it.
        """
        from ocigenai_nb.transports.openai_client import make_openai

        process = os.getpid()
        if self._openai is None or self._openai[0] != process:  # a child has its own sockets
            self._openai = (process, make_openai(self._client.identity))
        return self._openai[1]

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

    >>> genai = og.connect()
    >>> print(genai.chat().send("What is 17 * 23?"))
    17 * 23 = 391

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
    why = why_no_profile(wishes, os.environ)
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
    return _emulated(Wishes(), ASKED_FOR, journal)


def list_profiles(
    config_file: str | os.PathLike[str] | None = None,
) -> tuple[Sourced[str], dict[str, Profile]]:
    """The configuration file that `connect()` reads, and its profiles by name; empty without one.

    Raises ConfigError where a file that was named can't be read, or holds no configuration.
    """
    path = config_path(Wishes(config_file=config_file), os.environ)
    return path, read_profiles(path)


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
