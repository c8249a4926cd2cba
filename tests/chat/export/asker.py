"""Replies for the export tests, each with the request that was sent for it."""

from __future__ import annotations

from typing import Any

from ocigenai_nb import Connection, Message, connect
from ocigenai_nb.chat.reply import Raw, Reply, Timing
from ocigenai_nb.core.thread import fold
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from tests.transports.subject import LLAMA


class Asker:
    """Asks over connections that are closed in the end."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._made: list[Connection] = []

    def connect(self, **options: Any) -> Connection:
        options = {"config_file": self.service.config_file} | options
        self._made.append(connect(**options))
        return self._made[-1]

    def connect_without_profile(self, **options: Any) -> Connection:
        service = self.service
        own = {"endpoint": service.url, "compartment_id": service.compartment_id}
        return self.connect(config_file=None, **own, **options)

    def ask(
        self,
        prompt: str | Message,
        model: str = LLAMA,
        *,
        connection: Connection | None = None,
        before: tuple[Reply, ...] = (),
        system: str | None = None,
        transport: str | None = None,
        stream: bool = True,
        **options: Any,
    ) -> Reply:
        """The reply to a prompt after others; "responses-stored" lets the service keep it."""
        said = Message.user(prompt) if isinstance(prompt, str) else prompt
        messages = [Message.system(system)] if system else []
        for reply in before:
            messages += [reply.prompt, reply.answer.message]
        connection = connection or self.connect()
        store = transport == "responses-stored"
        transport = "responses" if store else transport
        made = connection.model(model, transport=transport, store=store)
        if before and store:
            options["continuation"] = before[-1].answer.response_id
        plan = made.plan([*messages, said], stream=stream, **options)
        answer = fold(made.stream([*messages, said], whole=not stream, **options))
        route = connection.route(model, transport=transport)
        return Reply(said, answer, route, Timing(None, 0.0), Raw(plan.body))

    def close(self) -> None:
        for connection in self._made:
            io_thread().run(connection._client.aclose())
