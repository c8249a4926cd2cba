"""The chat panel as a front end meets it: messages in, messages out, nothing saved unasked."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, Conversation, Image, Message
from ocigenai_nb.chat.resuming import CONTINUE
from ocigenai_nb.core.errors import UnknownOptionError
from ocigenai_nb.core.messages import Text
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.chat_panel import ChatPanel
from tests.transports.subject import GPT, GPT_OSS, LLAMA, LLAMA_VISION
from tests.transports.wires import V1, read_sent
from tests.widgets.chat_panels import ask, put_together, say, told
from tests.widgets.comms import FrontEnd

COUNTING: Final = "Count from 1 to 5000"
PIXEL: Final = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 60).decode()


@pytest.fixture
def chat(connection: Connection) -> Conversation:
    return connection.chat()


def test_a_prompt_begins_a_turn_whose_text_comes_in_pieces_and_then_ends(
    view: FrontEnd, chat: Conversation
) -> None:
    ended = ask(view, say("🤖 hello, Grüße"))
    assert put_together(view, 1) == chat.turn(1).text == "🤖 hello, Grüße"
    kinds = [message["type"] for message in view.messages]
    assert kinds.index("began") < kinds.index("delta") < kinds.index("ended")
    assert ended["status"] == "finished"
    assert ended["size"]["text"] == len("🤖 hello, Grüße") + 1  # as a browser counts
    assert ended["usage"]["output"] > 0
    assert "tokens" in ended["provenance"]


def test_the_end_of_a_turn_does_not_carry_its_text_a_second_time(view: FrontEnd) -> None:
    assert "text" not in ask(view, say("once"))


def test_a_long_answer_costs_its_length_and_few_messages(
    view: FrontEnd, chat: Conversation
) -> None:
    ask(view, "Count from 1 to 20000")
    text = chat.turn(1).text
    assert put_together(view, 1) == text
    deltas = [message for message in view.messages if message["type"] == "delta"]
    assert len(deltas) < 2000
    assert sum(len(str(message)) for message in view.messages) < 2.5 * len(text)


def test_a_snapshot_has_the_branch_that_is_on_with_all_that_is_shown(view: FrontEnd) -> None:
    ask(view, say("one"))
    ask(view, say("two"))
    shown = view.ask("snapshot", page="p")
    assert shown["path"] == [1, 2]
    assert [turn["text"] for turn in shown["turns"]] == ["one", "two"]
    assert shown["turns"][0]["prompt"] == say("one")
    assert shown["settings"]["model"] == LLAMA


def test_a_view_that_joins_while_an_answer_comes_is_given_what_there_is(
    view: FrontEnd, service: Service
) -> None:
    service.pace = 200
    view.ask("send", prompt=COUNTING)
    view.wait(told("delta", 1))
    (turn,) = view.ask("snapshot", page="p")["turns"]
    assert turn["status"] == "streaming"
    assert turn["text"].startswith("1")
    view.ask("stop")
    view.wait(told("ended", 1))


def test_stop_ends_the_turn_and_keeps_what_came(
    view: FrontEnd, chat: Conversation, service: Service
) -> None:
    service.pace = 200
    view.ask("send", prompt=COUNTING)
    view.wait(told("delta", 1))
    view.ask("stop")
    ended = view.wait(told("ended", 1))["turn"]
    assert (ended["status"], ended["finish_reason"]) == ("interrupted", "stopped")
    assert ended["resumable"]
    assert chat.turn(1).text.startswith("1")


def test_the_model_is_asked_to_go_on_after_a_stop(
    view: FrontEnd, chat: Conversation, service: Service
) -> None:
    service.pace = 200
    view.ask("send", prompt=COUNTING)
    view.wait(told("delta", 1))
    view.ask("stop")
    view.wait(told("ended", 1))
    service.pace = None
    assert view.ask("resume")["turn"] == 2
    assert view.wait(told("ended", 2))["turn"]["continues"]
    assert chat.turn(2).prompt.text == CONTINUE


def test_a_complete_answer_is_not_gone_on_with(view: FrontEnd) -> None:
    ask(view, say("all"))
    assert view.ask("resume")["message"] == "The last answer is complete."


def test_another_try_stands_beside_the_first_and_can_be_switched_to(
    view: FrontEnd, chat: Conversation
) -> None:
    ask(view, say("one"))
    view.ask("regenerate", turn=1)
    again = view.wait(told("ended", 2))
    assert again["turn"]["branches"] == [1, 2]
    assert again["path"] == [2]
    view.ask("switch", turn=1)
    assert view.messages[-2] == {"type": "head", "path": [1]}
    assert chat.head is chat.turn(1)


def test_another_try_takes_the_settings_as_they_are_now(view: FrontEnd, chat: Conversation) -> None:
    ask(view, say("one"))
    view.ask("settings", temperature=0.5)
    view.ask("regenerate", turn=1)
    view.wait(told("ended", 2))
    assert chat.turn(2).asked.parameters.temperature == 0.5


def test_an_edited_prompt_keeps_what_is_attached(view: FrontEnd, chat: Conversation) -> None:
    chat.model = LLAMA_VISION
    chat.send(Message("user", (Text("What is this?"), Image(f"data:image/png;base64,{PIXEL}"))))
    view.ask("edit", turn=1, prompt=say("two"))
    view.wait(told("ended", 2))
    assert [type(part) for part in chat.turn(2).prompt.parts] == [Text, Image]
    assert chat.turn(2).prompt.text == say("two")


def test_an_edited_answer_stands_beside_the_models(view: FrontEnd, chat: Conversation) -> None:
    ask(view, say("one"))
    number = view.ask("edit_answer", turn=1, text="uno")["turn"]
    made = view.wait(told("ended", number))["turn"]
    assert (made["text"], made["edited"], made["branches"]) == ("uno", True, [1, 2])
    assert chat.head is chat.turn(2)


def test_files_come_in_pieces_and_go_along(
    view: FrontEnd, chat: Conversation, service: Service
) -> None:
    chat.model = LLAMA_VISION
    for piece in (PIXEL[:8], PIXEL[8:]):
        view.tell("upload", file="a", name="dot.png", data=piece)
    view.tell("upload", file="b", name="notes.txt", data=base64.b64encode(b"buy milk").decode())
    number = view.ask("send", prompt=say("seen"), files=["a", "b"])["turn"]
    ended = view.wait(told("ended", number))["turn"]
    assert ended["attachments"] == [
        {"kind": "image", "name": ""},
        {"kind": "text", "name": "notes.txt"},
    ]
    assert ended["prompt"] == say("seen")
    assert PIXEL in str(service.journal.last.body)
    assert "buy milk" in str(read_sent(V1, service.journal.last).said)
    assert view.ask("attachment", turn=number, index=0)["url"].endswith(PIXEL)


def test_a_file_that_can_not_go_along_is_refused_with_a_remedy(
    view: FrontEnd, chat: Conversation
) -> None:
    view.tell("upload", file="a", name="x.bin", data=base64.b64encode(b"\0\1").decode())
    refused = view.ask("send", prompt="hi", files=["a"])
    assert refused["type"] == "error"
    assert "x.bin" in refused["message"]
    assert "PNG" in refused["remedy"]
    assert not chat.turns


def test_a_turn_says_what_is_attached_and_not_what_it_holds(
    view: FrontEnd, chat: Conversation
) -> None:
    chat.model = LLAMA_VISION
    chat.send(say("ok"), attach=[Image(f"data:image/png;base64,{PIXEL}")])
    assert PIXEL not in str(view.messages)
    assert PIXEL not in str(view.ask("snapshot", page="p"))


def test_settings_hold_from_then_on_and_every_view_is_told(
    view: FrontEnd, chat: Conversation
) -> None:
    view.ask("settings", model=GPT_OSS, system="Be brief.", temperature=0.2, max_tokens=50)
    assert (chat.model, chat.system) == (GPT_OSS, "Be brief.")
    assert chat.parameters.given() == {"temperature": 0.2, "max_tokens": 50}
    told_settings = view.wait(lambda message: message["type"] == "settings")["settings"]
    assert told_settings["model"] == GPT_OSS
    view.ask("settings", system="", temperature=None)
    assert chat.system is None
    assert chat.parameters.given() == {"max_tokens": 50}


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"model": "no-such-model"}, "no-such-model"),
        ({"model": " "}, "No model"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 1.5}, "max_tokens"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_and_nothing_changes(
    view: FrontEnd, chat: Conversation, wishes: dict[str, Any], says: str
) -> None:
    refused = view.ask("settings", **wishes)
    assert refused["type"] == "error"
    assert says in refused["message"]
    assert (chat.model, chat.parameters.given()) == (LLAMA, {})


def test_only_models_that_hold_conversations_are_offered(view: FrontEnd) -> None:
    names = [each["id"] for each in view.ask("models")["models"]]
    assert LLAMA in names
    assert not [name for name in names if "embed" in name or "rerank" in name]


def test_a_failure_is_told_with_its_remedy(view: FrontEnd, service: Service) -> None:
    service.fault("status", status=404, times=None)
    ended = ask(view, "hi")
    assert ended["status"] == "failed"
    assert ended["error"]["status"] == 404
    assert ended["error"]["message"]
    assert ended["error"]["remedy"]


def test_an_answer_that_may_exist_already_is_asked_for_again_only_on_purpose(
    view: FrontEnd, chat: Conversation, service: Service
) -> None:
    chat.model, chat.transport = GPT, "responses"
    service.fault("cut", after_events=0)
    assert ask(view, "hi")["unknown"]
    refused = view.ask("regenerate", turn=1)
    assert refused["name"] == "OutcomeUnknownError"
    assert len(chat.turns) == 1
    assert view.ask("regenerate", turn=1, resend=True)["turn"] == 2
    assert view.wait(told("ended", 2))["turn"]["status"] == "finished"


def test_a_turn_that_is_asked_elsewhere_appears_too(view: FrontEnd, chat: Conversation) -> None:
    chat.send(say("elsewhere"))
    assert view.wait(told("ended", 1))["path"] == [1]
    assert put_together(view, 1) == "elsewhere"


def test_two_panels_of_one_chat_stay_in_step(view: FrontEnd, chat: Conversation) -> None:
    other = ChatPanel(chat)
    beside = FrontEnd(other)
    ask(view, say("both"))
    beside.wait(told("ended", 1))
    assert put_together(beside, 1) == put_together(view, 1) == "both"
    other.close()


def test_a_panel_that_is_made_while_an_answer_comes_tells_the_rest(
    chat: Conversation, service: Service
) -> None:
    service.pace = 500
    stream = chat.stream("Count from 1 to 100")
    late = ChatPanel(chat)
    beside = FrontEnd(late)
    beside.wait(told("ended", 1))
    assert put_together(beside, 1) == stream.turn.text
    late.close()


def test_busy_is_true_while_a_turn_is_under_way(
    panel: ChatPanel, view: FrontEnd, service: Service
) -> None:
    service.pace = 200
    settled = threading.Event()
    seen: list[bool] = []

    def note(change: Mapping[str, Any]) -> None:
        seen.append(change["new"])
        if not change["new"]:
            settled.set()

    panel.observe(note, "busy")
    view.ask("send", prompt=COUNTING)
    assert panel.busy
    view.ask("stop")
    assert settled.wait(60)
    assert seen == [True, False]


def test_a_dropped_turn_is_told(view: FrontEnd, chat: Conversation) -> None:
    ask(view, say("one"))
    chat.drop(1)
    assert view.wait(lambda message: message["type"] == "dropped")["path"] == []


def test_a_closed_panel_listens_no_more_and_the_conversation_goes_on(
    panel: ChatPanel, chat: Conversation
) -> None:
    panel.close()
    assert chat.send(say("on")).text == "on"
    assert chat._observers == []


@pytest.mark.parametrize("kind", ["markdown", "json", "python", "curl", "notebook"])
def test_the_conversation_is_exported(view: FrontEnd, kind: str) -> None:
    ask(view, say("exported"))
    assert "exported" in view.ask("export", format=kind)["text"]


def test_an_export_of_nothing_is_refused(view: FrontEnd) -> None:
    assert view.ask("export", format="markdown")["message"] == "There is no reply to export."


def test_saving_needs_a_place_on_the_page_that_shows_the_panel(view: FrontEnd) -> None:
    ask(view, say("one"))
    refused = view.ask("save", page="another")
    assert "save_to_notebook()" in refused["remedy"]


def test_what_is_saved_with_a_notebook_holds_nothing_of_the_conversation(
    panel: ChatPanel, view: FrontEnd, chat: Conversation
) -> None:
    view.ask("settings", system="canary-system")
    ask(view, say("canary-answer"))
    assert "canary" not in str(panel.get_state())
    assert "canary" not in str(panel._repr_mimebundle_())


def test_it_says_in_text_how_many_turns_there_are_and_with_which_model(
    panel: ChatPanel, view: FrontEnd
) -> None:
    assert repr(panel) == f"ChatPanel: 0 turns with {LLAMA}"
    ask(view, say("one"))
    assert repr(panel) == f"ChatPanel: 1 turn with {LLAMA}"


def test_its_html_is_the_conversation_escaped(panel: ChatPanel, view: FrontEnd) -> None:
    assert "Nothing has been said yet" in panel.to_html()
    ask(view, say("<img src=x onerror=alert(1)>"))
    html = panel.to_html()
    assert "&lt;img src=x" in html
    assert "<img" not in html


def test_a_misspelt_keyword_is_refused_with_a_suggestion(chat: Conversation) -> None:
    with pytest.raises(UnknownOptionError, match="height"):
        ChatPanel(chat, hieght="300px")  # type: ignore[call-arg]


def test_without_a_chat_it_begins_one_with_what_connect_finds() -> None:
    made = ChatPanel()
    assert made.chat.connection.emulated
    assert not made.chat.turns
    made.close()


def test_a_message_that_makes_no_sense_is_answered(view: FrontEnd) -> None:
    assert view.ask("switch")["remedy"] == "Reload the page."
    assert view.ask("switch", turn=9)["type"] == "error"
    assert view.ask("nonsense")["type"] == "error"
