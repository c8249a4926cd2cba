"""What an answer claims and what there is to bear it out: what the hooks that judge work on.

A claim is a sentence, an item of a list, a row of a table, or a value of a JSON answer. Evidence is
what tools returned in the run, and documents that the hook was given. Both are data: where a model
is shown them they are JSON strings on a line of their own, so that nothing inside can pass for
another claim or a question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ocigenai_nb.chat.tools.approval import describe_call
from ocigenai_nb.chat.tools.results import MARK, bound
from ocigenai_nb.core.claims import Claim
from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.events import Judged
from ocigenai_nb.core.rounds import ToolResult
from ocigenai_nb.core.thread import Answer

from .hooks import HookRun

MOST_CLAIMS = 30
"""Of a longer answer the rest is not judged, and the verdict says so."""

_LONGEST_ANSWER = 50_000  # characters that are looked at
_LONGEST_CLAIM = 500  # characters
_SHOWN = 24_000  # characters of all evidence together that a model is shown
_LONGEST_SOURCE = 80  # characters of a call

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”)]*\s+(?=[^\sa-z])")
_MARKUP = re.compile(r"\A\s*(?:[-*+>]\s+|\d{1,3}[.)]\s+|#{1,6}\s+|>)")
_RULE = re.compile(r"[\s|:\-=_*]*")
_WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that claims may rest on; `source` names it."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """An answer to be judged. `left_out` is how many of its claims are not among the `claims`."""

    question: str
    claims: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    left_out: int = 0

    def write(self) -> str:
        """The case as a model is shown it, everything numbered from 1."""
        room = _SHOWN // max(1, len(self.evidence))
        evidence = [
            f"{_quote(each.source)}: {_quote(bound(each.text, room))}" for each in self.evidence
        ]
        return (
            f"Question:\n{_quote(bound(self.question, _SHOWN))}\n\n"
            f"Evidence:\n{number(evidence)}\n\n"
            f"Claims:\n{number([_quote(claim) for claim in self.claims])}"
        )

    def with_evidence(self, more: Evidence) -> Case:
        """The case with one more piece of evidence."""
        return replace(self, evidence=(*self.evidence, more))

    def find_source(self, number: int) -> str:
        """The source of the evidence with that number; "" where there is none."""
        return self.evidence[number - 1].source if 1 <= number <= len(self.evidence) else ""


def _make_case(answer: Answer, run: HookRun, documents: Mapping[str, str]) -> Case:
    """What there is to be judged of an answer; of one that is not whole, nothing."""
    claims = split_claims(answer.text) if answer.finish_reason == "stop" else []
    results = tuple(dict.fromkeys(map(_read_result, filter(_has_returned, run.results))))
    given = tuple(Evidence(name, text) for name, text in documents.items())
    left_out = max(0, len(claims) - MOST_CLAIMS)
    return Case(run.prompt.text, tuple(claims[:MOST_CLAIMS]), results + given, left_out)


def judge_answer(
    answer: Answer,
    run: HookRun,
    documents: Mapping[str, str],
    judge: Callable[[Case], tuple[Claim, ...]],
    *,
    by: str,
) -> tuple[Case, tuple[Claim, ...]] | None:
    """An answer's case, and what `judge` says of its claims.

    None for an answer that calls tools, and, with an event that says why, where there is nothing
    to judge or the judge failed. `by` is who judges.
    """
    if answer.tool_calls:
        return None
    case = _make_case(answer, run, documents)
    if not case.claims or not case.evidence:
        run.emit(Judged(by, "unchecked", _explain_unchecked(case)))
        return None
    try:
        return case, judge(case)
    except (OCIGenAIError, ValueError) as error:
        run.emit(Judged(by, "abstain", f"The judge failed: {error}"))
        return None


def split_claims(text: str) -> list[str]:
    """What a text claims, piece by piece; questions, code and headings of a word claim nothing."""
    text = text[:_LONGEST_ANSWER].strip()
    data = text.removeprefix("```json").removesuffix("```").strip()
    if data[:1] in {"{", "["}:
        try:
            return [piece[:_LONGEST_CLAIM] for piece in _walk(json.loads(data), "")]
        except (ValueError, RecursionError):
            pass  # prose that begins with a bracket
    pieces = [piece for line in _list_lines(text) for piece in _SENTENCE_END.split(line)]
    return [piece[:_LONGEST_CLAIM] for piece in map(str.strip, pieces) if _claims(piece)]


def correct(claims: Sequence[Claim], wish: str) -> str:
    """What a model is told of claims that don't stand, and what it shall do."""
    listed = "\n".join(f"- “{claim.text}” ({claim.verdict})" for claim in claims)
    return f"Your answer says what the evidence does not bear out:\n{listed}\n{wish}"


def describe(claims: Sequence[Claim], left_out: int) -> str:
    """The claims that don't stand, a line for each, and how many were not judged."""
    lines = [f"{claim.verdict} ({claim.basis}): {claim.text}" for claim in claims]
    if left_out:
        lines.append(f"{left_out} more claims were not judged.")
    return "\n".join(lines)


def number(lines: Sequence[str]) -> str:
    """Lines with numbers before them."""
    return "\n".join(f"[{position}] {line}" for position, line in enumerate(lines, 1))


def _explain_unchecked(case: Case) -> str:
    """Why there is nothing to check."""
    if not case.claims:
        return "The answer claims nothing that could be checked."
    return "There is no evidence: no tool returned anything, and no documents were given."


def _has_returned(result: ToolResult) -> bool:
    return result.outcome in {"returned", "repeated"}


def _read_result(result: ToolResult) -> Evidence:
    text = result.text.removeprefix(MARK.format(name=result.call.name))
    return Evidence(describe_call(result.call, _LONGEST_SOURCE), text)


def _list_lines(text: str) -> Iterator[str]:
    """The lines of a text without markup and code."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and not _RULE.fullmatch(line):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            yield _MARKUP.sub("", ", ".join(filter(None, cells)), count=1).replace("**", "")


def _claims(piece: str) -> bool:
    return not piece.rstrip(' "”)').endswith("?") and len(_WORD.findall(piece)) > 1


def _walk(value: Any, name: str) -> Iterator[str]:
    """The values of a JSON answer, each with the names that lead to it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _walk(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each, name)
    elif value is not None:
        yield f"{name}: {value}"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
