"""A program that runs an agent, to be killed: `python -m tests.agents.killed` with `Plan`'s fields.

It says on stdout what it has come to, one word a line: "hangs" (a tool that never ends), "kept"
(a tool's result is in the file), "text" (the answer has begun) and "done".
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

from ocigenai_nb import Agent, Model, SQLiteCheckpointer, TextDelta, ToolFinished, tool
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.subject import KINDS

PROMPT: Final = "My name is Ada. What is the weather in Rome and in Oslo?"


@dataclass(frozen=True)
class Plan:
    """What the program is to do. `hang` is the city whose tool never ends; "" for none."""

    kind: str
    config_file: str
    checkpoints: str
    log: str
    hang: str
    marked: str = "idempotent"

    @property
    def arguments(self) -> list[str]:
        """As the program takes them."""
        return list(astuple(self))

    @property
    def lines(self) -> list[str]:
        """What the tools noted, sorted: they run at the same time."""
        log = Path(self.log)
        return sorted(log.read_text().splitlines()) if log.exists() else []

    def make_agent(self, checkpointer: SQLiteCheckpointer) -> Agent:
        """The agent, with a tool that notes when it begins and ends."""
        return Agent(self._make_model(), tools=[self._make_tool()], checkpointer=checkpointer)

    def _make_model(self) -> Model:
        kind = KINDS[self.kind]
        client = SignedClient(settle(Wishes(config_file=self.config_file)))
        return kind.over(client, kind.families[0])

    def _make_tool(self) -> Callable[..., Any]:
        def get_weather(city: str) -> str:
            """Look up the weather in a city."""
            self._note(f"began {city}")
            if city == self.hang:
                say("hangs")
                threading.Event().wait()
            self._note(f"ended {city}")
            return f"18 degrees in {city}"

        made: Callable[..., Any] = tool(get_weather, idempotent=self.marked == "idempotent")
        return made

    def _note(self, line: str) -> None:
        with Path(self.log).open("a") as file:
            file.write(f"{line}\n")


def say(word: str) -> None:
    """Tell whoever started the program."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Run to the end, if nobody is in the way."""
    plan = Plan(*sys.argv[1:])
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        for event in plan.make_agent(checkpointer).run(PROMPT, thread_id="t"):
            if isinstance(event, ToolFinished):
                say("kept")
            if isinstance(event, TextDelta):
                say("text")
        say("done")
        threading.Event().wait()


if __name__ == "__main__":
    main()
