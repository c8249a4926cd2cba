"""The fields of a native request, checked as they are read.

Rules: a field of the wrong type, an unknown word or a missing field is a bad format, for which
the service has one sentence, whatever it is; null stands for a field that isn't there.
Source: published observations of the live service.

Known deviation: numbers outside their limits were not observed; they answer with OpenAI's words in
the form the service has for fields of OpenAI's own models, ``Invalid 'maxTokens': ...``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.json_schemas import find_flaw
from ocigenai_nb.emulator.parameters import Rule, check
from ocigenai_nb.emulator.refusals import RefusedError, write_oci


def refuse_format() -> NoReturn:
    """Refuse the request because its format is wrong; the service never says where."""
    raise RefusedError(refusals.BAD_FORMAT)


def refuse_field(name: str, words: str) -> NoReturn:
    """Refuse the request because of what field ``name`` holds."""
    raise RefusedError(write_oci(400, "400", f"Invalid '{name}': {words}"))


_SAMPLING: Final = {
    "temperature": "temperature",
    "topP": "top_p",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}


class Fields:
    """The fields of one JSON object."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            refuse_format()
        self._values: Mapping[str, Any] = {k: v for k, v in value.items() if v is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def read_text(self, name: str) -> str:
        """Return a text that must be there."""
        text = self.find_text(name)
        if text is None:
            refuse_format()
        return text

    def find_text(self, name: str) -> str | None:
        """Return a text, or ``None``."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            refuse_format()
        return value

    def read_word(self, name: str, allowed: Sequence[str]) -> str:
        """Return a word that must be there and be one of ``allowed``."""
        word = self.read_text(name)
        if word not in allowed:
            refuse_format()
        return word

    def find_word(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of ``allowed``, or ``None``."""
        return self.read_word(name, allowed) if name in self else None

    def find_flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            refuse_format()
        return value

    def find_integer(
        self, name: str, *, low: float | None = None, high: float | None = None
    ) -> int | None:
        """Return an integer within its limits, or ``None``."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            refuse_format()
        _check_limits(name, value, Rule("an integer", low=low, high=high))
        return value

    def check_decimal(self, name: str, *, low: float, high: float) -> None:
        """Refuse a number that is none, or outside its limits."""
        value = self._values.get(name)
        if value is None:
            return
        if not isinstance(value, int | float) or isinstance(value, bool):
            refuse_format()
        _check_limits(name, value, Rule("a decimal", low=low, high=high))

    def find_sampling(self) -> dict[str, float]:
        """Return temperature and the like, checked already, by OpenAI's names."""
        return {name: self._values[here] for here, name in _SAMPLING.items() if here in self}

    def find_texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where there is none."""
        values = self.find_list(name)
        if not all(isinstance(value, str) for value in values):
            refuse_format()
        return tuple(values)

    def find_object(self, name: str) -> Fields | None:
        """Return the fields of an object, or ``None``."""
        return Fields(self._values[name]) if name in self else None

    def find_objects(self, name: str) -> list[Fields]:
        """Return the fields of each object of a list; empty where there is none."""
        return [Fields(value) for value in self.find_list(name)]

    def find_list(self, name: str) -> list[Any]:
        """Return a list, unread; empty where there is none."""
        value = self._values.get(name, [])
        if not isinstance(value, list):
            refuse_format()
        return value

    def find_mapping(self, name: str) -> dict[str, Any]:
        """Return an object as it is; empty where there is none."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            refuse_format()
        return value

    def find_schema(self, name: str) -> dict[str, Any]:
        """Return a JSON schema; empty where there is none."""
        schema = self.find_mapping(name)
        if find_flaw(schema) is not None:
            refuse_format()
        return schema

    def includes_usage(self) -> bool:
        """Tell whether ``streamOptions`` asks for usage; all formats have it."""
        options = self.find_object("streamOptions")
        return options is not None and options.find_flag("isIncludeUsage", default=False)


def _check_limits(name: str, value: float, rule: Rule) -> None:
    try:
        check(value, rule, param=name)
    except RefusedError as error:
        details: Any = error.refusal.body["error"]
        words: str = details["message"].removeprefix(f"Invalid '{name}': ")
        refuse_field(name, words)
