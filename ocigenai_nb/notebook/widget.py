"""What the widgets share: bundles, messages with the front end, views without a kernel.

State that a person sets is in traits; everything else travels in messages, because synced traits
are saved with a notebook (nbclient saves them unasked). Nothing secret is in either.

A message is a dict with a `type`. One from the front end may carry an `id`: it gets an answer with
the same one, `reply` or `error`. Handlers may be called from any thread (ipykernel 7 calls them
from a subshell's) and what takes long runs on a thread of its own, so that Stop is heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import anywidget
from ipywidgets import Layout

from ocigenai_nb.core.errors import OCIGenAIError

STATIC = Path(__file__).parent / "static"

Message: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[[Message], "Mapping[str, Any] | None"]


class Widget(anywidget.AnyWidget):
    """A widget whose bundle is `static/<bundle>.js`, with its style sheet beside it.

    A message of type "x_y" is handled by `_on_x_y`, which returns the answer's data. One that is
    named in `_slow` is handled on a thread of its own.
    """

    bundle: ClassVar[str]
    _slow: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        """Find the bundle."""
        # Before anywidget looks at them: it reads a path only there. Not in the class that
        # traitlets makes for each widget, where they are traits.
        if "bundle" in vars(cls):
            cls._esm = STATIC / f"{cls.bundle}.js"
            cls._css = STATIC / f"{cls.bundle}.css"
        super().__init_subclass__(**options)

    def __init__(self, *, layout: Layout | None = None, **traits: Any) -> None:
        super().__init__(**traits, **({"layout": layout} if layout is not None else {}))
        self.on_msg(self._receive)

    def tell(self, type: str, **data: Any) -> None:  # noqa: A002 (the message's own field)
        """Send a message to every view. From any thread."""
        self.send({"type": type, **data})

    def to_html(self) -> str:
        """What it shows, as HTML that needs neither kernel nor script."""
        return f"<pre>{escape(self._describe())}</pre>"

    def _describe(self) -> str:
        """What it is and shows, in plain text: one line, or a few."""
        return type(self).__name__

    def _write_static(self) -> str:
        """What is saved with a notebook for front ends without widgets, as HTML."""
        return self.to_html()

    def __repr__(self) -> str:
        return self._describe()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and for front ends without widgets what it is in text."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = self._describe()
            data["text/html"] = self._write_static()
        return bundle

    def _receive(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, Mapping) or not isinstance(content.get("type"), str):
            return
        kind = content["type"]
        handler: Handler | None = getattr(self, f"_on_{kind}", None)
        if handler is None:
            self._answer(content, "error", message=f"There is no message {kind!r}.")
        elif kind in self._slow:
            threading.Thread(target=self._handle, args=(handler, content), daemon=True).start()
        else:
            self._handle(handler, content)

    def _handle(self, handler: Handler, content: Message) -> None:
        try:
            answer = handler(content)
        except OCIGenAIError as error:
            self._answer(content, "error", **describe_error(error))
        except (KeyError, TypeError, ValueError) as error:
            # A front end of another version: what it asks for can't be made sense of.
            text = f"The widget sent what its kernel does not understand ({error})."
            self._answer(content, "error", message=text, remedy="Reload the page.")
        else:
            self._answer(content, "reply", **(answer or {}))

    def _answer(self, content: Message, kind: str, **data: Any) -> None:
        if "id" in content:
            self.tell(kind, id=content["id"], **data)


def describe_error(error: OCIGenAIError) -> dict[str, Any]:
    """An error as a message carries it."""
    return {
        "name": type(error).__name__,
        "message": error.message,
        "remedy": error.remedy,
        "status": error.status,
        "code": error.code,
        "request_id": error.request_id,
    }
