"""Explore every model of Oracle's OCI Generative AI from a notebook.

`%load_ext ocigenai_nb` gives the cell magic `%%ocichat`; `connect()` gives the same in Python.
The names below are imported when first used, so that `import ocigenai_nb` costs nothing.

In the examples `og` is `import ocigenai_nb as og`, and DEFAULT a profile of `~/.oci/config`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from . import emulator as emulator
    from .chat.agents.agent import Agent as Agent
    from .chat.agents.checkpoints import SQLiteCheckpointer as SQLiteCheckpointer
    from .chat.agents.grounding import Grounding as Grounding
    from .chat.agents.gsar import GSAR as GSAR
    from .chat.agents.hooks import Hook as Hook
    from .chat.agents.hooks import Retry as Retry
    from .chat.agents.hooks import Veto as Veto
    from .chat.agents.managers import SlidingWindowManager as SlidingWindowManager
    from .chat.agents.managers import SummarizingManager as SummarizingManager
    from .chat.agents.memory import Memory as Memory
    from .chat.agents.reflexion import Reflexion as Reflexion
    from .chat.agents.result import AgentResult as AgentResult
    from .chat.agents.termination import MaxRounds as MaxRounds
    from .chat.agents.termination import MaxSeconds as MaxSeconds
    from .chat.agents.termination import MaxTokens as MaxTokens
    from .chat.agents.termination import TextMatches as TextMatches
    from .chat.agents.termination import ToolCalled as ToolCalled
    from .chat.agents.termination import When as When
    from .chat.comparison import Comparison as Comparison
    from .chat.connecting import connect as connect
    from .chat.connecting import connect_emulator as connect_emulator
    from .chat.connection import Connection as Connection
    from .chat.conversation import Conversation as Conversation
    from .chat.journal import Journal as Journal
    from .chat.prices import set_price as set_price
    from .chat.reply import Reply as Reply
    from .chat.tools.function import tool as tool
    from .core import errors as errors
    from .core.errors import OCIGenAIError as OCIGenAIError
    from .core.errors import OCIProjectRequiredError as OCIProjectRequiredError
    from .core.errors import OCIResponsesStateLostError as OCIResponsesStateLostError
    from .core.events import ApprovalAsked as ApprovalAsked
    from .core.events import Continuation as Continuation
    from .core.events import Failed as Failed
    from .core.events import Finished as Finished
    from .core.events import Interrupted as Interrupted
    from .core.events import Judged as Judged
    from .core.events import Notice as Notice
    from .core.events import ReasoningDelta as ReasoningDelta
    from .core.events import RoundFinished as RoundFinished
    from .core.events import ServiceEvent as ServiceEvent
    from .core.events import Started as Started
    from .core.events import TextDelta as TextDelta
    from .core.events import TextReplaced as TextReplaced
    from .core.events import ToolCallDelta as ToolCallDelta
    from .core.events import ToolCallReady as ToolCallReady
    from .core.events import ToolFinished as ToolFinished
    from .core.events import ToolStarted as ToolStarted
    from .core.events import UsageReport as UsageReport
    from .core.messages import Image as Image
    from .core.messages import Message as Message
    from .core.messages import ResponseFormat as ResponseFormat
    from .core.messages import Tool as Tool
    from .core.messages import ToolCall as ToolCall
    from .core.parameters import Parameters as Parameters
    from .core.routing import Route as Route
    from .core.thread import Answer as Answer
    from .core.thread import fold as fold
    from .notebook.chat_panel import ChatPanel as ChatPanel
    from .notebook.profile_picker import ProfilePicker as ProfilePicker
    from .notebook.router_preview import RouterPreview as RouterPreview
    from .notebook.thread_inspector import ThreadInspector as ThreadInspector
    from .transports.cassette import record as record
    from .transports.cassette import replay as replay
    from .transports.factory import get_model as get_model
    from .transports.model import Model as Model
    from .transports.native import OCIModel as OCIModel
    from .transports.openai_chat import OCIOpenAIModel as OCIOpenAIModel
    from .transports.responses import OCIResponsesModel as OCIResponsesModel
    from .transports.settings import OCIAuthType as OCIAuthType

__version__ = "0.1.0"

_NAMES = {
    "Agent": "chat.agents.agent",
    "AgentResult": "chat.agents.result",
    "Answer": "core.thread",
    "ApprovalAsked": "core.events",
    "ChatPanel": "notebook.chat_panel",
    "Comparison": "chat.comparison",
    "Connection": "chat.connection",
    "Continuation": "core.events",
    "Conversation": "chat.conversation",
    "Failed": "core.events",
    "Finished": "core.events",
    "GSAR": "chat.agents.gsar",
    "Grounding": "chat.agents.grounding",
    "Hook": "chat.agents.hooks",
    "Image": "core.messages",
    "Interrupted": "core.events",
    "Journal": "chat.journal",
    "Judged": "core.events",
    "MaxRounds": "chat.agents.termination",
    "MaxSeconds": "chat.agents.termination",
    "MaxTokens": "chat.agents.termination",
    "Memory": "chat.agents.memory",
    "Message": "core.messages",
    "Model": "transports.model",
    "Notice": "core.events",
    "OCIAuthType": "transports.settings",
    "OCIGenAIError": "core.errors",
    "OCIModel": "transports.native",
    "OCIOpenAIModel": "transports.openai_chat",
    "OCIProjectRequiredError": "core.errors",
    "OCIResponsesModel": "transports.responses",
    "OCIResponsesStateLostError": "core.errors",
    "Parameters": "core.parameters",
    "ProfilePicker": "notebook.profile_picker",
    "ReasoningDelta": "core.events",
    "Reflexion": "chat.agents.reflexion",
    "Reply": "chat.reply",
    "ResponseFormat": "core.messages",
    "Retry": "chat.agents.hooks",
    "RoundFinished": "core.events",
    "Route": "core.routing",
    "RouterPreview": "notebook.router_preview",
    "SQLiteCheckpointer": "chat.agents.checkpoints",
    "ServiceEvent": "core.events",
    "SlidingWindowManager": "chat.agents.managers",
    "Started": "core.events",
    "SummarizingManager": "chat.agents.managers",
    "TextDelta": "core.events",
    "TextMatches": "chat.agents.termination",
    "TextReplaced": "core.events",
    "ThreadInspector": "notebook.thread_inspector",
    "Tool": "core.messages",
    "ToolCall": "core.messages",
    "ToolCallDelta": "core.events",
    "ToolCallReady": "core.events",
    "ToolCalled": "chat.agents.termination",
    "ToolFinished": "core.events",
    "ToolStarted": "core.events",
    "UsageReport": "core.events",
    "Veto": "chat.agents.hooks",
    "When": "chat.agents.termination",
    "connect": "chat.connecting",
    "connect_emulator": "chat.connecting",
    "fold": "core.thread",
    "get_model": "transports.factory",
    "record": "transports.cassette",
    "replay": "transports.cassette",
    "set_price": "chat.prices",
    "tool": "chat.tools.function",
}
_MODULES = {"emulator": "emulator", "errors": "core.errors"}

__all__ = [
    "GSAR",
    "Agent",
    "AgentResult",
    "Answer",
    "ApprovalAsked",
    "ChatPanel",
    "Comparison",
    "Connection",
    "Continuation",
    "Conversation",
    "Failed",
    "Finished",
    "Grounding",
    "Hook",
    "Image",
    "Interrupted",
    "Journal",
    "Judged",
    "MaxRounds",
    "MaxSeconds",
    "MaxTokens",
    "Memory",
    "Message",
    "Model",
    "Notice",
    "OCIAuthType",
    "OCIGenAIError",
    "OCIModel",
    "OCIOpenAIModel",
    "OCIProjectRequiredError",
    "OCIResponsesModel",
    "OCIResponsesStateLostError",
    "Parameters",
    "ProfilePicker",
    "ReasoningDelta",
    "Reflexion",
    "Reply",
    "ResponseFormat",
    "Retry",
    "RoundFinished",
    "Route",
    "RouterPreview",
    "SQLiteCheckpointer",
    "ServiceEvent",
    "SlidingWindowManager",
    "Started",
    "SummarizingManager",
    "TextDelta",
    "TextMatches",
    "TextReplaced",
    "ThreadInspector",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallReady",
    "ToolCalled",
    "ToolFinished",
    "ToolStarted",
    "UsageReport",
    "Veto",
    "When",
    "connect",
    "connect_emulator",
    "emulator",
    "errors",
    "fold",
    "get_model",
    "load_ipython_extension",
    "record",
    "replay",
    "set_price",
    "tool",
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
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{_MODULES[name]}")
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names: what tab completion shows."""
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
