"""One page of a list: filtered, sorted and cut as the query asks.

Rules: a filter matches a whole value; several capabilities match a model that has any of them.
``sortBy`` is ``timeCreated`` where nothing is said, the newest first; other fields ascend.
A list that goes on names its next page in the header ``opc-next-page``, whose value is opaque.
Source: the ``oci`` SDK (2.189.0) and Oracle's page on lists.

Known deviations: a page holds 100 items where no ``limit`` is given, 1,000 at most: what the
service takes is not published. The words of the refusals are not either, only their codes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from starlette.datastructures import QueryParams

from ocigenai_nb.emulator.control.catalog import Resource
from ocigenai_nb.emulator.refusals import RefusedError, write_oci

NEXT_PAGE: Final = "opc-next-page"
"""The header that names the next page."""

_USUAL: Final = 100
_MOST: Final = 1000
_FILTERS: Final = ("id", "displayName", "lifecycleState", "vendor")
_ORDERS: Final = ("ASC", "DESC")


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, and the token of the page after them, if there is one."""

    items: Sequence[Resource]
    next: str | None


def cut_page(items: Iterable[Resource], query: QueryParams, *, sorts: tuple[str, ...]) -> Page:
    """Return the page of ``items`` that ``query`` asks for; ``sorts`` may be sorted by.

    Raises:
        RefusedError: If a parameter is not one that the service takes.
    """
    chosen = _sort([item for item in items if _matches(item, query)], query, sorts)
    start, limit = _read_start(query), _read_limit(query)
    after = start + limit
    return Page(chosen[start:after], _write_token(after) if after < len(chosen) else None)


def refuse_parameter(name: str) -> NoReturn:
    """Refuse a query for the value of its parameter ``name``."""
    raise RefusedError(write_oci(400, "InvalidParameter", f"Invalid value for parameter {name}"))


def _matches(item: Resource, query: QueryParams) -> bool:
    wanted = query.getlist("capability")
    if wanted and not set(wanted) & set(item.get("capabilities", ())):
        return False
    return all(item.get(name) == query[name] for name in _FILTERS if name in query)


def _sort(items: list[Resource], query: QueryParams, sorts: tuple[str, ...]) -> list[Resource]:
    field = _read_word(query, "sortBy", "timeCreated", sorts)
    usual = "DESC" if field == "timeCreated" else "ASC"
    order = _read_word(query, "sortOrder", usual, _ORDERS)
    return sorted(items, key=lambda item: str(item[field]), reverse=order == "DESC")


def _read_word(query: QueryParams, name: str, usual: str, allowed: tuple[str, ...]) -> str:
    word = query.get(name, usual)
    if word not in allowed:
        refuse_parameter(name)
    return word


def _read_limit(query: QueryParams) -> int:
    text = query.get("limit", str(_USUAL))
    # The length first: Python refuses to read a number of thousands of digits.
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= _MOST):
        refuse_parameter("limit")
    return int(text)


def _read_start(query: QueryParams) -> int:
    token = query.get("page")
    if token is None:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(token.encode()).decode("ascii"))
    except (ValueError, binascii.Error):
        start = 0
    if start < 1 or _write_token(start) != token:
        refuse_parameter("page")
    return start


def _write_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"{start:09}".encode()).decode()
