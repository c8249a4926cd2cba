"""Explore every model of Oracle's OCI Generative AI from a notebook.

`%load_ext ocigenai_nb` gives the cell magic `%%ocichat`; `connect()` gives the same in Python.
The names below are imported when first used, so that `import ocigenai_nb` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from . import emulator as emulator
    from .chat.connection import Connection as Connection
    from .chat.connection import connect as connect
    from .chat.conversation import Conversation as Conversation
    from .chat.reply import Reply as Reply
    from .core.messages import Image as Image
    from .core.messages import Message as Message
    from .core.messages import ResponseFormat as ResponseFormat
    from .core.messages import Tool as Tool
    from .core.parameters import Parameters as Parameters
    from .transports.openai_chat import OCIOpenAIModel as OCIOpenAIModel

__version__ = "0.1.0"

_NAMES = {
    "Connection": "chat.connection",
    "Conversation": "chat.conversation",
    "Image": "core.messages",
    "Message": "core.messages",
    "OCIOpenAIModel": "transports.openai_chat",
    "Parameters": "core.parameters",
    "Reply": "chat.reply",
    "ResponseFormat": "core.messages",
    "Tool": "core.messages",
    "connect": "chat.connection",
}

__all__ = [
    "Connection",
    "Conversation",
    "Image",
    "Message",
    "OCIOpenAIModel",
    "Parameters",
    "Reply",
    "ResponseFormat",
    "Tool",
    "connect",
    "emulator",
    "load_ipython_extension",
    "unload_ipython_extension",
]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by `%load_ext ocigenai_nb`."""
    from .notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Called by `%unload_ext ocigenai_nb`."""
    from .notebook.extension import unload

    unload(shell)


def __getattr__(name: str) -> Any:
    if name == "emulator":
        return importlib.import_module(f"{__name__}.emulator")
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES, "emulator"])
