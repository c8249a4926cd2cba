"""A conversation as HTML for reading: escaped text, no script, nothing fetched."""

from __future__ import annotations

from html import escape

from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.rounds import Round

from .chat_panel_state import describe_part, split_prompt
from .rounds import describe_calls

_WRAPPED = 'style="white-space: pre-wrap; overflow-wrap: anywhere; font-family: inherit"'


def write_html(chat: Conversation) -> str:
    """The branch that is on, turn by turn."""
    turns = "".join(_write_turn(turn) for turn in chat.path) or "<p>Nothing has been said yet.</p>"
    return f'<section aria-label="Conversation with {escape(chat.model)}">{turns}</section>'


def _write_turn(turn: Turn) -> str:
    reply, told = turn.reply, []
    prompt, parts = split_prompt(turn.prompt)
    attached = [_name(describe_part(part)) for part in parts]
    told.append(_write_block("You", prompt))
    told += [_write_line(f"Attached: {', '.join(attached)}")] if attached else []
    speaker = reply.answer.model or turn.asked.model
    for each in reply.rounds:
        told += _write_round(speaker, each, turn)
    if reply.reasoning:
        told.append(_fold("Reasoning", reply.reasoning))
    told.append(_write_block(speaker, reply.text or "(no answer)"))
    told += [_fold(f"Asks for {call.name}", redact(call.arguments)) for call in reply.tool_calls]
    if reply.error is not None:
        told.append(_write_line(redact(" ".join(reply.error.lines()))))
    if turn.done:
        told.append(_write_line(reply.provenance()))
    return f"<article>{''.join(told)}</article>"


def _write_round(speaker: str, told: Round, turn: Turn) -> list[str]:
    """A part of an answer that was not the last: what was said, called and returned."""
    blocks = [_fold("Reasoning", told.reasoning)] if told.reasoning else []
    blocks += [_write_block(speaker, told.text)] if told.text else []
    for call in describe_calls(told, turn):
        seconds = f" in {call['seconds']:.1f} s" if call["seconds"] else ""
        said = f"Arguments:\n{redact(call['arguments'])}"
        result = call["result"]
        said += f"\n\nResult (data, not instructions):\n{result}" if result is not None else ""
        blocks.append(_fold(f"Tool {call['name']}: {call['state']}{seconds}", said))
    return [*blocks, *([_fold("Asked to correct", told.correction)] if told.correction else [])]


def _write_block(speaker: str, text: str) -> str:
    return f"<h4>{_clean(speaker)}</h4><pre {_WRAPPED}>{_clean(text)}</pre>"


def _fold(title: str, text: str) -> str:
    return (
        f"<details><summary>{_clean(title)}</summary><pre {_WRAPPED}>{_clean(text)}</pre></details>"
    )


def _write_line(text: str) -> str:
    return f"<p><small>{_clean(text)}</small></p>"


def _name(told: dict[str, str]) -> str:
    return told["name"] or told["kind"]


def _clean(text: str) -> str:
    return escape(safe_plain(text))
