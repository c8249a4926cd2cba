"""Facts about every value of the core."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import Any

import pytest

from ocigenai_nb import core

MODULES = [
    importlib.import_module(f"{core.__name__}.{m.name}")
    for m in pkgutil.iter_modules(core.__path__)
]
VALUES = [
    value
    for module in MODULES
    for name, value in vars(module).items()
    if dataclasses.is_dataclass(value) and value.__module__ == module.__name__ and name[0] != "_"
]


@pytest.mark.parametrize("value", VALUES)
def test_every_value_is_frozen_slotted_and_explained(value: Any) -> None:
    assert value.__dataclass_params__.frozen
    assert "__slots__" in vars(value)
    assert inspect.getdoc(value)
