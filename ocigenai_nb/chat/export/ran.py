"""What ran, as the exports need it: one reply's request and where it went, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ocigenai_nb.chat.reply import Raw, Reply, Timing
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.redaction import redact, redact_data
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.routing import PATHS, Route, TransportName
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.settings import DEFAULT_CONFIG

_EMULATED = "The built-in emulator answered"
_NEVER = 0.0  # seconds since 1970: a reply without a time of its own


@dataclass(frozen=True, slots=True)
class Ran:
    """One exchange. `body` is the JSON body as it was sent; `prompt` and `answer` are texts.

    `planned` is whether it never ran, and this is what would be sent. `after` is the round whose
    results it carries, where it is a later request of a turn in which tools ran.
    """

    reply: Reply
    body: dict[str, Any]
    prompt: str
    answer: str
    planned: bool = False
    after: Round | None = None

    @classmethod
    def of(cls, reply: Reply) -> Ran:
        """The exchange behind a reply, each of its texts redacted."""
        body: dict[str, Any] = redact_data(reply.raw.request)
        return cls(reply, body, redact(reply.prompt.text), redact(reply.text))

    @classmethod
    def plan(cls, prompt: str, route: Route, body: Mapping[str, Any], *, emulated: bool) -> Ran:
        """A request that was never sent."""
        raw, timing = Raw(body), Timing(None, 0.0)
        reply = Reply(Message.user(prompt), Answer(), route, timing, raw, emulated=emulated)
        return replace(cls.of(reply), planned=True)

    @property
    def steps(self) -> tuple[Ran, ...]:
        """The requests that it took, each as an exchange of its own: one more than rounds."""
        reply = self.reply
        answers = (*map(_answer, reply.rounds), replace(reply.answer, rounds=()))
        steps = zip((*reply.earlier, reply.raw), answers, (None, *reply.rounds), strict=False)
        return tuple(
            replace(
                Ran.of(replace(reply, raw=raw, earlier=(), answer=answer)),
                planned=self.planned,
                after=after,
            )
            for raw, answer, after in steps
        )

    @property
    def transport(self) -> TransportName:
        """The transport that carried it."""
        return self.reply.route.transport

    @property
    def endpoint(self) -> str:
        """The root of the service's URL."""
        return self.reply.route.url.removesuffix(PATHS[self.transport])

    @property
    def wire(self) -> str:
        """The format of the body: "v1", "responses", or what the native API calls it."""
        native = self.transport == "sdk"
        return str(self.body["chatRequest"]["apiFormat"]) if native else self.transport

    @property
    def stream(self) -> bool:
        """Whether the answer was asked for in pieces."""
        body = self.chat_request
        return bool(body.get("isStream" if self.transport == "sdk" else "stream"))

    @property
    def chat_request(self) -> Mapping[str, Any]:
        """What is asked of the model: the body, or the part of a native body that says it."""
        request: Mapping[str, Any] = self.body.get("chatRequest", self.body)
        return request

    @property
    def auth(self) -> str:
        """How it was signed, as in `auth_type=`."""
        return self._decided("auth") or "api_key"

    @property
    def profile(self) -> str:
        """The profile that signed it."""
        return self._decided("profile") or "DEFAULT"

    @property
    def config_file(self) -> str:
        """The configuration file that holds the profile."""
        return self.reply.route.config_file or DEFAULT_CONFIG

    @property
    def compartment(self) -> str:
        """The OCID of the compartment that it counted to."""
        return self._decided("compartment") or ""

    @property
    def project(self) -> str | None:
        """The OCID of the Generative AI project, where there was one."""
        return self._decided("project")

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent, in UTC."""
        moment = self.reply.sent_at
        return moment if moment.timestamp() != _NEVER else None

    def need_body(self) -> Ran:
        """Itself. Raises UsageError where what was sent is not known."""
        if not self.body:
            raise UsageError(
                "What was sent for this reply is not known, so it can't be exported as a program.",
                remedy="Export it as markdown or json.",
            )
        return self

    def describe(self) -> list[str]:
        """What ran, in lines for a heading."""
        route = self.reply.route
        when = f" on {self.sent_at:%Y-%m-%d %H:%M:%S} UTC" if self.sent_at else ""
        request_id = f", opc-request-id {self.reply.request_id}" if self.reply.request_id else ""
        lines = [f"{route.model} over {route.transport}{when}{request_id}"]
        if self.reply.emulated:
            who = "This is the built-in emulator" if self.planned else _EMULATED
            lines.append(f"{who}; its address ends with its process.")
        return lines

    def _decided(self, what: str) -> str | None:
        return next((d.value for d in self.reply.route.decisions if d.what == what), None)


def _answer(part: Round) -> Answer:
    """A round as the answer that its request got."""
    return Answer(
        text=part.text,
        tool_calls=part.tool_calls,
        usage=part.usage,
        status="finished",
        finish_reason="tool_calls" if part.tool_calls else "stop",
        request_id=part.request_id,
        response_id=part.response_id,
    )


def describe_after(part: Round) -> str:
    """What the request after a round carries, in a line."""
    if part.tool_calls:
        return "What the tools returned, as it was recorded: no tool runs here"
    return "The correction that was sent"
