"""A request about a response, read whole: which model, what it is told, the thread, the question.

Rules: a thread goes on from ``previous_response_id`` or ``conversation``, never from both.
Source: OpenAI's reference and published error texts.

Known deviation: ``max_tool_calls`` counts functions too, as the Open Responses specification has
it; OpenAI counts the service's own tools alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.answer import Answer, Ask
from ocigenai_nb.emulator.brain import Turn
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.emulator.responses.access import check_access, find_responses_model
from ocigenai_nb.emulator.responses.conversation_store import Conversation
from ocigenai_nb.emulator.responses.conversations import open_conversation
from ocigenai_nb.emulator.responses.ids import name_item
from ocigenai_nb.emulator.responses.items import Taste, check_calls, read_items, read_turns
from ocigenai_nb.emulator.responses.settings import SAMPLING, Settings, read_settings
from ocigenai_nb.emulator.responses.store import Item
from ocigenai_nb.emulator.responses.threads import decide_store, find_thread, resolve
from ocigenai_nb.emulator.responses.tools import list_functions, name_choice
from ocigenai_nb.emulator.responses.truncation import drop_oldest
from ocigenai_nb.model_facts import ModelFacts


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a request asks for."""

    facts: ModelFacts
    settings: Settings
    is_stored: bool
    """Whether the response is to be kept."""
    given: Sequence[Item]
    """The items of its own input."""
    before: Sequence[Item]
    """The thread before them."""
    ask: Ask
    conversation: Conversation | None = None

    searches: int = 0
    """How many searches of files were made for it."""

    def limit_calls(self, answer: Answer) -> Answer:
        """Return ``answer`` with no more calls than are allowed."""
        most = self.settings.given.get("max_tool_calls")
        calls = answer.calls if most is None else answer.calls[: most - self.searches]
        return replace(answer, calls=calls)

    def fit(self) -> Ask:
        """Return the question as it fits into the model's context, if it may be cut for that."""
        limit = self.facts["context_tokens"]
        given = self.settings.given
        if given.get("truncation") != "auto" or limit is None:
            return self.ask
        return drop_oldest(self.ask, limit, told=int("instructions" in given))


def read_inquiry(exchange: Exchange) -> Inquiry:
    """Check and read the request; its input may be left out where it goes on with a thread.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    facts, settings = _read_settings(exchange)
    is_stored = decide_store(settings.given, exchange.caller)
    before, conversation = _find_before(exchange, settings)
    if "input" in settings.given or not before:
        given = _read_given(exchange, settings, facts)
    else:
        given = []
    thread = [*before, *given]
    check_calls(thread)
    ask = _pose(exchange, settings, thread)
    return Inquiry(facts, settings, is_stored, given, before, ask, conversation)


def _read_settings(exchange: Exchange) -> tuple[ModelFacts, Settings]:
    body = exchange.json
    if not isinstance(body, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    check_access(exchange)
    model = body.get("model")
    if model is None:
        refuse_missing("model")
    check(model, Rule("a string"), param="model")
    facts = find_responses_model(exchange, model)
    return facts, read_settings(body, facts)


def _find_before(
    exchange: Exchange, settings: Settings
) -> tuple[Sequence[Item], Conversation | None]:
    previous_id = settings.given.get("previous_response_id")
    if "conversation" not in settings.given:
        return find_thread(exchange, previous_id), None
    if previous_id is not None:
        refuse(
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you "
            "are only providing one of: 'previous_response_id' or 'conversation'.",
            param=None,
            code="mutually_exclusive_parameters",
        )
    conversation = open_conversation(exchange, settings.given["conversation"])
    return conversation.list_items(exchange.deployment.now()), conversation


def _read_given(exchange: Exchange, settings: Settings, facts: ModelFacts) -> list[Item]:
    strict = exchange.deployment.strict_input
    taste = Taste(facts["family"], stream=exchange.streamed, strict=strict)
    items = read_items(settings.given.get("input"), taste)
    return [name_item(resolve(item, exchange)) for item in items]


def _pose(exchange: Exchange, settings: Settings, thread: Sequence[Item]) -> Ask:
    given, sealer = settings.given, exchange.deployment.sealer
    told = [Turn("system", given["instructions"])] if "instructions" in given else []
    choice = settings.tool_choice
    turns = read_turns(thread, lambda sealed: sealer.open_turns(sealed, exchange.caller))
    return Ask(
        model=given["model"],
        turns=(*told, *turns),
        max_tokens=given.get("max_output_tokens"),
        tools=list_functions(settings.tools, choice),
        tool_choice=name_choice(choice),
        parallel_tool_calls=given.get("parallel_tool_calls", True),
        schema=settings.schema,
        reasoning_effort=settings.effort,
        sampling={name: given[name] for name in SAMPLING if name in given},
    )
