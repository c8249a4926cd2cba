"""What faults put in the place of a whole answer: refusals in the service's words, other pages.

Some only mean something to a request that counts on what is kept: they wait for one.

Known deviation: under which status the service reports what it doesn't keep any more was not
observed for all of it; here it is the one that the emulator answers with for the same reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.fault_plans import FaultPlan
from ocigenai_nb.emulator.refusals import Refusal, write_oci, write_openai


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fault looks at in a request."""

    path: str
    """Its target, whatever its region."""
    model: str | None
    streamed: bool
    named: bool = False
    """Whether only a fault that names the path may strike it."""
    body: object = None

    def read(self, name: str) -> Any:
        """Return a field of the body, or ``None``."""
        return self.body.get(name) if isinstance(self.body, dict) else None

    def find_reasoning(self) -> str | None:
        """Return the id of the first item of reasoning in the input, or ``None``."""
        given = self.read("input")
        for item in given if isinstance(given, list) else ():
            if isinstance(item, dict) and item.get("type") == "reasoning":
                return str(item.get("id"))
        return None


_Writer = Callable[[FaultPlan, Asked, float], Refusal]
_Sign = Callable[[Asked], object]

_USUAL: Final = {
    401: refusals.NOT_AUTHENTICATED,
    409: write_oci(409, "IncorrectState", "The requested state conflicts with the current one."),
    429: write_oci(
        429, "429", "Service request limit is exceeded, request is throttled for tenant."
    ),
    500: refusals.INTERNAL_ERROR,
    503: write_oci(503, "ServiceUnavailable", "The service is currently unavailable."),
}
_NATIVE: Final = "/20231130/actions/chat"


def write_answer(plan: FaultPlan, asked: Asked, now: float) -> Refusal | None:
    """Return what takes the place of the answer to ``asked`` at ``now``, if ``plan`` does that."""
    writer = _WRITERS.get(plan.name)
    return None if writer is None else writer(plan, asked, now)


def concerns(name: str, asked: Asked) -> bool:
    """Tell whether a request counts on what the fault of this name makes away with."""
    sign = _SIGNS.get(name)
    return sign is None or (asked.path.endswith("/responses") and bool(sign(asked)))


def _write_status(plan: FaultPlan, _asked: Asked, now: float) -> Refusal:
    given = {"retry-after": plan.retry_after, "retry-after-ms": plan.retry_after_ms}
    if plan.retry_after_date is not None:
        given["retry-after"] = formatdate(now + plan.retry_after_date, usegmt=True)
    headers = {name: str(value) for name, value in given.items() if value is not None}
    status = plan.status
    usual = _USUAL.get(status, write_oci(status, str(status), "Injected fault."))
    code, message = plan.code or usual.body["code"], plan.message or usual.body["message"]
    return Refusal(status, {"code": code, "message": message}, headers)


def _redirect(plan: FaultPlan, _asked: Asked, _now: float) -> Refusal:
    body = {"code": "307", "message": "Temporary Redirect"}
    return Refusal(307, body, {"location": plan.location})


def _write_page(_plan: FaultPlan, _asked: Asked, _now: float) -> Refusal:
    return Refusal(502, {"code": "502", "message": "Bad Gateway"}, html=refusals.BAD_GATEWAY_PAGE)


def _skew(plan: FaultPlan, _asked: Asked, now: float) -> Refusal:
    told = formatdate(now + plan.seconds, usegmt=True)
    return Refusal(401, refusals.NOT_AUTHENTICATED.body, {"date": told})


def _refuse_parameter(plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    words = f"Unsupported parameter: '{plan.param}' is not supported with this model."
    if asked.path.startswith(_NATIVE):
        return write_oci(400, "400", f"Invalid '{plan.param}': {words}")
    return write_openai(words, param=plan.param, code="unsupported_parameter")


def _encode_twice(plan: FaultPlan, _asked: Asked, _now: float) -> Refusal:
    words, code = plan.message or "Invalid value.", plan.code or "invalid_value"
    inner = write_openai(words, param=plan.param, code=code)
    return write_oci(400, "400", json.dumps(inner.body))


def _forget_model(_plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    return refusals.report_unknown_entity(str(asked.model))


def _deny(_plan: FaultPlan, _asked: Asked, _now: float) -> Refusal:
    return refusals.NOT_AUTHORIZED


def _forget_thread(_plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    return refusals.report_lost_response(str(asked.read("previous_response_id")))


def _forget_reasoning(_plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    return refusals.report_lost_item(str(asked.find_reasoning()))


def _forget_conversation(_plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    named = asked.read("conversation")
    given = named.get("id") if isinstance(named, dict) else named
    return refusals.report_lost_conversation(str(given))


def _keep_nothing(_plan: FaultPlan, asked: Asked, _now: float) -> Refusal:
    continues = asked.read("previous_response_id") is not None
    return refusals.report_zero_retention("previous_response_id" if continues else "store")


def _counts_on_keeping(asked: Asked) -> bool:
    return bool(asked.read("previous_response_id")) or asked.read("store") is True


_WRITERS: Final[Mapping[str, _Writer]] = {
    "status": _write_status,
    "redirect": _redirect,
    "gateway_page": _write_page,
    "clock_skew": _skew,
    "unsupported_parameter": _refuse_parameter,
    "double_encoded": _encode_twice,
    "unknown_model": _forget_model,
    "not_authorized": _deny,
    "lost_thread": _forget_thread,
    "lost_reasoning": _forget_reasoning,
    "lost_conversation": _forget_conversation,
    "zero_retention": _keep_nothing,
}
_SIGNS: Final[Mapping[str, _Sign]] = {
    "lost_thread": lambda asked: asked.read("previous_response_id"),
    "lost_reasoning": lambda asked: asked.find_reasoning() is not None,
    "lost_conversation": lambda asked: asked.read("conversation"),
    "zero_retention": _counts_on_keeping,
}
