"""Loading and unloading the IPython extension.

Loading imports nothing heavy: `openai` alone takes half a second. The heavy imports, the client
and, where there is no profile, the emulator are got ready in the background, while the person is
still typing the first prompt.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, cast

from IPython.core.interactiveshell import InteractiveShell

from ocigenai_nb.chat.watching import Watch, set_default_watch
from ocigenai_nb.core.errors import OCIGenAIError

from .magic import NAME, OCIChatMagics, write_help
from .matcher import register, unregister
from .session import activate

if TYPE_CHECKING:
    from .completion import Sources

_FIRST_NEEDED = (".cell", ".formats", ".display")
WARM_AFTER = 0.02  # seconds; importing at once would hold up the cell that loads us


def load(shell: InteractiveShell) -> None:
    """Register `%%ocichat` and begin to warm up."""
    magics = OCIChatMagics(shell)
    shell.register_magics(magics)
    configurables(shell).append(magics)  # for %config
    activate(magics.session)
    set_default_watch(lambda: live_answer(shell))
    register(shell, lambda: sources(magics, shell))
    timer = threading.Timer(WARM_AFTER, warm, (magics,))
    timer.name, timer.daemon = "ocigenai-warm", True
    timer.start()


def unload(shell: InteractiveShell) -> None:
    """Take `%%ocichat` away."""
    activate(None)
    set_default_watch(None)
    unregister(shell)
    ours = configurables(shell)
    ours[:] = [each for each in ours if not isinstance(each, OCIChatMagics)]
    for kind in ("cell", "line"):
        shell.magics_manager.magics[kind].pop(NAME, None)


def configurables(shell: InteractiveShell) -> list[object]:
    """What `%config` knows; IPython's types have only the shell itself in it."""
    return cast("list[object]", shell.configurables)


def live_answer(shell: InteractiveShell) -> Watch:
    """A display for one answer in the cell that runs."""
    from .display import LiveAnswer

    return LiveAnswer(live=hasattr(shell, "kernel"))


def sources(magics: OCIChatMagics, shell: InteractiveShell) -> Sources:
    """Where completion finds names. Nothing is asked of the service."""
    from .completion import Sources, list_variables
    from .named_things import list_functions, list_types

    session = magics.session

    def models() -> list[str]:
        from ocigenai_nb.model_facts import MODELS

        return [name for name, facts in MODELS.items() if facts["kind"] == "chat"]

    return Sources(
        models=models,
        aliases=lambda: list(session.aliases),
        profiles=session.profile_names,
        threads=lambda: [name for _, name in session.threads],
        variables=lambda: list_variables(shell.user_ns, shell.user_ns_hidden),
        functions=lambda: list_functions(shell.user_ns, shell.user_ns_hidden),
        types=lambda: list_types(shell.user_ns, shell.user_ns_hidden),
    )


def warm(magics: OCIChatMagics) -> None:
    """Get ready what the first request needs, and the help.

    What goes wrong is said when it is asked for.
    """
    write_help()
    for name in _FIRST_NEEDED:
        import_module(name, __package__)
    with suppress(OCIGenAIError):
        magics.session.connection(None).warm()
