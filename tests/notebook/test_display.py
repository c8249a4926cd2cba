"""What a live answer shows, when, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocigenai_nb import connect
from ocigenai_nb.chat.retention import Place
from ocigenai_nb.chat.turn import Asked, Turn
from ocigenai_nb.core.errors import InStreamError, StreamCutError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    TextDelta,
    ToolCallReady,
)
from ocigenai_nb.core.messages import Message, ToolCall
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.safe_markdown import close_fence
from ocigenai_nb.notebook.display import LiveAnswer, final_text, interval
from tests.notebook.shell import Shell

LLAMA = "meta.llama-3.3-70b-instruct"
FINISHED = Finished("stop", LLAMA)
ROUTE = Route(LLAMA, "llama", "v1", "https://example.com", "us-chicago-1", ())


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def screen() -> Iterator[Shell]:
    """A shell without the extension, which keeps what is displayed."""
    shell = Shell()
    yield shell
    shell.close()


def make_turn(*events: Event, emulated: bool = False) -> Turn:
    place = Place("https://example.com", "ocid1.compartment.oc1..x")
    prompt = Message.user("hi")
    turn = Turn(1, None, prompt, Asked(LLAMA), ROUTE, place, emulated=emulated)
    for event in events:
        take(turn, event)
    return turn


def take(turn: Turn, event: Event) -> None:
    turn.take(event)
    if turn.closed:
        turn.settle()


def show(turn: Turn) -> tuple[str, str]:
    return final_text(turn.reply)


def test_a_short_answer_is_updated_ten_times_a_second_and_always_at_its_end(
    screen: Shell,
) -> None:
    clock, turn = Clock(), make_turn(TextDelta("0"))
    answer = LiveAnswer(live=True, clock=clock)
    for number in range(1, 101):  # a hundredth of a second each
        answer(turn)
        turn.take(TextDelta(f" {number}"))
        clock.now += 0.01
    take(turn, FINISHED)
    answer(turn)
    assert 10 <= len(screen.displayed.outputs) <= 12
    assert len(screen.displays) == 1
    assert " 99 100\n\n<sub>" in screen.markdown


def test_nothing_is_sent_again_while_nothing_new_came(screen: Shell) -> None:
    clock, turn = Clock(), make_turn(TextDelta("thinking"))
    answer = LiveAnswer(live=True, clock=clock)
    for _ in range(5):
        answer(turn)
        clock.now += 1
    assert len(screen.displayed.outputs) == 1


def test_a_terminal_gets_the_answer_once_at_its_end(screen: Shell) -> None:
    answer, turn = LiveAnswer(live=False), make_turn(TextDelta("text"))
    answer(turn)
    assert screen.displays == []
    take(turn, FINISHED)
    answer(turn)
    assert len(screen.displayed.outputs) == 1


def test_updates_grow_rarer_with_the_answer_but_are_never_half_a_second_apart() -> None:
    assert interval(0) == interval(4096) == 0.1
    assert interval(8192) == 0.2
    assert interval(1_000_000) == 0.4


def test_a_failure_without_any_answer_shows_nothing_but_its_error(screen: Shell) -> None:
    LiveAnswer(live=True)(make_turn(Failed(InStreamError("broken"))))
    assert screen.displays == []


@pytest.mark.parametrize(
    ("end", "mark"),
    [
        (Interrupted("stopped"), "Stopped: this answer is not complete."),
        (Interrupted("cut", StreamCutError("cut")), "Broken off: this answer is not complete."),
        (Failed(InStreamError("broken")), "Broken off: this answer is not complete."),
        (
            Finished("length"),
            "The answer reached its token limit: raise max_tokens (--max-tokens).",
        ),
        (Finished("content_filter"), "The service's content filter ended this answer."),
    ],
)
def test_an_answer_that_is_not_whole_is_marked(end: Event, mark: str) -> None:
    markdown, plain = show(make_turn(TextDelta("half an"), end))
    assert markdown.startswith(f"half an\n\n> {mark}\n\n<sub>")
    assert plain.startswith(f"half an\n\n{mark}\n\n[")


def test_a_whole_answer_carries_no_mark() -> None:
    markdown, _ = show(make_turn(TextDelta("whole"), FINISHED))
    assert markdown.startswith("whole\n\n<sub>")


def test_tool_calls_are_shown() -> None:
    call = ToolCall("call_1", "weather", '{"city": "Paris"}')
    markdown, plain = show(make_turn(ToolCallReady(call), Finished("tool_calls")))
    assert markdown.startswith('```\nweather({"city": "Paris"})\n```\n\n')
    assert plain.startswith('weather({"city": "Paris"})\n\n')


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("```python\nprint(1)", "```python\nprint(1)\n```"),
        ("~~~~\n~~~\n", "~~~~\n~~~\n\n~~~~"),
        ("```\n~~~\n```\nand\n````x", "```\n~~~\n```\nand\n````x\n````"),
    ],
)
def test_a_code_block_that_an_answer_breaks_off_in_is_closed(text: str, closed: str) -> None:
    assert close_fence(text) == closed
    markdown, plain = show(make_turn(TextDelta(text), Interrupted("stopped")))
    assert markdown.startswith(f"{closed}\n\n> Stopped")
    assert plain.startswith(text)


@pytest.mark.parametrize(
    "text", ["", "no code", "```\nx\n```", "`` ``` ``", "```a`b```", "    ```"]
)
def test_text_with_no_open_code_block_stays_as_it_is(text: str) -> None:
    assert close_fence(text) == text


def test_the_first_reply_of_a_connection_says_why_the_emulator_answers() -> None:
    turn = make_turn(emulated=True)
    turn.origin = "Nothing leaves this machine."
    for event in (TextDelta("hello"), FINISHED):
        take(turn, event)
    markdown, plain = show(turn)
    assert "> Nothing leaves this machine." in markdown
    assert "us-chicago-1 (emulator)" in plain


def test_what_a_model_says_can_neither_fetch_nor_move_the_terminal() -> None:
    hostile = "<img src=//x.example>![a](https://x.example/b)\x1b[2J\u202e"
    call = ToolCall("1", "look", hostile)
    turn = make_turn(TextDelta(hostile), ToolCallReady(call), Notice(hostile), FINISHED)
    markdown, plain = show(turn)
    assert "![" not in markdown.partition("```")[0]
    assert "<img" not in markdown.partition("```")[0]
    assert "<img" not in markdown.rpartition("```")[2]
    assert not {"\x1b", "\u202e"} & set(plain + markdown.partition("```")[2])


def test_an_answer_of_send_streams_into_the_cell_where_the_extension_is_loaded(
    shell: Shell,
) -> None:
    shell.names["chat"] = connect("DEFAULT").chat(LLAMA)
    shell.run("reply = chat.send('Why is the sky blue?')")
    assert "Rayleigh" in shell.markdown
    assert len(shell.displays) == 1
    assert shell.names["reply"].provenance() in shell.plain
