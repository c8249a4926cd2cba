"""A reply: what came back for one prompt, with everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import OCIGenAIError, UsageError
from ocigenai_nb.core.messages import Message, ToolCall, Usage
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.safe_markdown import close_fence, safe_markdown
from ocigenai_nb.core.thread import Answer, Status

from .code_blocks import CodeBlock, find_code_blocks
from .json_answers import find_json
from .prices import Cost, estimate_cost
from .structured import Shape
from .tables import find_frame

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 60  # characters of the text in a repr
_SHORTEST_SPAN = 0.02  # seconds; an answer that comes at once has no speed worth naming
_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long it took, in seconds from sending.

    `ttft` is the time to the first token, None where none came; `total` the time to the end.
    `tokens_per_second` counts output tokens from the first one on; None where the service did not
    count them, where tools ran between, or where the answer came all at once.
    """

    ttft: float | None
    total: float
    tokens_per_second: float | None = None

    @classmethod
    def of(cls, ttft: float | None, total: float, usage: Usage | None) -> Timing:
        """The timing of an answer with that usage."""
        seconds = total - ttft if ttft is not None else 0.0
        speed = usage.output / seconds if usage and seconds > _SHORTEST_SPAN else None
        return cls(ttft, total, speed)


@dataclass(frozen=True, slots=True)
class Raw:
    """The wire: the JSON body that was sent, and the service's events as they came."""

    request: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """One prompt's reply. `str(reply)` is its text.

    >>> reply = og.connect().chat().send("Make a table of the planets.")
    >>> reply.finish_reason, reply.usage.total > 0
    ('stop', True)
    >>> reply.df["Planet"].tolist()[:3]
    ['Mercury', 'Venus', 'Earth']

    `emulated` is whether the built-in emulator answered. `origin` says who answered and why that
    one; only a connection's first reply carries it. `raw` is the wire of the last request,
    `earlier` that of those before it, where tools ran. `shape` is the type that was asked for.
    `sent_at` is in UTC. `shown` is whether it streamed to a display already, and so isn't shown
    again when it is the last value of a cell.
    """

    prompt: Message
    answer: Answer
    route: Route
    timing: Timing
    raw: Raw = field(default=Raw({}), compare=False)
    earlier: tuple[Raw, ...] = field(default=(), compare=False)
    shape: Shape | None = field(default=None, compare=False)
    sent_at: datetime = _NEVER
    origin: str = ""
    emulated: bool = False
    shown: bool = False

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…"
        return f"Reply({text!r}, model={self.route.model!r}, status={self.status!r})"

    def __str__(self) -> str:
        return self.answer.text

    def _repr_markdown_(self) -> str | None:
        return None if self.shown else close_fence(safe_markdown(self.answer.text))

    def export(self, kind: str = "python") -> str:
        """What ran, as a text of a kind: "python", "curl", "markdown", "json" or "notebook".

        No secret is in it. Raises UsageError for another kind.
        """
        from .export import export

        return export(self, kind)

    @property
    def text(self) -> str:
        """The answer's text, as far as it came."""
        return self.answer.text

    @property
    def reasoning(self) -> str:
        """What the model thought aloud, where it shows that."""
        return self.answer.reasoning

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The complete tool calls that it asks for."""
        return self.answer.tool_calls

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The parts of the answer before the last: tool calls with their results."""
        return self.answer.rounds

    @property
    def usage(self) -> Usage | None:
        """Tokens as the service counted them; None where it did not say."""
        return self.answer.usage

    @property
    def status(self) -> Status:
        """Either "finished", "failed" or "interrupted"."""
        return self.answer.status

    @property
    def finish_reason(self) -> str | None:
        """Why it ended, such as "stop", "length", "tool_calls", "stopped" or "cut"."""
        return self.answer.finish_reason

    @property
    def request_id(self) -> str | None:
        """The `opc-request-id`, for Oracle's support."""
        return self.answer.request_id

    @property
    def response_id(self) -> str | None:
        """What continues the thread where the service keeps it; None where it doesn't."""
        return self.answer.response_id

    @property
    def error(self) -> OCIGenAIError | None:
        """What went wrong; None where nothing did."""
        return self.answer.error

    @property
    def json(self) -> Any:
        """The JSON value that the answer is or holds, in a code block or among prose.

        Of several in prose it is the longest; JSON Lines are a list. Raises AnswerFormatError,
        which says where it stops.
        """
        return find_json(self.text, cut=self._cut)

    @property
    def parsed(self) -> Any:
        """The answer as the type that `schema=` asked for.

        Raises AnswerFormatError where it does not fit, which says where, or was cut off; and
        UsageError where no type was asked for, or the turn was read back from a file: that holds
        no types.
        """
        if self.shape is None and not self.raw.request:
            raise UsageError(
                "This turn was not sent from here, and a file does not hold the type of an answer.",
                remedy="Ask with schema= again; what the answer holds is in reply.json.",
            )
        if self.shape is None:
            raise UsageError("No type was asked for.", remedy="Ask with send(..., schema=Type).")
        return self.shape.read(self.text, cut=self._cut)

    @property
    def df(self) -> pd.DataFrame:
        """The table that the answer is or holds: as JSON, as a Markdown table or a block of CSV.

        Raises AnswerFormatError where there is none, or where the answer ended inside it.
        """
        if self.shape is not None:
            return self.shape.frame(self.parsed)
        return find_frame(self.text, cut=self._cut)

    @property
    def code_blocks(self) -> tuple[CodeBlock, ...]:
        """The answer's code blocks, in order."""
        return find_code_blocks(self.text)

    @property
    def code(self) -> str:
        """The text of the code blocks, with an empty line between; empty where there is none."""
        return "\n\n".join(block.text for block in self.code_blocks)

    @property
    def cost(self) -> Cost | None:
        """An estimate of what it cost; None where the price or the usage isn't known.

        `ocigenai_nb.set_price` sets a price.
        """
        return estimate_cost(self.route.model, self.usage, emulated=self.emulated)

    @property
    def _cut(self) -> str:
        """Why the answer isn't whole; empty where it is."""
        whole = self.status == "finished" and self.finish_reason != "length"
        return "" if whole else self.finish_reason or self.status

    def _shaped(self) -> str:
        """How the answer came to be of its type."""
        assert self.shape is not None  # noqa: S101 (asked by whoever calls this)
        corrections = sum(bool(each.correction) for each in self.rounds)
        more = f", {corrections} correction{'s' if corrections > 1 else ''}" if corrections else ""
        return f"{self.shape.name} by {self.shape.how}{more}"

    def provenance(self) -> str:
        """One line: model, transport, region, timing, tokens, how it ended, request id."""
        where = f"{self.route.region} (emulator)" if self.emulated else self.route.region
        facts = [self.answer.model or self.route.model, self.route.transport, where]
        if self.timing.ttft is not None:
            facts.append(f"first token {self.timing.ttft:.2f} s")
        if (speed := self.timing.tokens_per_second) is not None:
            facts.append(f"{speed:,.0f} tokens/s")
        facts += [_tokens(self.usage)] if self.usage else []
        facts += [_rounds(self.rounds)] if any(each.tool_calls for each in self.rounds) else []
        facts += [self._shaped()] if self.shape is not None else []
        facts += [_attempts(self.answer.attempts)] if self.answer.attempts > 1 else []
        facts += [self.finish_reason or self.status]
        facts += [f"opc-request-id {self.request_id}"] if self.request_id else []
        return " · ".join(facts)


def _tokens(usage: Usage) -> str:
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    reasoning = f" ({usage.reasoning:,} reasoning)" if usage.reasoning else ""
    return f"{usage.input:,} tokens in{cached}, {usage.output:,} out{reasoning}"


def _rounds(rounds: tuple[Round, ...]) -> str:
    ran = [each for each in rounds if each.tool_calls]
    calls = sum(len(each.tool_calls) for each in ran)
    return f"{_count(len(ran), 'round')}, {_count(calls, 'call')}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _attempts(count: int) -> str:
    return f"{count} attempts"
