"""What a person may ask of a model besides the answer itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from .errors import UsageError
from .options import strict_options

_MAX_STOPS = 4  # OpenAI's chat-completions reference


@dataclass(frozen=True, slots=True, repr=False)
class Parameters:
    """Wishes for one request. None means "not sent": the service's own default holds.

    >>> og.Parameters(temperature=0.2).over(og.Parameters(temperature=1, max_tokens=50))
    Parameters(max_tokens=50, temperature=0.2)

    `max_tokens` caps the answer, in tokens. `temperature` (0 to 2) and `top_p` (0 to 1) shape the
    sampling, `seed` makes it repeatable as far as the model can. `stop` holds up to four texts at
    which the answer ends. The penalties run from -2 to 2. `reasoning_effort` is "minimal", "low",
    "medium" or "high".

    Raises UsageError for a value out of range, and UnknownOptionError for a misspelt name.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: Sequence[str] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None

    def __post_init__(self) -> None:
        _check("max_tokens", self.max_tokens, 1, None, whole=True)
        _check("seed", self.seed, -math.inf, None, whole=True)
        _check("temperature", self.temperature, 0, 2)
        _check("top_p", self.top_p, 0, 1)
        _check("frequency_penalty", self.frequency_penalty, -2, 2)
        _check("presence_penalty", self.presence_penalty, -2, 2)
        if self.stop is not None:
            object.__setattr__(self, "stop", _texts(self.stop))

    def __repr__(self) -> str:
        wishes = ", ".join(f"{name}={value!r}" for name, value in self.given().items())
        return f"Parameters({wishes})"

    def given(self) -> dict[str, Any]:
        """The wishes that were made, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}

    def over(self, defaults: Parameters) -> Parameters:
        """These wishes, and those of `defaults` where none was made."""
        return replace(defaults, **self.given())


# A dataclass makes its own __init__, so it can be made strict only afterwards.
Parameters.__init__ = strict_options(Parameters.__init__)  # type: ignore[method-assign]


def _texts(stop: object) -> tuple[str, ...]:
    texts = [stop] if isinstance(stop, str) else stop
    if not isinstance(texts, Sequence) or not all(isinstance(text, str) for text in texts):
        raise UsageError(f"stop is a text or a list of texts, not {stop!r}.")
    if len(texts) > _MAX_STOPS:
        raise UsageError(f"stop takes {_MAX_STOPS} texts at most, not {len(texts)}.")
    return tuple(texts)


def _check(
    name: str, value: object, least: float, most: float | None, *, whole: bool = False
) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise UsageError(f"{name} is a {'whole ' if whole else ''}number, not {value!r}.")
    if not value >= least or (most is not None and value > most):  # NaN is in no range
        span = f"{least} or more" if most is None else f"between {least} and {most}"
        raise UsageError(f"{name} is {value}; it has to be {span}.")
