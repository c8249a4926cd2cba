"""Who may do what: statements in the policy language of OCI, and what each request needs.

Rules: ``allow <subject> to <verb> <resource type> in <place>``, where a verb includes those before
it (inspect, read, use, manage) and ``generative-ai-family`` the types of the service except those
of responses and conversations, and of files. What no statement allows answers 404. Source:
Oracle's page of IAM policies for the service; published observations of the live service.

Known deviations: subjects are ``any-user``, ``group`` (names, with commas between them) and
``dynamic-group``, which is every instance and resource; places are ``tenancy`` and ``compartment``,
which by any name is the one compartment below the root. The only condition is
``where request.principal.type = '...'``, with or without ``ALL {}``. Which verb a request needs
was not observed: lists of the control plane need inspect, other GETs read, everything else use;
and so were not the types of guardrails (``generative-ai-chat`` here) and of files. Statements
count from the start; the real ones take minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.paths import CONTROL, OPENAI_BASES

FAMILY: Final = "generative-ai-family"
"""The resource types of the service, as one."""

_VERBS: Final = ("inspect", "read", "use", "manage")
_ACTIONS: Final = {
    "chat": "generative-ai-chat",
    "embedText": "generative-ai-text-embedding",
    "rerankText": "generative-ai-text-rerank",
    "applyGuardrails": "generative-ai-chat",
}
_COLLECTIONS: Final = {
    "models": "generative-ai-model",
    "endpoints": "generative-ai-endpoint",
    "generativeAiProjects": "generative-ai-project",
    "apikeys": "generative-ai-apikey",
}
_OPENAI: Final = {
    "chat": "generative-ai-chat",
    "responses": "generative-ai-response",
    "conversations": "generative-ai-conversation",
    "files": "generative-ai-file",
    "vector_stores": "generative-ai-vectorstore",
}
_IN_FAMILY: Final = frozenset(
    {*_ACTIONS.values(), *_COLLECTIONS.values(), "generative-ai-vectorstore"}
)
_TYPES: Final = frozenset({FAMILY, *_IN_FAMILY, *_OPENAI.values()})
_PRINCIPALS: Final = {
    "api_key": "user",
    "session": "user",
    "instance": "instance",
    "resource": "datasciencenotebooksession",
    "workload": "workload",
    "bearer": "generativeaiapikey",
}
_DYNAMIC: Final = ("instance", "datasciencenotebooksession")
_STATEMENT: Final = re.compile(
    r"allow\s+(?:(?P<any>any-user)|(?P<kind>group|dynamic-group)\s+(?P<names>[\w.'/-]+"
    r"(?:\s*,\s*[\w.'/-]+)*))\s+to\s+(?P<verb>inspect|read|use|manage)\s+(?P<type>[a-z-]+)\s+in\s+"
    r"(?:(?P<tenancy>tenancy)|compartment\s+[\w.:-]+)"
    r"(?:\s+where\s+(?:all\s*\{\s*)?request\.principal\.type\s*=\s*'(?P<principal>\w+)'\s*\}?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    groups: frozenset[str] | None
    """Lower-case names; ``None``: any user."""
    dynamic: bool
    """Whether the groups are of instances and resources."""
    verb: str
    resource: str
    everywhere: bool
    """Whether it counts in the root compartment too."""
    principal: str | None
    """The only type of principal it counts for, if it says so."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a request takes: at least this verb on this type, here."""

    verb: str
    resource: str
    in_root: bool = False
    """Whether it names the root compartment."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who makes a request."""

    kind: KeyIdKind
    groups: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def read_statement(text: str) -> Statement:
    """Return what a statement says.

    Raises:
        ValueError: If it is none, or says what can't be emulated.
    """
    found = _STATEMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is no statement known here: write it like 'allow group chatters to use "
            "generative-ai-family in tenancy'."
        )
    resource = found["type"].lower()
    if resource not in _TYPES:
        raise ValueError(
            f"There is no resource type {resource!r} here: use one of {', '.join(sorted(_TYPES))}."
        )
    names = found["names"] or ""
    return Statement(
        groups=None if found["any"] else frozenset(map(_read_name, names.split(","))),
        dynamic=(found["kind"] or "").lower() == "dynamic-group",
        verb=found["verb"].lower(),
        resource=resource,
        everywhere=found["tenancy"] is not None,
        principal=found["principal"] and found["principal"].lower(),
    )


def find_need(method: str, path: str) -> Need | None:
    """Return what a request for ``path`` (no query) takes; ``None`` where no policy is asked."""
    for base in OPENAI_BASES:
        if path.startswith(f"{base}/"):
            kind = path.removeprefix(f"{base}/").partition("/")[0]
            return _make_need(_OPENAI.get(kind), "read" if method == "GET" else "use")
    if path.startswith(f"{CONTROL}/actions/"):
        return _make_need(_ACTIONS.get(path.rpartition("/")[2]), "use")
    if path.startswith(f"{CONTROL}/"):
        kind, _, one = path.removeprefix(f"{CONTROL}/").partition("/")
        return _make_need(_COLLECTIONS.get(kind), "read" if one else "inspect")
    return None


def allows(statements: Iterable[str], subject: Subject, need: Need) -> bool:
    """Tell whether one of the statements lets ``subject`` do what takes ``need``."""
    return any(_allows(read_statement(text), subject, need) for text in statements)


def _allows(statement: Statement, subject: Subject, need: Need) -> bool:
    covered = statement.resource == need.resource or (
        statement.resource == FAMILY and need.resource in _IN_FAMILY
    )
    strong = _VERBS.index(statement.verb) >= _VERBS.index(need.verb)
    here = statement.everywhere or not need.in_root
    return covered and strong and here and _means(statement, subject)


def _means(statement: Statement, subject: Subject) -> bool:
    principal = _PRINCIPALS.get(subject.kind, "")
    if statement.principal not in {None, principal}:
        return False
    if statement.groups is None:
        return True
    if statement.dynamic:
        return principal in _DYNAMIC
    return not statement.groups.isdisjoint(name.lower() for name in subject.groups)


def _make_need(resource: str | None, verb: str) -> Need | None:
    return None if resource is None else Need(verb, resource)


def _read_name(text: str) -> str:
    return text.strip().strip("'").lower()
