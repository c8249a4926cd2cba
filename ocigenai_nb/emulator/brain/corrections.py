"""What is done after a complaint: words are taken back, or the work is done once more.

A complaint is a prompt, or what is returned to a call, that begins with "Your answer" or "The
answer" (or "call"). Where it quotes sentences of the answer, these are left out; where it says "try
again", what was asked before is answered as if it were asked for the first time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ocigenai_nb.emulator.brain.talk import Talk, Turn

_COMPLAINS: Final = re.compile(r"\W*(?:the|your) (?:answer|call)\b", re.IGNORECASE)
_AGAIN: Final = re.compile(r"\b(?:try (?:it )?again|once more|another try)\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"“([^”]+)”")
_NOTHING_LEFT: Final = "I don't know: nothing that I have says so."


def is_complaint(text: str) -> bool:
    """Tell whether a text says what is wrong with an answer or a call."""
    return _COMPLAINS.match(text) is not None


def put_right(talk: Talk) -> str | None:
    """Return the last answer without the sentences that a complaint about it quotes."""
    if not _ends_in_complaint(talk):
        return None
    disputed = [text for text in _QUOTED.findall(talk.prompt) if text in talk.last_answer]
    if not disputed:
        return None
    left = talk.last_answer
    for text in disputed:
        left = left.replace(text, "")
    return " ".join(left.split()) or _NOTHING_LEFT


def begin_again(talk: Talk) -> Talk:
    """Return the talk as it was when it was asked what a complaint wants tried again."""
    if not (_ends_in_complaint(talk) and _AGAIN.search(talk.prompt)):
        return talk
    turns = list(talk.turns)
    while turns and (turns[-1].role != "user" or is_complaint(turns[-1].text)):
        turns.pop()
    return replace(talk, turns=tuple(turns)) if turns else talk


def leave_complaints_out(talk: Talk) -> Talk:
    """Return the talk up to what complaints at its end are about; the last prompt always stays."""
    turns = talk.turns
    while turns and turns[-1].role == "user" and is_complaint(turns[-1].text):
        rest = turns[:-1]
        if rest and rest[-1].role == "assistant":  # the answer that it complains about
            rest = rest[:-1]
        if not any(turn.role == "user" for turn in rest):
            break
        turns = rest
    return replace(talk, turns=turns)


def find_results(talk: Talk) -> tuple[Turn, ...]:
    """Return what tools returned last; where there are complaints in it, all but these, once."""
    if not any(is_complaint(turn.text) for turn in talk.tool_results):
        return talk.tool_results
    earlier = (turn for turn in talk.turns if turn.role == "tool" and not is_complaint(turn.text))
    return tuple({(turn.tool, turn.text): turn for turn in earlier}.values()) or talk.tool_results


def _ends_in_complaint(talk: Talk) -> bool:
    last = talk.turns[-1] if talk.turns else None
    return last is not None and last.role == "user" and is_complaint(last.text)
