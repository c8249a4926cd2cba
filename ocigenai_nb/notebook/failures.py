"""What failed last in this session: the error that `%ocichat error` is about."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

import IPython
from IPython.core.error import UsageError

from ocigenai_nb.core.errors import OCIGenAIError

_LONGEST = 6000  # characters of a traceback: its end says what happened
_CELL = r'File "[^"]*[\\/]ipykernel_\d+[\\/]\d+\.py"|File "<ipython-input-[^"]*>"'
_IPYTHON = str(Path(IPython.__file__).parent)


class Failures:
    """The last failure: what IPython keeps, or what a cell showed and did not raise."""

    def __init__(self) -> None:
        self._known: BaseException | None = None  # what IPython keeps
        self._meant: BaseException | None = None  # and what is meant instead

    def note(self, error: BaseException) -> None:
        """Remember an error that is shown, but not raised, so that IPython does not learn of it."""
        self._known, self._meant = _raised(), error

    def overlook(self, error: BaseException, before: BaseException | None) -> None:
        """Take an error that is being raised for none: what had failed before is still the last."""
        self._known, self._meant = error, before

    def last(self) -> BaseException | None:
        """The last failure; None where nothing has failed."""
        raised = _raised()
        return self._meant if raised is self._known else raised


def says_all(error: BaseException) -> bool:
    """Whether the error's own text says what happened and what to do."""
    return isinstance(error, OCIGenAIError | UsageError | KeyboardInterrupt)


def explain(error: BaseException) -> list[str]:
    """What an error says that `says_all`, in lines."""
    if isinstance(error, KeyboardInterrupt):
        return ["The last cell was stopped."]
    name, text = type(error).__name__, str(error)
    return f"{name}: {text}".splitlines()


def write_traceback(error: BaseException) -> str:
    """The end of its traceback from the person's own code on, without secrets and home folder."""
    from ocigenai_nb.core.redaction import redact

    lines = traceback.format_exception(type(error), error, _skip_ipython(error.__traceback__))
    text = re.sub(_CELL, 'File "<cell>"', redact("".join(lines)).strip())
    text = text.replace(str(Path.home()), "~")
    if len(text) <= _LONGEST:
        return text
    return f"… {len(text) - _LONGEST:,} characters are left out here\n{text[-_LONGEST:]}"


def _raised() -> BaseException | None:
    """What IPython, or Python's own prompt, keeps of the last cell that raised."""
    found = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    return found if isinstance(found, BaseException) else None


def _skip_ipython(trace: TracebackType | None) -> TracebackType | None:
    own = trace
    while own is not None and own.tb_frame.f_code.co_filename.startswith(_IPYTHON):
        own = own.tb_next
    return own or trace
