"""Rounds and verdicts as the journal keeps them: calls, results and corrections without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from ocigenai_nb.core.claims import Claim
from ocigenai_nb.core.events import Judged
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.plain_data import from_data, to_data, write_json
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import pair_surrogates

from .journal_packing import LARGEST, measure, pack, unpack

NO_ROUNDS = pack("[]")
"""How an exchange without rounds is kept."""


def pack_rounds(rounds: tuple[Round, ...]) -> tuple[bytes, str]:
    """What was said in the rounds, and what is not in it."""
    if not rounds:
        return NO_ROUNDS, ""
    cleaner = _Cleaner(LARGEST)
    kept = [to_data(cleaner.clean_round(each)) for each in rounds]
    note = f"{measure(cleaner.cut)} of the rounds are not kept: they are too long."
    return pack(write_json(kept)), note if cleaner.cut else ""


def read_rounds(packed: bytes) -> tuple[Round, ...]:
    """The rounds that were packed. Raises DataFormatError for what are none."""
    if packed == NO_ROUNDS:
        return ()
    return tuple(from_data(Round, each) for each in json.loads(unpack(packed)))


def read_texts(packed: bytes) -> Iterator[str]:
    """All texts of the rounds that were packed."""
    for each in read_rounds(packed):
        yield from each.texts


def write_judged(judged: tuple[Judged, ...]) -> str:
    """What hooks found, as JSON without secrets."""
    cleaner = _Cleaner(LARGEST)
    return write_json([to_data(cleaner.clean_verdict(each)) for each in judged])


def read_judged(text: str) -> tuple[Judged, ...]:
    """What hooks found. Raises DataFormatError for what is not that."""
    return tuple(from_data(Judged, each) for each in json.loads(text))


class _Cleaner:
    """Takes secrets out of texts, and cuts them where they become too long together."""

    def __init__(self, room: int) -> None:
        self._room = room
        self.cut = 0

    def clean_round(self, each: Round) -> Round:
        return replace(
            each,
            text=self.clean(each.text),
            reasoning=self.clean(each.reasoning),
            tool_calls=tuple(map(self._clean_call, each.tool_calls)),
            results=tuple(map(self._clean_result, each.results)),
            correction=self.clean(each.correction),
            reasoning_items=(),
        )

    def clean_verdict(self, each: Judged) -> Judged:
        claims = tuple(map(self._clean_claim, each.claims))
        verdict, text = self.clean(each.verdict), self.clean(each.text)
        return replace(each, verdict=verdict, text=text, claims=claims)

    def clean(self, text: str) -> str:
        """The text without secrets, that can be written, as far as there is room."""
        whole = pair_surrogates(redact(text))
        kept = whole[: self._room]
        self._room -= len(kept)
        self.cut += len(whole) - len(kept)
        return kept

    def _clean_claim(self, each: Claim) -> Claim:
        return Claim(*map(self.clean, (each.text, each.verdict, each.basis, each.source)))

    def _clean_call(self, call: ToolCall) -> ToolCall:
        return ToolCall(self.clean(call.id), self.clean(call.name), self.clean(call.arguments))

    def _clean_result(self, result: ToolResult) -> ToolResult:
        call = self._clean_call(result.call)
        return replace(result, call=call, text=self.clean(result.text))
