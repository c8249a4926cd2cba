"""What the tests of the journal fill it with, and read of it."""

from __future__ import annotations

from ocigenai_nb import Journal
from tests.chat.replies import make_reply


def keep(journal: Journal, *texts: str, conversation: str = "c") -> list[str | None]:
    """Record replies of these texts; returns the warnings."""
    return [
        journal.record(make_reply(text), conversation=conversation, turn=1, parent=None)
        for text in texts
    ]


def answers(journal: Journal) -> list[str]:
    return [entry.answer for entry in journal]
