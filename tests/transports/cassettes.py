"""What replays a cassette without a key, and cassettes written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ocigenai_nb as og
from ocigenai_nb.core.errors import CassetteMismatchError
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.keys import TENANCY, USER, write_config
from tests.transports.subject import QUICK, Transport


def penniless(profile: str = "DEFAULT") -> SignedClient:
    """A client whose key is not there and whose host answers nobody, of another compartment."""
    folder = Path.home() / "penniless"
    folder.mkdir(exist_ok=True)
    settings = {
        "user": USER,
        "tenancy": TENANCY,
        "fingerprint": ":".join(["aa"] * 16),
        "key_file": str(folder / "no_such_key.pem"),
        "region": "us-chicago-1",
    }
    session = settings | {"security_token_file": str(folder / "no_such_token")}
    path = write_config(folder, {"DEFAULT": settings, "SESSION": session})
    wishes = Wishes(profile=profile, config_file=path, endpoint="http://127.0.0.1:9")
    return SignedClient(settle(wishes), retry=QUICK)


def mismatch(transport: Transport, prompt: Any, **asked: Any) -> str:
    """The message of the error that a replayed turn ends in."""
    answer = transport.ask(prompt, client=penniless(), **asked)
    assert isinstance(answer.error, CassetteMismatchError)
    assert answer.status == "failed"
    return answer.error.message


END = {"kind": "Finished", "reason": "stop"}


def write_cassette(path: Path, events: list[Any], **changes: Any) -> None:
    """A cassette by hand, of one request that `transport.ask("hi")` makes on V1."""
    body = json.loads(path.read_text("utf-8").splitlines()[1])["body"]
    line = {"number": 1, "transport": "v1", "model": body["model"], "body": body} | changes
    header = {"format": "ocigenai_nb cassette", "version": 1}
    lines = [json.dumps(header), json.dumps(line | {"events": events})]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def record_hi(transport: Transport, cassette: Path, events: list[Any], **changes: Any) -> None:
    with og.record(cassette):
        transport.ask("hi")
    write_cassette(cassette, events, **changes)
