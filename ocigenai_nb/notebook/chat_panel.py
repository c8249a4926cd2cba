"""A chat in a cell: a conversation that streams off-cell, with everything that may be done to it.

Nothing waits here: a turn is begun and runs on the I/O thread, so that Stop is heard while it
streams and the answer goes on while other cells run. The conversation may be used elsewhere at
the same time: every view shows what it holds.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from html import escape
from typing import Any

from IPython.display import DisplayHandle, display
from ipywidgets import Layout
from traitlets import Bool, Unicode

from ocigenai_nb.chat.attachments import read_attachment
from ocigenai_nb.chat.connecting import connect
from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.chat.resuming import CONTINUE, check_resumable
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.turn_stream import TurnStream
from ocigenai_nb.chat.turn_tree import Change
from ocigenai_nb.core.errors import OutcomeUnknownError, UsageError
from ocigenai_nb.core.messages import Image, Part, ToolCall
from ocigenai_nb.core.options import strict_options

from .chat_panel_html import write_html
from .chat_panel_state import (
    apply_settings,
    describe_chat,
    describe_settings,
    describe_turn,
    list_models,
    list_path,
    reword,
    split_prompt,
)
from .feed import Feed
from .widget import Message, Widget

_MOST_UPLOADED = 28_000_000  # characters of base64: an image of 20 MB, and what is around it


class ChatPanel(Widget):
    """A chat with a model; without `chat` a new one over what `connect()` finds.

    `height` is a CSS length; `busy` is whether a turn is under way. `chat` is the conversation:
    what is done to it anywhere shows in the panel. Neither its text nor its settings are traits,
    so a saved notebook holds nothing of it unless "Save to notebook" is used.

    Raises what `connect` raises, and UnknownOptionError for a misspelt keyword.
    """

    bundle = "chat_panel"

    height = Unicode("520px", help="A CSS length, such as 520px or 70vh.").tag(sync=True)
    busy = Bool(default_value=False, help="Whether a turn is under way.")

    _observed = False  # also where it could not be made, and is closed by its end

    @strict_options
    def __init__(
        self,
        chat: Conversation | None = None,
        *,
        height: str = "520px",
        layout: Layout | None = None,
    ) -> None:
        self.chat = connect().chat() if chat is None else chat
        self._streams: dict[int, TurnStream] = {}  # a stream that nobody holds is stopped
        self._growing: set[int] = set()
        self._uploads: dict[str, tuple[str, list[str]]] = {}
        self._slot: DisplayHandle | None = None
        self._slot_page = ""
        super().__init__(layout=layout, height=height)
        self._observed = True
        self._ignore = self.chat.observe(self._follow)
        for turn in self.chat.turns:
            self._feed(turn)

    def close(self) -> None:
        """Close it, and listen to the conversation no more; the conversation goes on."""
        if self._observed:
            self._observed = False
            self._ignore()
        super().close()

    def save_to_notebook(self) -> None:
        """Show the conversation as Markdown in the cell that runs, to be saved with the notebook.

        Raises UsageError where nothing has been said.
        """
        display(self._write_page(), raw=True)

    def to_html(self) -> str:
        """The conversation as HTML that needs neither kernel nor script."""
        return write_html(self.chat)

    def _describe(self) -> str:
        count = len(self.chat.turns)
        turns = "1 turn" if count == 1 else f"{count} turns"
        return f"ChatPanel: {turns} with {self.chat.model}"

    def _write_static(self) -> str:
        """Of the conversation only how long it is: this is saved with the notebook, unasked."""
        return f"<p>{escape(self._describe())}</p>"

    def _ipython_display_(self) -> None:
        """Show it, and an empty output below it, which only a save fills."""
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        self._slot = display({"text/markdown": "", "text/plain": ""}, raw=True, display_id=True)
        self._slot_page = ""

    # What happens to the conversation, from any thread.

    def _follow(self, change: Change) -> None:
        turn = change.turn
        if change.what == "began" and turn is not None:
            self._tell_turn("began", turn)
            self._feed(turn)
        elif change.what == "ended" and turn is not None:
            if turn.number not in self._growing:  # else it is told after the last piece of its text
                self._tell_turn("ended", turn)
        elif change.what == "dropped" and turn is not None:
            self.tell("dropped", turn=turn.number, path=list_path(self.chat))
        else:
            self.tell("head", path=list_path(self.chat))

    def _feed(self, turn: Turn) -> None:
        if not turn.done:
            self._growing.add(turn.number)
            self.busy = True
            Feed(turn, self.tell, self._end)

    def _end(self, turn: Turn) -> None:
        self._tell_turn("ended", turn, whole=False)
        self._growing.discard(turn.number)
        self._streams.pop(turn.number, None)
        self.busy = bool(self._growing)

    def _tell_turn(self, what: str, turn: Turn, *, whole: bool = True) -> None:
        chat = self.chat
        told = describe_turn(chat, turn, whole=whole)
        self.tell(what, turn=told, path=list_path(chat), settings=describe_settings(chat))

    # What views ask for.

    def _on_snapshot(self, message: Message) -> Mapping[str, Any]:
        self._slot_page = self._slot_page or str(message.get("page", ""))
        return describe_chat(self.chat)

    def _on_turns(self, message: Message) -> Mapping[str, Any]:
        turns = [self.chat.turn(int(number)) for number in message["numbers"]]
        return {"turns": [describe_turn(self.chat, turn) for turn in turns]}

    def _on_models(self, _message: Message) -> Mapping[str, Any]:
        return {"models": list_models(), "settings": describe_settings(self.chat)}

    def _on_attachment(self, message: Message) -> Mapping[str, Any]:
        attached = split_prompt(self.chat.turn(int(message["turn"])).prompt)[1]
        part = attached[int(message["index"])]
        return {"url": part.url} if isinstance(part, Image) else {"text": part.text}

    def _on_export(self, message: Message) -> Mapping[str, Any]:
        return {"text": self.chat.export(str(message["format"]))}

    # What a person does.

    def _on_upload(self, message: Message) -> None:
        """A piece of a file, base64; a message must stay below Jupyter's ten megabytes."""
        name, pieces = self._uploads.setdefault(str(message["file"]), (str(message["name"]), []))
        if sum(map(len, pieces)) + len(message["data"]) > _MOST_UPLOADED:
            raise UsageError(f"{name} is larger than 20 MB.", remedy="Attach a smaller one.")
        pieces.append(str(message["data"]))

    def _on_send(self, message: Message) -> Mapping[str, Any]:
        parts = self._take_uploads([str(file) for file in message.get("files", ())])
        return self._begin(str(message["prompt"]), attach=parts)

    def _on_stop(self, _message: Message) -> None:
        self.chat.stop()

    def _on_approve(self, message: Message) -> None:
        """Let a call run that waits; `always` lets its tool run without asking from now on."""
        turn, call = self._find_call(message)
        if message.get("always"):
            self.chat.allow(call.name)
        else:
            turn.approve(call)

    def _on_deny(self, message: Message) -> None:
        turn, call = self._find_call(message)
        turn.deny(call, "The person said no.")

    def _on_regenerate(self, message: Message) -> Mapping[str, Any]:
        turn = self.chat.turn(int(message["turn"]))
        if turn.unknown and not message.get("resend"):
            raise OutcomeUnknownError(
                f"Whether turn {turn.number} was answered and stored is not known.",
                remedy="Ask again if it may be charged twice.",
            )
        return self._begin(turn.prompt, instead_of=turn)

    def _on_edit(self, message: Message) -> Mapping[str, Any]:
        turn = self.chat.turn(int(message["turn"]))
        return self._begin(reword(turn.prompt, str(message["prompt"])), instead_of=turn)

    def _on_edit_answer(self, message: Message) -> Mapping[str, Any]:
        made = self.chat.edit_answer(int(message["turn"]), str(message["text"]))
        return {"turn": made.number}

    def _on_resume(self, _message: Message) -> Mapping[str, Any]:
        head = self.chat.head
        check_resumable(head.reply if head else None)
        return self._begin(CONTINUE)

    def _on_switch(self, message: Message) -> None:
        self.chat.switch(int(message["turn"]))

    def _on_settings(self, message: Message) -> Mapping[str, Any]:
        apply_settings(self.chat, message)
        settings = describe_settings(self.chat)
        self.tell("settings", settings=settings)
        return {"settings": settings}

    def _on_save(self, message: Message) -> None:
        """Fill the output below the panel. A page that did not show it could not be told."""
        if self._slot is None or message.get("page") != self._slot_page:
            raise UsageError(
                "This page has no place to save to: it was opened after the panel was shown, or "
                "the panel is inside another widget.",
                remedy="Run the panel's cell again, or .save_to_notebook() in a cell.",
            )
        self._slot.update(self._write_page(), raw=True)

    def _begin(
        self,
        prompt: Any,
        *,
        attach: tuple[Part, ...] = (),
        instead_of: Turn | None = None,
    ) -> Mapping[str, Any]:
        """Begin a turn; a second try takes model and settings as they are now."""
        chat = self.chat
        if instead_of is None:
            stream = chat.stream(prompt, attach=attach)
        else:
            stream = chat.stream(
                prompt,
                response_format=instead_of.wished_format,
                schema=instead_of.wished_type,
                instead_of=instead_of,
            )
        self._streams[stream.turn.number] = stream
        if stream.turn.done:  # and may have been let go of before it was held
            self._streams.pop(stream.turn.number, None)
        return {"turn": stream.turn.number}

    def _find_call(self, message: Message) -> tuple[Turn, ToolCall]:
        """The turn and its call that waits. Raises UsageError where it does not wait any more."""
        turn, name = self.chat.turn(int(message["turn"])), str(message["call"])
        for call in turn.desk.waiting:
            if call.id == name:
                return turn, call
        raise UsageError("That call does not wait any more.")

    def _take_uploads(self, files: list[str]) -> tuple[Part, ...]:
        parts: list[Part] = []
        for name, pieces in [self._uploads.pop(file) for file in files]:
            try:
                data = base64.b64decode("".join(pieces), validate=True)
            except binascii.Error:
                raise UsageError(
                    f"{name} did not arrive whole.", remedy="Attach it anew."
                ) from None
            parts += read_attachment(data, name=name)
        return tuple(parts)

    def _write_page(self) -> dict[str, str]:
        page = self.chat.export("markdown")
        return {"text/markdown": page, "text/plain": page}
