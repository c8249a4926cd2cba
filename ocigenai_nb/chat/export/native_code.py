"""A native body as the `oci` SDK's own model constructors.

The SDK's tables say which class an object is (`get_subtype`), what its attributes are called
(`attribute_map`) and what they hold (`swagger_types`). What the installed SDK has no class or
attribute for stays plain data, which it sends as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .code import Call

_LIST = re.compile(r"list\[(.+)\]")


def build_model(kind: str, data: Mapping[str, Any]) -> Call:
    """The constructor's call that makes an SDK model of an object. `kind` is the class's name."""
    made = _build(kind, data)
    if not isinstance(made, Call):
        raise TypeError(f"the oci SDK has no {kind} like this")
    return made


def build_value(hint: str, value: Any) -> Any:
    """A value of a type that the SDK's tables name: constructors' calls, lists of them, or data."""
    if (found := _LIST.fullmatch(hint)) and isinstance(value, list):
        return [build_value(found[1], item) for item in value]
    return _build(hint, value) if isinstance(value, Mapping) else value


def _build(kind: str, data: Mapping[str, Any]) -> Any:
    from oci.generative_ai_inference import models

    found = getattr(models, kind, None)
    if found is None:
        return dict(data)
    kind = _subtype(found, kind, data)
    empty = getattr(models, kind)()
    names = {wire: name for name, wire in empty.attribute_map.items()}
    if not names.keys() >= data.keys():
        return dict(data)
    said = {
        names[key]: build_value(empty.swagger_types[names[key]], value)
        for key, value in data.items()
        if getattr(empty, names[key]) != value  # a constructor says what it is by itself
    }
    return Call(f"models.{kind}", said)


def _subtype(found: Any, kind: str, data: Mapping[str, Any]) -> str:
    try:
        return str(found.get_subtype(data))
    except (AttributeError, KeyError):  # it has none, or the object doesn't say which
        return kind
