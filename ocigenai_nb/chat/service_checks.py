"""What the service says to this connection: may it ask, does the model answer, is the project good?

Where a model was asked for and did not answer, another is asked too, since a 404 says neither
whether the model or the policy is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import (
    NotFoundError,
    OCIGenAIError,
    ServerFailureError,
    ThrottledError,
    UnknownModelError,
)
from ocigenai_nb.core.ocids import is_model_ocid
from ocigenai_nb.core.routing import family_of, shorten

from .connection import Connection
from .probe import Probed, pick_model, pick_responses_model
from .sign_in import Check, Outcome, clean, explain, failed, is_denial, tell_answer, tell_error

_NO_PROJECT = Check(
    "project",
    "warned",
    "None is named: over Responses, models that are not OpenAI's need one.",
    "Make a Generative AI project in the Console, and give its OCID: `og.connect(project=...)`; "
    "`ocigenai-nb doctor --project OCID` tries it.",
)
_FOREIGN_PROJECT = (
    "Check its OCID: a project is good in its own region and tenancy, and a new one takes a few "
    "minutes to be known."
)


def check_service(connection: Connection, model: str | None = None) -> Iterator[Check]:
    """The checks that need a request: those of `check_sign_in`, then "model" and "project".

    `model` is asked, by default one that the region offers; its name need not be right.
    """
    settings = connection.settings
    picked = pick_model(settings.region.value)
    unknown = _check_name(model)
    asked = picked if model is None or unknown else model
    probed = connection.probe(asked, transport=_transport(asked))
    *reached, last = explain(probed, settings)
    yield from reached
    found = _tell_apart(connection, probed, last, picked)
    yield from found if not unknown else (*found[:1], *unknown)
    if connection.emulated and settings.project is None:
        return  # a project is a matter of one's own tenancy
    if any(check.name == "access" and check.outcome != "failed" for check in found):
        yield _try_project(connection)


def check_wishes(connection: Connection, model: str | None) -> Iterator[Check]:
    """What can be said of the model and the project with nothing sent."""
    yield from _check_name(model)
    if connection.settings.project is None and not connection.emulated:
        yield _NO_PROJECT


def _check_name(model: str | None) -> tuple[Check, ...]:
    """The failed check of a name that fits no family of models."""
    try:
        if model is not None and not is_model_ocid(model):  # which asking it looks up
            family_of(model)
    except UnknownModelError as error:
        return (failed("model", error),)
    return ()


def _transport(model: str) -> str | None:
    """The transport that a model needs; None is the usual one."""
    facts = find_model(model)
    return "responses" if facts is not None and facts["responses_only"] else None


def _tell_apart(
    connection: Connection, probed: Probed, last: Check, picked: str
) -> tuple[Check, ...]:
    """The last check of the sign-in as "access" and "model": the policy, and what answered."""
    if last.name == "configuration":
        return (replace(last, name="signature"),)  # there was nothing to sign with
    if last.name != "access":
        return (last,)
    if probed.error is None:
        return (_allowed(""), Check("model", "passed", last.text))
    if probed.model == picked or _is_passing(probed.error):
        return (last,)
    other = connection.probe(picked, transport=_transport(picked))
    if other.error is not None:
        return (last,)  # so it is not the model alone
    return (
        _allowed(f" {tell_answer(other)}"),
        _blame_model(probed.model, probed.error, connection),
    )


def _blame_model(model: str, error: OCIGenAIError, connection: Connection) -> Check:
    """Where another model answered, a policy is there, which the error alone can't know."""
    remedy = clean(error.remedy)
    if isinstance(error, NotFoundError) and is_denial(error):
        remedy = (
            f"Another model answered, so a policy is there: {model} is not offered to this tenancy "
            f"in {connection.settings.region.value}. Name another."
        )
    return Check("model", "failed", f"{model} did not answer: {tell_error(error)}", remedy)


def _allowed(proof: str) -> Check:
    return Check("access", "passed", f"This identity may use the service.{proof}")


def _is_passing(error: OCIGenAIError) -> bool:
    """Whether it says nothing of what was asked, only that it was the wrong moment."""
    return isinstance(error, ThrottledError | ServerFailureError)


def _try_project(connection: Connection) -> Check:
    """One request over Responses, in the project that the connection names."""
    project, region = connection.settings.project, connection.settings.region.value
    if project is None:
        return _NO_PROJECT
    name, model = shorten(project.value), pick_responses_model(region)
    if not model:
        text = f"{name} was not tried: no model that needs one is known to be in {region}."
        return Check("project", "warned", text)
    probed = connection.probe(model, transport="responses")
    if probed.error is None:
        return Check("project", "passed", f"In {name}, {tell_answer(probed)}")
    error = probed.error
    remedy = _FOREIGN_PROJECT if isinstance(error, NotFoundError) else clean(error.remedy)
    outcome: Outcome = "warned" if _is_passing(error) else "failed"
    text = f"In {name}, {model} did not answer: {tell_error(error)}"
    return Check("project", outcome, text, remedy)
