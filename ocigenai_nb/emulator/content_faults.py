"""What faults make of what the model says, in whatever wire format it travels.

Known deviation: a backend's answer is struck only where it is not streamed.
"""

from __future__ import annotations

from dataclasses import replace

from ocigenai_nb.emulator.answer import Answer
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.text_pieces import take_pieces


def spoil(answer: Answer, fault: Fault | None) -> Answer:
    """Return ``answer`` as ``fault`` leaves it."""
    if fault is None:
        return answer
    if fault.name == "truncated_arguments":
        halves = tuple((name, text[: len(text) // 2]) for name, text in answer.calls)
        return replace(answer, calls=halves)
    if fault.name == "content_filter":
        text = take_pieces(answer.text, fault.after_events)
        return replace(answer, text=text, calls=(), finish_reason="content_filter")
    return answer
