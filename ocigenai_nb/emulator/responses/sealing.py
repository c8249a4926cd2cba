"""Reasoning and compactions as sealed text: the client keeps it, only the service can read it.

Source: OpenAI's reference of ``encrypted_content``; errors that its users published.

Known deviations: sealed with a key of this run, so no other run can open it; which of the models
that others than OpenAI and xAI made can seal is not known: here, none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final, NoReturn

from cryptography.fernet import Fernet, InvalidToken

from ocigenai_nb.emulator.brain.talk import Call, Turn
from ocigenai_nb.emulator.parameters import refuse
from ocigenai_nb.emulator.tenancies import Tenancy

FAMILIES: Final = ("openai-reasoning", "grok-reasoning")
"""The families whose reasoning can be had sealed."""

_COMPACTION: Final = "compaction:"
_SHOWN: Final = 4


class Sealer:
    """Seals text for one tenancy and opens it again."""

    def __init__(self) -> None:
        self._cipher = Fernet(Fernet.generate_key())

    def seal(self, text: str, owner: Tenancy) -> str:
        """Return ``text`` so that only ``owner`` can hand it back."""
        return self._cipher.encrypt(json.dumps([owner.name, text]).encode()).decode()

    def check(self, sealed: str, owner: Tenancy) -> None:
        """Refuse ``sealed`` unless it was sealed for ``owner`` and nobody changed it.

        Raises:
            RefusedError: In OpenAI's words.
        """
        self._open(sealed, owner)

    def seal_turns(self, turns: Iterable[Turn], owner: Tenancy) -> str:
        """Return what was said as a compaction that only ``owner`` can hand back."""
        said = [asdict(turn) for turn in turns]
        return self.seal(_COMPACTION + json.dumps(said), owner)

    def open_turns(self, sealed: str, owner: Tenancy) -> list[Turn]:
        """Return what was said in a compaction.

        Raises:
            RefusedError: As ``check``; also where it is the seal of something else.
        """
        text = self._open(sealed, owner)
        if not text.startswith(_COMPACTION):
            _refuse(sealed)
        return [_read_turn(said) for said in json.loads(text.removeprefix(_COMPACTION))]

    def _open(self, sealed: str, owner: Tenancy) -> str:
        try:
            name, text = json.loads(self._cipher.decrypt(sealed))
        except (InvalidToken, ValueError):  # the latter of text that is not even ASCII
            _refuse(sealed)
        if name != owner.name:
            _refuse(sealed)
        return str(text)


def _read_turn(said: dict[str, Any]) -> Turn:
    calls, images = tuple(Call(**call) for call in said["calls"]), tuple(said["images"])
    return Turn(**{**said, "calls": calls, "images": images})


def _refuse(sealed: str) -> NoReturn:
    refuse(
        f"The encrypted content {sealed[:_SHOWN]}...{sealed[-_SHOWN:]} could not be verified. "
        "Reason: Encrypted content could not be decrypted or parsed.",
        param=None,
        code="invalid_encrypted_content",
    )
