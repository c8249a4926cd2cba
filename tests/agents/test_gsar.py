"""GSAR: claims typed by their evidence, a score, and what follows, on every transport."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb import GSAR
from ocigenai_nb.chat.agents.gsar import (
    WEIGHTS,
    TypedFinding,
    TypedFindings,
    weigh_claims,
)
from ocigenai_nb.core.claims import Claim
from ocigenai_nb.core.errors import AnswerFormatError, UsageError
from ocigenai_nb.emulator.service import Service
from tests.agents.conftest import Make
from tests.agents.judging import (
    CHATTY,
    GUESSED,
    INVENTED,
    ROME,
    TRUE,
    BreakTheJudge,
    get_weather,
    judge,
    tell,
)
from tests.agents.watching import requests
from tests.transports.subject import Transport

VERDICTS = ("grounded", "ungrounded", "contradicted", "complementary")


def test_what_is_made_up_goes_and_a_careful_guess_stays(make: Make, transport: Transport) -> None:
    result = make(get_weather, system_prompt=CHATTY, hooks=[GSAR()]).run_sync(ROME)
    assert result.message == f"{TRUE} {GUESSED}"
    first, second = result.answer.judged
    assert [(claim.text, claim.verdict, claim.basis) for claim in first.claims] == [
        (TRUE, "grounded", "tool_match"),
        (INVENTED, "ungrounded", "inference"),
        (GUESSED, "complementary", "inference"),
    ]
    assert (first.verdict, second.verdict) == ("regenerate", "proceed")
    assert first.score == pytest.approx(1.6 / 2.2)
    assert requests(transport) == 5  # a call, an answer, a judgment; an answer, a judgment


def test_an_answer_that_says_otherwise_is_contradicted(make: Make) -> None:
    hook = GSAR({"atlas": "The capital of Brazil is Rio de Janeiro."})  # of 1950
    result = make(hooks=[hook]).run_sync("What is the capital of Brazil?")
    [first, *_] = result.answer.judged
    assert first.verdict == "replan"
    assert [(claim.verdict, claim.source) for claim in first.claims] == [("contradicted", "atlas")]
    assert "with the tools that you have" in result.rounds[0].correction


def test_a_judge_that_fails_leaves_the_answer(make: Make, service: Service) -> None:
    hooks = [BreakTheJudge(service), GSAR()]
    result = make(get_weather, system_prompt=CHATTY, hooks=hooks).run_sync(ROME)
    assert result.message == f"{TRUE} {INVENTED} {GUESSED}"
    assert [each.verdict for each in result.answer.judged] == ["abstain"]


def test_without_evidence_nothing_is_asked(make: Make, transport: Transport) -> None:
    result = make(hooks=[GSAR()]).run_sync("What is the capital of France?")
    assert [each.verdict for each in result.answer.judged] == ["unchecked"]
    assert requests(transport) == 1


@pytest.mark.parametrize(
    "said",
    [
        TypedFindings([]),
        TypedFindings([TypedFinding(n, "grounded", "tool_match", 1) for n in (1, 2, 3)]),
        AnswerFormatError("The answer holds no JSON."),
        ValueError("nested"),
    ],
)
def test_nonsense_of_the_judge_is_an_abstention(said: TypedFindings | Exception) -> None:
    def say(*_: Any) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    judged = judge(GSAR(), "Rome has 18 degrees.", tell("18"), say=say)
    assert (judged.verdict, judged.said) == ("abstain", None)


@pytest.mark.parametrize("verdict", ["grounded", "contradicted"])
def test_a_verdict_that_needs_evidence_and_names_none_is_ungrounded(verdict: Any) -> None:
    said = TypedFindings([TypedFinding(1, verdict, "tool_match", 0)])
    judged = judge(GSAR(), "Rome has 18 degrees.", tell("18"), say=lambda *_: said)
    assert judged.claims == [("ungrounded", "inference", "")]


def test_the_prompt_is_evidence_too() -> None:
    said = TypedFindings([TypedFinding(1, "grounded", "signal_match", 2)])
    judged = judge(GSAR(), "You asked about Rome.", tell("18"), say=lambda *_: said)
    assert judged.claims == [("grounded", "signal_match", "the prompt")]


@pytest.mark.parametrize(
    ("claims", "score"),
    [
        ([], 0.5),
        ([("grounded", "tool_match")], 1.0),
        ([("ungrounded", "domain")], 0.0),
        ([("contradicted", "tool_match")], 0.0),
        ([("grounded", "tool_match"), ("contradicted", "tool_match")], 1 / 1.5),
        ([("grounded", "specific_data"), ("ungrounded", "inference")], 0.95 / 1.55),
        ([("complementary", "complementary_finding"), ("ungrounded", "nobody")], 0.85 / 1.45),
    ],
)
def test_the_score_is_that_of_the_paper(claims: list[tuple[str, str]], score: float) -> None:
    made = [Claim("", verdict, basis) for verdict, basis in claims]
    assert weigh_claims(made) == pytest.approx(score)


@given(st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(sorted(WEIGHTS)))))
def test_a_score_is_a_share_and_a_grounded_claim_never_lowers_it(
    found: list[tuple[str, str]],
) -> None:
    claims = [Claim("", verdict, basis) for verdict, basis in found]
    score = weigh_claims(claims)
    assert 0 <= score <= 1
    if claims:
        assert weigh_claims([*claims, Claim("", "grounded", "tool_match")]) >= score - 1e-9


@pytest.mark.parametrize(
    ("score", "decision"),
    [(1.0, "proceed"), (0.8, "proceed"), (0.79, "regenerate"), (0.65, "regenerate"),
     (0.64, "replan"), (0.0, "replan")],
)  # fmt: skip
def test_what_follows_from_a_score(score: float, decision: str) -> None:
    assert GSAR().decide(score) == decision


@pytest.mark.parametrize(
    "options", [{"proceed": 0.5}, {"regenerate": -1}, {"proceed": "1"}, {"documents": {"a": 1}}]
)
def test_options_that_can_not_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        GSAR(**options)
