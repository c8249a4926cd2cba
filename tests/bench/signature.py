"""What `sign` costs for a body of 512 bytes, against the bare RSA-2048 signature in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from ocigenai_nb.core.signing import SigningKey, sign
from tests.bench.results import Result, sample
from tests.transports.keys import make_key

ROUNDS = 9
SIGNATURES = 200  # of each kind in a round
GOAL = 1.1
URL = "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com/20231130/actions/chat"
HEADERS = {"content-type": "application/json"}
BODY = b"x" * 512
KEY_ID = f"ocid1.tenancy.oc1..{'t' * 60}/ocid1.user.oc1..{'u' * 60}/{':'.join(['00'] * 16)}"
SIGNED_TEXT = b"x" * 330  # as long as the signing string of such a request


def measure() -> list[Result]:
    """Both by turns."""
    private_key = make_key()
    key = SigningKey(KEY_ID, private_key)
    padding, sha256 = PKCS1v15(), SHA256()

    def ours() -> None:
        sign(key, "POST", URL, HEADERS, BODY, datetime.now(UTC))

    def bare() -> None:
        private_key.sign(SIGNED_TEXT, padding, sha256)

    _take_round(ours, bare)  # warm up
    rounds = [_take_round(ours, bare) for _ in range(ROUNDS)]
    signed, rsa = (sample(values) for values in zip(*rounds, strict=True))
    ratio = sample([mine / other for mine, other in rounds]).median
    return [
        Result(
            name="sign() of a request of 0.5 kB",
            measured=signed.format("µs", digits=0),
            against=f"RSA alone {rsa.format('µs', digits=0)}",
            ratio=ratio,
            goal=f"<= {GOAL}",
            met=ratio <= GOAL,
        )
    ]


def _take_round(ours: Callable[[], None], bare: Callable[[], None]) -> tuple[float, float]:
    """Microseconds of each kind."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(SIGNATURES):
        for kind, call in enumerate((ours, bare)):
            began = time.perf_counter()
            call()
            times[kind].append((time.perf_counter() - began) * 1e6)
    # The fastest of a round: whatever else runs on the machine only ever adds.
    return min(times[0]), min(times[1])
