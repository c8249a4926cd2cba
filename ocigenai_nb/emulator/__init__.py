"""An emulator of the OCI Generative AI service on the loopback address.

``start()`` runs one in this process: a ``Service``, with its ``url``, ``config_file``, ``profile``,
``compartment_id``, ``journal`` and ``fault()``. For programs of any language there is
``python -m ocigenai_nb.emulator --dir DIR``. It writes an OCI config with throw-away keys; each
profile carries ``ocigenai_endpoint`` with the emulator's URL:

- DEFAULT: an API key of a tenancy that serves every model known here;
- TYPICAL: an API key of a tenancy as most are: restricted OpenAI models and retired models 404;
- ZDR: an API key of a tenancy under Zero Data Retention, which serves every model, keeps nothing;
- SESSION: a session token of the first tenancy, good for an hour (``issue_session``).

Emulated so far: request signatures with every check that Oracle documents; chat completions at
``/openai/v1`` and the two older bases, whole and streamed, with tools, JSON schemas, reasoning,
usage, each family's dialect and refusals; native chat in all three formats; the Responses API with
threads, background work, counting, compacting, projects (``project_id``) and expiry
(``responses_ttl``, ``forget_responses``); conversations and their items; files, vector stores
and their search; native embeddings, reranking and guardrails; a dedicated endpoint
(``endpoint_id``); ``opc-request-id``, ``Date``, pace, faults on demand; the control plane's
models, endpoints, projects and API keys, to list and to get.
Identity: an instance's metadata and federation, resource principals (2.2, 2.1, 2.1.1), workloads
of a Kubernetes cluster, renewal of sessions, GenAI API keys (``*_principal_env``, ``oke_env``,
``genai_api_key``), all of the first tenancy; their tokens end by the emulator's clock.
The answers come from a small script that says so; or from a model, where one is put behind it
with ``backend`` and ``backend_model``, or ``model="smollm2"``.

Tenancies are data: users and keys, regions (``endpoint_in``), models, policies, Zero Data
Retention, projects, limits; ``tenancies`` takes objects, or a TOML or JSON file. Other programs
arm faults with the header ``x-ocigenai-fault`` and at ``/emulator``, where the journal is, too.

It listens on 127.0.0.1 alone and calls nobody (but a backend). What it wrote goes with it: at the
end of the ``with`` block, at exit, at SIGINT and SIGTERM. A kill -9 leaves its folder behind, with
keys that nobody accepts any more; in a folder that you chose, the next start writes over it.

Known deviations: no delegation yet; no deprecation headers; http only, but for a cluster's token
service. Models have the names of ``model_facts``, and OCIDs that are made up. Authentication
is checked before the path: where the service does it first is not known. The modules' headers list
their own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ocigenai_nb.emulator.journal import Entry, Journal
from ocigenai_nb.emulator.limits import Limit
from ocigenai_nb.emulator.tenancies import DEFAULT_TENANCIES, Tenancy, User, count_keys

if TYPE_CHECKING:
    from ocigenai_nb.emulator.backend import Backend
    from ocigenai_nb.emulator.service import Service as Service

__all__ = ["Entry", "Journal", "Limit", "Service", "Tenancy", "User", "start"]


def start(
    *,
    directory: str | os.PathLike[str] | None = None,
    port: int = 0,
    pace: float | None = None,
    tenancies: Sequence[Tenancy] | str | os.PathLike[str] = DEFAULT_TENANCIES,
    clock: Callable[[], float] = time.time,
    backend: str | None = None,
    backend_model: str | None = None,
    backend_key: str | None = None,
    backend_timeout: float = 60.0,
    model: str | None = None,
    admin: bool = True,
) -> Service:
    """Start an emulator in a thread of this process and return it, ready to be called.

    >>> with og.emulator.start() as service:
    ...     genai = og.connect(service.profile, config_file=service.config_file)
    ...     print(genai.chat().send("What is 17 * 23?"), service.journal.last.status)
    17 * 23 = 391 200

    Args:
        directory: Where to write the config and keys; a temporary folder by default.
        port: Port of 127.0.0.1; 0 takes a free one.
        pace: Tokens per second of an answer; ``None`` or 0 is flat out.
        tenancies: Who may call, or a TOML or JSON file that says it (`tenancy_files` has its
            names); the first one's API key is the profile DEFAULT.
        clock: The service's time, in seconds since the epoch.
        backend: URL of a server with OpenAI's chat completions, such as
            ``http://127.0.0.1:11434/v1``, which answers chat and Responses instead of the script.
        backend_model: The name of its model, whatever model a request names.
        backend_key: What it wants as a bearer token, if anything.
        backend_timeout: Seconds for which it may say nothing before a request fails.
        model: "smollm2" to have a small model of this machine answer instead; it is fetched with
            ``ocigenai-nb emulator --fetch-model``.
        admin: Whether other programs of this machine can arm faults and read the journal, at
            ``/emulator`` and by the header ``x-ocigenai-fault``.

    Raises:
        FileExistsError: If ``directory`` holds a ``config`` that no emulator wrote.
        OSError: If the port is taken, or the model was not fetched.
        ValueError: If ``pace`` is negative, or what is said of tenancies, of a backend or of a
            model is no good.
    """
    # Imported here: a person who never needs the emulator does not wait for its server.
    from ocigenai_nb.emulator.keys import KeyFactory
    from ocigenai_nb.emulator.tenancy_files import read_tenancies

    served = read_tenancies(tenancies)
    keys = KeyFactory(count_keys(served))  # made while the server's modules are imported

    from ocigenai_nb.emulator.backend import make_backend
    from ocigenai_nb.emulator.service import launch

    behind = make_backend(backend, backend_model, key=backend_key, timeout=backend_timeout)
    return launch(
        keys,
        directory=directory,
        port=port,
        pace=pace,
        tenancies=served,
        clock=clock,
        admin=admin,
        backend=behind if model is None else _start_model(model, instead_of=behind),
    )


def _start_model(name: str, *, instead_of: Backend | None) -> Backend:
    from ocigenai_nb.emulator.backend.local_model import SMOLLM2, start_model

    if name != SMOLLM2 or instead_of is not None:
        raise ValueError(f'model is "{SMOLLM2}", and goes without a backend.')
    return start_model()


def __getattr__(name: str) -> Any:
    if name != "Service":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    from ocigenai_nb.emulator.service import Service

    return Service
