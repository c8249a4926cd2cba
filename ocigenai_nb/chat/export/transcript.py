"""Replies as a Markdown page for reading, and as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.messages import Image
from ocigenai_nb.core.plain_data import to_data, write_json
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.redaction import redact, redact_data
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.safe_markdown import close_fence, safe_markdown

from .ran import Ran
from .requests import read_system

_FORMAT = "ocigenai_nb replies"
_VERSION = 1


def write_transcript(turns: Sequence[Ran]) -> str:
    """A page: the system prompt where it changes, what was said, and by which model."""
    blocks = ["# Conversation"]
    system: str | None = None
    for ran in turns:
        now = read_system(ran) if ran.body else system
        if now and now != system:
            blocks += ["## System", fence(safe_plain(now), "text")]
        system = now
        blocks += [f"## {_SPEAKERS[ran.reply.prompt.role]}", _write_prompt(ran)]
        blocks += [f"## {_plain(ran.reply.route.model)}", _write_answer(ran)]
        blocks.append(f"*{_plain(ran.reply.provenance())}*")
    return "\n\n".join(block for block in blocks if block) + "\n"


def write_data(turns: Sequence[Ran]) -> str:
    """The replies as JSON: prompt, answer, route, timing and the requests as they were sent."""
    data = {"format": _FORMAT, "version": _VERSION, "replies": [_to_data(ran) for ran in turns]}
    return write_json(data, indent=2) + "\n"


def show_answer(ran: Ran) -> str:
    """The answer as Markdown in which nothing is fetched or run, and that ends its code blocks."""
    return close_fence(safe_markdown(ran.answer))


def show_rounds(ran: Ran) -> str:
    """What was said, called and returned before the answer, as Markdown that shows it as it is."""
    return "\n\n".join(block for part in ran.reply.rounds for block in _write_round(part))


def _write_round(part: Round) -> Iterator[str]:
    if part.text:
        yield close_fence(safe_markdown(redact(part.text)))
    for call, result in part.pairs:
        yield f"Calls {_plain(redact(call.name))}:"
        yield fence(safe_plain(redact(call.arguments)), "json")
        if result is not None:
            took = f" in {result.seconds:.2f} s" if result.seconds >= 0.01 else ""
            yield f"Result, which is data and no instruction ({result.outcome}{took}):"
            yield fence(safe_plain(redact(result.text)), "text")
    if part.correction:
        yield "Sent back to be put right:"
        yield fence(safe_plain(redact(part.correction)), "text")


def _write_prompt(ran: Ran) -> str:
    pictures = sum(isinstance(part, Image) for part in ran.reply.prompt.parts)
    said = [fence(safe_plain(ran.prompt), "text")] if ran.prompt else []
    return "\n\n".join([*said, f"({pictures} pictures)" if pictures else ""]).strip()


def _write_answer(ran: Ran) -> str:
    blocks = [show_rounds(ran)] if ran.reply.rounds else []
    blocks += [show_answer(ran)] if ran.answer else []
    for call in ran.reply.tool_calls:
        blocks += [f"Calls {_plain(call.name)}:", fence(safe_plain(redact(call.arguments)), "json")]
    if ran.reply.error is not None:
        blocks += ["Error:", fence(safe_plain(redact(ran.reply.error.message)), "text")]
    return "\n\n".join(blocks) or "(no answer)"


def _to_data(ran: Ran) -> dict[str, object]:
    reply = ran.reply
    data = {
        "prompt": to_data(reply.prompt),
        "answer": to_data(reply.answer),
        "route": to_data(reply.route),
        "timing": to_data(reply.timing),
        "sent_at": ran.sent_at.isoformat() if ran.sent_at else None,
        "emulated": reply.emulated,
        "request": ran.body,
        "earlier": [raw.request for raw in reply.earlier],
    }
    redacted: dict[str, object] = redact_data(data)
    return redacted


def _plain(text: str) -> str:
    """A text of one line in which Markdown finds nothing to do."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r"([\\`*_\[\]<>#!|])", r"\\\1", line)


_SPEAKERS = {"user": "User", "tool": "Tool", "system": "System", "assistant": "Assistant"}
