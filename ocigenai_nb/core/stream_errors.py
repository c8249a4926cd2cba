"""The errors of a stream that began and did not end as it should, for every wire format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import (
    InStreamError,
    MalformedStreamError,
    OCIGenAIError,
    OutcomeUnknownError,
    StreamCutError,
    ZeroRetentionError,
)
from .service_errors import read_body

_REMEDY = "Send it again; what came before is kept."
_OUR_FAULT = ("invalid_", "image_", "empty_image", "unsupported_", "failed_to_download_image")

# What reading an event of another shape than the reference's raises.
OTHER_SHAPE = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


def reported(data: Mapping[str, Any]) -> InStreamError:
    """The service's own words, in whichever envelope `data` holds them."""
    code, message = read_body(json.dumps(data).encode())
    ours = (code or "").startswith(_OUR_FAULT)
    remedy = "Change what the message names and send it anew." if ours else _REMEDY
    return InStreamError(message, remedy=remedy, code=code)


def malformed(what: str, data: bytes) -> MalformedStreamError:
    """`what` ("stream" or "answer") held something else than its wire format."""
    _, text = read_body(data)
    return MalformedStreamError(
        f"The {what} held something that does not belong there: {text[:80]!r}.", remedy=_REMEDY
    )


def cut() -> StreamCutError:
    """The stream ended before the service's own end."""
    return StreamCutError("The stream ended before the answer did.", remedy=_REMEDY)


def outcome_unknown(error: OCIGenAIError) -> OutcomeUnknownError:
    """`error` where the service keeps the answer, if there is one, and no id of it came."""
    return OutcomeUnknownError(
        f"{error.message} It is not known whether the service has the request.",
        remedy="Its answer may be kept there, and charged: a second one is charged again.",
        request_id=error.request_id,
    )


def keeps_nothing() -> ZeroRetentionError:
    """The service says that it stores nothing, where the thread was to be continued.

    Said at once: the next turn would be answered as if this one had never been.
    """
    return ZeroRetentionError(
        "This tenancy keeps no responses (Zero Data Retention), so no thread can be continued.",
        remedy="Ask with store=False and send the whole history each time.",
    )
