"""An agent in a notebook: its answer streams into the cell, and the session's journal has it."""

from __future__ import annotations

from ocigenai_nb import Agent, Hook, Journal, connect, connect_emulator
from ocigenai_nb.chat.agents.hooks import HookRun
from ocigenai_nb.chat.journal import session_journal
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.watching import set_default_watch
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from tests.agents.conftest import Make
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import LLAMA, over


@over("v1", "responses")
def test_the_answer_streams_into_the_cell(make: Make) -> None:
    seen: list[tuple[str, bool]] = []

    def watch(turn: Turn) -> None:
        seen.append((turn.text, turn.done))

    set_default_watch(lambda: watch)
    try:
        result = make(Calls().get_weather).run_sync(WEATHER)
    finally:
        set_default_watch(None)
    assert seen[-1] == (result.message, True)
    assert result._repr_markdown_() is None  # it is there already


@over("v1")
def test_a_result_shows_its_text_where_it_did_not_stream(make: Make) -> None:
    assert make().run_sync("Say exactly: *hi*")._repr_markdown_() == "*hi*"


@over("v1", "responses")
def test_what_hooks_ask_is_in_the_journal_beside_the_run(make: Make) -> None:
    class Judge(Hook):
        def after_model(self, answer: Answer, run: HookRun) -> None:
            run.ask("Say exactly: fine", system="You judge.")

    result = make(hooks=[Judge()]).run_sync("Say exactly: hi")
    names = {f"{result.thread_id} beside": "fine", result.thread_id: "hi"}
    entries = [entry for entry in session_journal() if entry.conversation in names]
    assert [(entry.conversation, entry.answer) for entry in entries] == list(names.items())


def test_a_run_is_in_the_journal_of_the_connection_whose_model_it_has(service: Service) -> None:
    with Journal() as first, Journal() as second:
        genai = connect(config_file=service.config_file, journal=first)
        agent = Agent(genai.model(LLAMA))
        agent.run_sync("Say exactly: one", thread_id="t")
        genai.journal = second
        agent.run_sync("Say exactly: two", thread_id="t")
        assert [entry.answer for entry in first] == ["one"]
        assert [(entry.answer, entry.turn, entry.parent) for entry in second] == [("two", 2, 1)]
        assert second.last is not None
        assert second.last.conversation == "t"
    io_thread().run(genai._client.aclose())


def test_what_the_emulator_answers_is_not_charged() -> None:
    genai = connect_emulator()
    result = Agent(genai.model(LLAMA)).run_sync("hi")
    assert result.reply.emulated
