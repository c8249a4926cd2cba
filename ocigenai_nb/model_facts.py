"""What is known about each OCI Generative AI model: plain data, for the client and the emulator.

Sources, the stronger first: the table of models and dates compiled from Oracle's pages, list
calls and published observations (July to November 2026); the specification (its routing table
and the ids it names); Oracle's model pages as catalogued in April 2026 (regions, capabilities);
litellm 1.109 (limits, prices). Where they disagree the stronger wins and ``note`` says so.

Nothing here proves that a model can be called: only a call does. Facts without a source are
``None`` or empty, which means "not known", never "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_OF: Final = "2026-11-22"
"""The day (ISO) these facts were last looked through."""

FAMILIES: Final = (
    "openai-chat",
    "openai-reasoning",
    "gpt-oss",
    "llama",
    "grok",
    "grok-reasoning",
    "gemini",
    "cohere-command",
    "cohere-r",
    "mistral",
    "embed",
    "rerank",
    "guardrail",
    "other",
)
"""Every family; models of one family take the same request shape."""

KINDS: Final = ("chat", "embed", "rerank", "guardrail", "speech", "video")
"""Every kind of model; only "chat" models hold conversations."""

CAPABILITIES: Final = ("tools", "vision", "reasoning", "json_schema", "streaming")
"""Every capability a source may state."""


class ModelFacts(TypedDict):
    """One model. Every key is always present; sizes are tokens, dates ISO, prices US dollars."""

    id: str
    """The name a request carries, such as ``meta.llama-3.3-70b-instruct``."""
    vendor: str
    """The id's part before the first dot."""
    family: str
    """One of ``FAMILIES``."""
    kind: str
    """One of ``KINDS``."""
    context_tokens: int | None
    """Input limit; "128k" in a source is 128,000 here."""
    output_tokens: int | None
    """Limit of one answer; sources that only repeat the context size there are not counted."""
    capabilities: tuple[str, ...]
    """Those of ``CAPABILITIES`` that a source states."""
    on_demand: tuple[str, ...]
    """Regions with on-demand access (until ``retired``); empty: dedicated only, or not known."""
    restricted: bool
    """Most tenancies get 404 (commercial OpenAI models)."""
    chat_completions: bool
    """Routed to ``/openai/v1/chat/completions`` by the specification."""
    responses: bool
    """Reachable on ``/openai/v1/responses``."""
    responses_only: bool
    """Reachable nowhere else."""
    deprecated: str | None
    """The day it was announced to end."""
    retired: str | None
    """The day on-demand access ends or ended (the model's own end where it was dedicated only)."""
    input_price: float | None
    """Dollars per million input tokens, list price of mid 2026: an estimate."""
    output_price: float | None
    """Dollars per million output tokens, as ``input_price``."""
    note: str
    """Conflicts between sources and what is not certain; "" if nothing."""


_ASHBURN, _CHICAGO, _PHOENIX = "us-ashburn-1", "us-chicago-1", "us-phoenix-1"
_SAO_PAULO, _FRANKFURT, _LONDON = "sa-saopaulo-1", "eu-frankfurt-1", "uk-london-1"
_RIYADH, _ABU_DHABI, _DUBAI = "me-riyadh-1", "me-abudhabi-1", "me-dubai-1"
_HYDERABAD, _OSAKA, _TOKYO = "ap-hyderabad-1", "ap-osaka-1", "ap-tokyo-1"
_US = (_ASHBURN, _CHICAGO, _PHOENIX)


def _model(
    model_id: str,
    family: str,
    *,
    kind: str = "chat",
    size: tuple[int | None, int | None] = (None, None),
    can: tuple[str, ...] = (),
    on_demand: tuple[str, ...] = (),
    restricted: bool = False,
    responses: bool = False,
    responses_only: bool = False,
    deprecated: str | None = None,
    retired: str | None = None,
    price: tuple[float | None, float | None] = (None, None),
    note: str = "",
) -> ModelFacts:
    # The specification streams every chat model, and routes all but Cohere's R series and the
    # Responses-only ones to chat completions.
    chat = kind == "chat"
    return {
        "id": model_id,
        "vendor": model_id.partition(".")[0],
        "family": family,
        "kind": kind,
        "context_tokens": size[0],
        "output_tokens": size[1],
        "capabilities": (*can, "streaming") if chat else can,
        "on_demand": on_demand,
        "restricted": restricted,
        "chat_completions": chat and family != "cohere-r" and not responses_only,
        "responses": responses or responses_only,
        "responses_only": responses_only,
        "deprecated": deprecated,
        "retired": retired,
        "input_price": price[0],
        "output_price": price[1],
        "note": note,
    }


# OpenAI, commercial: the table gives ids and the restriction; gpt-5's limits and prices are
# litellm's; gpt-5.5-pro, gpt-5-pro and the dated gpt-5.5 come from the specification.
_VENDOR = "Capabilities are OpenAI's own for the model, not stated by Oracle."
_LIKE_GPT_5 = "Capabilities taken from gpt-5, not stated separately."
_ALL = ("tools", "vision", "reasoning", "json_schema")
_PLAIN = ("tools", "vision", "json_schema")


def _openai(
    name: str,
    family: str = "openai-reasoning",
    *,
    size: tuple[int | None, int | None] = (None, None),
    can: tuple[str, ...] = _ALL,
    responses_only: bool = False,
    price: tuple[float | None, float | None] = (None, None),
    note: str = _LIKE_GPT_5,
) -> ModelFacts:
    # Oracle asks a project only of "non-OpenAI models" on Responses, so these are taken as there.
    return _model(
        f"openai.{name}",
        family,
        size=size,
        can=can,
        restricted=True,
        responses=True,
        responses_only=responses_only,
        price=price,
        note=note,
    )


_GPT_5 = (272_000, 128_000)
_OPENAI = (
    _openai("gpt-4o", "openai-chat", can=_PLAIN, note=_VENDOR),
    _openai("gpt-4o-mini", "openai-chat", can=_PLAIN, note=_VENDOR),
    _openai("gpt-4.1", "openai-chat", can=_PLAIN, note=_VENDOR),
    _openai("gpt-4.1-mini", "openai-chat", can=_PLAIN, note=_VENDOR),
    _openai("gpt-4.1-nano", "openai-chat", can=_PLAIN, note=_VENDOR),
    _openai("o1", note=_VENDOR),
    _openai("o3", note=_VENDOR),
    _openai("o3-mini", can=("tools", "reasoning", "json_schema"), note=_VENDOR),
    _openai("o4-mini", note=_VENDOR),
    _openai("gpt-5", size=_GPT_5, price=(1.25, 10.0), note=""),
    _openai("gpt-5-mini", size=_GPT_5, price=(0.25, 2.0), note=""),
    _openai("gpt-5-nano", size=_GPT_5, price=(0.05, 0.4), note=""),
    _openai("gpt-5-pro", responses_only=True, note=f"From the specification. {_LIKE_GPT_5}"),
    _openai("gpt-5.1"),
    _openai("gpt-5.2"),
    _openai("gpt-5.4"),
    _openai("gpt-5.4-mini"),
    _openai("gpt-5.5"),
    _openai("gpt-5.5-2026-04-23", note=f"From the specification. {_LIKE_GPT_5}"),
    _openai("gpt-5.5-pro", responses_only=True, note=f"From the specification. {_LIKE_GPT_5}"),
)

# OpenAI, open weights: the table; prices and tools from litellm.
_OSS_REGIONS = (_CHICAGO, _FRANKFURT, _OSAKA)
_GPT_OSS = (
    _model("openai.gpt-oss-120b", "gpt-oss", size=(128_000, None), can=("tools", "reasoning"),
           on_demand=_OSS_REGIONS, responses=True, price=(0.15, 0.6)),
    _model("openai.gpt-oss-20b", "gpt-oss", size=(128_000, None), can=("tools", "reasoning"),
           on_demand=_OSS_REGIONS, responses=True, price=(0.07, 0.3)),
)  # fmt: skip

# Meta: the table for regions, dates and context; litellm for output limits and prices.
_MAIN_FIVE = (_CHICAGO, _SAO_PAULO, _FRANKFURT, _LONDON, _OSAKA)
_LLAMA_4 = "Listed in us-ashburn-1 too, but answered 404 there in August 2026."
_META = (
    _model("meta.llama-3.3-70b-instruct", "llama", size=(128_000, 4_000), can=("tools",),
           on_demand=_MAIN_FIVE, price=(0.72, 0.72),
           note="The pages of April 2026 also list us-phoenix-1."),
    _model("meta.llama-3.3-70b-instruct-fp8-dynamic", "llama", size=(128_000, 4_000),
           can=("tools",), on_demand=(_HYDERABAD, _ABU_DHABI, _DUBAI, _TOKYO), price=(0.72, 0.72)),
    _model("meta.llama-4-maverick-17b-128e-instruct-fp8", "llama", size=(512_000, 8_192),
           can=("tools", "vision"), on_demand=(_CHICAGO,), price=(0.72, 0.72),
           note=f"{_LLAMA_4} litellm says a context of 1M."),
    _model("meta.llama-4-scout-17b-16e-instruct", "llama", size=(192_000, 8_192),
           can=("tools", "vision"), on_demand=(_CHICAGO,), price=(0.72, 0.72),
           note=f"{_LLAMA_4} litellm says a context of 10M and no vision."),
    _model("meta.llama-3.2-90b-vision-instruct", "llama", size=(128_000, 4_000),
           can=("tools", "vision"), on_demand=(_CHICAGO,), retired="2026-09-30", price=(2.0, 2.0),
           note="One image a request. The date is Chicago's; in April 2026 also on demand in "
                "sa-saopaulo-1, uk-london-1 and ap-osaka-1, whose end is not known."),
    _model("meta.llama-3.2-11b-vision-instruct", "llama", size=(128_000, 4_000),
           can=("tools", "vision"), retired="2026-09-30", price=(2.0, 2.0),
           note="Dedicated clusters only, until that date."),
    _model("meta.llama-3.1-405b-instruct", "llama", size=(128_000, 4_000), can=("tools",),
           on_demand=(_CHICAGO,), retired="2026-09-30", price=(10.68, 10.68)),
    _model("meta.llama-3.1-70b-instruct", "llama", size=(128_000, 4_000), can=("tools",),
           retired="2025-07-10", price=(0.72, 0.72)),
    _model("meta.llama-3-70b-instruct", "llama", size=(8_000, None), retired="2024-11-12"),
    _model("meta.llama-guard-4-12b", "guardrail", kind="guardrail"),
)  # fmt: skip

# xAI: the table and its dates (from list calls); regions and capabilities of the retired ones
# from the pages of April 2026; prices from litellm, only where its id is the one Oracle lists.


def _ended_grok(
    name: str,
    family: str,
    context: int,
    can: tuple[str, ...],
    price: tuple[float | None, float | None] = (None, None),
) -> ModelFacts:
    return _model(
        f"xai.{name}",
        family,
        size=(context, None),
        can=can,
        on_demand=_US,
        deprecated="2026-05-15",
        retired="2026-08-15",
        price=price,
    )


_THINKS, _SEES = ("tools", "reasoning"), ("tools", "vision")
_BOTH = ("tools", "vision", "reasoning")
_GROK_4_20 = "litellm says a context of 1M."
_AGENTS = (
    "Refuses chat completions and native chat (oracle/langchain-oracle #242, live, July 2026) and "
    "the client's own tools (beta access). litellm says a context of 131k."
)
_XAI = (
    _ended_grok("grok-3", "grok", 131_072, ("tools",), (3.0, 15.0)),
    _ended_grok("grok-3-fast", "grok", 131_072, ("tools",), (5.0, 25.0)),
    _ended_grok("grok-3-mini", "grok-reasoning", 131_072, _THINKS, (0.3, 0.5)),
    _ended_grok("grok-3-mini-fast", "grok-reasoning", 131_072, _THINKS, (0.6, 4.0)),
    _ended_grok("grok-4", "grok-reasoning", 128_000, _BOTH, (3.0, 15.0)),
    _ended_grok("grok-4-fast-reasoning", "grok-reasoning", 2_000_000, _BOTH),
    _ended_grok("grok-4-fast-non-reasoning", "grok", 2_000_000, _SEES),
    _ended_grok("grok-4-1-fast-reasoning", "grok-reasoning", 2_000_000, _BOTH),
    _ended_grok("grok-4-1-fast-non-reasoning", "grok", 2_000_000, _SEES),
    _ended_grok("grok-code-fast-1", "grok-reasoning", 256_000, _THINKS, (5.0, 25.0)),
    _model("xai.grok-4.20-reasoning", "grok-reasoning", size=(2_000_000, None), can=_BOTH,
           on_demand=_US, responses=True, price=(1.25, 2.5), note=_GROK_4_20),
    _model("xai.grok-4.20-non-reasoning", "grok", size=(2_000_000, None), can=_SEES,
           on_demand=_US, responses=True, price=(1.25, 2.5), note=_GROK_4_20),
    _model("xai.grok-4.20-0309-reasoning", "grok-reasoning", size=(2_000_000, None), can=_BOTH,
           on_demand=_US, responses=True, price=(1.25, 2.5), note=_GROK_4_20),
    _model("xai.grok-4.20-0309-non-reasoning", "grok", size=(2_000_000, None), can=_SEES,
           on_demand=_US, responses=True, price=(1.25, 2.5), note=_GROK_4_20),
    _model("xai.grok-4.20-multi-agent", "grok-reasoning", size=(2_000_000, None),
           can=("vision", "reasoning"), on_demand=_US, responses_only=True, price=(3.0, 15.0),
           note=_AGENTS),
    _model("xai.grok-4.20-multi-agent-0309", "grok-reasoning", size=(2_000_000, None),
           can=("vision", "reasoning"), on_demand=_US, responses_only=True, note=_AGENTS),
    _model("xai.grok-4.3", "grok-reasoning", size=(1_000_000, None), can=_BOTH, on_demand=_US,
           responses=True, note="Capabilities are xAI's own for the model, not stated by Oracle."),
    _model("xai.grok-tts", "other", kind="speech"),
    _model("xai.grok-voice-agent", "other", kind="speech",
           note="Realtime speech; list calls show it with the capability CHAT."),
)  # fmt: skip

# Google: the table for regions; litellm for limits, capabilities and prices.
_GEMINI = (1_048_576, 65_536)
_VERTEX = "Google ends it on its own cloud on 2026-10-20; Oracle had given no date by August."
_GOOGLE = (
    _model("google.gemini-2.5-pro", "gemini", size=_GEMINI, can=_ALL, responses=True,
           on_demand=(*_US, _FRANKFURT, _OSAKA), price=(1.25, 10.0), note=_VERTEX),
    _model("google.gemini-2.5-flash", "gemini", size=_GEMINI, can=_ALL, responses=True,
           on_demand=(*_US, _FRANKFURT, _HYDERABAD, _OSAKA), price=(0.15, 0.6), note=_VERTEX),
    _model("google.gemini-2.5-flash-lite", "gemini", size=_GEMINI, can=_PLAIN, responses=True,
           on_demand=(*_US, _FRANKFURT), price=(0.075, 0.3), note=_VERTEX),
)  # fmt: skip

# Cohere, chat: the table; output limits, prices and tools from litellm. The specification's
# routing table puts all but the R series on chat completions.
_REFUSED = "Live, chat completions answer it with 400 Unsupported OpenAI operation."
_ALIAS = f"An alias; which model it names is not published. {_REFUSED}"
_A_REGIONS = (_CHICAGO, _SAO_PAULO, _FRANKFURT, _LONDON, _RIYADH, _HYDERABAD, _OSAKA)
_A_VISION = f"litellm gives the short name a context of 256k. {_REFUSED}"
_A_REASONING = f"Dedicated clusters only. {_REFUSED}"
_COHERE = (
    _model("cohere.command-a-03-2025", "cohere-command", size=(256_000, 4_000), can=("tools",),
           on_demand=_A_REGIONS, price=(1.56, 1.56), note=_REFUSED),
    _model("cohere.command-a-vision", "cohere-command", size=(128_000, 4_000), can=_SEES,
           on_demand=(_CHICAGO, _FRANKFURT), price=(1.56, 1.56), note=_A_VISION),
    _model("cohere.command-a-vision-07-2025", "cohere-command", size=(128_000, 4_000), can=_SEES,
           on_demand=(_CHICAGO, _FRANKFURT), price=(1.56, 1.56), note=_REFUSED),
    _model("cohere.command-a-reasoning", "cohere-command", size=(256_000, 4_000), can=_THINKS,
           price=(1.56, 1.56), note=_A_REASONING),
    _model("cohere.command-a-reasoning-08-2025", "cohere-command", size=(256_000, 4_000),
           can=_THINKS, price=(1.56, 1.56), note=_A_REASONING),
    _model("cohere.command-a-translate-08-2025", "cohere-command", size=(256_000, 4_000),
           price=(0.09, 0.09), note=f"Known from litellm alone. {_REFUSED}"),
    _model("cohere.command-latest", "cohere-command", size=(128_000, 4_000), can=("tools",),
           price=(1.56, 1.56), note=_ALIAS),
    _model("cohere.command-plus-latest", "cohere-command", size=(128_000, 4_000), can=("tools",),
           price=(1.56, 1.56), note=_ALIAS),
    _model("cohere.command", "cohere-command", size=(4_000, None), retired="2024-10-02"),
    _model("cohere.command-light", "cohere-command", size=(4_000, None), retired="2024-10-02"),
    _model("cohere.command-r-08-2024", "cohere-r", size=(128_000, 4_000), can=("tools",),
           on_demand=_MAIN_FIVE, price=(0.15, 0.15)),
    _model("cohere.command-r-plus-08-2024", "cohere-r", size=(128_000, 4_000), can=("tools",),
           on_demand=_MAIN_FIVE, price=(1.56, 1.56)),
    _model("cohere.command-r-16k", "cohere-r", size=(16_000, None), retired="2025-01-16",
           note="Dedicated clusters until 2025-08-07."),
    _model("cohere.command-r-plus", "cohere-r", size=(128_000, None), can=("tools",),
           retired="2025-01-16",
           note="Dedicated clusters until 2025-08-07. Tools as its successor of 08-2024."),
)  # fmt: skip

# Cohere, embeddings and rerank: the table; regions of the third generation from the pages of
# April 2026, prices from litellm (output tokens cost nothing).


def _embed_3(name: str, *on_demand: str, vision: bool = False) -> ModelFacts:
    return _model(
        f"cohere.embed-{name}-v3.0",
        "embed",
        kind="embed",
        size=(512, None),
        can=("vision",) if vision else (),
        on_demand=on_demand,
        retired="2026-09-30",
        price=(0.1, 0.0),
        note=f"{384 if 'light' in name else 1024} dimensions. Scheduled end; not checked since.",
    )


_RETRIEVAL = (
    _model("cohere.embed-v4.0", "embed", kind="embed", size=(128_000, None), can=("vision",),
           on_demand=(_ASHBURN, _CHICAGO, _RIYADH, _ABU_DHABI, _OSAKA), price=(0.12, 0.0),
           note="256, 512, 1024 or 1536 dimensions."),
    _embed_3("english", *_MAIN_FIVE),
    _embed_3("multilingual", *_MAIN_FIVE, _PHOENIX),
    _embed_3("english-light", _CHICAGO),
    _embed_3("multilingual-light", _CHICAGO),
    _embed_3("english-image", vision=True),
    _embed_3("english-light-image", vision=True),
    _embed_3("multilingual-image", _CHICAGO, _HYDERABAD, vision=True),
    _embed_3("multilingual-light-image", vision=True),
    _model("cohere.rerank-v3.5", "rerank", kind="rerank", size=(4_000, None),
           note="Mostly on dedicated clusters; deprecated, the day is not known. The pages of "
                "April 2026 write cohere.rerank.v3-5."),
    _model("cohere.rerank-v4.0-fast", "rerank", kind="rerank", size=(32_000, None),
           on_demand=(_ASHBURN, *_A_REGIONS)),
    _model("cohere.rerank-v4.0-pro", "rerank", kind="rerank", size=(32_000, None),
           note="Dedicated clusters only."),
)  # fmt: skip

# The rest: the table, and the one family that only the specification names.
_OTHERS = (
    _model("mistral.mistral-large", "mistral",
           note="The specification names the family; this id is a placeholder, not published by "
                "Oracle."),
    _model("protectai.deberta-v3-base-prompt-injection-v2", "guardrail", kind="guardrail"),
    _model("urchade.gliner-large-v2-1", "guardrail", kind="guardrail"),
    _model("dreamina.seedance-default", "other", kind="video"),
)  # fmt: skip

_GROUPS = (_OPENAI, _GPT_OSS, _META, _XAI, _GOOGLE, _COHERE, _RETRIEVAL, _OTHERS)

MODELS: Final[Mapping[str, ModelFacts]] = {
    facts["id"]: facts for group in _GROUPS for facts in group
}
"""Every model by id, grouped by vendor."""
