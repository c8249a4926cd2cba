"""What all native actions have in common: whose request it is, and which model it is for.

Rules: ``compartmentId`` and ``servingMode``, which is ON_DEMAND with a model's name or DEDICATED
with an endpoint's OCID. Source: the ``oci`` SDK.

Known deviation: a model of another kind than the action's is a bad format; what the service says
was not observed.
"""

from __future__ import annotations

import re
from typing import Final

from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.model_access import check_compartment, find_model
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.model_facts import ModelFacts

_SERVING: Final = {"ON_DEMAND": "modelId", "DEDICATED": "endpointId"}
_VERSION: Final = re.compile(r"v(\d+\.\d+)")


def open_envelope(exchange: Exchange) -> Fields:
    """Return the fields of a request whose compartment is the caller's.

    Raises:
        RefusedError: If it is none, or not the caller's.
    """
    envelope = Fields(exchange.json)
    tenancies = exchange.deployment.identity.tenancies
    check_compartment(envelope.find_text("compartmentId"), exchange.caller, tenancies)
    return envelope


def find_served(envelope: Fields, exchange: Exchange, *, kind: str | None = None) -> ModelFacts:
    """Return the model that the serving mode names; where ``kind`` is given, one of that kind.

    Raises:
        RefusedError: If there is none, or not for this caller.
    """
    serving = envelope.find_object("servingMode")
    if serving is None:
        refuse_format()
    name = serving.read_text(_SERVING[serving.read_word("servingType", tuple(_SERVING))])
    tenancies = exchange.deployment.identity.tenancies
    facts = find_model(name, exchange.caller, tenancies, region=exchange.region)
    if kind is not None and facts["kind"] != kind:
        refuse_format()
    return facts


def find_version(facts: ModelFacts) -> str:
    """Return the version in a model's name, such as "4.0"."""
    found = _VERSION.search(facts["id"])
    return found[1] if found else "1.0"
