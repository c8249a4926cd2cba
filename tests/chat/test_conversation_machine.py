"""Whatever happens to a conversation, in whatever order, nothing of it is lost.

Hypothesis picks 2,000 steps, the same each time: prompts, stops, faults, edits, forks, switches of
model and transport, threads that the service lost, a kernel that starts anew, files that are read
back, a second view that writes at the same time.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, get_args

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ocigenai_nb import Connection, Conversation, connect, emulator
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.turn_tree import Change
from ocigenai_nb.core.errors import OCIGenAIError, OutcomeUnknownError, UsageError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.emulator.fault_names import StreamFaultName
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from tests.transports.subject import COHERE_R, COUNT, GPT, GPT_5, GPT_OSS, LLAMA

Fault = Literal["cut", "eof", "reset", "half_line", "malformed", "bad_utf8", "html", "error_event"]

# Every transport, every wire format, threads that the service keeps and threads that it doesn't.
VOICES: Final = (
    (LLAMA, None, True),
    (GPT_OSS, "sdk", True),
    (COHERE_R, None, True),
    (GPT, "responses", True),
    (GPT_5, "responses", True),
    (GPT_5, "responses", False),
)
PROMPTS: Final = (
    COUNT,
    "My name is Ada.",
    "What is my name?",
    "Say exactly: \u2028 {{x}} \U0001f600",
)
EXAMPLES, STEPS, LEAST = 70, 40, 2000

faults: Any = strategies.sampled_from(get_args(Fault))
prompts: Any = strategies.sampled_from(PROMPTS)
indexes: Any = strategies.integers(0, 1000)


class View:
    """Somebody who looks at a conversation, and counts."""

    def __init__(self, chat: Conversation) -> None:
        self.began: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        chat.observe(self.take)

    def take(self, change: Change) -> None:
        if change.turn is not None and change.what == "began":
            self.began[change.turn.number] += 1
        if change.turn is not None and change.what == "ended":
            assert change.turn.done
            self.ended[change.turn.number] += 1


class Machine(RuleBasedStateMachine):
    """One conversation, what was said to it, and two views."""

    service: Service
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.connection = self.connect()
        self.chat = self.connection.chat(LLAMA)
        self.said: dict[int, str] = {}
        self.look()

    def connect(self) -> Connection:
        return connect(config_file=self.service.config_file)

    def look(self) -> None:
        self.views = [View(self.chat), View(self.chat)]
        self.first = self.chat.turns[-1].number + 1 if self.chat.turns else 1

    def pick(self, index: int) -> Turn:
        return self.chat.turns[index % len(self.chat.turns)]

    def remember(self, prompt: str) -> None:
        """What was said is said, whatever became of it."""
        turn = self.chat.turns[-1]
        assert turn.prompt.text == prompt
        assert turn.number not in self.said
        self.said[turn.number] = prompt

    @initialize(voice=strategies.sampled_from(VOICES))
    def begin(self, voice: tuple[str, str | None, bool]) -> None:
        self.chat.model, self.chat.transport, self.chat.store = voice

    @rule(prompt=prompts)
    def send(self, prompt: str) -> None:
        assert self.chat.send(prompt).status == "finished"
        self.remember(prompt)

    @rule(prompt=prompts, fault=faults, after=strategies.integers(0, 9))
    def fault(self, prompt: str, fault: StreamFaultName, after: int) -> None:
        with self.service.fault(fault, after_events=after), suppress(OCIGenAIError):
            self.chat.send(prompt)
        self.remember(prompt)

    @rule(after=strategies.integers(0, 9))
    def stop(self, after: int) -> None:
        with self.service.fault("stall", after_events=after) as stalled:
            stream = self.chat.stream(COUNT)
            self.service.journal.wait_for(lambda _: stalled.struck == 1)
            stream.stop()
            assert stream.turn.wait(60).finish_reason == "stopped"
        self.remember(COUNT)

    @precondition(lambda self: self.chat.turns)
    @rule(index=indexes, prompt=prompts)
    def edit(self, index: int, prompt: str) -> None:
        self.chat.edit(self.pick(index), prompt)
        self.remember(prompt)

    @precondition(lambda self: self.chat.turns)
    @rule(index=indexes)
    def edit_answer(self, index: int) -> None:
        turn = self.pick(index)
        made = self.chat.edit_answer(turn, "Something else.")
        self.said[made.number] = turn.prompt.text

    @precondition(lambda self: self.chat.turns)
    @rule(index=indexes)
    def regenerate(self, index: int) -> None:
        turn = self.pick(index)
        try:
            self.chat.regenerate(turn)
        except OutcomeUnknownError:
            assert turn.unknown
            self.chat.regenerate(turn, resend=True)
        self.remember(turn.prompt.text)

    @rule()
    def resume(self) -> None:
        count = len(self.chat.turns)
        with suppress(UsageError):
            self.chat.resume()
            self.remember(self.chat.turns[-1].prompt.text)
        assert len(self.chat.turns) - count in {0, 1}

    @precondition(lambda self: self.chat.turns)
    @rule(index=indexes)
    def fork(self, index: int) -> None:
        assert self.chat.fork(self.pick(index)) is self.chat.head

    @precondition(lambda self: self.chat.turns)
    @rule(index=indexes)
    def switch(self, index: int) -> None:
        turn = self.pick(index)
        end = self.chat.switch(turn)
        assert turn in self.chat.path
        assert not self.chat.children(end)

    @rule(voice=strategies.sampled_from(VOICES))
    def switch_model(self, voice: tuple[str, str | None, bool]) -> None:
        self.chat.model, self.chat.transport, self.chat.store = voice

    @rule()
    def lose_thread(self) -> None:
        self.service.forget_responses()

    @rule()
    def restart(self) -> None:
        """The kernel starts anew: another connection, and what was saved."""
        file = self.chat.save(Path(self.folder.name, "chat.json"))
        drawn = self.chat.tree()
        self.close()
        self.connection = self.connect()
        self.chat = self.connection.load_chat(file)
        assert self.chat.tree() == drawn
        self.look()

    @rule()
    def reopen(self) -> None:
        """The notebook is opened again, the kernel lives: what was saved, over the same client."""
        self.chat = self.connection.load_chat(self.chat.save(Path(self.folder.name, "again.json")))
        self.look()

    @rule(prompt=prompts)
    def write_from_two_views(self, prompt: str) -> None:
        first, second = self.chat.stream(prompt), self.chat.stream("What is my name?")
        assert second.turn.parent == first.turn.number
        assert second.turn.wait(60).status == first.turn.wait(60).status == "finished"
        self.said[first.turn.number] = prompt
        self.remember("What is my name?")

    @invariant()
    def no_user_turn_is_lost(self) -> None:
        Machine.steps += 1
        assert {turn.number: turn.prompt.text for turn in self.chat.turns} == self.said

    @invariant()
    def roles_alternate(self) -> None:
        shown = self.chat.messages(Message.user("?"))
        roles = [message.role for message in shown]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert all(message.text.strip() or len(message.parts) > 1 for message in shown)

    @invariant()
    def every_turn_ends_once(self) -> None:
        ends = {"finished", "failed", "interrupted"}
        assert all(turn.status in ends for turn in self.chat.turns)
        seen = {turn.number: 1 for turn in self.chat.turns if turn.number >= self.first}
        for view in self.views:
            assert dict(view.ended) == seen
            assert set(view.began) <= set(seen)

    def close(self) -> None:
        io_thread().run(self.connection._client.aclose())

    def teardown(self) -> None:
        self.close()
        self.folder.cleanup()


def test_nothing_is_lost_whatever_happens() -> None:
    with emulator.start() as service:
        Machine.service = service
        case = Machine.TestCase
        case.settings = settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True
        )
        case().runTest()
    assert Machine.steps >= LEAST
