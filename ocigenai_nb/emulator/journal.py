"""What came in: one frozen entry per request, in the order of arrival, to be asserted on."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from ocigenai_nb.emulator.fault_names import ANSWER_FAULTS

Outcome = Literal["open", "complete", "client left", "broken off"]
"""How an answer ended: still being sent, whole, dropped by the client, ended by a fault."""

KeyIdKind = Literal[
    "none", "api_key", "session", "instance", "resource", "workload", "bearer", "unknown"
]
"""What sort of key id a request was signed with: a user's API key or session token; the token,
certificate or key of an instance, resource or workload; or a bearer token of any sort."""

_KEPT: Final = 10_000
_KEPT_BYTES: Final = 100_000_000
_CALL: Final = re.compile(r"[A-Z]+ \S+(?: \d{1,3})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and how it was answered; never holds a signature, token or key."""

    number: int
    """1 for the first request since the start; ``Journal.clear`` does not reset it."""
    method: str
    path: str
    """The request target as it came on the wire, query included."""
    status: int
    """0 where the client left before any answer."""
    opc_request_id: str
    """The answer's ``opc-request-id``."""
    refused: str | None = None
    """What the wire never says: why authentication failed, what policy, region or limit it met."""
    answer: str | None = None
    """What an error answer said: its code and message; ``None`` where there was no error."""
    key_id_kind: KeyIdKind = "none"
    tenancy: str | None = None
    """Name of the caller's tenancy, once authenticated."""
    model: str | None = None
    """The model or endpoint that the body names."""
    fault: str | None = None
    """Name of the fault this request met, if any."""
    outcome: Outcome = "complete"
    """How the answer ended."""
    events: int = 0
    """Server-sent events written so far; 0 for a whole answer."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Request headers by lower-case name, without ``authorization`` and other secrets."""
    body: object = field(default=None, repr=False)
    """The request body read as JSON, or ``None`` where it is empty or no JSON."""


class Journal:
    """The last 10,000 entries, fewer where their bodies are more than 100 MB together.

    Safe to read while the server writes.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._expected: list[tuple[str, str | None, int | None]] = []
        self._count = 0
        self._changed = threading.Condition()

    def __iter__(self) -> Iterator[Entry]:
        with self._changed:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        with self._changed:
            return len(self._entries)

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} requests>"

    @property
    def last(self) -> Entry:
        """The newest entry; raises ``LookupError`` when nothing came in yet."""
        with self._changed:
            if not self._entries:
                raise LookupError("No request has reached the emulator yet.")
            return self._entries[-1]

    @property
    def refused(self) -> tuple[Entry, ...]:
        """The entries whose answer was an error, a fault's too."""
        return tuple(entry for entry in self if entry.answer is not None)

    @property
    def unexpected(self) -> tuple[Entry, ...]:
        """The entries that were refused, though neither `expect` nor a fault told them to be."""
        with self._changed:
            expected = [[call, model, times] for call, model, times in self._expected]
            entries = tuple(self._entries)
        return tuple(e for e in entries if e.answer is not None and not _is_told(e, expected))

    def expect(self, call: str, *, model: str | None = None, times: int | None = None) -> None:
        """Say that requests like ``call``, sent or to come, may be refused.

        Args:
            call: Method, path and, if it matters, status, such as ``POST */responses 404``; in
                the path, which is without its query, ``*`` stands for anything.
            model: Only those for this model.
            times: How many of them; ``None``: any number.

        Raises:
            ValueError: If ``call`` has another form.
        """
        _check_call(call)
        with self._changed:
            self._expected.append((call, model, times))

    def assert_only(self, *calls: str) -> None:
        """Assert that what came in is these calls, each at least once, and nothing else.

        Args:
            calls: Each as in `expect`.

        Raises:
            AssertionError: If it isn't; its words say what came in.
            ValueError: If a call has another form.
        """
        entries = tuple(self)
        for call in calls:
            _check_call(call)
        missing = [call for call in calls if not any(_fits(e, call) for e in entries)]
        others = [e for e in entries if not any(_fits(e, call) for call in calls)]
        if missing or others:
            raise AssertionError(
                f"Never came: {missing}. Came besides: {[_name_call(e) for e in others]}. "
                f"All that came: {[_name_call(e) for e in entries]}."
            )

    def clear(self) -> None:
        """Forget every entry, and what was expected."""
        with self._changed:
            self._entries.clear()
            self._sizes.clear()
            self._bytes = 0
            self._expected.clear()

    def wait_for(self, wanted: Callable[[Entry], bool], *, timeout: float = 30.0) -> Entry:
        """Return the newest entry that ``wanted`` accepts, waiting up to ``timeout`` seconds.

        Raises:
            TimeoutError: If no entry was accepted in time.
        """
        with self._changed:
            self._changed.wait_for(lambda: any(map(wanted, self._entries)), timeout)
            for entry in reversed(self._entries):
                if wanted(entry):
                    return entry
        raise TimeoutError(f"No such request reached the emulator within {timeout} s.")

    def add(self, entry: Entry, *, size: int = 0) -> Entry:
        """Number ``entry``, whose body had ``size`` bytes, and keep it; for the server."""
        with self._changed:
            self._count += 1
            numbered = dataclasses.replace(entry, number=self._count)
            self._entries.append(numbered)
            self._sizes.append(size)
            self._bytes += size
            while len(self._entries) > 1 and self._is_full():
                self._entries.popleft()
                self._bytes -= self._sizes.popleft()
            self._changed.notify_all()
            return numbered

    def _is_full(self) -> bool:
        return len(self._entries) > _KEPT or self._bytes > _KEPT_BYTES

    def settle(self, entry: Entry, *, outcome: Outcome, events: int) -> None:
        """Put down how ``entry``'s answer ended; for the server."""
        settled = dataclasses.replace(entry, outcome=outcome, events=events)
        with self._changed:
            # Numbers follow each other, so that the first one tells where the others are.
            position = entry.number - self._entries[0].number if self._entries else -1
            if position >= 0:
                self._entries[position] = settled
            self._changed.notify_all()


def _is_told(entry: Entry, expected: list[Any]) -> bool:
    """Tell whether a refusal was to be, counting down what was expected so many times."""
    if entry.fault in ANSWER_FAULTS:  # the others never were why an error was answered
        return True
    for told in expected:
        call, model, times = told
        if times != 0 and model in {None, entry.model} and _fits(entry, call):
            told[2] = None if times is None else times - 1
            return True
    return False


def _fits(entry: Entry, call: str) -> bool:
    method, path, *status = call.split()
    good = entry.method == method and fnmatchcase(_read_path(entry), path)
    return good and status in ([], [str(entry.status)])


def _name_call(entry: Entry) -> str:
    return f"{entry.method} {_read_path(entry)} {entry.status}"


def _read_path(entry: Entry) -> str:
    return entry.path.partition("?")[0]


def _check_call(call: str) -> None:
    if not _CALL.fullmatch(call):
        raise ValueError(f"{call!r} is no call: write it like 'POST */responses 404'.")
