"""Who may use the Responses API: compartments, projects, models.

Rules: a compartment as everywhere; models of others than OpenAI need a project, in
``OpenAI-Project``, or the older conversation store, in ``opc-conversation-store-id``; those of
another tenancy answer as any resource without permission does.
Source: published observations of the live service.

A project is in one region, its tenancy's home; in another, it is not found. Tenancies can be told
to need a project for every model, or for none.

Known deviations: models under OpenAI's name with open weights count as OpenAI's; a missing project
answers with the words about it, never with the misleading ones about the compartment that were
seen too. Responses belong to the tenancy, not to one of its projects, of which each has one here.
"""

from __future__ import annotations

from typing import Final

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.model_access import check_compartment, find_model
from ocigenai_nb.emulator.refusals import RefusedError, report_unknown_entity, write_oci
from ocigenai_nb.emulator.tenancies import Tenancy
from ocigenai_nb.model_facts import ModelFacts

_PROJECT: Final = "openai-project"
_CONVERSATION_STORE: Final = "opc-conversation-store-id"
_NO_PROJECT: Final = write_oci(
    400,
    "400",
    "Non-OpenAI models require 'OpenAI-Project' or 'opc-conversation-store-id' header",
)


def check_access(exchange: Exchange) -> None:
    """Refuse a compartment, project or conversation store that is not the caller's.

    Raises:
        RefusedError: With the words for which of them it is.
    """
    tenancies, caller = exchange.deployment.identity.tenancies, exchange.caller
    check_compartment(exchange.compartment, caller, tenancies)
    for header in (_PROJECT, _CONVERSATION_STORE):
        given = exchange.headers.get(header)
        if not given or (exchange.at_home and given in _list_places(caller)):
            continue
        if any(given in _list_places(tenancy) for tenancy in tenancies):
            raise RefusedError(refusals.NOT_AUTHORIZED)
        raise RefusedError(report_unknown_entity(given))


def names_place(exchange: Exchange) -> bool:
    """Tell whether the request says where its responses and conversations are kept."""
    headers = exchange.headers
    return bool(headers.get(_PROJECT) or headers.get(_CONVERSATION_STORE))


def find_responses_model(exchange: Exchange, name: str) -> ModelFacts:
    """Return the model ``name``, if it can answer here.

    Raises:
        RefusedError: If it can't, or needs a project.
    """
    caller, tenancies = exchange.caller, exchange.deployment.identity.tenancies
    facts = find_model(name, caller, tenancies, region=exchange.region)
    if not facts["responses"]:
        why = "the model does not answer on the Responses API"
        raise RefusedError(report_unknown_entity(name), why)
    if _needs_project(caller, facts) and not names_place(exchange):
        raise RefusedError(_NO_PROJECT)
    return facts


def _needs_project(caller: Tenancy, facts: ModelFacts) -> bool:
    if caller.needs_project == "others":
        return facts["vendor"] != "openai"
    return caller.needs_project == "always"


def _list_places(tenancy: Tenancy) -> tuple[str, str]:
    """Return the OCIDs of where ``tenancy`` keeps its responses."""
    return tenancy.project_id, tenancy.conversation_store_id
