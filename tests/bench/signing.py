"""What signing adds to a warm request, against the bare RSA signature.

The same `openai` client, pool and connection send both, by turns: only its auth is taken off and
put back. The server answers anything, because the emulator refuses what is not signed.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from openai.types.chat import ChatCompletionMessageParam

from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.credentials import KeyedCredentials
from ocigenai_nb.transports.settings import Wishes, settle
from tests.bench.processes import Emulator, emulator_process, fixed_server_process
from tests.bench.results import Result, sample

ROUNDS = 9
REQUESTS = 150  # of each kind in a round
MARGIN_MS = 0.2
MESSAGES: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "x" * 455}  # a body of 512 bytes
]
SIGNED_TEXT = b"x" * 330  # as long as the signing string of such a request


def measure() -> list[Result]:
    """Signed and unsigned requests by turns, and bare signatures of the same key."""
    with emulator_process() as emulator, fixed_server_process() as url:
        rounds = asyncio.run(_measure(emulator, url))
    added = sample([signed - unsigned for signed, unsigned, _ in rounds])
    bare = sample([unsigned for _, unsigned, _ in rounds]).median
    rsa = sample([signature for *_, signature in rounds]).median
    ratio = added.median / (rsa + MARGIN_MS)
    return [
        Result(
            name="a warm signed request takes longer by",
            measured=added.format("ms", digits=2),
            against=f"RSA {rsa:.2f} + {MARGIN_MS} ms (unsigned {bare:.2f} ms)",
            ratio=ratio,
            goal="<= 1",
            met=ratio <= 1,
        )
    ]


async def _measure(emulator: Emulator, url: str) -> list[tuple[float, float, float]]:
    """Milliseconds of each round: signed, unsigned, bare signature."""
    wishes = Wishes(profile=emulator.profile, config_file=emulator.config_file, endpoint=url)
    signed_client = SignedClient(settle(wishes))
    await signed_client.warm()
    credentials = signed_client.identity.credentials
    assert isinstance(credentials, KeyedCredentials)
    assert credentials._key is not None
    key = credentials._key.private_key
    await _take_round(signed_client, key)  # warm up
    rounds = [await _take_round(signed_client, key) for _ in range(ROUNDS)]
    await signed_client.aclose()
    return rounds


async def _take_round(client: SignedClient, key: RSAPrivateKey) -> tuple[float, float, float]:
    sdk = client.sdk()
    http: Any = sdk._client
    auth = http.auth
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(REQUESTS):
        for kind, used in enumerate((auth, None)):
            http.auth = used
            began = time.perf_counter()
            await sdk.chat.completions.create(model="fixed", messages=MESSAGES)
            times[kind].append(time.perf_counter() - began)
        began = time.perf_counter()
        key.sign(SIGNED_TEXT, PKCS1v15(), SHA256())
        times[2].append(time.perf_counter() - began)
    http.auth = auth
    # The fastest of a round: whatever else runs on the machine only ever adds.
    signed, unsigned, rsa = (min(taken) * 1000 for taken in times)
    return signed, unsigned, rsa
