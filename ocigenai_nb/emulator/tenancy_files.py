"""Tenancies from a file: TOML, or JSON with the same names.

    [tenancies.acme]                      # the first one is the profile DEFAULT
    regions = ["us-chicago-1", "eu-frankfurt-1"]
    serves_everything = false
    keeps_nothing = false                 # Zero Data Retention
    needs_project = "others"              # or "always", "never"
    policies = [
        "allow group chatters to use generative-ai-family in tenancy",
        '''allow any-user to use generative-ai-family in tenancy
           where request.principal.type = 'generativeaiapikey'''',
    ]

    [tenancies.acme.models]               # only these, where it says so
    eu-frankfurt-1 = ["meta.*", "openai.gpt-oss-120b"]

    [[tenancies.acme.users]]
    name = "ann"
    groups = ["chatters"]
    keys = 2

    [[tenancies.acme.limits]]
    requests = 10
    tokens = 5000
    seconds = 60
    models = "meta.*"

Everything but a tenancy's name may be left out; ``Tenancy``, ``User`` and ``Limit`` say what each
means. A name or a type that is not one of these is refused, never passed over.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from ocigenai_nb.emulator.limits import Limit
from ocigenai_nb.emulator.tenancies import Tenancy, User, check_tenancies

T = TypeVar("T")
_Reader = Callable[[Any, str], Any]


def read_tenancies(given: Sequence[Tenancy] | str | os.PathLike[str]) -> tuple[Tenancy, ...]:
    """Return tenancies that can be served together, from a file where its path is given.

    Raises:
        OSError: If the file can't be read.
        ValueError: If it is no such file, or its tenancies can't be; the words say where.
    """
    if not isinstance(given, str | os.PathLike):
        check_tenancies(given)
        return tuple(given)
    path = Path(given)
    try:
        tenancies = _read_content(_parse(path))
        check_tenancies(tenancies)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return tenancies


def _parse(path: Path) -> Any:
    if path.suffix not in {".toml", ".json"}:
        raise ValueError("Tenancies come in a file that ends in .toml or .json.")
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It can't be read as {path.suffix[1:].upper()}: {error}.") from None


def _read_content(content: Any) -> tuple[Tenancy, ...]:
    top = _read_names(content, "The file", {"tenancies": _read_table})
    named = top.get("tenancies", {})
    return tuple(_read_tenancy(named[name], f"tenancies.{name}", name) for name in named)


def _read_tenancy(value: Any, where: str, name: str) -> Tenancy:
    given = _read_names(value, where, _TENANCY)
    return _make(where, lambda: Tenancy(name, **given))


def _read_user(value: Any, where: str) -> User:
    given = _read_names(value, where, _USER)
    if "name" not in given:
        raise ValueError(f"{where} needs a name.")
    return _make(where, lambda: User(**given))


def _read_limit(value: Any, where: str) -> Limit:
    given = _read_names(value, where, _LIMIT)
    return _make(where, lambda: Limit(**given))


def _make(where: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _read_names(value: Any, where: str, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    """Return what a table says, each name read as it must be."""
    table = _read_table(value, where)
    for name in table:
        if name not in readers:
            raise ValueError(
                f"{where} has no {name!r}: what it can have is {', '.join(sorted(readers))}."
            )
    return {name: readers[name](table[name], f"{where}.{name}") for name in table}


def _read_table(value: Any, where: str) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _refuse(where, "a table of names")


def _read_text(value: Any, where: str) -> str:
    return value if isinstance(value, str) else _refuse(where, "a text")


def _read_flag(value: Any, where: str) -> bool:
    return value if isinstance(value, bool) else _refuse(where, "true or false")


def _read_count(value: Any, where: str) -> int:
    good = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if good else _refuse(where, "a whole number")


def _read_seconds(value: Any, where: str) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good else _refuse(where, "a number of seconds")


def _read_list(value: Any, where: str, read: _Reader) -> tuple[Any, ...]:
    items = value if isinstance(value, list) else _refuse(where, "a list")
    return tuple(read(item, f"{where}[{number}]") for number, item in enumerate(items))


def _read_texts(value: Any, where: str) -> tuple[str, ...]:
    return _read_list(value, where, _read_text)


def _read_users(value: Any, where: str) -> tuple[User, ...]:
    return _read_list(value, where, _read_user)


def _read_limits(value: Any, where: str) -> tuple[Limit, ...]:
    return _read_list(value, where, _read_limit)


def _read_models(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    table = _read_table(value, where)
    return {region: _read_texts(table[region], f"{where}.{region}") for region in table}


def _refuse(where: str, wanted: str) -> NoReturn:
    raise ValueError(f"{where} must be {wanted}.")


_TENANCY: Final[Mapping[str, _Reader]] = {
    "serves_everything": _read_flag,
    "keeps_nothing": _read_flag,
    "regions": _read_texts,
    "models": _read_models,
    "users": _read_users,
    "policies": _read_texts,
    "needs_project": _read_text,
    "limits": _read_limits,
}
_USER: Final[Mapping[str, _Reader]] = {
    "name": _read_text,
    "groups": _read_texts,
    "keys": _read_count,
}
_LIMIT: Final[Mapping[str, _Reader]] = {
    "requests": _read_count,
    "tokens": _read_count,
    "seconds": _read_seconds,
    "models": _read_text,
}
