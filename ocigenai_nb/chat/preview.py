"""What a request would be, and why: its route, headers, body, estimates. Nothing is sent.

A wish that can't be granted is no exception here but a `Problem`, with its sentence: what is known
in spite of it (the route, the other transports) still shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import (
    EmptyPromptError,
    OCIGenAIError,
    UnknownModelError,
    UsageError,
)
from ocigenai_nb.core.messages import Message, Usage
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import Plan
from ocigenai_nb.core.routing import Route, family_of

from .connection import Connection
from .export import export_request
from .preview_headers import Header, list_headers
from .preview_transports import Alternative, compare_transports, explain_refusal
from .prices import Cost, estimate_cost, find_price

_CHARACTERS = 4  # a token, of English text, by the usual rule of thumb


@dataclass(frozen=True, slots=True)
class Draft:
    """A request as a person is about to make it. An empty `transport` is the family's own."""

    model: str
    prompt: str
    system: str = ""
    transport: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    stream: bool = True
    store: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Why no request would be made: the `field` of the draft, and the sentences of the error."""

    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated tokens and costs. None where nothing is known.

    `input` counts the characters of the prompts, four to a token. `output` is the most that may
    come, where the draft or the catalog limits it; `cost` is for the input alone and `most` for
    all that may come.
    """

    input: int
    output: int | None
    cost: Cost | None
    most: Cost | None
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A request that is not sent. `route` and `estimate` are None where the model is not known.

    `plan` (the body, and notices of what the family's rules change) is None where there is a
    problem. `warnings` say why the service may refuse what is planned.
    """

    draft: Draft
    problems: tuple[Problem, ...]
    route: Route | None = None
    plan: Plan | None = None
    headers: tuple[Header, ...] = ()
    estimate: Estimate | None = None
    warnings: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    emulated: bool = False

    def export(self, kind: str = "python") -> str:
        """The request as a program that sends it: "python" or "curl".

        Raises UsageError for another kind, and where there is a problem.
        """
        if self.route is None or self.plan is None:
            problem = self.problems[0]
            raise UsageError(problem.message, remedy=problem.remedy)
        return export_request(
            self.draft.prompt, self.route, self.plan.body, kind, emulated=self.emulated
        )


def preview_request(connection: Connection, draft: Draft) -> Preview:
    """What would be sent for a draft. Nothing is, and nothing is raised for a wrong wish."""
    parameters, problems = _read_parameters(draft)
    known = Preview(draft, problems, emulated=connection.emulated)
    if not draft.model:
        missing = Problem("model", "No model is named.", "Type a model's name, or pick one.")
        return replace(known, problems=(missing, *problems))
    try:
        family_of(draft.model)  # a model's OCID would be looked up, and here nothing is sent
        route = connection.route(draft.model, transport=draft.transport or None)
    except OCIGenAIError as error:
        return _add_problem(known, error)
    write = _writer(connection, draft, parameters)
    try:
        plan = write(draft.transport or None)
    except OCIGenAIError as error:
        known, plan = _add_problem(known, error), None
    alternatives = compare_transports(
        write,
        draft.model,
        connection.settings,
        chosen=route.transport,
        texts={"prompt": draft.prompt, "system": draft.system},
    )
    return replace(
        known,
        route=route,
        plan=None if known.problems else plan,
        headers=list_headers(route.transport, route.url, connection.settings),
        estimate=_estimate(draft, emulated=connection.emulated),
        warnings=_warn(connection, draft, route, writable=plan is not None),
        alternatives=alternatives,
    )


def _read_parameters(draft: Draft) -> tuple[Parameters, tuple[Problem, ...]]:
    """The wishes that can be made, and a problem for each that can't."""
    given: dict[str, Callable[[], Parameters]] = {
        "temperature": lambda: Parameters(temperature=draft.temperature),
        "max_tokens": lambda: Parameters(max_tokens=draft.max_tokens),
    }
    wishes, problems = Parameters(), []
    for name, read in given.items():
        try:
            wishes = read().over(wishes)
        except UsageError as error:
            problems.append(Problem(name, error.message, error.remedy))
    return wishes, tuple(problems)


def _add_problem(preview: Preview, error: OCIGenAIError) -> Preview:
    field = "transport"
    if isinstance(error, UnknownModelError | EmptyPromptError):
        field = "model" if isinstance(error, UnknownModelError) else "prompt"
    problem = Problem(field, error.message, error.remedy)
    return replace(preview, problems=(problem, *preview.problems))


def _writer(
    connection: Connection, draft: Draft, parameters: Parameters
) -> Callable[[str | None], Plan]:
    system = [Message.system(draft.system)] if draft.system else []
    messages = [*system, Message.user(draft.prompt)]

    def write(transport: str | None) -> Plan:
        model = connection.model(
            draft.model, transport=transport, store=draft.store, parameters=parameters
        )
        return model.plan(messages, stream=draft.stream)

    return write


def count_tokens(*texts: str) -> int:
    """An estimate: a quarter of the characters, rounded up. Only the service counts tokens."""
    return math.ceil(sum(len(text) for text in texts) / _CHARACTERS)


def _estimate(draft: Draft, *, emulated: bool) -> Estimate:
    facts = find_model(draft.model)
    limit = facts["output_tokens"] if facts is not None else None
    output = draft.max_tokens or limit
    tokens = count_tokens(draft.system, draft.prompt)
    cost = _cost(draft.model, tokens, 0, emulated=emulated)
    most = _cost(draft.model, tokens, output, emulated=emulated) if output else None
    why = "four characters to a token"
    if find_price(draft.model) is None:
        why += "; no price is known (set_price sets one)"
    return Estimate(tokens, output, cost, most, why)


def _cost(model: str, given: int, output: int, *, emulated: bool) -> Cost | None:
    return estimate_cost(model, Usage(given, output, given + output), emulated=emulated)


def _warn(connection: Connection, draft: Draft, route: Route, *, writable: bool) -> tuple[str, ...]:
    """Why the service may refuse what is planned, as far as is known."""
    facts = find_model(draft.model)
    region = route.region
    refusal = explain_refusal(route.transport, draft.model, connection.settings)
    warnings = [refusal if writable else ""]
    if facts is None:
        return tuple(filter(None, warnings))
    if facts["retired"]:
        warnings.append(f"On-demand use of this model ends or ended on {facts['retired']}.")
    if facts["restricted"]:
        warnings.append("Most tenancies have no access to this model.")
    if facts["on_demand"] and region not in facts["on_demand"]:
        warnings.append(f"It is offered in {', '.join(facts['on_demand'])}, not in {region}.")
    limit, tokens = facts["context_tokens"], count_tokens(draft.system, draft.prompt)
    if limit is not None and tokens > limit:
        warnings.append(f"About {tokens:,} tokens are more than the {limit:,} it takes.")
    return tuple(filter(None, warnings))
