"""The specification's harness: the model and the connection that environment variables name.

`from config import get_model` in a notebook or script of yours that is to run as it is with other
models, on other transports and as somebody else. The tutorials do without: they connect with
`og.connect()`. Where nothing is set, both find the same: your DEFAULT profile, or the built-in
emulator. Each setting is read with the prefix `OCIGENAI_`, then `LOCUS_`; those that every OCI tool
reads (`OCI_PROFILE`, `OCI_REGION`, `OCI_COMPARTMENT`, `OCI_ENDPOINT`, `OCI_CONFIG_FILE`) count
without one, too, and so do `OCI_AUTH_TYPE` and `OCI_MODEL_ID`:

    MODEL_ID            the model                          meta.llama-3.3-70b-instruct
    OCI_TRANSPORT       v1, sdk or responses               by the model's family
    OCI_PROFILE         profile of the OCI configuration   DEFAULT
    OCI_AUTH_TYPE       e.g. instance_principal            by the profile
    OCI_REGION          region                             the profile's
    OCI_COMPARTMENT     compartment OCID                   the profile's tenancy
    OCI_ENDPOINT        root of the service's URL          the region's
"""

from __future__ import annotations

import os

import ocigenai_nb as og

DEFAULT_MODEL = "meta.llama-3.3-70b-instruct"


def setting(name: str) -> str | None:
    """The first of `OCIGENAI_name` and `LOCUS_name` that is set."""
    return os.environ.get(f"OCIGENAI_{name}") or os.environ.get(f"LOCUS_{name}") or None


def get_connection() -> og.Connection:
    """A connection as the environment wants it."""
    return og.connect(
        setting("OCI_PROFILE"),
        auth_type=setting("OCI_AUTH_TYPE") or os.environ.get("OCI_AUTH_TYPE"),
        region=setting("OCI_REGION"),
        compartment_id=setting("OCI_COMPARTMENT"),
        endpoint=setting("OCI_ENDPOINT"),
    )


def get_model() -> og.Model:
    """The model that the environment names, on the transport that it wants."""
    model = setting("MODEL_ID") or os.environ.get("OCI_MODEL_ID") or DEFAULT_MODEL
    return get_connection().model(model.removeprefix("oci:"), transport=setting("OCI_TRANSPORT"))
