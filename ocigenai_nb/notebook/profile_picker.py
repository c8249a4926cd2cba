"""`ProfilePicker`: choose who signs, see whether that can work, and try it.

Choosing sets the notebook's connection: `picker.connection`, and that of `%%ocichat` where the
extension is loaded. What a front end gets is names, regions, shortened OCIDs and the texts of
checks; never a key, a token, a path of either, or a whole fingerprint.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from html import escape
from typing import Any

from ipywidgets import Layout
from traitlets import Unicode, observe, validate

from ocigenai_nb.chat.connection import Connection
from ocigenai_nb.chat.sign_in import COST, MARKS, NO_COST, Check, check_sign_in, failed, worst
from ocigenai_nb.chat.signers import EMULATOR, Signer, Signers, connect_as, list_signers
from ocigenai_nb.core.endpoints import check_endpoint, resolve_region
from ocigenai_nb.core.errors import OCIGenAIError, ProfileNotFoundError, UsageError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.routing import shorten
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.core.suggestions import suggest

from .session import active_session
from .widget import Message, Widget

EDITS = ("region", "compartment_id", "endpoint")

_SET_HERE = "set here"


class ProfilePicker(Widget):
    """Every profile of the OCI configuration, the machine's own principals, and the emulator.

    `profile` is the name of the one that is chosen, as listed; the names that are no profile's
    stand in brackets, such as "(emulator)". `region`, `compartment_id` and `endpoint` are what was
    edited, "" where all is as it was found; choosing anew forgets them. All four can be set and
    observed; `connection` is what comes of them.

    `config_file` is the configuration to read; by default the one that `connect()` reads.

    Raises UnknownOptionError for an option that does not exist. Setting raises
    ProfileNotFoundError, ConfigError or UsageError for a value that can't be, which is refused.
    """

    bundle = "profile_picker"
    _slow = frozenset({"test"})

    profile = Unicode("").tag(sync=True)
    region = Unicode("").tag(sync=True)
    compartment_id = Unicode("").tag(sync=True)
    endpoint = Unicode("").tag(sync=True)

    @strict_options
    def __init__(
        self,
        *,
        config_file: str | os.PathLike[str] | None = None,
        layout: Layout | None = None,
    ) -> None:
        self._config_file = config_file
        self._signers = list_signers(config_file)
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._problem: OCIGenAIError | None = None
        self._tested: tuple[Check, ...] = ()
        self._settled = False  # while traits are set by us, not by a person
        super().__init__(layout=layout, profile=_first(self._signers, config_file))
        self._settled = True
        if self.profile != EMULATOR:  # which is started only when it is wanted
            self._connect()

    @property
    def connection(self) -> Connection:
        """The connection of what is chosen. Raises ConfigError, or its kind, where none can be."""
        with self._lock:
            if self._connection is None:
                self._connection = self._recipe()()
            return self._connection

    def refresh(self) -> None:
        """Read the configuration and the environment again."""
        self._signers = list_signers(self._config_file)
        self._apply()

    def test_sign_in(self) -> tuple[Check, ...]:
        """Send one real request of about 40 tokens, and say check by check how far it came."""
        try:
            connection = self.connection
        except OCIGenAIError as error:
            checks: tuple[Check, ...] = (failed("configuration", error),)
        else:
            checks = check_sign_in(connection)
            if connection is not self._connection:
                return checks  # something else was chosen meanwhile
        self._tested = checks
        self._show()
        return checks

    def to_html(self) -> str:
        """The list as a table, for where there is no kernel."""
        rows = "".join(_row(signer, self.profile) for signer in self._signers.found)
        head = "<tr><th></th><th>sign in as</th><th>with</th><th>region</th><th></th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def _describe(self) -> str:
        names = [signer.name for signer in self._signers.found if signer.name != self.profile]
        return f"ProfilePicker: {self.profile} is chosen; there are also {', '.join(names)}"

    @validate("profile")
    def _check_profile(self, proposal: Mapping[str, str]) -> str:
        name = proposal["value"]
        names = [signer.name for signer in self._signers.found]
        if self._settled and name not in names:
            raise ProfileNotFoundError(
                f"There is no profile {name!r} to choose.{suggest(name, names)}",
                remedy=f"There are: {', '.join(names)}.",
            )
        return name

    @validate(*EDITS)
    def _check_edit(self, proposal: Mapping[str, Any]) -> str:
        name, text = proposal["trait"].name, proposal["value"].strip()
        if text and self.profile == EMULATOR:
            raise UsageError(
                f"The emulator has its own {name}.", remedy="Choose a profile before you set it."
            )
        return _READERS[name](text) if text else ""

    @observe("profile")
    def _take_profile(self, _change: object) -> None:
        if self._settled:
            self._settled = False
            try:
                self.region = self.compartment_id = self.endpoint = ""
            finally:
                self._settled = True
            self._apply()

    @observe(*EDITS)
    def _take_edit(self, _change: object) -> None:
        if self._settled:
            self._apply()

    def _recipe(self) -> Callable[[], Connection]:
        edits = {name: getattr(self, name) for name in EDITS}
        return partial(connect_as, self.profile, config_file=self._config_file, **edits)

    def _connect(self) -> Connection | None:
        with self._lock:
            self._connection, self._problem, self._tested = None, None, ()
            try:
                return self.connection
            except OCIGenAIError as error:
                self._problem = error
                return None

    def _apply(self) -> None:
        """Connect as chosen, let the magics use it, and tell the views."""
        made, session = self._connect(), active_session()
        if made is not None and session is not None:
            session.use(self._session_name(), made, self._recipe())
        self._show()

    def _session_name(self) -> str | None:
        """What the magics call this identity; one of another file is never taken for theirs."""
        if self._config_file is not None:
            return f"{self.profile} of {os.fspath(self._config_file)}"
        return None if self.profile == self._signers.usual else self.profile

    def _show(self) -> None:
        self.tell("state", **self._state())

    def _state(self) -> dict[str, Any]:
        """All that a view shows."""
        session, problem = active_session(), self._problem
        return {
            "signers": [_as_data(signer) for signer in self._signers.found],
            "checks": [asdict(check) for check in self._signers.checks],
            "config_file": str(self._signers.config_file),
            "profile": self.profile,
            "settings": self._settings(),
            "regions": list(GENAI_REGIONS),
            "problem": asdict(failed("connection", problem)) if problem is not None else None,
            "tested": [asdict(check) for check in self._tested],
            "cost": NO_COST if self.profile == EMULATOR else COST,
            "magics": session is not None and session.profile == self._session_name(),
        }

    def _settings(self) -> dict[str, Any]:
        """What was edited, and what is in force with its source."""
        found: dict[str, Sourced[str]] = {}
        if self._connection is not None:
            settings = self._connection.settings
            found = dict(
                zip(EDITS, (settings.region, settings.compartment, settings.endpoint), strict=True)
            )
        return {
            name: {"edited": getattr(self, name)}
            | (
                {"value": shorten(found[name].value), "source": _source(found[name])}
                if found
                else {}
            )
            for name in EDITS
        }

    def _on_look(self, _message: Message) -> dict[str, Any]:
        return self._state()

    def _on_choose(self, message: Message) -> dict[str, Any]:
        name = str(message["name"])
        if name == self.profile:
            self._apply()
        self.profile = name
        return self._state()

    def _on_edit(self, message: Message) -> dict[str, Any]:
        if message["name"] not in EDITS:
            raise ValueError("no such setting")
        self.set_trait(message["name"], str(message["value"]))
        return self._state()

    def _on_refresh(self, _message: Message) -> dict[str, Any]:
        self.refresh()
        return self._state()

    def _on_test(self, _message: Message) -> dict[str, Any]:
        self.test_sign_in()
        return self._state()


def _first(signers: Signers, config_file: object) -> str:
    """What is in force already: the magics' profile, else the one that `connect()` takes."""
    session = active_session()
    used = session.profile if session is not None and config_file is None else None
    return used if used is not None and signers.find(used) is not None else signers.usual


def _read_region(text: str) -> str:
    return resolve_region(text)[0].name


def _read_compartment(text: str) -> str:
    if not (text.startswith("ocid1.") and text.isascii() and text.isprintable()):
        raise UsageError(
            "A compartment is named by its OCID.",
            remedy="Copy it from the Console; it begins with ocid1.compartment.",
        )
    return text


_READERS: dict[str, Callable[[str], str]] = {
    "region": _read_region,
    "compartment_id": _read_compartment,
    "endpoint": check_endpoint,
}


def _source(found: Sourced[str]) -> str:
    return _SET_HERE if found.source.startswith("argument ") else found.source


def _as_data(signer: Signer) -> dict[str, Any]:
    """A signer as a message carries it."""
    return asdict(signer) | {"outcome": worst(signer.checks)}


def _row(signer: Signer, chosen: str) -> str:
    mark = "●" if signer.name == chosen else ""
    bad = [check.text for check in signer.checks if check.outcome != "passed"]
    state = f"{MARKS[worst(signer.checks)]} {' '.join(bad)}".strip()
    cells = (mark, signer.name, signer.auth.replace("_", " "), signer.region, state)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
