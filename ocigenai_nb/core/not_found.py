"""What a 404 of this service means, and what to do about it.

The same words come for many causes (facts observed in public, 2026): a model that is mistyped,
retired, in another region, restricted, or not served over this API; a compartment that does not
exist; a missing policy. So what is known of the model and of the request tells them apart.
"""

from __future__ import annotations

import re

from .catalog import find_model, suggest_models
from .ocids import home_region

_UNKNOWN_RESPONSE = re.compile(r"^Response with id \S+ not found\b")
_FEW = 5  # regions that are named
_POLICY = "allow group YOUR-GROUP to use generative-ai-family in compartment YOUR-COMPARTMENT."


def explain_not_found(
    code: str | None, text: str, model: str, region: str, *, compartment: str, day: str, named: bool
) -> str:
    """The remedy of a 404 with that code and sentence.

    `compartment` is the OCID that the request named, `day` its date (ISO), `named` whether it
    named a project.
    """
    denied = "Authorization failed" in text or code == "NotAuthorizedOrNotFound"
    return (
        _explain_words(text, model, region, compartment)
        or _explain_model(model, region, day)
        or (_explain_denial(model, region, named=named) if denied else "")
        or _explain_entity(text, model, region)
    )


def _explain_words(text: str, model: str, region: str, compartment: str) -> str:
    """What the service's own words, or a dedicated endpoint's name, tell; empty if nothing."""
    if _UNKNOWN_RESPONSE.match(text):
        return "It expired, was deleted, or belongs to another project, region or tenancy."
    if "only supported in v1/responses" in text:
        return f"{model} answers on Responses only: ask with transport='responses'."
    if (home := home_region(model)) not in {None, region}:
        return f"It is in {home}, and the request went to {region}: give region={home!r}."
    if "registered service" in text:
        return f"The endpoint does not serve this path: check region {region} and endpoint."
    if compartment and f"key {compartment} not found" in text:
        return (
            "That is the compartment: give compartment_id= its OCID, as the Console shows it, or "
            "leave it out to use the profile's tenancy."
        )
    return ""


def _explain_model(model: str, region: str, day: str) -> str:
    """What is known to keep this model from answering there and then; empty where nothing is."""
    facts = find_model(model)
    if facts is None:
        return ""
    if facts["retired"] is not None and facts["retired"] <= day:
        return (
            f"{model} was retired on {facts['retired']}: name another; in a notebook, "
            "`%ocichat models` lists those that are known."
        )
    if facts["on_demand"] and region not in facts["on_demand"]:
        places = ", ".join(facts["on_demand"][:_FEW])
        return (
            f"{model} is not known to be in {region}: give region= one where it is ({places}), or "
            "name another model."
        )
    return ""


def _explain_denial(model: str, region: str, *, named: bool) -> str:
    facts = find_model(model)
    few = ""
    if facts is not None and facts["restricted"]:
        few = f"Most tenancies have no access to {model}: try openai.gpt-oss-120b. "
    elsewhere = " A project of another region or tenancy is answered so, too." if named else ""
    return (
        f"{few}Either {model} is not offered to this tenancy in {region}, or a policy is missing: "
        f"{_POLICY}{elsewhere}"
    )


def _explain_entity(text: str, model: str, region: str) -> str:
    facts = find_model(model)
    if facts is None or f"key {model} not found" not in text:
        return (
            f"Check the model's name, the compartment and the region ({region}): "
            "in a notebook, `%ocichat models` lists those that are known."
            f"{suggest_models(model)}"
        )
    check = f"Check the region ({region}), and whether the model is offered there on demand."
    if facts["kind"] != "chat" or facts["responses"]:
        return check
    return f"{model} does not answer on Responses: leave transport='responses' out. {check}"
