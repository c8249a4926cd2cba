"""`RouterPreview`: type or pick a model, and see what would be sent, where, and why.

Nothing is sent: the request is planned on the kernel (about a millisecond) whenever a trait
changes, and shown as a message. Only what a person sets is a synced trait.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from typing import Any

import traitlets
from ipywidgets import Layout

from ocigenai_nb.chat.connecting import connect
from ocigenai_nb.chat.connection import Connection
from ocigenai_nb.chat.preview import Draft, Estimate, Preview, preview_request
from ocigenai_nb.chat.prices import Cost
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.routing import Route
from ocigenai_nb.model_facts import AS_OF, MODELS, ModelFacts

from .widget import Message, Widget

FIRST_MODEL = "meta.llama-3.3-70b-instruct"
FIRST_PROMPT = "Why is the sky blue?"

_DRAFT = ("model", "prompt", "system", "transport", "temperature", "max_tokens", "stream", "store")
_NUMBERS = [traitlets.Int(), traitlets.Float()]


class RouterPreview(Widget):
    """What a request to a model would be: transport, address, headers, body, estimates, reasons.

    `connection` is what `connect()` gives; without one, `connect()` is called. The traits `model`,
    `transport` ("" is the family's own), `prompt`, `system`, `temperature`, `max_tokens`, `stream`
    and `store` can be set and observed; `preview` and `route` are what comes of them, to be read
    and observed. What can't be sent is no error: `preview.problems` says why.

    Raises UnknownOptionError for an option that does not exist, and what `connect` raises.
    """

    bundle = "router_preview"
    _slow = frozenset({"export"})  # its first call imports the openai SDK, which takes a second

    model = traitlets.Unicode(FIRST_MODEL).tag(sync=True)
    transport = traitlets.Unicode("").tag(sync=True)
    prompt = traitlets.Unicode(FIRST_PROMPT).tag(sync=True)
    system = traitlets.Unicode("").tag(sync=True)
    # Any number, so that a wrong one is answered by a sentence and not by traitlets.
    temperature = traitlets.Union(_NUMBERS, default_value=None, allow_none=True).tag(sync=True)
    max_tokens = traitlets.Union(_NUMBERS, default_value=None, allow_none=True).tag(sync=True)
    stream = traitlets.Bool(True).tag(sync=True)  # noqa: FBT003
    store = traitlets.Bool(True).tag(sync=True)  # noqa: FBT003
    preview = traitlets.Instance(Preview, read_only=True)
    route = traitlets.Instance(Route, allow_none=True, read_only=True)

    @strict_options
    def __init__(
        self,
        connection: Connection | None = None,
        *,
        model: str | None = None,
        transport: str = "",
        prompt: str = FIRST_PROMPT,
        system: str = "",
        temperature: float | None = None,
        max_tokens: int | None = None,
        stream: bool = True,
        store: bool = True,
        layout: Layout | None = None,
    ) -> None:
        self.connection = connection if connection is not None else connect()
        super().__init__(
            layout=layout,
            model=FIRST_MODEL if model is None else model,
            transport=transport,
            prompt=prompt,
            system=system,
            temperature=temperature,
            max_tokens=max_tokens,
            stream=stream,
            store=store,
        )
        self._renew()
        self.observe(self._renew, list(_DRAFT))

    def to_html(self) -> str:
        """The route, the estimate and the body as tables, for where there is no kernel."""
        preview = self.preview
        decisions = preview.route.decisions if preview.route is not None else ()
        rows = [(decision.what, decision.value, decision.why) for decision in decisions]
        parts = [_table(("", "", "why"), rows)] if rows else []
        parts += [_paragraph(f"{p.message} {p.remedy}") for p in preview.problems]
        parts += [_paragraph(text) for text in (*preview.warnings, *_notices(preview))]
        parts += [_paragraph(_describe_estimate(preview.estimate))] if preview.estimate else []
        parts += [f"<pre>{escape(_body(preview))}</pre>"] if preview.plan is not None else []
        return f"<div>{''.join(parts)}{_paragraph('Nothing was sent.')}</div>"

    def _describe(self) -> str:
        route = self.preview.route
        if route is None:
            return f"RouterPreview: {self.preview.problems[0].message}"
        problem = f"; {self.preview.problems[0].message}" if self.preview.problems else ""
        return f"{route.model} → {route.transport} {route.class_name}, POST {route.url}{problem}"

    def _renew(self, _change: object = None) -> None:
        draft = Draft(**{name: getattr(self, name) for name in _DRAFT})
        preview = preview_request(self.connection, draft)
        self.set_trait("preview", preview)
        self.set_trait("route", preview.route)
        self.tell("preview", **_as_data(preview))

    def _on_look(self, _message: Message) -> dict[str, Any]:
        """A view has opened: the catalog, and what there is to show."""
        settings = self.connection.settings
        return {
            "models": list_models(),
            "as_of": AS_OF,
            "region": settings.region.value,
            "profile": settings.profile.value,
            "emulated": self.connection.emulated,
            "preview": _as_data(self.preview),
        }

    def _on_export(self, message: Message) -> dict[str, Any]:
        return {"text": self.preview.export(str(message["kind"]))}


def list_models() -> list[ModelFacts]:
    """The catalog's chat models, those whose on-demand use has an end after the others."""
    chat = [facts for facts in MODELS.values() if facts["kind"] == "chat"]
    return sorted(chat, key=lambda facts: facts["retired"] is not None)


def _as_data(preview: Preview) -> dict[str, Any]:
    """A preview as a message carries it."""
    route = preview.route
    return {
        "draft": asdict(preview.draft),
        "problems": [asdict(problem) for problem in preview.problems],
        "warnings": [*preview.warnings],
        "notices": [*_notices(preview)],
        "route": {**asdict(route), "class_name": route.class_name} if route is not None else None,
        "body": _body(preview) if preview.plan is not None else None,
        "headers": [asdict(header) for header in preview.headers],
        "estimate": _estimate_data(preview.estimate),
        "alternatives": [
            {
                "transport": other.transport,
                "class_name": other.class_name,
                "url": other.url,
                "chosen": other.chosen,
                "why_not": other.why_not,
                "notices": [*other.plan.notices] if other.plan is not None else [],
                "places": {place.what: place.where for place in other.places},
            }
            for other in preview.alternatives
        ],
    }


def _body(preview: Preview) -> str:
    """The body as JSON for reading; on the wire it is the same without the line breaks."""
    body: Mapping[str, Any] = preview.plan.body if preview.plan is not None else {}
    return json.dumps(body, indent=2, ensure_ascii=False)


def _notices(preview: Preview) -> tuple[str, ...]:
    return preview.plan.notices if preview.plan is not None else ()


def _estimate_data(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {
        "input": estimate.input,
        "output": estimate.output,
        "cost": _cost_data(estimate.cost),
        "most": _cost_data(estimate.most),
        "why": estimate.why,
    }


def _cost_data(cost: Cost | None) -> dict[str, Any] | None:
    return {"amount": cost.amount, "currency": cost.currency, "why": cost.why} if cost else None


def _describe_estimate(estimate: Estimate) -> str:
    parts = [f"About {estimate.input:,} tokens in"]
    parts += [f"at most {estimate.output:,} out"] if estimate.output is not None else []
    parts += [f"input {estimate.cost}"] if estimate.cost is not None else []
    parts += [f"at most {estimate.most}"] if estimate.most is not None else []
    return f"{', '.join(parts)} (estimated: {estimate.why})."


def _paragraph(text: str) -> str:
    return f"<p>{escape(text.strip())}</p>"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    cells = ("".join(f"<td>{escape(text)}</td>" for text in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
