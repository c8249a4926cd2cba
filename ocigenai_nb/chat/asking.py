"""What a turn is asked with, and how it becomes a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Message, ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.routing import Route

from .attachments import read_message
from .delivery import Delivery
from .retention import Place
from .rounds import Rounds
from .structured import Shape, read_shape
from .tools.runner import ToolRunner
from .turn import Asked, Turn
from .turn_tree import TurnName

if TYPE_CHECKING:
    from .conversation import Conversation


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `Conversation.send`, which documents them."""

    prompt: str | Message
    attach: Sequence[object] = ()
    system: str | None = None
    parameters: Parameters = Parameters()
    response_format: ResponseFormat | None = None
    schema: Any = None
    instead_of: TurnName | None = None
    stream: bool = True
    timeout: float | None = None

    @property
    def message(self) -> Message:
        """The prompt with what is attached to it."""
        return read_message(self.prompt, self.attach)

    def shape(self, model: str) -> Shape | None:
        """The type that the answer shall have, as `model` is asked for it."""
        if self.schema is None:
            return None
        if self.response_format is not None:
            raise UsageError("schema= and response_format= ask for two things: give one of them.")
        return read_shape(self.schema, model)


def make_delivery(chat: Conversation, message: Message, wish: Wish) -> Delivery:
    """The delivery of a new turn with `message`, after the head or beside another turn.

    Nothing is sent, and the conversation does not have the turn yet.
    """
    parent = chat.head if wish.instead_of is None else chat.parent_of(wish.instead_of)
    route = chat.connection.route(chat.model, transport=chat.transport)
    shape = wish.shape(route.model)
    turn = _make_turn(chat, message, parent, wish, shape, route)
    turn.shape = shape
    runner = ToolRunner(chat.tools, chat.approve, turn.desk) if chat.tools else None
    return Delivery(
        chat.connection,
        turn,
        lambda: chat.up(parent),
        chat.lost,
        stream=wish.stream,
        timeout=wish.timeout,
        tools=chat.tools,
        words=shape.words if shape is not None and shape.how == "prompt" else "",
        rounds=Rounds(runner, shape.check if shape else None, limit=chat.max_rounds),
    )


def _make_turn(
    chat: Conversation,
    message: Message,
    parent: Turn | None,
    wish: Wish,
    shape: Shape | None,
    route: Route,
) -> Turn:
    connection = chat.connection
    by_schema = shape is not None and shape.how == "schema"
    asked = Asked(
        model=route.model,
        transport=chat.transport,
        system=chat.system if wish.system is None else wish.system,
        parameters=wish.parameters.over(chat.parameters),
        response_format=shape.format if shape and by_schema else wish.response_format,
        stored=chat.store and route.transport == "responses",
    )
    return Turn(
        chat.next_number,
        parent.number if parent else None,
        message,
        asked,
        route,
        Place.of(connection),
        emulated=connection.emulated,
    )
