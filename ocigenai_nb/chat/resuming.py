"""When the model can be asked to go on with an answer that isn't whole."""

from __future__ import annotations

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.history import answered

from .reply import Reply

CONTINUE = "Continue exactly where your answer broke off. Do not repeat what you have said."


def can_resume(reply: Reply) -> bool:
    """Whether something of the answer came, and not all of it; tools that were called count.

    Not an answer that was to have a type: two parts of one do not fit it.
    """
    ended = reply.status != "streaming" and not _is_whole(reply)
    return ended and answered(reply.answer) and reply.shape is None


def check_resumable(reply: Reply | None) -> None:
    """Raise UsageError, which says what to do instead, where `can_resume` is not true."""
    if reply is None or not answered(reply.answer):
        raise UsageError("There is no partial answer to go on from.", remedy="Send a prompt.")
    if _is_whole(reply):
        raise UsageError("The last answer is complete.", remedy="Send what to ask next.")
    if reply.shape is not None:
        raise UsageError(
            f"A part of an answer and the rest of it don't make a {reply.shape.name}.",
            remedy="Ask again with more max_tokens: send(..., schema=..., instead_of=...).",
        )


def _is_whole(reply: Reply) -> bool:
    return reply.status == "finished" and reply.finish_reason != "length"
