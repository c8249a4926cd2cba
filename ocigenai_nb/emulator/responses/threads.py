"""What a response continues: the thread before it, and the references to what is kept.

Rules: with ``previous_response_id`` the whole thread before counts, but not its instructions.
Tenancies under Zero Data Retention keep nothing and continue nothing. An item of reasoning must be
kept here or come sealed. Source: OpenAI's reference and published error texts.

Known deviation: the words for ``store: true`` under Zero Data Retention are those for continuing;
where ``store`` is left out there, the response is not kept and says so. Those for work in the
background that is not to be kept were not observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.parameters import refuse
from ocigenai_nb.emulator.refusals import (
    RefusedError,
    report_lost_item,
    report_lost_response,
    report_zero_retention,
)
from ocigenai_nb.emulator.responses.store import Item
from ocigenai_nb.emulator.tenancies import Tenancy


def decide_store(given: Mapping[str, Any], caller: Tenancy) -> bool:
    """Tell whether the response is to be kept.

    Raises:
        RefusedError: If it is not, and the request counts on it.
    """
    is_kept = not caller.keeps_nothing and given.get("store", True)
    if given.get("background") and not is_kept:
        refuse("Background mode requires store=true.", param="background")
    if not caller.keeps_nothing:
        return bool(is_kept)
    for name in ("previous_response_id", "store"):
        if given.get(name):
            raise RefusedError(report_zero_retention(name))
    return False


def find_thread(exchange: Exchange, previous_id: str | None) -> list[Item]:
    """Return everything said up to the response ``previous_id``; nothing where it is ``None``.

    Raises:
        RefusedError: If it is not kept.
    """
    if previous_id is None:
        return []
    deployment = exchange.deployment
    previous = deployment.responses.find(exchange.caller.name, previous_id, now=deployment.now())
    if previous is None:
        raise RefusedError(report_lost_response(previous_id))
    return previous.thread


def resolve(item: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
    """Return ``item``, or what it refers to.

    Raises:
        RefusedError: If it refers to what is not kept, or its seal is broken.
    """
    if item["type"] == "item_reference":
        return dict(_find_item(item["id"], exchange))
    if item["type"] == "reasoning":
        if item.get("encrypted_content"):
            exchange.deployment.sealer.check(item["encrypted_content"], exchange.caller)
        elif item.get("id"):
            _find_item(item["id"], exchange)
    if item["type"] == "compaction":
        exchange.deployment.sealer.open_turns(item["encrypted_content"], exchange.caller)
    return item


def _find_item(item_id: str, exchange: Exchange) -> Item:
    deployment = exchange.deployment
    owner, now = exchange.caller.name, deployment.now()
    found = deployment.responses.find_item(owner, item_id, now=now)
    found = found or deployment.conversations.find_item(owner, item_id, now=now)
    if found is None:
        raise RefusedError(report_lost_item(item_id))
    return found
