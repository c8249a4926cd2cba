"""The lists that `%ocichat` shows: models, profiles, conversations, exchanges, costs, versions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from ocigenai_nb.core.errors import OCIGenAIError, UsageError
from ocigenai_nb.core.quoting import quote

from .output import quote_code, say, shorten, show_both, show_table
from .session import Session

if TYPE_CHECKING:
    import pandas as pd

    from ocigenai_nb.chat.sign_in import Check

_PACKAGES = (
    "openai", "oci", "oci-genai-auth", "cryptography", "pandas", "ipython", "ipykernel",
    "ipywidgets", "anywidget", "jupyterlab",
)  # fmt: skip


_FEW = "not for most tenancies"


def list_models(word: str) -> None:
    """The chat models with the word in their ids. Raises UsageError where there is none."""
    from ocigenai_nb.core.routing import choose_transport
    from ocigenai_nb.model_facts import AS_OF, MODELS

    rows = [
        [
            name,
            "responses" if facts["responses_only"] else choose_transport(name).value,
            f"{facts['context_tokens']:,}" if facts["context_tokens"] else "",
            ", ".join(can for can in facts["capabilities"] if can != "streaming"),
            " · ".join(filter(None, [_FEW * facts["restricted"], _name_end(facts["retired"])])),
        ]
        for name, facts in sorted(MODELS.items(), key=lambda model: model[1]["restricted"])
        if facts["kind"] == "chat" and word.lower() in name
    ]
    if not rows:
        raise UsageError(f"No model's id has {word!r} in it.", remedy="%ocichat models has all.")
    note = (
        f"As Oracle's documentation had them on {AS_OF}. Whether your tenancy may call one, only a "
        "call shows; most may not call those that say so."
    )
    show_table(["model", "transport", "context", "can", ""], rows, note)


def list_profiles(session: Session) -> None:
    """The profiles of the configuration and the one in use, or why none can be used."""
    from ocigenai_nb.chat.connecting import list_profiles as read

    path, profiles = read()
    used, why = "", ""
    try:
        connection = session.connection(session.profile)
        used, why = connection.settings.profile.value, connection.origin
    except OCIGenAIError as error:
        why = f"{session.profile or 'The default profile'} can't be used: {error.message}"
    if not profiles:
        say(quote(why) or f"{quote(str(path.value))} has no profile.")
        return
    rows = [
        [
            name,
            found.auth.value,
            found.region.value if found.region else "",
            "◀ in use" if name == used else "",
        ]
        for name, found in profiles.items()
    ]
    notes = [why, f"Read from {path.value} ({path.source})."]
    show_table(["profile", "signs with", "region", ""], rows, quote(" ".join(filter(None, notes))))


def list_threads(session: Session) -> None:
    """The conversations, and the one that cells go on with."""
    if not session.threads:
        say("There is no conversation yet: a cell of `%%ocichat` begins one.")
        return
    rows = [
        [
            name,
            chat.model,
            str(len(chat.turns)),
            shorten(chat.turns[-1].prompt.text) if chat.turns else "",
            chat.connection.settings.profile.value,
            "◀ cells go on here" if chat is session.current else "",
        ]
        for (_, name), chat in session.threads.items()
    ]
    show_table(["conversation", "model", "turns", "last prompt", "profile", ""], rows)


def list_aliases(aliases: Mapping[str, str], names: Sequence[str]) -> None:
    """The aliases, or those of these names. Raises UsageError for a name that is none."""
    unknown = [name for name in names if name not in aliases]
    if unknown:
        raise UsageError(
            f"There is no alias {unknown[0]!r}.",
            remedy=f"Set it with %ocichat alias {unknown[0]} MODEL.",
        )
    if not aliases:
        say("There is no alias yet: `%ocichat alias NAME MODEL` sets one.")
        return
    rows = [[name, model] for name, model in aliases.items() if not names or name in names]
    show_table(["alias", "model"], rows)


def list_exchanges(frame: pd.DataFrame, *, words: Sequence[str]) -> None:
    """Exchanges of the journal, the newest last."""
    if frame.empty:
        sought = quote(" ".join(words))
        say(f"No exchange has {sought} in it." if words else "Nothing was said yet.")
        return
    ran = any(frame["tools"])
    rows = [
        [
            f"{row['at']:%Y-%m-%d %H:%M}",
            f"{row['conversation']} {row['turn']}",
            str(row["model"]),
            shorten(str(row["prompt"])),
            *([shorten(str(row["tools"]))] if ran else []),
            _name_answer(str(row["status"]), str(row["answer"])),
        ]
        for row in frame.to_dict("records")
    ]
    note = "Times are UTC. All of it as a DataFrame: `%ocichat history -o NAME`."
    names = ["at", "turn", "model", "prompt", *(["tools"] if ran else []), "answer"]
    show_table(names, rows, note)


def list_costs(sums: pd.DataFrame) -> None:
    """What the exchanges are estimated to have cost, by model."""
    if sums.empty:
        say("Nothing was asked yet, so nothing was spent.")
        return
    rows = [
        [
            str(row["model"]),
            "the emulator" if row["emulated"] else "the service",
            f"{row['exchanges']:,}",
            f"{row['input_tokens']:,}",
            f"{row['output_tokens']:,}",
            _name_cost(row["estimated_usd"], row["not_estimated"], row["exchanges"]),
        ]
        for row in sums.to_dict("records")
    ]
    note = (
        "Estimates from list prices, or those set with `%ocichat cost --price`, not a bill; the "
        "emulator charges nothing."
    )
    names = ["model", "answered by", "exchanges", "tokens in", "tokens out", "estimate"]
    show_table(names, rows, note)


def list_checks(session: Session, profile: str | None, *, offline: bool) -> None:
    """What a request of that profile needs, by default of the one in use, check by check.

    The configuration is read anew, for the cells that follow, too.
    """
    from ocigenai_nb.chat.doctor import examine, lay_out, summarize
    from ocigenai_nb.transports.settings import Wishes

    name = session.profile if profile is None else session.settle_profile(profile)
    session.drop_connection(name)
    make = partial(session.connection, name)
    checks = [*examine(Wishes(profile=name), make=make, offline=offline)]
    head = ["| | check | seen |", "|:--|:--|:--|"]
    remedies = [
        f"- **{check.name}**: {quote_code(check.remedy)}" for check in checks if check.remedy
    ]
    summary = summarize(checks, offline=offline)
    show_both(
        "\n".join([*head, *map(_name_check, checks), "", *remedies, "", summary]),
        "\n".join([*map(lay_out, checks), "", summary]),
    )


def list_versions() -> None:
    """What is at work here, in which version."""
    from importlib.metadata import PackageNotFoundError, version

    # Not imported, because the package's own names lead to every layer.
    own = str(vars(sys.modules["ocigenai_nb"])["__version__"])
    rows = [["ocigenai_nb", own], ["python", sys.version.split()[0]]]
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            rows.append([name, version(name)])
    show_table(["package", "version"], rows)


def _name_check(check: Check) -> str:
    """A check as a row; its remedy may hold a long statement, which no table takes well."""
    from ocigenai_nb.chat.sign_in import MARKS

    return f"| {MARKS[check.outcome]} | {check.name} | {quote(check.text)} |"


def _name_answer(status: str, answer: str) -> str:
    return shorten(answer) if status == "finished" else f"({status}) {shorten(answer)}".rstrip()


def _name_end(retired: str | None) -> str:
    """When a model ends, or has ended."""
    if not retired:
        return ""
    return f"{'ended' if date.fromisoformat(retired) <= date.today() else 'ends'} {retired}"  # noqa: DTZ011


def _name_cost(estimate: float, unknown: int, exchanges: int) -> str:
    if unknown == exchanges:
        return "not known"
    more = f", without {unknown:,}" if unknown else ""
    return f"{estimate:.6f} USD{more}"
