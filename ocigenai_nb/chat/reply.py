"""A reply: what came back for one prompt, with everything that is known about it."""

from __future__ import annotations

from dataclasses import dataclass

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.messages import Message, ToolCall, Usage
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import Answer, Status

_SHOWN = 60  # characters of the text in a repr
_SHORTEST_SPAN = 0.02  # seconds; an answer that comes at once has no speed worth naming


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from sending: to the first token (None when none came) and to the end."""

    first_token: float | None
    total: float


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """One prompt's reply. `str(reply)` is its text.

    `emulated` is whether the built-in emulator answered. `origin` says who answered and why that
    one; only a connection's first reply carries it. `shown` is whether it streamed to a display
    already, and so isn't shown again when it is the last value of a cell.
    """

    prompt: Message
    answer: Answer
    route: Route
    timing: Timing
    origin: str = ""
    emulated: bool = False
    shown: bool = False

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…"
        return f"Reply({text!r}, model={self.route.model!r}, status={self.status!r})"

    def __str__(self) -> str:
        return self.answer.text

    def _repr_markdown_(self) -> str | None:
        return None if self.shown else self.answer.text

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
    def error(self) -> OCIGenAIError | None:
        """What went wrong; None where nothing did."""
        return self.answer.error

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens a second from the first token on; None where it came all at once."""
        if self.usage is None or self.timing.first_token is None:
            return None
        seconds = self.timing.total - self.timing.first_token
        return self.usage.output / seconds if seconds > _SHORTEST_SPAN else None

    def provenance(self) -> str:
        """One line: model, transport, region, timing, tokens, how it ended, request id."""
        where = f"{self.route.region} (emulator)" if self.emulated else self.route.region
        facts = [self.answer.model or self.route.model, self.route.transport, where]
        if self.timing.first_token is not None:
            facts.append(f"first token {self.timing.first_token:.2f} s")
        if (speed := self.tokens_per_second) is not None:
            facts.append(f"{speed:,.0f} tokens/s")
        facts += [_tokens(self.usage)] if self.usage else []
        facts += [_attempts(self.answer.attempts)] if self.answer.attempts > 1 else []
        facts += [self.finish_reason or self.status]
        facts += [f"opc-request-id {self.request_id}"] if self.request_id else []
        return " · ".join(facts)


def _tokens(usage: Usage) -> str:
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    reasoning = f" ({usage.reasoning:,} reasoning)" if usage.reasoning else ""
    return f"{usage.input:,} tokens in{cached}, {usage.output:,} out{reasoning}"


def _attempts(count: int) -> str:
    return f"{count} attempts"
