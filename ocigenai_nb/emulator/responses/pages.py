"""Lists of items, a page at a time: ``limit``, ``order`` and ``after`` as OpenAI has them.

Known deviation: an item that ``after`` names but that isn't there means the first page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request

from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice
from ocigenai_nb.emulator.responses.store import Item

_PAGE: Final = 20
_LARGEST_PAGE: Final = 100
_ORDERS: Final = ("asc", "desc")
_DIGITS: Final = 18
"""More make no number that anyone means."""


def write_page(
    request: Request, items: Sequence[Item], *, usual: int = _PAGE, largest: int = _LARGEST_PAGE
) -> dict[str, Any]:
    """Return the page of ``items`` that is asked for, the newest first unless told otherwise.

    Args:
        request: Its query says which page.
        items: The oldest first.
        usual: How many there are on a page where the query doesn't say.
        largest: How many there may be.

    Raises:
        RefusedError: With the words for what is wrong with the query.
    """
    order = request.query_params.get("order", "desc")
    if order not in _ORDERS:
        refuse_choice(order, _ORDERS, param="order")
    ordered = list(items) if order == "asc" else list(reversed(items))
    ids = [item["id"] for item in ordered]
    after = request.query_params.get("after")
    start = ids.index(after) + 1 if after in ids else 0
    rule = Rule("an integer", low=1, high=largest)
    end = start + read_number(request, "limit", rule, default=usual)
    return write_list(ordered[start:end], has_more=end < len(ordered))


def write_list(items: Sequence[Item], *, has_more: bool = False) -> dict[str, Any]:
    """Return ``items`` as a list object."""
    return {
        "object": "list",
        "data": list(items),
        "first_id": items[0]["id"] if items else "",
        "last_id": items[-1]["id"] if items else "",
        "has_more": has_more,
    }


def read_number(request: Request, name: str, rule: Rule, *, default: int) -> int:
    """Return a number of the query.

    Raises:
        RefusedError: If it is none, or ``rule`` doesn't allow it.
    """
    text = request.query_params.get(name, str(default))
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        refuse(
            f"Invalid type for '{name}': expected an integer, but got a string instead.",
            param=name,
            code="invalid_type",
        )
    number = int(text)
    if number != default:
        check(number, rule, param=name)
    return number
