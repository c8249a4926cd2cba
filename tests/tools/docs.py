"""The API pages, from the docstrings: `python -m tests.tools.docs` writes them to build/docs.

Without the network; a warning is an error. The pages are those of `PAGES`, the front page an
overview of the names that `import ocigenai_nb` gives, each with a link to its own page.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path

import ocigenai_nb

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).with_name("pages")

PAGES = (
    "ocigenai_nb",
    "ocigenai_nb.chat.connecting",
    "ocigenai_nb.chat.connection",
    "ocigenai_nb.chat.comparison",
    "ocigenai_nb.chat.conversation",
    "ocigenai_nb.chat.turn_tree",
    "ocigenai_nb.chat.turn",
    "ocigenai_nb.chat.turn_stream",
    "ocigenai_nb.chat.reply",
    "ocigenai_nb.chat.journal",
    "ocigenai_nb.chat.journal_entry",
    "ocigenai_nb.chat.prices",
    "ocigenai_nb.chat.tools.function",
    "ocigenai_nb.chat.agents.agent",
    "ocigenai_nb.chat.agents.result",
    "ocigenai_nb.chat.agents.stream",
    "ocigenai_nb.chat.agents.hooks",
    "ocigenai_nb.chat.agents.reflexion",
    "ocigenai_nb.chat.agents.gsar",
    "ocigenai_nb.chat.agents.grounding",
    "ocigenai_nb.chat.agents.memory",
    "ocigenai_nb.chat.agents.managers",
    "ocigenai_nb.chat.agents.checkpoints",
    "ocigenai_nb.chat.agents.state",
    "ocigenai_nb.chat.agents.termination",
    "ocigenai_nb.chat.probe",
    "ocigenai_nb.chat.doctor",
    "ocigenai_nb.chat.sign_in",
    "ocigenai_nb.notebook.chat_panel",
    "ocigenai_nb.notebook.thread_inspector",
    "ocigenai_nb.notebook.router_preview",
    "ocigenai_nb.notebook.profile_picker",
    "ocigenai_nb.transports.factory",
    "ocigenai_nb.transports.openai_chat",
    "ocigenai_nb.transports.native",
    "ocigenai_nb.transports.responses",
    "ocigenai_nb.transports.model",
    "ocigenai_nb.transports.loop",
    "ocigenai_nb.transports.settings",
    "ocigenai_nb.transports.cassette",
    "ocigenai_nb.core.parameters",
    "ocigenai_nb.core.messages",
    "ocigenai_nb.core.requests",
    "ocigenai_nb.core.routing",
    "ocigenai_nb.core.sourced",
    "ocigenai_nb.core.events",
    "ocigenai_nb.core.thread",
    "ocigenai_nb.core.errors",
    "ocigenai_nb.emulator",
    "ocigenai_nb.emulator.service",
    "ocigenai_nb.emulator.principal_access",
    "ocigenai_nb.emulator.journal",
    "ocigenai_nb.emulator.faults",
    "ocigenai_nb.emulator.tenancies",
    "ocigenai_nb.pytest_plugin",
)


def build(folder: Path) -> None:
    """Write the pages to `folder`, in place of what it holds."""
    import pdoc.render

    shutil.rmtree(folder, ignore_errors=True)
    for module in (ocigenai_nb, ocigenai_nb.emulator):
        for name in module.__all__:  # pdoc sees what a module has, not what it would import
            setattr(module, name, getattr(module, name))
    pdoc.render.configure(
        docformat="google",
        footer_text=f"ocigenai_nb {ocigenai_nb.__version__}",
        show_source=False,
        template_directory=TEMPLATES,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        front, *pages = PAGES
        # The second takes out again what the front page's module brings along.
        pdoc.pdoc(front, rf"!{front}\.", *pages, output_directory=folder)


def list_modules() -> set[str]:
    """The modules in which the names live that `import ocigenai_nb` gives."""
    found = (getattr(ocigenai_nb, name) for name in ocigenai_nb.__all__)
    return {getattr(each, "__module__", each.__name__) for each in found}


def main() -> int:
    """Build them, and say where they are."""
    folder = ROOT / "build" / "docs"
    build(folder)
    print(f"{folder.relative_to(ROOT)}/index.html: {len(PAGES)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
