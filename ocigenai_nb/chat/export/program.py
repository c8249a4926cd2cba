"""Replies as a complete Python program over the `openai` and `oci` SDKs; it needs nothing of ours.

Each request is sent as it was. A history that repeats the one before is written once and grows, and
a thread that the service keeps goes on from the response that the program itself gets. What tools
returned stands in the program as it was recorded: no tool runs in it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .clients import Client, write_client
from .code import Call, Code, assign, comment, quote_block
from .native_code import build_model, build_value
from .pictures import Texts
from .printing import PRINTERS
from .ran import Ran, describe_after

# By format: where the history stands in the request, the variable that holds it, and its type.
_HISTORIES = {
    "v1": ("messages", "messages", ""),
    "responses": ("input", "items", ""),
    "GENERIC": ("messages", "native_messages", "list[Message]"),
    "COHERE": ("chatHistory", "chat_history", "list[CohereMessage]"),
    "COHEREV2": ("messages", "cohere_messages", "list[CohereMessageV2]"),
}
_DATA_URL = '''
def data_url(path, media_type):
    """A file as a URL that travels inside the request."""
    data = base64.b64encode(Path(path).read_bytes()).decode()
    return f"data:{media_type};base64,{data}"
'''
_CALLS = {
    "v1": "chat.completions.create",
    "responses": "responses.create",
}


def write_program(turns: Sequence[Ran]) -> str:
    """The program that sends what the replies sent, and prints the answers."""
    steps = [step.need_body() for ran in turns for step in ran.steps]
    draft = _Draft(steps)
    for number, step in enumerate(steps):
        draft.add(number, step)
    return draft.finish()


@dataclass(slots=True)
class _Draft:
    """A program as it grows. `turns` are the requests of all turns, in order."""

    turns: Sequence[Ran]
    texts: Texts = field(default_factory=Texts)
    clients: dict[str, tuple[str, Client]] = field(default_factory=dict)
    histories: dict[str, list[Any]] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)

    def add(self, number: int, ran: Ran) -> None:
        """Write one request."""
        if len(self.turns) > 1:
            self.statements.append("\n" + comment(self._title(number, ran)))
        client = self._client(ran)
        if ran.transport == "sdk":
            details = build_model("ChatDetails", self.texts.name(ran.body))
            request = details.keywords["chat_request"]
            self._share(ran, request.keywords)
            self.statements.append(assign("details", details))
            answer = Call(f"{client}.chat", {}, (Code("details"),))
        else:
            answer = self._call(ran, client)
        self.statements.append(assign("answer", answer))
        shown = f"{PRINTERS[ran.wire, ran.stream].name}(answer)"
        goes_on = any(self._thread(later) == number for later in self.turns)
        kept = f"id_{number + 1}, calls_{number + 1}" if self._offers(ran) else f"id_{number + 1}"
        self.statements.append(f"{kept} = {shown}" if goes_on else shown)

    def _title(self, number: int, ran: Ran) -> str:
        """What a request is, in a line."""
        if ran.after is None:
            turn = sum(step.after is None for step in self.turns[: number + 1])
            return f"Turn {turn}: {ran.reply.route.model}"
        return describe_after(ran.after)

    def _offers(self, ran: Ran) -> bool:
        """Whether tools were offered in a request like this: then its calls are printed."""
        kind = ran.wire, ran.stream
        return any(
            "tools" in step.chat_request for step in self.turns if (step.wire, step.stream) == kind
        )

    def finish(self) -> str:
        """The whole source."""
        body = "\n".join(self.statements).strip("\n")
        clients = [line for _, client in self.clients.values() for line in client.statements]
        texts = [f"{name} = {quote_block(text)}" for text, name in self.texts.names.items()]
        sections = [
            "\n".join(self._head()),
            "\n\n".join(self._imports()),
            "\n\n".join(texts),
            *(f"\n{function}\n" for function in self._functions()),
            "\n".join(clients),
            body,
        ]
        text = "\n\n".join(section for section in sections if section)
        return text.replace("\n\n\n\n", "\n\n\n") + "\n"

    def _head(self) -> list[str]:
        first = self.turns[0]
        ran = "What would be sent" if first.planned else "What ran"
        lines = [f"{ran}: {line}" if n == 0 else line for n, line in enumerate(first.describe())]
        packages = sorted({p for _, client in self.clients.values() for p in client.packages})
        lines += [f"Needs: pip install {' '.join(packages)}", *self.texts.pictures.describe()]
        return [comment(line) for line in lines]

    def _imports(self) -> list[str]:
        found = {line for _, client in self.clients.values() for line in client.imports}
        if self.texts.pictures.known:
            found |= {"import base64", "from pathlib import Path"}
        if any("json." in function for function in self._functions()):
            found.add("import json")
        return ["\n".join(_sort(group)) for group in _split(found) if group]

    def _functions(self) -> list[str]:
        kinds = {(ran.wire, ran.stream): ran for ran in self.turns}
        written = [PRINTERS[kind].write(tools=self._offers(ran)) for kind, ran in kinds.items()]
        return [_DATA_URL.strip(), *written] if self.texts.pictures.known else written

    def _client(self, ran: Ran) -> str:
        """The name of the client that carries an exchange."""
        made = write_client(ran, "client")
        key = "\n".join(made.statements)
        if key not in self.clients:
            count = len(self.clients) + 1
            name = "client" if count == 1 else f"client_{count}"
            self.clients[key] = (name, write_client(ran, name))
        return self.clients[key][0]

    def _call(self, ran: Ran, client: str) -> Call:
        body = self.texts.name(ran.body)
        keywords = _as_keywords(ran, body)
        if (thread := self._thread(ran)) is not None:
            keywords["previous_response_id"] = Code(f"id_{thread + 1}")
        elif "previous_response_id" in body:
            why = "The thread goes on from a response that the service has to keep still."
            self.statements.append(comment(why))
        self._share(ran, keywords)
        return Call(f"{client}.{_CALLS[ran.transport]}", keywords)

    def _name_calls(self, items: list[dict[str, Any]], thread: int) -> list[dict[str, Any]]:
        """Results under the ids that the calls have when the program runs."""
        calls = self.turns[thread].reply.tool_calls
        names = {call.id: Code(f"calls_{thread + 1}[{at}]") for at, call in enumerate(calls)}
        return [
            {**item, "call_id": names[item["call_id"]]} if item.get("call_id") in names else item
            for item in items
        ]

    def _thread(self, ran: Ran) -> int | None:
        """The number of the turn whose response this one goes on from; None where none does."""
        before = ran.body.get("previous_response_id")
        ids = [turn.reply.response_id for turn in self.turns]
        return ids.index(before) if before and before in ids else None

    def _share(self, ran: Ran, keywords: dict[str, Any]) -> None:
        """Let a history that several turns repeat stand in a variable, and grow."""
        place, variable, kind = _HISTORIES[ran.wire]
        now = ran.chat_request.get(place)
        if not isinstance(now, list) or sum(turn.wire == ran.wire for turn in self.turns) < 2:
            return
        before = self.histories.get(variable)
        repeats = before is not None and now[: len(before)] == before
        new = self.texts.name(now[len(before) if before is not None and repeats else 0 :])
        if (thread := self._thread(ran)) is not None:
            new = self._name_calls(new, thread)
        if new:
            value = build_value(kind, new) if kind else new
            self.statements.append(assign(variable, value, "+=" if repeats else "="))
        self.histories[variable] = now
        name = "chat_history" if place == "chatHistory" else place
        keywords[name] = Code(variable)


def _as_keywords(ran: Ran, body: dict[str, Any]) -> dict[str, Any]:
    """A body as the SDK's keywords; what it has no keyword for goes along in `extra_body`."""
    from openai.resources.chat.completions import Completions
    from openai.resources.responses import Responses

    methods: dict[str, Callable[..., Any]] = {
        "v1": Completions.create,
        "responses": Responses.create,
    }
    known = inspect.signature(methods[ran.transport]).parameters
    keywords = {name: value for name, value in body.items() if name in known}
    beyond = {name: value for name, value in body.items() if name not in known}
    return {**keywords, "extra_body": beyond} if beyond else keywords


_STANDARD = frozenset({"base64", "json", "os", "pathlib"})


def _split(lines: set[str]) -> tuple[list[str], list[str]]:
    """Imports of the standard library, and the others."""
    own = [line for line in lines if line.split()[1] in _STANDARD]
    return own, [line for line in lines if line not in own]


def _sort(lines: list[str]) -> list[str]:
    return sorted(lines, key=lambda line: (line.startswith("from "), line.lower()))
