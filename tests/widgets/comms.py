"""A comm without a browser: what the widget sends is kept, and a front end's messages go in.

As ipywidgets' own tests do: `comm.create_comm` makes the widget's end, here one that records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Protocol

from comm.base_comm import BaseComm
from ipywidgets import Widget

PATIENCE = 30.0  # seconds


class RecordingComm(BaseComm):
    """The widget's end of a comm; `sent` is all that it has published, opening included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        super().__init__(*args, **kwargs)

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,
    ) -> None:
        with self.changed:
            self.sent.append({"msg_type": msg_type, "data": data, "metadata": metadata, **keys})
            self.changed.notify_all()


class View(Protocol):
    """A widget as its views meet it, with a kernel or without."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The custom messages that came, in order."""

    def ask(self, kind: str, /, **content: Any) -> dict[str, Any]:
        """Send a request, and wait for its answer: the reply or the error."""

    def wait(self, matches: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """The first message that matches, as soon as it has come."""


class FrontEnd:
    """What a view does, without one: it asks, and it sees what the widget sends."""

    def __init__(self, widget: Widget) -> None:
        assert isinstance(widget.comm, RecordingComm), "use the fixture `comms`"
        self.comm = widget.comm
        self._ids = count(1)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The custom messages that came, in order."""
        found = (sent["data"] or {} for sent in list(self.comm.sent))
        return [data["content"] for data in found if data.get("method") == "custom"]

    def tell(self, kind: str, /, **content: Any) -> None:
        """Send a custom message, as a view does."""
        data = {"method": "custom", "content": {"type": kind, **content}}
        self.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def set_traits(self, **state: Any) -> None:
        """Change synced traits from the front end."""
        data = {"method": "update", "state": state}
        self.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def ask(self, kind: str, /, **content: Any) -> dict[str, Any]:
        """Send a request, and wait for its answer: the reply or the error."""
        name = f"test-{next(self._ids)}"
        self.tell(kind, id=name, **content)
        return self.wait(lambda message: message.get("id") == name)

    def wait(self, matches: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """The first message that matches, as soon as it has come."""

        def find() -> dict[str, Any] | None:
            return next((message for message in self.messages if matches(message)), None)

        with self.comm.changed:
            found = self.comm.changed.wait_for(find, PATIENCE)
        assert found is not None, f"it never came; there are {self.messages}"
        return found
