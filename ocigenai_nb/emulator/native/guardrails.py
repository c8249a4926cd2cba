"""``POST /20231130/actions/applyGuardrails``: what is unsafe, injected or personal in a text.

Rules: ``{compartmentId, input | multimodalInput, guardrailConfigs, guardrailVersionConfig}``;
``input`` wins over ``multimodalInput``. Each guardrail that is configured has its result:
``contentModeration`` a score of 0.0 or 1.0 for each category (OVERALL, BLOCKLIST),
``promptInjection`` one such score, ``personallyIdentifiableInformation`` each finding with
``offset``, ``length``, ``text``, ``label`` and ``score``. It says, it never blocks. Results of
``multimodalInput`` name the modalities that were flagged. Source: the ``oci`` SDK; Oracle's page
on guardrails and its release notes.

Known deviations: what is found is what a few patterns find: some violent and hateful sentences,
"ignore previous instructions" and its like, and of what is personal EMAIL, TELEPHONE_NUMBER and
PERSON (after words that introduce one); other types are taken and find nothing. No word is on the
blocklist, as Oracle says; images are never flagged. An unknown version is a bad format; the words
for it were not observed. Versions 1.0.0, 1.0.1 and 1.1.0 differ in nothing but that images need
the last; which is the default is not known: here it is 1.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.emulator.native.serving import open_envelope

_VERSIONS: Final = ("1.0.0", "1.0.1", "1.1.0")
_DEFAULT_VERSION: Final = "1.0.1"
_SEES_IMAGES: Final = "1.1.0"
_CATEGORIES: Final = ("OVERALL", "BLOCKLIST")
_UNSAFE: Final = re.compile(
    r"\b(?:i(?:'ll| will| want to| am going to)|how (?:do i|to|can i)) "
    r"(?:kill|murder|hurt|stab|poison|attack|bomb)\b"
    r"|\b(?:build|make|assemble) (?:a |an )?(?:pipe ?)?(?:bomb|explosive)"
    r"|\b(?:i hate (?:you|all)|you (?:are|re) (?:worthless|an? (?:idiot|moron)))\b"
    r"|\bkill (?:you|him|her|them|myself|yourself)\b",
    re.IGNORECASE,
)
_INJECTED: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:instructions?|rules|prompts?|guidelines|guardrails)\b"
    r"|\b(?:reveal|print|show|repeat|leak)\b.{0,40}"
    r"\b(?:system prompt|hidden instructions|secrets?)\b"
    r"|\bexfiltrate\b|\byou are now (?:dan|in developer mode)\b",
    re.IGNORECASE | re.DOTALL,
)
_PERSONAL: Final = {
    "EMAIL": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "TELEPHONE_NUMBER": re.compile(r"(?<![\w+])\+?\(?\d{1,4}\)?(?:[ .-]?\(?\d{2,4}\)?){2,4}(?!\w)"),
    "PERSON": re.compile(
        r"(?:\b(?:[Mm]y name is|I am|I'm|[Cc]all me|[Cc]ontact|Mr\.?|Mrs\.?|Ms\.?|Dr\.?) )"
        r"([A-Z][a-z]+(?: [A-Z][a-z]+)*)"
    ),
}
_SCORE: Final = 0.95


async def apply_guardrails(request: Request) -> Response:
    """Answer with what each guardrail found.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    envelope = open_envelope(exchange)
    configs = envelope.find_object("guardrailConfigs")
    if configs is None:
        refuse_format()
    version = _read_version(envelope)
    text, is_multimodal = _read_input(envelope, version)
    results: dict[str, Any] = {}
    moderation = configs.find_object("contentModerationConfig")
    if moderation is not None:
        results["contentModeration"] = _moderate(text, moderation, is_multimodal=is_multimodal)
    personal = configs.find_object("personallyIdentifiableInformationConfig")
    if personal is not None:
        types = personal.find_texts("types")
        results["personallyIdentifiableInformation"] = _find_personal(text, types)
    if "promptInjectionConfig" in configs:
        configs.find_object("promptInjectionConfig")
        found = bool(_INJECTED.search(text))
        results["promptInjection"] = _score(found=found, is_multimodal=is_multimodal)
    return JSONResponse({"results": results, "guardrailVersion": {"version": version}})


def _read_version(envelope: Fields) -> str:
    config = envelope.find_object("guardrailVersionConfig")
    return config.read_word("guardrailVersion", _VERSIONS) if config else _DEFAULT_VERSION


def _read_input(envelope: Fields, version: str) -> tuple[str, bool]:
    """Return the text to look at, and whether it came as ``multimodalInput``."""
    single = envelope.find_object("input")
    several = envelope.find_objects("multimodalInput")
    if single is not None:
        single.read_word("type", ("TEXT",))
        return single.read_text("content"), False
    if not several:
        refuse_format()
    return "\n".join(_read_part(part, version) for part in several), True


def _read_part(part: Fields, version: str) -> str:
    if part.read_word("type", ("TEXT", "IMAGE")) == "TEXT":
        return part.read_text("content")
    image = part.find_object("imageUrl")
    if image is None or version != _SEES_IMAGES:
        refuse_format()
    image.read_text("url")
    return ""


def _moderate(text: str, config: Fields, *, is_multimodal: bool) -> dict[str, Any]:
    named = config.find_texts("categories") or _CATEGORIES
    if not set(named) <= set(_CATEGORIES):
        refuse_format()
    unsafe = bool(_UNSAFE.search(text))
    return {
        "categories": [
            {"name": name} | _score(found=unsafe and name == "OVERALL", is_multimodal=is_multimodal)
            for name in named
        ]
    }


def _score(*, found: bool, is_multimodal: bool) -> dict[str, Any]:
    score: dict[str, Any] = {"score": float(found)}
    if is_multimodal:
        score["flaggedModalities"] = ["TEXT"] if found else []
    return score


def _find_personal(text: str, types: Sequence[str]) -> list[dict[str, Any]]:
    found = [
        {
            "offset": match.start(match.lastindex or 0),
            "length": len(match[match.lastindex or 0]),
            "text": match[match.lastindex or 0],
            "label": label,
            "score": _SCORE,
        }
        for label in dict.fromkeys(types)
        if label in _PERSONAL
        for match in _PERSONAL[label].finditer(text)
    ]
    return sorted(found, key=lambda finding: finding["offset"])
