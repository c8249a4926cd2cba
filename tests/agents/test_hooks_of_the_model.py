"""Hooks before and after the model: they see, change, correct and end a run, on every transport."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import pytest

from ocigenai_nb import Hook, Judged, MaxTokens, Message, Parameters, Retry, Veto
from ocigenai_nb.chat.agents.hooks import HookRun, ModelRequest
from ocigenai_nb.core.errors import BadRequestError, HookError, HookVetoError
from ocigenai_nb.core.events import Finished, Interrupted, Notice, RoundFinished
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.emulator.service import Service
from tests.agents.conftest import Make
from tests.agents.watching import requests, sent_texts
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import Transport, over

HI = "Say exactly: hi"


@dataclass
class Verdict:
    good: bool


class Seen(Hook):
    """Notes what it is told of."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def before_model(self, request: ModelRequest, run: HookRun) -> None:
        self.told.append(f"before model: {request.prompt.text} {len(request.rounds)}")

    async def after_model(self, answer: Answer, run: HookRun) -> None:
        self.told.append(f"after model: {len(answer.tool_calls)} calls, {len(run.results)} results")


class Insist(Hook):
    """Has the answer given once more until it holds a word."""

    def __init__(self, word: str, most: int = 2) -> None:
        self.word = word
        self.most_corrections = most

    def after_model(self, answer: Answer, run: HookRun) -> Retry | None:
        if self.word in answer.text or answer.tool_calls:
            return None
        return Retry(f"Say exactly: {self.word}")


def test_hooks_see_every_question_and_every_answer(make: Make) -> None:
    seen = Seen()
    make(Calls().get_weather, hooks=[seen]).run_sync(WEATHER)
    assert seen.told == [
        f"before model: {WEATHER} 0",
        "after model: 2 calls, 0 results",
        f"before model: {WEATHER} 1",
        "after model: 0 calls, 2 results",
    ]


def test_instructions_hold_for_one_request(make: Make, transport: Transport) -> None:
    class Remind(Hook):
        def before_model(self, request: ModelRequest, run: HookRun) -> ModelRequest:
            words = f"{request.instructions}\n\nRequest {len(request.rounds) + 1}."
            return replace(request, instructions=words)

    make(Calls().get_weather, system_prompt="Be brief.", hooks=[Remind()]).run_sync(WEATHER)
    sent = sent_texts(transport)
    assert "Be brief." in sent
    assert "Request 2." in sent
    assert "Request 1." not in sent


def test_a_changed_prompt_is_what_is_remembered(make: Make) -> None:
    class Rename(Hook):
        def before_model(self, request: ModelRequest, run: HookRun) -> ModelRequest | None:
            if "Ada" not in request.prompt.text:
                return None
            return replace(request, prompt=Message.user("My name is Bob."))

    agent = make(hooks=[Rename()])
    agent.run_sync("My name is Ada.", thread_id="t")
    assert agent.run_sync("What is my name?", thread_id="t").message == "Your name is Bob."


def test_tools_may_be_left_out_and_wishes_made(make: Make, transport: Transport) -> None:
    class Plain(Hook):
        def before_model(self, request: ModelRequest, run: HookRun) -> ModelRequest:
            return replace(request, tools=(), parameters=Parameters(max_tokens=77))

    make(Calls().get_weather, hooks=[Plain()]).run_sync("hi")
    assert "get_weather" not in sent_texts(transport)
    assert "77" in sent_texts(transport)


def test_a_text_may_stand_instead(make: Make) -> None:
    class Shout(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> str:
            return answer.text.upper()

    agent = make(hooks=[Shout()])
    result = agent.run_sync("Say exactly: my pet is Rex", thread_id="t")
    assert result.message == "MY PET IS REX"
    again = agent.run_sync("What did you just say?", thread_id="t")
    assert again.message == "MY PET IS REX"


def test_a_correction_is_one_more_round(make: Make) -> None:
    agent = make(hooks=[Insist("please")])
    result = agent.run_sync(HI)
    assert result.message == "please"
    (first,) = result.rounds
    assert (first.text, first.correction) == ("hi", "Say exactly: please")
    events = [type(event) for event in agent.run(HI)]
    assert events.count(RoundFinished) == 1
    assert events[-1] is Finished


def test_the_service_and_the_history_know_the_correction(make: Make) -> None:
    agent = make(hooks=[Insist("please")])
    agent.run_sync(HI, thread_id="t")
    assert agent.run_sync("What did you just say?", thread_id="t").message == "please"


def test_corrections_are_bounded(make: Make, transport: Transport) -> None:
    result = make(hooks=[Insist("never", most=0)]).run_sync(HI)
    assert (result.message, requests(transport)) == ("hi", 1)


def test_after_its_last_correction_the_answer_stands(make: Make, transport: Transport) -> None:
    class Never(Hook):
        most_corrections = 2

        def after_model(self, answer: Answer, run: HookRun) -> Retry:
            return Retry(f"Say exactly: {run.corrections}")

    result = make(hooks=[Never()]).run_sync(HI)
    assert (result.message, requests(transport)) == ("1", 3)
    assert "The hook Never had the answer corrected 2 times" in " ".join(result.answer.notices)


def test_a_correction_of_calls_runs_none_of_them(make: Make) -> None:
    class Later(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> Retry | None:
            return Retry("Do it without tools.") if answer.tool_calls else None

    calls = Calls()
    result = make(calls.get_weather, hooks=[Later()]).run_sync(WEATHER)
    assert calls.made == []
    assert {each.outcome for each in result.rounds[0].results} == {"denied"}
    assert "Do it without tools" in result.message


@pytest.mark.parametrize("what", ["before_model", "after_model"])
@over("v1", "responses")
def test_a_veto_ends_the_run(make: Make, what: str) -> None:
    class Guard(Hook):
        """Says no."""

    setattr(Guard, what, lambda _self, _subject, _run: Veto("It is Sunday."))
    agent = make(hooks=[Guard()])
    with pytest.raises(HookVetoError, match="The hook Guard ended the run: It is Sunday"):
        agent.run_sync(HI)
    last = list(agent.run(HI))[-1]
    assert isinstance(last, Interrupted)
    assert last.reason == "vetoed"


def test_a_hook_that_raises_ends_the_run_and_nothing_is_lost(make: Make) -> None:
    class Broken(Hook):
        works = False

        def after_model(self, answer: Answer, run: HookRun) -> None:
            if not self.works and not answer.tool_calls:
                raise KeyError("oops")

    calls, hook = Calls(), Broken()
    agent = make(calls.get_weather, hooks=[hook])
    with pytest.raises(HookError, match="The hook Broken failed in after_model: KeyError: 'oops'"):
        agent.run_sync(WEATHER, thread_id="t")
    hook.works = True
    result = agent.resume_sync("t")
    assert "18 degrees in Rome" in result.message
    assert calls.cities == ["Oslo", "Rome"]


@over("v1")
def test_what_a_hook_must_not_return_is_a_typed_error(make: Make) -> None:
    class Wrong(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> int:  # type: ignore[override]
            return 1

    with pytest.raises(HookError, match="Wrong failed in after_model: it returned int, not str"):
        make(hooks=[Wrong()]).run_sync(HI)


@over("v1")
def test_a_prompt_changes_before_the_first_request_only(make: Make) -> None:
    class Late(Hook):
        def before_model(self, request: ModelRequest, run: HookRun) -> ModelRequest | None:
            return replace(request, prompt=Message.user("?")) if request.rounds else None

    with pytest.raises(HookError, match="before the first request only"):
        make(Calls().get_weather, hooks=[Late()]).run_sync(WEATHER)


def test_a_hook_asks_the_model_beside_the_run(make: Make, transport: Transport) -> None:
    class Judge(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> None:
            said = run.ask("Say exactly: fine", system="You judge.")
            found = run.ask("Is it good?", schema=Verdict)
            run.emit(Judged("Judge", said, f"{found.good}", 0.5))

    agent = make(hooks=[Judge()])
    events = list(agent.run("My name is Ada.", thread_id="t"))
    judged = [event for event in events if isinstance(event, Judged)]
    assert [(each.verdict, each.score) for each in judged] == [("fine", 0.5)]
    result = agent.run_sync("What is my name?", thread_id="t")
    assert result.message == "Your name is Ada."
    assert result.answer.judged[0].by == "Judge"
    assert result.usage is not None
    assert result.answer.usage is not None
    assert result.usage.total > result.answer.usage.total
    if transport.name.startswith("responses"):
        asides = [e for e in transport.service.journal if "fine" in str(e.body)]
        assert all(isinstance(e.body, dict) and e.body["store"] is False for e in asides)


@over("v1")
def test_what_hooks_ask_counts_for_the_conditions(make: Make) -> None:
    class Judge(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> None:
            run.ask("Count from 1 to 200.")

    counting = make(Calls().get_weather, hooks=[Judge()], termination=MaxTokens(400))
    assert counting.run_sync(WEATHER).stopped_by == "MaxTokens(most=400)"
    plain = make(Calls().get_weather, termination=MaxTokens(1_000_000))
    assert plain.run_sync(WEATHER).stopped_by == "stop"


@over("v1")
def test_what_goes_wrong_beside_the_run_is_raised_in_the_hook(make: Make, service: Service) -> None:
    class Judge(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> None:
            with service.fault("status", status=400), pytest.raises(BadRequestError):
                run.ask("Is it good?", schema=Verdict)
            run.emit(Notice("It was refused."))

    assert "It was refused." in make(hooks=[Judge()]).run_sync(HI).answer.notices


@over("v1", "responses")
def test_stopping_a_run_ends_what_its_hook_asks(make: Make, transport: Transport) -> None:
    asking = threading.Event()

    class Judge(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> None:
            transport.stall()
            asking.set()
            run.ask("Count from 1 to 20.")

    stream = make(hooks=[Judge()]).run(HI)
    assert asking.wait(60)
    transport.wait_until_streaming()
    stream.stop()
    assert isinstance(list(stream)[-1], Interrupted)
    transport.wait_until_left()
