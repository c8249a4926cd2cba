"""What the endpoints of files and vector stores share: who may, what is there, and the words.

Rules: a compartment as everywhere; files, and the files of vector stores, need a project too, the
vector stores themselves don't. What is not kept, or another tenancy's, is not found.
Source: published observations of the live service; OpenAI's reference and published error texts.

Known deviations: the words of OCI for what is not found were not observed: they are OpenAI's. A
missing project answers with the words about the compartment, as conversations do. Files and
vector stores are open under Zero Data Retention, of which nothing is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from starlette.requests import Request

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.files.store import FullError, StoredFile, VectorStore
from ocigenai_nb.emulator.parameters import Rule, check, refuse
from ocigenai_nb.emulator.refusals import RefusedError, write_oci, write_openai
from ocigenai_nb.emulator.responses.access import check_access, names_place

_MOST_ATTRIBUTES = 16
_LONGEST_KEY = 64
_LONGEST_VALUE = 512


def enter(request: Request, *, needs_project: bool = True) -> Exchange:
    """Return the exchange of a request that may do what it asks for.

    Raises:
        RefusedError: If the compartment or the project is missing, or not the caller's.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    check_access(exchange)
    if needs_project and not names_place(exchange):
        raise RefusedError(refusals.NO_COMPARTMENT)
    return exchange


def read_body(exchange: Exchange) -> dict[str, Any]:
    """Return the fields of a JSON body that are not null.

    Raises:
        RefusedError: If it is no JSON object.
    """
    if not isinstance(exchange.json, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    return {name: value for name, value in exchange.json.items() if value is not None}


def find_file(exchange: Exchange, file_id: str, *, param: str = "id") -> StoredFile:
    """Return a file of the caller's.

    Raises:
        RefusedError: If it is not kept, or not the caller's.
    """
    deployment = exchange.deployment
    found = deployment.files.find_file(exchange.caller.name, file_id, now=deployment.now())
    return found or _report_missing(f"No such File object: {file_id}", param=param)


def find_store(exchange: Exchange, store_id: str, *, param: str | None = None) -> VectorStore:
    """Return a vector store of the caller's.

    Raises:
        RefusedError: If it is not kept, or not the caller's.
    """
    found = exchange.deployment.files.find_store(exchange.caller.name, store_id)
    return found or _report_missing(f"Vector store with id '{store_id}' not found.", param=param)


def report_missing(what: str, item_id: str, store_id: str) -> NoReturn:
    """Refuse the request because a vector store has no such file or batch."""
    _report_missing(f"No {what} found with id '{item_id}' in vector store '{store_id}'.")


def keep(action: Callable[[], None]) -> None:
    """Do ``action``, which keeps something.

    Raises:
        RefusedError: If there is no room for it.
    """
    try:
        action()
    except FullError as error:
        words = f"The limit of {error} has been exceeded."
        raise RefusedError(write_oci(400, "LimitExceeded", words)) from error


def check_attributes(attributes: Any, *, param: str = "attributes") -> None:
    """Refuse attributes of a file that are none, or too many.

    Raises:
        RefusedError: In OpenAI's words.
    """
    check(attributes, Rule("an object"), param=param)
    if len(attributes) > _MOST_ATTRIBUTES:
        refuse(
            f"Invalid '{param}': too many properties. Expected an object with at most "
            f"{_MOST_ATTRIBUTES} properties, but got an object with {len(attributes)} properties "
            "instead.",
            param=param,
            code="object_above_max_properties",
        )
    for name, value in attributes.items():
        _check_attribute(name, value, f"{param}.{name}")


def read_expiry(
    given: Mapping[str, Any], *, anchor: str, unit: str, low: int, high: int
) -> int | None:
    """Return after how many of ``unit`` something expires, counted from ``anchor``.

    Raises:
        RefusedError: With the words for what is wrong with ``expires_after``.
    """
    wanted = given.get("expires_after")
    if wanted is None:
        return None
    check(wanted, Rule("an object"), param="expires_after")
    if wanted.get("anchor") != anchor:
        refuse(
            f"Invalid value: '{wanted.get('anchor')}'. Supported values are: '{anchor}'.",
            param="expires_after.anchor",
        )
    check(wanted.get(unit), Rule("an integer", low=low, high=high), param=f"expires_after.{unit}")
    return int(wanted[unit])


def _check_attribute(name: str, value: Any, where: str) -> None:
    is_value = isinstance(value, str | int | float)
    if not is_value:
        refuse(
            f"Invalid type for '{where}': expected one of a string, a decimal or a boolean.",
            param=where,
            code="invalid_type",
        )
    if len(name) > _LONGEST_KEY or (isinstance(value, str) and len(value) > _LONGEST_VALUE):
        refuse(f"Invalid '{where}': string too long.", param=where, code="string_above_max_length")


def _report_missing(message: str, *, param: str | None = None) -> NoReturn:
    raise RefusedError(write_openai(message, param=param, code=None, status=404))
