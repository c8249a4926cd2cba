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
    from .core.errors import OCIGenAIError as OCIGenAIError
    from .core.events import Failed as Failed
    from .core.events import Finished as Finished
    from .core.events import Interrupted as Interrupted
    from .core.events import ReasoningDelta as ReasoningDelta
    from .core.events import TextDelta as TextDelta
    from .core.events import ToolCallReady as ToolCallReady
    from .core.events import UsageReport as UsageReport
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
    "Failed": "core.events",
    "Finished": "core.events",
    "Image": "core.messages",
    "Interrupted": "core.events",
    "Message": "core.messages",
    "OCIGenAIError": "core.errors",
    "OCIOpenAIModel": "transports.openai_chat",
    "Parameters": "core.parameters",
    "ReasoningDelta": "core.events",
    "Reply": "chat.reply",
    "ResponseFormat": "core.messages",
    "TextDelta": "core.events",
    "Tool": "core.messages",
    "ToolCallReady": "core.events",
    "UsageReport": "core.events",
    "connect": "chat.connection",
}

__all__ = [
    "Connection",
    "Conversation",
    "Failed",
    "Finished",
    "Image",
    "Interrupted",
    "Message",
    "OCIGenAIError",
    "OCIOpenAIModel",
    "Parameters",
    "ReasoningDelta",
    "Reply",
    "ResponseFormat",
    "TextDelta",
    "Tool",
    "ToolCallReady",
    "UsageReport",
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
    """The public names: what tab completion shows."""
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
