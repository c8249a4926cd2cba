"""What ran, for use elsewhere: a program, commands, a page, data or a notebook.

    print(export(reply, "python"))         # a program over the openai or oci SDK
    export(chat.replies, "notebook")       # a conversation's cells

No export holds a key, a token or a pass phrase: who signs is named by its profile, or by a variable
of the environment. Large pictures become files that the reader puts there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.suggestions import suggest

from .notebook import write_notebook
from .program import write_program
from .ran import Ran
from .shell import write_commands
from .transcript import write_data, write_transcript

Kind: TypeAlias = Literal["python", "curl", "markdown", "json", "notebook"]
KINDS: tuple[Kind, ...] = get_args(Kind)
REQUEST_KINDS: tuple[Kind, ...] = ("python", "curl")

_WRITERS: Mapping[Kind, Callable[[Sequence[Ran]], str]] = {
    "python": write_program,
    "curl": write_commands,
    "markdown": write_transcript,
    "json": write_data,
    "notebook": write_notebook,
}


def export(what: Reply | Sequence[Reply], kind: str = "python") -> str:
    """One reply, or the replies of a conversation in their order, as text of a `kind`.

    "python" is a program that sends the same requests with the `openai` or `oci` SDK and prints
    the answers; "curl" the same as commands; "markdown" a page for reading; "json" plain data;
    "notebook" a notebook whose cells ask the same again.

    Raises UsageError for an unknown kind, where there is no reply, and, for "python", "curl" and
    "notebook", where a reply doesn't know what was sent for it.
    """
    replies = (what,) if isinstance(what, Reply) else tuple(what)
    writer = _find_writer(kind, KINDS)
    if not replies:
        raise UsageError("There is no reply to export.", remedy="Ask something first.")
    return writer([Ran.of(reply) for reply in replies])


def export_request(
    prompt: str, route: Route, body: Mapping[str, Any], kind: str = "python", *, emulated: bool
) -> str:
    """A request that was never sent, as "python" or "curl" that would send it.

    `body` is its JSON body, as a model's `plan` gives it. Raises UsageError for another kind.
    """
    writer = _find_writer(kind, REQUEST_KINDS)
    return writer([Ran.plan(prompt, route, body, emulated=emulated)])


def _find_writer(kind: str, kinds: Sequence[Kind]) -> Callable[[Sequence[Ran]], str]:
    found = next((known for known in kinds if known == kind), None)
    if found is None:
        raise UsageError(
            f"There is no export of the kind {kind!r}.{suggest(kind, kinds)}",
            remedy=f"Kinds: {', '.join(kinds)}.",
        )
    return _WRITERS[found]
