"""Replies as a notebook whose cells ask the same again, with the answers that came as outputs.

Format: nbformat 4.5, written as plain data. A turn is a `%%ocichat` cell; where its line would
have to hold a line end, the same magic is called by its function.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from ocigenai_nb.core.messages import Image
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.routing import choose_transport
from ocigenai_nb.transports.settings import DEFAULT_CONFIG

from .code import Call, write
from .pictures import Pictures
from .ran import Ran
from .requests import read_system, read_wishes
from .transcript import show_answer, show_rounds

_CONNECTION = frozenset({"auth", "region", "endpoint", "compartment", "project"})
_SAYABLE = frozenset({"temperature", "max_tokens"})
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write_notebook(turns: Sequence[Ran]) -> str:
    """The notebook as JSON."""
    asked = [ran.need_body() for ran in turns if ran.reply.prompt.role == "user"]
    pictures = Pictures()
    cells = [_cell("load", _write_start(turns[0]))]
    for number, ran in enumerate(asked):
        before = asked[number - 1] if number else None
        cells.append(_cell(f"turn-{number + 1}", _write_turn(ran, before, pictures), ran))
    cells.insert(0, _markdown("about", _describe(turns, pictures)))
    data = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def _write_start(ran: Ran) -> str:
    start = "%load_ext ocigenai_nb"
    if not _names_profile(ran) or ran.config_file == DEFAULT_CONFIG:
        return start
    return f"%env OCI_CONFIG_FILE={ran.config_file}\n{start}"


def _names_profile(ran: Ran) -> bool:
    return ran.auth in {"api_key", "security_token"} and not ran.reply.emulated


def _write_turn(ran: Ran, before: Ran | None, pictures: Pictures) -> str:
    line = shlex.join(_options(ran, before, pictures))
    if len(line.splitlines()) == 1:
        return f"%%ocichat {line}\n{ran.prompt}"
    call = Call("get_ipython().run_cell_magic", {}, ("ocichat", line, ran.prompt))
    return write(call)


def _options(ran: Ran, before: Ran | None, pictures: Pictures) -> list[str]:
    """The words of the magic's line that make the same request again."""
    route = ran.reply.route
    words = [route.model]
    if before is None:
        words.append("--new")
        if _names_profile(ran):
            words += ["-p", ran.profile]
    if choose_transport(route.model).value != route.transport:
        words += ["--transport", route.transport]
    system, was = read_system(ran), read_system(before) if before else None
    if system != was:
        words.append(f"--system={system or ''}")  # in one word: it may begin with a dash
    wishes = read_wishes(ran)
    if "temperature" in wishes:
        words += ["-t", str(wishes["temperature"])]
    if "max_tokens" in wishes:
        words += ["--max-tokens", str(wishes["max_tokens"])]
    for picture in _find_pictures(ran, pictures):
        words += ["-a", picture]
    if route.transport == "responses":
        words.append("--no-store" if ran.body.get("store") is False else "--store")
    words += [] if ran.stream else ["--no-stream"]
    return [*words, "--raw-prompt"] if "{{" in f"{ran.prompt}{system}" else words


def _find_pictures(ran: Ran, pictures: Pictures) -> list[str]:
    """What to attach: the address of a picture, or the file that it has to be in."""
    images = [part.url for part in ran.reply.prompt.parts if isinstance(part, Image)]
    return [found.name if (found := pictures.find(url)) else url for url in images]


def _describe(turns: Sequence[Ran], pictures: Pictures) -> str:
    lines = ["# Conversation", *turns[0].describe()]
    unsaid = {name for ran in turns for name in read_wishes(ran).keys() - _SAYABLE}
    if unsaid:
        lines.append(f"The cells can't say these wishes: {', '.join(sorted(unsaid))}.")
    given = {
        decision.what
        for ran in turns
        for decision in ran.reply.route.decisions
        if decision.what in _CONNECTION and decision.why.startswith("argument ")
    }
    if given:
        lines.append(f"Given to connect(), which the cells don't call: {', '.join(sorted(given))}.")
    if any(ran.reply.prompt.role != "user" for ran in turns):
        lines.append("Results of tools were sent too; the cells can't send these.")
    if any(part.tool_calls for ran in turns for part in ran.reply.rounds):
        lines.append(
            "Tools ran for these answers: what they returned is shown. To run them again, define "
            "them and name them in the cells: `--tools NAME,NAME`."
        )
    return "\n\n".join([*lines, *pictures.describe()])


def _cell(name: str, source: str, ran: Ran | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": list(_outputs(ran)) if ran is not None else [],
        "source": source,
    }


def _outputs(ran: Ran) -> Iterator[dict[str, Any]]:
    if ran.reply.rounds:
        rounds = show_rounds(ran)
        yield _output(rounds, rounds)
    if ran.answer:
        yield _output(show_answer(ran), safe_plain(ran.answer))


def _output(markdown: str, plain: str) -> dict[str, Any]:
    data = {"text/markdown": markdown, "text/plain": plain}
    return {"data": data, "metadata": {}, "output_type": "display_data"}


def _markdown(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
