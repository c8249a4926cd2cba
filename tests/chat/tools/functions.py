"""Functions that a model may call, which note their calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

WEATHER: Final = "What is the weather in Rome and in Oslo?"


@dataclass
class Calls:
    """What was called, from any thread."""

    made: list[tuple[Any, ...]] = field(default_factory=list)

    def get_weather(self, city: str) -> str:
        """Look up the weather in a city.

        Args:
            city: Name of the city.
        """
        self.made.append(("get_weather", city))
        return f"18 degrees in {city}"

    async def get_weather_async(self, city: str) -> str:
        """Look up the weather in a city."""
        await asyncio.sleep(0)
        self.made.append(("get_weather_async", city))
        return f"18 degrees in {city}"

    @property
    def cities(self) -> list[str]:
        """The cities that were asked for, in order of the alphabet: they are asked at once."""
        return sorted(call[1] for call in self.made)


def meet(parties: int) -> Callable[[str], str]:
    """A tool that returns only when as many calls of it run at the same time."""
    barrier = threading.Barrier(parties, timeout=60)

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        barrier.wait()
        return f"18 degrees in {city}"

    return get_weather
