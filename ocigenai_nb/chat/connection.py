"""A connection: who we are and where requests go, and all that can be asked there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.routing import Route, Settings, route, shorten
from ocigenai_nb.transports.cassette import is_replaying
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.factory import make_model, route_model
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.settings import Identity

from .comparison import Comparison
from .conversation import Conversation
from .journal import Journal, assign_journal, session_journal
from .model_names import ModelNames
from .model_table import find_models
from .probe import Probed, send_probe
from .rounds import MAX_ROUNDS
from .tools.approval import Approve
from .trials import Task, Trials

if TYPE_CHECKING:
    import pandas as pd
    from openai import OpenAI

DEFAULT_MODEL = "meta.llama-3.3-70b-instruct"
"""What `chat()` asks where no model is named."""


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
        self._names = ModelNames(self._client)
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

        But for a model's OCID, as `models()` has it: its name is looked up in the region's list,
        which is read once. Raises UnknownModelError for a name that fits no family and an OCID
        that is not listed, UsageError for another `transport` than "v1", "sdk" or "responses".
        """
        name = self._names.find(model)
        asked_as = model if name != model else None
        return route(name, self.settings, transport=transport, asked_as=asked_as)

    @strict_options
    def model(
        self,
        model: str,
        *,
        transport: str | None = None,
        store: bool | None = None,
        parameters: Parameters = Parameters(),
    ) -> Model:
        """The model object that carries requests for `model`, a name or an OCID.

        `store=False` lets Responses keep nothing.

        Raises what `route` raises, and TransportUnavailableError for a model that only Responses
        reaches, unless `transport` asks for it.
        """
        name = self._names.find(model)
        chosen = route_model(name, transport)
        return make_model(self._client, name, chosen, parameters, store=store)

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
        try:
            name = self._names.find(model)
        except OCIGenAIError as error:
            return Probed(model, 0.0, error=error)
        return send_probe(self._client.identity, name, transport=transport)

    @strict_options
    def models(self, *, probe: bool = False) -> pd.DataFrame:
        """What can be called here: the region's models and the compartment's dedicated endpoints.

        `access` is "on demand", "endpoint" (a dedicated one: `model` is its OCID, `base` what it
        serves), "not known" (list and facts disagree), "dedicated only" or "retired". `probe=True`
        asks each chat model of the first three for one word: only that shows who answers. It is
        charged as any request, not journaled, and its estimated `cost` told. Where only endpoints
        may not be listed, a warning says so.
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
