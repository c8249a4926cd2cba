"""Another server behind the emulator: it gives text, tool calls and usage, nothing else.

Rules: any server of OpenAI's chat completions will do. It is asked with a stream, over HTTP/1.1;
what it says is passed on as it comes. It sees neither the caller nor the compartment. What it does
wrong is the service's own 5xx before the first words, and a broken-off stream with an error event
after them: ``failures`` says which.
Source: OpenAI's API reference; llama.cpp's, vLLM's and Ollama's documentation of what they take.

Known deviations: tool calls go out once the backend has finished; what the Responses API shows of
reasoning, once the text begins. A limit of tokens and stop sequences are the backend's to keep;
which stop sequence ended an answer is not known. Images, files and sound are not passed on.
Proxies of the environment are not used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.backend.connection import Connection
from ocigenai_nb.emulator.backend.forced_calls import force_call
from ocigenai_nb.emulator.backend.live import LiveAnswer
from ocigenai_nb.emulator.backend.request import write_request

TIMEOUT_SECONDS = 60.0
"""How long a backend may say nothing, unless it is set."""


@dataclass(slots=True)
class Backend:
    """A server, the model that it is asked for, and the answers that it is working on."""

    url: str
    """As OpenAI's clients take it: up to and without ``/chat/completions``."""
    model: str
    key: str | None = field(default=None, repr=False)
    """What its ``Authorization: Bearer`` carries, if anything."""
    timeout: float = TIMEOUT_SECONDS
    """Seconds for which it may say nothing."""
    forces_calls: bool = False
    """Whether the model can't call tools: then the script picks one and a schema its arguments."""
    release: Callable[[], None] | None = field(default=None, repr=False)
    """What ends the server, where it is the emulator's own."""
    _open: set[LiveAnswer] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, ask: Ask, *, reasons: bool, shows_reasoning: bool) -> LiveAnswer:
        """Return the answer to ``ask`` that will come, once it is opened.

        Args:
            ask: What is asked.
            reasons: Whether the reasoning counts at all.
            shows_reasoning: Whether its text comes along.
        """
        forced = force_call(ask) if self.forces_calls else None
        body = write_request(ask, model=self.model, forced=forced)
        live = LiveAnswer(
            ask,
            self._connect(body),
            reasons=reasons,
            shows_reasoning=shows_reasoning,
            forced=forced.name if forced else None,
            done=self._forget,
        )
        with self._lock:
            self._open.add(live)
        return live

    def close(self) -> None:
        """Break off all that it is working on, and end the server if it is the emulator's own."""
        with self._lock:
            open_now = list(self._open)
        for live in open_now:
            live.close()
        if self.release is not None:
            self.release()

    def _connect(self, body: Mapping[str, Any]) -> Connection:
        return Connection(self.url, body, key=self.key, timeout=self.timeout)

    def _forget(self, live: LiveAnswer) -> None:
        with self._lock:
            self._open.discard(live)


def make_backend(
    url: str | None, model: str | None, *, key: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> Backend | None:
    """Return the backend at ``url``, if one is wanted.

    Raises:
        ValueError: If the URL or the model's name is missing, or the URL or the time is no good.
    """
    if url is None and model is None:
        return None
    if not url or not model:
        raise ValueError("A backend needs both its URL and the name of its model.")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("backend is a URL such as http://127.0.0.1:8080/v1, with no name in it.")
    if timeout <= 0:
        raise ValueError("backend_timeout is a positive number of seconds.")
    root = url.rstrip("/") if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}/v1"
    return Backend(root, model, key=key, timeout=timeout)


__all__ = ["TIMEOUT_SECONDS", "Backend", "LiveAnswer", "make_backend"]
