"""What the tests of the doctor look at its checks with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ocigenai_nb.chat.sign_in import Check

LLAMA = "meta.llama-3.3-70b-instruct"

Look: TypeAlias = Callable[..., dict[str, Check]]


def failures(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if check.outcome == "failed"]
