"""Metadata of responses and conversations: up to 16 short texts by short names.

Source: OpenAI's reference and published error texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.parameters import Rule, check, check_length, refuse

_MOST: Final = 16
_LONGEST_NAME: Final = 64
_LONGEST_VALUE: Final = 512


def check_metadata(metadata: Any) -> None:
    """Refuse what is no metadata, or too much of it.

    Raises:
        RefusedError: In OpenAI's words.
    """
    check(metadata, Rule("an object"), param="metadata")
    if len(metadata) > _MOST:
        refuse(
            f"Invalid 'metadata': too many properties. Expected an object with at most {_MOST} "
            f"properties, but got an object with {len(metadata)} properties instead.",
            param="metadata",
            code="object_above_max_properties",
        )
    _check_members(metadata)


def _check_members(metadata: Mapping[str, Any]) -> None:
    for name, value in metadata.items():
        check(value, Rule("a string"), param=f"metadata.{name}")
        for text, longest in ((name, _LONGEST_NAME), (value, _LONGEST_VALUE)):
            check_length(text, longest=longest, param=f"metadata.{name}")
