"""Model id and wishes to a route, with the reason and the source of each decision.

The rules are the specification's ("OCI GenAI models", routing table), first match wins:

1. a dedicated endpoint's OCID goes to the SDK transport;
2. `cohere.command-r…` goes to the SDK transport, because `/openai/v1` answers these with
   400 "Unsupported OpenAI operation";
3. everything else goes to V1.

Responses is never chosen unasked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from .catalog import Family, find_family, find_model, suggest_models
from .endpoints import NATIVE_PATH, OPENAI_PATH
from .errors import UnknownModelError, UsageError
from .ocids import is_model_ocid
from .sourced import Sourced
from .suggestions import suggest

TransportName: TypeAlias = Literal["v1", "sdk", "responses"]
"""Chat completions, the native API, and the Responses API."""
TRANSPORTS: tuple[TransportName, ...] = get_args(TransportName)

_LOOKED_UP = "the control plane lists the model under this OCID; requests carry its name"

CLASS_NAMES: dict[TransportName, str] = {
    "v1": "OCIOpenAIModel",
    "sdk": "OCIModel",
    "responses": "OCIResponsesModel",
}
PATHS: dict[TransportName, str] = {
    "v1": f"{OPENAI_PATH}/chat/completions",
    "sdk": NATIVE_PATH,
    "responses": f"{OPENAI_PATH}/responses",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection has settled on, each with its source.

    None means that there is none: no project, no configuration file where no profile signs, no
    federation endpoint but the region's own.
    """

    profile: Sourced[str]
    auth: Sourced[str]
    region: Sourced[str]
    compartment: Sourced[str]
    endpoint: Sourced[str]
    project: Sourced[str] | None = None
    config_file: Sourced[str] | None = None
    federation_endpoint: Sourced[str] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that was decided: `what`, its `value`, and `why` (a reason or a source)."""

    what: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request for `model` goes, and why. Nothing is sent by making one.

    >>> route = og.connect().route("cohere.command-r-plus-08-2024")
    >>> route.transport, route.class_name
    ('sdk', 'OCIModel')
    >>> route.decisions[1].why
    'Cohere R models answer on the native API only'

    `config_file` and `federation_endpoint` are where who signs was found, for an exported program;
    they are None where nothing was read there.
    """

    model: str
    family: str
    transport: TransportName
    url: str
    region: str
    decisions: tuple[Decision, ...]
    config_file: str | None = field(default=None, repr=False)
    federation_endpoint: str | None = None

    @property
    def class_name(self) -> str:
        """The model class that carries it."""
        return CLASS_NAMES[self.transport]

    def __str__(self) -> str:
        width = max(len(decision.what) for decision in self.decisions)
        return "\n".join(f"{d.what:<{width}}  {d.value}  ({d.why})" for d in self.decisions)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 (IPython's own)
        printer.text(str(self))

    def _repr_markdown_(self) -> str:
        rows = [
            f"| {d.what} | `{_cell(shorten(d.value))}` | {_cell(d.why)} |" for d in self.decisions
        ]
        return "\n".join(["| | | why |", "|:--|:--|:--|", *rows])


def choose_transport(model: str, wish: str | None = None) -> Decision:
    """The transport for a model. `wish` forces one, by its short name.

    Raises UsageError for an unknown wish.
    """
    if wish:
        if wish not in TRANSPORTS:
            raise UsageError(
                f"There is no transport {wish!r}.{suggest(wish, TRANSPORTS)}",
                remedy=f"Transports: {', '.join(TRANSPORTS)}.",
            )
        return Decision("transport", wish, "asked for")
    family = family_of(model).name
    if family == "dedicated":
        return Decision("transport", "sdk", "dedicated endpoints answer on the native API")
    if family == "cohere-r":
        why = "Cohere R models answer on the native API only"
        return Decision("transport", "sdk", why)
    return Decision("transport", "v1", "the default for every family but Cohere R")


def transport_name(chosen: Decision) -> TransportName:
    """The transport that was decided for."""
    return next(known for known in TRANSPORTS if known == chosen.value)


def route(
    model: str, settings: Settings, *, transport: str | None = None, asked_as: str | None = None
) -> Route:
    """The whole route of a request for `model`; `asked_as` is the OCID that was looked up for it.

    Raises UnknownModelError for a name that fits no family (it suggests), and UsageError for an
    unknown `transport`.
    """
    family = family_of(model)
    chosen = choose_transport(model, transport)
    name = transport_name(chosen)
    url = settings.endpoint.value + PATHS[name]
    decisions = (
        Decision("model", model, _listing(model, family)),
        *([Decision("asked as", asked_as, _LOOKED_UP)] if asked_as is not None else []),
        Decision("transport", name, chosen.why),
        Decision("class", CLASS_NAMES[name], f"carries the {name} transport"),
        Decision("endpoint", url, settings.endpoint.source),
        *(
            Decision(what, value.value, value.source)
            for what, value in (
                ("profile", settings.profile),
                ("auth", settings.auth),
                ("region", settings.region),
                ("compartment", settings.compartment),
                ("project", settings.project if name != "sdk" else None),
            )
            if value is not None
        ),
    )
    return Route(
        model,
        family.name,
        name,
        url,
        settings.region.value,
        decisions,
        config_file=_value(settings.config_file),
        federation_endpoint=_value(settings.federation_endpoint),
    )


def family_of(model: str) -> Family:
    """The family of a model. Raises UnknownModelError, with a suggestion, where nothing fits."""
    family = find_family(model)
    if family is None and is_model_ocid(model):
        raise UnknownModelError(
            f"{shorten(model)} is a model's OCID, and what it is called is not known here.",
            remedy="Give the model's name; connection.models() lists both.",
        )
    if family is None:
        raise UnknownModelError(
            f"There is no model {model!r}.{suggest_models(model)}",
            remedy="Model ids look like meta.llama-3.3-70b-instruct or openai.gpt-oss-120b.",
        )
    return family


def _value(found: Sourced[str] | None) -> str | None:
    return found.value if found is not None else None


def _listing(model: str, family: Family) -> str:
    facts = find_model(model)
    if facts is None:
        if family.name == "dedicated":
            return "a dedicated endpoint"
        return f"not in the catalog; family {family.name} by its name.{suggest_models(model)}"
    notes = [f"family {family.name}"]
    if facts["kind"] != "chat":
        notes.append(f"made for {facts['kind']}, not for chat")
    if facts["retired"]:
        notes.append(f"on-demand use ends or ended {facts['retired']}")
    if facts["restricted"]:
        notes.append("most tenancies have no access")
    if facts["responses_only"]:
        notes.append("answers on Responses only: ask for transport='responses'")
    return "; ".join(notes)


def shorten(value: str) -> str:
    """A value for a table: an OCID without the middle of its unique part, else the value."""
    head, dots, unique = value.rpartition(".")
    if not value.startswith("ocid1.") or len(unique) <= 16:
        return value
    return f"{head}{dots}{unique[:6]}…{unique[-6:]}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
