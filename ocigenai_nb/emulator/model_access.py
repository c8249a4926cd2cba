"""Which compartments and models a caller reaches, models by name or by dedicated endpoint.

Source: published observations of the live service: a model that does not exist is an unknown
entity; one that exists but is not this tenancy's to call, or another's endpoint, answers as any
resource without permission does; an endpoint's OCID stands wherever a model's name does.

A model's OCID, too, stands wherever its name does, in its own region and unless it is the one for
fine-tuning. Without a dedicated cluster a model that is for those only is an unknown entity.

A tenancy's endpoint is in its home region. What a model is called that a region does not have is
not known there, whether another region has it or none.

Known deviations: each tenancy has one endpoint, and all of them host the same model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.control import catalog
from ocigenai_nb.emulator.refusals import RefusedError, report_unknown_entity
from ocigenai_nb.emulator.tenancies import Tenancy
from ocigenai_nb.model_facts import AS_OF, MODELS, ModelFacts

DEDICATED_MODEL: Final = "meta.llama-3.3-70b-instruct"
"""The model that every dedicated endpoint hosts."""


def find_model(
    name: str, caller: Tenancy, tenancies: Iterable[Tenancy], *, region: str
) -> ModelFacts:
    """Return the model that ``caller`` means by a model's name or an endpoint's OCID.

    Raises:
        RefusedError: If there is none, or not for this caller.
    """
    if name == caller.endpoint_id and region == caller.home_region:
        return MODELS[DEDICATED_MODEL]
    if any(name == tenancy.endpoint_id for tenancy in tenancies):
        raise RefusedError(refusals.NOT_AUTHORIZED, f"the endpoint is not one of it in {region}")
    facts = MODELS.get(catalog.find_name(name, region) or name)
    granted = caller.grants(facts["id"], region) if facts else None
    if facts is None:
        raise RefusedError(report_unknown_entity(name), "no model known here is called so")
    if granted is False:
        why = f"the tenancy's models in {region} are others"
        raise RefusedError(report_unknown_entity(name), why)
    if granted or caller.serves_everything:
        return facts
    if _is_gone(facts, region):
        why = f"the model is not offered on demand in {region}, or no more"
        raise RefusedError(report_unknown_entity(name), why)
    if facts["restricted"]:
        why = "the model is one that most tenancies can't call"
        raise RefusedError(refusals.NOT_AUTHORIZED, why)
    return facts


def check_compartment(
    compartment: str | None, caller: Tenancy, tenancies: Iterable[Tenancy]
) -> None:
    """Refuse a compartment that is missing, unknown or another tenancy's.

    Raises:
        RefusedError: With the words for which of them it is.
    """
    if not compartment:
        raise RefusedError(refusals.NO_COMPARTMENT)
    if compartment in caller.compartments:
        return
    if any(compartment in tenancy.compartments for tenancy in tenancies):
        raise RefusedError(refusals.NOT_AUTHORIZED, "the compartment is another tenancy's")
    raise RefusedError(report_unknown_entity(compartment), "no tenancy has such a compartment")


def _is_gone(facts: ModelFacts, region: str) -> bool:
    """Compare with the day of the facts, not today's: what works must not depend on the date."""
    retired = facts["retired"] is not None and facts["retired"] <= AS_OF
    elsewhere = catalog.is_elsewhere(facts, region)
    return retired or elsewhere or catalog.is_dedicated_only(facts, region)
