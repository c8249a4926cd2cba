"""Replies as commands of a shell: `curl`, or `oci raw-request` where a signature is needed.

Bodies stand in here-documents with a quoted end mark, which a shell passes on unread; every other
argument is quoted. JSON begins with `{` and indents the rest, so no line of it is the end mark.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

from .clients import KEY_VARIABLE, write_headers
from .code import comment
from .pictures import Pictures
from .ran import Ran, describe_after

_END = "BODY"
_FILE = "request.json"
_PRINCIPALS = frozenset({"instance_principal", "resource_principal"})
_PROJECT = "OCI_GENAI_PROJECT"


def write_commands(turns: Sequence[Ran]) -> str:
    """The commands that send what the replies sent, one for each request."""
    return "\n".join(_write(step.need_body()) for ran in turns for step in ran.steps)


def _write(ran: Ran) -> str:
    pictures = Pictures()
    body = _json(_place(ran.body, pictures))
    signed = ran.transport == "sdk" or ran.auth in _PRINCIPALS
    notes, command = _raw_request(ran, body) if signed else _curl(ran, body)
    asked = [
        f"The picture that was sent ({picture.size:,} bytes) was left out: put the Base64 of "
        f"{picture.name} in the place of its name."
        for picture in pictures.known.values()
    ]
    more = [f"{describe_after(ran.after)}."] if ran.after else []
    if ran.body.get("previous_response_id"):
        more.append("The thread goes on from a response that the service has to keep still.")
    head = [comment(line) for line in (*ran.describe(), *more, *notes, *asked)]
    return "\n".join([*head, command]) + "\n"


def _curl(ran: Ran, body: str) -> tuple[list[str], str]:
    notes = [f"curl can't sign: put a Generative AI API key into {KEY_VARIABLE}."]
    project = shlex.quote(f"OpenAI-Project: {ran.project}")
    if not ran.project:
        notes.append(f"Such a key works with a project: put its OCID into {_PROJECT}.")
        project = f'"OpenAI-Project: ${_PROJECT}"'
    headers = [
        f'"Authorization: Bearer ${KEY_VARIABLE}"',
        project,
        *(shlex.quote(f"{name}: {value}") for name, value in write_headers(ran).items()),
        "'Content-Type: application/json'",
    ]
    options = ["--no-buffer", *(f"-H {header}" for header in headers), "--data-binary @-"]
    lines = [f"curl {shlex.quote(ran.reply.route.url)}", *options]
    return notes, " \\\n  ".join(lines) + f" <<'{_END}'\n{body}\n{_END}"


def _raw_request(ran: Ran, body: str) -> tuple[list[str], str]:
    notes = [
        "curl can't sign; Oracle's command line can: pip install oci-cli. It waits for the end.",
    ]
    options = [
        "oci raw-request",
        "--http-method POST",
        f"--target-uri {shlex.quote(ran.reply.route.url)}",
        f"--request-body file://{_FILE}",
        *_identify(ran),
    ]
    if ran.transport != "sdk":
        project = {"OpenAI-Project": ran.project} if ran.project else {}
        headers = json.dumps({**write_headers(ran), **project})
        options.append(f"--request-headers {shlex.quote(headers)}")
    return notes, f"cat > {_FILE} <<'{_END}'\n{body}\n{_END}\n" + " \\\n  ".join(options)


def _identify(ran: Ran) -> list[str]:
    if ran.auth in _PRINCIPALS:
        return [f"--auth {ran.auth}"]
    who = [
        f"--config-file {_quote_path(ran.config_file)}",
        f"--profile {shlex.quote(ran.profile)}",
    ]
    return [*who, f"--auth {ran.auth}"] if ran.auth != "api_key" else who


def _quote_path(path: str) -> str:
    """A path as an argument; a home folder's ~ has to stay outside the quotes."""
    if path.startswith("~/"):
        return f"~/{shlex.quote(path[2:])}"
    return shlex.quote(path)


def _place(value: Any, pictures: Pictures) -> Any:
    """The body with the name of a file in the place of a large picture's data."""
    if isinstance(value, dict):
        return {key: _place(item, pictures) for key, item in value.items()}
    if isinstance(value, list):
        return [_place(item, pictures) for item in value]
    if picture := pictures.find(value):
        return f"data:{picture.media_type};base64,{picture.name}"
    return value


def _json(body: Any) -> str:
    """JSON for reading; what does not print stands as an escape, and terminals stay as they are."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text
    )
