"""Tab completion of the magic, as IPython's completer asks for it.

A matcher of IPython's second API (`IPCompleter.custom_matchers`, since IPython 8.6) is used and not
the `complete_command` hook: the hook sees one line, so no body; it cuts words at `=`, `{` and `"`;
and jedi's Python names come with what it returns. Nothing here raises, because IPython would print
a traceback into the page. What completes is imported when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

    from .completion import Sources

IDENTIFIER: Final = "ocichat"


def register(shell: InteractiveShell, find_sources: Callable[[], Sources]) -> None:
    """Complete what belongs to the magic from now on, in place of what was registered before."""
    unregister(shell)

    def match(context: CompletionContext) -> SimpleMatcherResult:
        found: SimpleMatcherResult = {"completions": []}
        with suppress(Exception):  # a traceback in the page is worse than no completion
            from . import completion

            found = completion.match(context, find_sources())
        return found

    match.matcher_api_version = 2  # type: ignore[attr-defined] # IPython's way to say so
    match.matcher_identifier = IDENTIFIER  # type: ignore[attr-defined]
    shell.Completer.custom_matchers.append(match)


def unregister(shell: InteractiveShell) -> None:
    """Complete no more of it."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != IDENTIFIER]
