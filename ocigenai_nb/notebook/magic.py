"""`%%ocichat` and `%ocichat`, as IPython knows them: entry, settings, errors in a few lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Bool, Dict, Enum, Float, Int, TraitError, Unicode, observe, validate

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.errors import UsageError as WrongUse

from .session import Session
from .settings import FORMATS, Defaults

NAME = "ocichat"

_Method = TypeVar("_Method", bound=Callable[..., None])
# IPython's own types cover a magic that is called as its method is.
_as_cell_magic = cast("Callable[[_Method], _Method]", cell_magic(NAME))
_as_line_magic = cast("Callable[[_Method], _Method]", line_magic(NAME))


class Stopped(KeyboardInterrupt):
    """The kernel was interrupted while an answer streamed: the cell fails, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return ["Stopped. What came of the answer is kept, and in _oci."]


@magics_class
class OCIChatMagics(Magics):
    """What holds for `%%ocichat` where a cell does not say otherwise."""

    profile = Unicode(None, allow_none=True, help="profile of the OCI configuration").tag(
        config=True
    )
    model = Unicode(None, allow_none=True, help="model that a conversation begins with").tag(
        config=True
    )
    system = Unicode(None, allow_none=True, help="instructions that it begins with").tag(
        config=True
    )
    temperature = Float(None, allow_none=True, help="0 to 2").tag(config=True)
    max_tokens = Int(None, allow_none=True, help="cap on an answer, in tokens").tag(config=True)
    format = Enum(FORMATS, "md", help="how an answer is shown").tag(config=True)
    timeout = Float(None, allow_none=True, help="seconds after which to give up").tag(config=True)
    raise_error = Bool(
        default_value=True, help="whether an error keeps the cells after it from running"
    ).tag(config=True)
    aliases = Dict(value_trait=Unicode(), help="short names of models").tag(config=True)
    journal = Unicode("", help="file that the journal is kept in; in memory without one").tag(
        config=True
    )

    def __init__(self, shell: InteractiveShell) -> None:
        self.session = Session()
        super().__init__(shell, parent=shell)
        self._shell = shell

    @no_var_expand
    @_as_cell_magic
    def run_cell(self, line: str, cell: str) -> None:
        """Send the cell to a model of OCI Generative AI and stream its answer."""
        from .arguments import parse
        from .cell import Cell
        from .verbs import describe

        arguments = parse(line)
        if arguments.help:
            print(describe())  # noqa: T201 (help belongs on stdout)
            return
        if not cell.strip():
            raise UsageError("%%ocichat: the prompt is empty. Write it below the first line.")
        run = Cell(
            session=self.session,
            defaults=self._defaults(),
            arguments=arguments,
            names=self._shell.user_ns,
            bind=self._shell.user_ns.__setitem__,
            next_cell=self._shell.set_next_input,
            live=hasattr(self._shell, "kernel"),
        )
        self._guard(
            lambda: run.run(cell.rstrip("\n")),
            "%%ocichat",
            raise_error=arguments.raise_error and self.raise_error,
        )

    @no_var_expand
    @_as_line_magic
    def run_line(self, line: str) -> None:
        """Look at, set and export what `%%ocichat` works with."""
        from .commands import Commands
        from .verbs import parse_command

        failures = self.session.failures
        before, verb = failures.last(), ""
        try:
            command = parse_command(line)
            verb = command.verb
            commands = Commands(self.session, self._shell, self._defaults())
            self._guard(lambda: commands.run(command), "%ocichat", raise_error=True)
        except Exception as error:
            # Whoever mistypes `%ocichat error` still wants to know about the cell before.
            if verb == "error" or isinstance(error, UsageError):
                failures.overlook(error, before)
            raise

    def _defaults(self) -> Defaults:
        return Defaults(
            model=self.model,
            system=self.system,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            format=self.format,
            timeout=self.timeout,
        )

    def _guard(self, run: Callable[[], None], magic: str, *, raise_error: bool) -> None:
        """Run, and let what goes wrong be a few lines instead of a traceback."""
        try:
            run()
        except KeyboardInterrupt:
            raise Stopped from None
        except OCIGenAIError as error:
            if not raise_error:
                self.session.failures.note(error)
                print("\n".join(_render(error)), file=sys.stderr)  # noqa: T201 (an error's place)
            elif isinstance(error, WrongUse):
                raise UsageError(f"{magic}: " + " ".join(error.lines())) from None
            else:
                raise _brief(error) from None

    @validate("timeout")
    def _check_timeout(self, proposal: Mapping[str, float | None]) -> float | None:
        seconds = proposal["value"]
        if seconds is not None and not seconds > 0:
            raise TraitError(f"timeout is a number of seconds above 0, not {seconds}.")
        return seconds

    @validate("temperature", "max_tokens")
    def _check_parameter(self, proposal: Mapping[str, Any]) -> Any:
        from ocigenai_nb.core.parameters import Parameters

        with _as_trait_error():
            Parameters(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    @validate("journal")
    def _open_journal(self, proposal: Mapping[str, str]) -> str:
        with _as_trait_error():
            self.session.keep_journal_in(proposal["value"])
        return proposal["value"]

    @observe("aliases")
    def _take_aliases(self, _change: Mapping[str, object]) -> None:
        self.session.aliases = dict(self.aliases)

    @observe("profile")
    def _take_profile(self, _change: Mapping[str, object]) -> None:
        self.session.profile = self.profile


@contextmanager
def _as_trait_error() -> Iterator[None]:
    """A wrong value as `%config` shows it: in a sentence, and the old one stays."""
    try:
        yield
    except OCIGenAIError as error:
        raise TraitError(" ".join(error.lines())) from None


def write_help() -> None:
    """Let `%%ocichat?` and `%ocichat?` show options, verbs and examples."""
    from .verbs import describe

    for magic in (OCIChatMagics.run_cell, OCIChatMagics.run_line):
        first = (magic.__doc__ or "").partition("\n")[0]
        magic.__doc__ = f"{first}\n\n{describe()}"


def _render(error: OCIGenAIError) -> list[str]:
    first, *rest = error.lines()
    return [f"{type(error).__name__}: {first}", *rest]


def _brief(error: OCIGenAIError) -> OCIGenAIError:
    """The error, shown by IPython in a few lines instead of a traceback."""
    error._render_traceback_ = lambda: _render(error)  # type: ignore[method-assign]
    return error
