"""Loading and unloading the IPython extension.

Loading imports nothing heavy: `openai` alone takes half a second. The heavy imports, the client
and, where there is no profile, the emulator are got ready in the background, while the person is
still typing the first prompt.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from IPython.core.interactiveshell import InteractiveShell

from ocigenai_nb.chat.watching import Watch, set_default_watch
from ocigenai_nb.core.errors import OCIGenAIError

from .magic import OCIChatMagics

NAME = "ocichat"
WARM_AFTER = 0.02  # seconds; importing at once would hold up the cell that loads us


def load(shell: InteractiveShell) -> None:
    """Register `%%ocichat` and begin to warm up."""
    magics = OCIChatMagics(shell)
    shell.register_magics(magics)
    set_default_watch(lambda: live_answer(shell))
    timer = threading.Timer(WARM_AFTER, warm, (magics,))
    timer.name, timer.daemon = "ocigenai-warm", True
    timer.start()


def unload(shell: InteractiveShell) -> None:
    """Take `%%ocichat` away."""
    set_default_watch(None)
    for kind in ("cell", "line"):
        shell.magics_manager.magics[kind].pop(NAME, None)


def live_answer(shell: InteractiveShell) -> Watch:
    """A display for one answer in the cell that runs."""
    from .display import LiveAnswer

    return LiveAnswer(live=hasattr(shell, "kernel"))


def warm(magics: OCIChatMagics) -> None:
    """Get ready what the first request needs. What goes wrong is said when it is asked for."""
    with suppress(OCIGenAIError):
        magics.connection(None).warm()
