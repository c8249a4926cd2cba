"""What an inspector shows, as HTML for where no kernel answers: the newest responses, in full."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from .inspected import Inspected
from .inspected_rounds import write_round

_MOST = 200  # responses; a saved notebook should stay readable
_INDENT = 1.5  # em of each level
_DEEPEST = 8  # levels that are indented


def write_page(inspected: Inspected, *, most: int = _MOST) -> str:
    """The tree, each response folded under its line; of a long one its last part."""
    overview = inspected.overview()
    lines = overview.lines[-most:] if inspected.live else overview.lines[:most]
    left_out = len(overview.lines) - len(lines)
    parts = [f"<h3>{escape(inspected.title)}: {overview.total:,} responses</h3>"]
    if left_out:
        parts.append(f"<p>{left_out:,} more are not shown here.</p>")
    for line in lines:
        brief = inspected.brief(line.number)
        margin = f"margin-left:{min(line.level, _DEEPEST) * _INDENT}em"
        if line.number < 0:
            parts.append(f"<p style='{margin}'><b>{escape(str(brief['group']))}</b></p>")
        else:
            parts.append(f"<details style='{margin}'>{_summary(line.number, brief)}")
            parts += [*_detail(inspected.detail(line.number).to_message()), "</details>"]
    return "".join(parts)


def _summary(number: int, brief: dict[str, Any]) -> str:
    marks = [brief["status"], brief["model"], brief["transport"]]
    marks += ["head"] if brief["head"] else []
    marks += [brief["calls"]] if brief["calls"] else []
    said = f"{number}. {brief['prompt']} → {brief['answer']}"
    return f"<summary>{escape(said)} <small>({escape(', '.join(marks))})</small></summary>"


def _detail(detail: dict[str, Any]) -> Iterator[str]:
    items, asked = detail["items"], detail["asked"]
    yield from map(_item, items[:asked])
    for number, told in enumerate(detail["rounds"], 1):
        yield from write_round(number, told)
    yield from map(_item, items[asked:])
    for found in detail["judged"]:
        said = f"{found['by']}: {found['verdict']}. {found['text']}"
        yield f"<p>{escape(said)}</p>"
    facts = {
        "kept by": f"{detail['holder']['who']}: {detail['holder']['sentence']}",
        "response id": detail["response_id"],
        "opc-request-id": detail["request_id"],
        "tokens": _count(detail),
        "seconds": f"{detail['total']:.2f}",
        "error": detail["error"],
    }
    rows = (
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
        if value
    )
    yield f"<table>{''.join(rows)}</table>"


def _item(item: dict[str, Any]) -> str:
    title = f"{item['kind']} {item['name']}".strip()
    return f"<p><b>{escape(title)}</b></p><pre>{escape(item['text'])}</pre>"


def _count(detail: dict[str, Any]) -> str:
    counted = detail["input_tokens"], detail["output_tokens"]
    return "" if None in counted else f"{counted[0]:,} in, {counted[1]:,} out"
