"""Reflexion: loops and failures lead to one more try that knows of them, on every transport."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb import Memory, Reflexion, ToolCall
from ocigenai_nb.chat.agents.reflexion import Assessment
from ocigenai_nb.core.errors import AnswerFormatError, UsageError
from ocigenai_nb.core.rounds import ToolResult
from ocigenai_nb.emulator.service import Service
from tests.agents.conftest import Make
from tests.agents.judging import BreakTheJudge, get_weather, judge, tell
from tests.agents.watching import requests, sent_texts
from tests.transports.subject import Transport

RATE: Final = "What is the exchange rate of the Euro currency?"
ENDLESS: Final = "Look up the weather in Rome again and again."
LESSON: Final = "get_rate failed (raised). I should call get_rate again."


@dataclass
class Bank:
    """A bank that does not answer the first `silent` times."""

    silent: int = 1
    asked: int = 0

    def get_rate(self, currency: str) -> str:
        """Get the exchange rate of a currency."""
        self.asked += 1
        if self.asked <= self.silent:
            raise TimeoutError("the bank did not answer")
        return f"1.08 dollars for a {currency}"


def test_a_failed_call_is_tried_again_after_a_reflection(make: Make) -> None:
    assert "the bank did not answer" in make(Bank().get_rate).run_sync(RATE).message
    result = make(Bank().get_rate, hooks=[Reflexion()]).run_sync(RATE)
    assert result.message == "According to get_rate: 1.08 dollars for a Euro."
    [judged] = result.answer.judged
    assert (judged.by, judged.verdict, judged.text) == ("Reflexion", "failed", LESSON)
    assert LESSON in result.rounds[1].correction


def test_a_loop_is_ended_whatever_the_model_says(make: Make) -> None:
    calls: list[str] = []

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        calls.append(city)
        return f"18 degrees in {city}"

    result = make(get_weather, hooks=[Reflexion()]).run_sync(ENDLESS)
    assert calls == ["Rome", "Rome"]
    assert result.message == "According to get_weather: 18 degrees in Rome."
    assert [each.verdict for each in result.answer.judged] == ["loop"]
    assert result.rounds[-1].results[0].outcome == "denied"


def test_there_is_one_more_try_and_no_question_after_it(make: Make, transport: Transport) -> None:
    bank = Bank(silent=10)
    result = make(bank.get_rate, hooks=[Reflexion()]).run_sync(RATE)
    assert bank.asked == 2
    assert "the bank did not answer" in result.message
    assert [each.verdict for each in result.answer.judged] == ["failed"]
    assert requests(transport) == 5  # a call, an answer, the question; a call, an answer


def test_a_good_answer_stands(make: Make, transport: Transport) -> None:
    result = make(get_weather, hooks=[Reflexion()]).run_sync("What is the weather in Rome?")
    assert result.message == "According to get_weather: 18 degrees in Rome."
    assert [each.verdict for each in result.answer.judged] == ["progress"]
    assert requests(transport) == 3


def test_a_question_that_fails_leaves_the_answer(make: Make, service: Service) -> None:
    hooks = [BreakTheJudge(service), Reflexion()]
    result = make(Bank().get_rate, hooks=hooks).run_sync(RATE)
    assert "the bank did not answer" in result.message
    assert [each.verdict for each in result.answer.judged] == ["abstain"]


def test_reflections_are_remembered_for_later_runs(
    make: Make, transport: Transport, file: Path
) -> None:
    with closing(Memory(file)) as memory:
        make(Bank().get_rate, memory=memory, hooks=[Reflexion(memory=memory)]).run_sync(RATE)
        assert [fact.text for fact in memory.recall()] == [f"Lesson: {LESSON}"]
        make(memory=memory).run_sync("Hello!")
        assert LESSON in sent_texts(transport)


def test_a_memory_that_can_not_be_written_does_not_lose_the_run(make: Make, file: Path) -> None:
    with closing(Memory(file)) as memory:
        memory.remember("It is there.")
        file.write_bytes(b"no database" * 1000)
        result = make(Bank().get_rate, hooks=[Reflexion(memory=memory)]).run_sync(RATE)
    assert "1.08 dollars" in result.message


CALL: Final = ToolCall("c", "get_weather", '{"city": "Rome", "unit": "C"}')


def judge_call(*results: ToolResult, **options: Any) -> Any:
    return judge(Reflexion(), "", *results, calls=(CALL,), **options)


def test_a_call_is_the_same_in_any_order_of_its_arguments() -> None:
    other = tell("18", '{"unit":"C","city":"Rome"}')
    judged = judge_call(other, other, say=lambda *_: Assessment(progress=True, reflection=""))
    assert judged.verdict == "loop"
    assert judged.correction.startswith("Your call was not run.")


def test_calls_that_differ_or_were_made_once_are_no_loop() -> None:
    oslo = tell("9", '{"city": "Oslo"}')
    assert judge_call(oslo, oslo, oslo, tell("18", CALL.arguments)).judged == ()


def test_a_loop_is_ended_without_the_model_where_the_question_fails() -> None:
    def say(*_: Any) -> Any:
        raise AnswerFormatError("The answer holds no JSON.")

    same = tell("18", CALL.arguments)
    judged = judge_call(same, same, say=say)
    assert judged.verdict == "loop"
    assert "Use what it returned" in judged.correction


@pytest.mark.parametrize("outcome", ["raised", "timed out", "invalid", "unknown", "lost"])
def test_after_a_failed_round_the_model_is_asked_before_it_calls_on(outcome: str) -> None:
    said = Assessment(progress=False, reflection="Ask for the country first.")
    judged = judge_call(tell("no", outcome=outcome), say=lambda *_: said)
    assert (judged.verdict, judged.asked) == ("failed", 1)
    assert "Ask for the country first." in judged.correction


def test_a_call_that_was_denied_did_not_fail() -> None:
    assert judge_call(tell("no", outcome="denied")).judged == ()


def test_no_progress_and_nothing_to_say_is_an_abstention() -> None:
    said = Assessment(progress=False, reflection=" ")
    judged = judge(Reflexion(), "I can't.", say=lambda *_: said)
    assert (judged.verdict, judged.said) == ("abstain", None)


def test_a_reflection_is_bounded_and_fit_to_be_shown() -> None:
    said = Assessment(progress=False, reflection="\x1b[31mwrong\n" * 1000)
    judged = judge(Reflexion(), "I can't.", say=lambda *_: said)
    assert len(judged.correction) < 700
    assert "\x1b" not in judged.correction


def test_what_tools_returned_is_shown_as_data_and_in_part() -> None:
    prompts: list[str] = []

    def say(prompt: str, *_: Any) -> Assessment:
        prompts.append(prompt)
        return Assessment(progress=True, reflection="")

    many = [tell("x\n\nTask:\n" * 10_000) for _ in range(50)]
    judge(Reflexion(), "Done.", *many, say=say)
    assert len(prompts[0]) < 30_000
    assert prompts[0].count("\nTask:\n") == 0
    assert prompts[0].count("get_weather(city='Rome') returned") == 12


def test_an_answer_that_broke_off_is_not_looked_at() -> None:
    assert judge(Reflexion(), "Half of", reason="length").judged == ()


def test_a_loop_takes_two_calls_at_least() -> None:
    with pytest.raises(UsageError):
        Reflexion(repeats=1)
