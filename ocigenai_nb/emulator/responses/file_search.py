"""The tool ``file_search``: what a response finds in vector stores before it is answered.

Rules: the tool names its stores (``vector_store_ids``) and may limit what is found; the call is an
item of the output, ``file_search_call``, with its queries, and with its results where ``include``
names them; what the answer takes from a file it cites, as an annotation ``file_citation`` with the
place in the text. Source: OpenAI's reference; the Open Responses schema knows the annotations'
event but no tools of the service.

Known deviations: there is one search, for what the user said last, unless the script would call a
function instead or the choice of tools rules it out; it stands before any reasoning. The script
answers with the sentence that fits best, of two files at most. With a backend the model reads
what was found and its answer is cited only where it quotes such a sentence, a streamed one never.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ocigenai_nb.emulator.answer import Ask, pose
from ocigenai_nb.emulator.brain import Call, Turn, think
from ocigenai_nb.emulator.brain.likeness import rate_relevance
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.files.access import find_store
from ocigenai_nb.emulator.files.searching import Hit, find_hits, read_options
from ocigenai_nb.emulator.responses.ids import PREFIXES, make_id
from ocigenai_nb.emulator.responses.reading import Inquiry
from ocigenai_nb.emulator.responses.search_tools import KIND, USUAL
from ocigenai_nb.emulator.responses.settings import RESULTS

_RELEVANT: Final = 0.25
"""The least score of what the script answers with."""
_CLOSE: Final = 0.8
"""The least part of the best score that a second file must have."""
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]?")
_LONGEST_QUERY: Final = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found, and the item that reports it."""

    item: Mapping[str, Any]
    hits: Sequence[Hit]
    quotes: Sequence[tuple[Hit, str]]
    """The sentences that fit best, each with where it is from."""

    def cite(self, output: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the items of ``output`` after that of the search, with their citations."""
        for item in output:
            for part in item.get("content", ()):
                if part["type"] == "output_text":
                    part["annotations"] = list(self._find_citations(part["text"]))
        return [dict(self.item), *output]

    def _find_citations(self, text: str) -> Iterator[dict[str, Any]]:
        for hit, quote in self.quotes:
            start = text.find(quote)
            if start >= 0:
                yield {
                    "type": "file_citation",
                    "index": start + len(quote),
                    "file_id": hit.file.file_id,
                    "filename": hit.file.name,
                }


async def search_files(exchange: Exchange, inquiry: Inquiry) -> Finding | None:
    """Return what is found for a request that wants files searched; ``None`` if it doesn't.

    Raises:
        RefusedError: If a store is not kept, not the caller's, or has expired.
    """
    tools = [tool for tool in inquiry.settings.tools if tool["type"] == KIND]
    if not tools:
        return None
    stores = [
        find_store(exchange, store_id, param="tools") for store_id in tools[0]["vector_store_ids"]
    ]
    query = _find_query(inquiry)
    if query is None:
        return None
    hits = await find_hits(exchange, stores, read_options(tools[0], [query], usual=USUAL))
    shown = RESULTS in inquiry.settings.given.get("include", [])
    item = {
        "id": make_id(PREFIXES["file_search_call"]),
        "type": "file_search_call",
        "status": "completed",
        "queries": [query],
        "results": [_write_result(hit) for hit in hits] if shown else None,
    }
    return Finding(item, hits, _quote(query, hits))


def tell(ask: Ask, finding: Finding, *, whole: bool) -> Ask:
    """Return ``ask`` with what was found as results of a call, ``whole`` chunks or sentences."""
    texts: list[tuple[str, str]]
    if whole:
        joined = "\n\n".join(f"[{hit.file.name}]\n{hit.text}" for hit in finding.hits)
        texts = [(KIND, joined or "Nothing was found.")]
    else:
        texts = [(hit.file.name, quote) for hit, quote in finding.quotes]
    call_id = str(finding.item["id"])
    arguments = json.dumps({"queries": finding.item["queries"]}, ensure_ascii=False)
    results = [Turn("tool", text, tool, call_id=call_id) for tool, text in texts]
    calling = Turn("assistant", "", calls=(Call(call_id, KIND, arguments),))
    choice = "auto" if ask.tool_choice == "required" else ask.tool_choice
    told = (calling, *results) if results else ()
    return replace(ask, turns=(*ask.turns, *told), tool_choice=choice)


def _find_query(inquiry: Inquiry) -> str | None:
    """Return what to search for; ``None`` if nothing is to be searched."""
    ask, choice = inquiry.ask, inquiry.settings.given.get("tool_choice", "auto")
    if not ask.turns or ask.turns[-1].role != "user":
        return None
    query = " ".join(ask.turns[-1].text.split())[:_LONGEST_QUERY]
    is_forced = isinstance(choice, Mapping) and choice["type"] == KIND
    return query if query and (is_forced or _is_wanted(ask, choice)) else None


def _is_wanted(ask: Ask, choice: str | Mapping[str, Any]) -> bool:
    if isinstance(choice, Mapping):
        allowed = choice.get("tools", ())
        if not any(isinstance(tool, Mapping) and tool.get("type") == KIND for tool in allowed):
            return False
    elif choice == "none":
        return False
    return not think(pose(replace(ask, tool_choice="auto"))).calls


def _quote(query: str, hits: Sequence[Hit]) -> list[tuple[Hit, str]]:
    """Return the best sentence of the best chunk, and one of another file if it is as good."""
    quotes: dict[str, tuple[Hit, str]] = {}
    for hit in hits:
        if hit.score < max(_RELEVANT, _CLOSE * hits[0].score) or len(quotes) == 2:
            break
        sentences = [match[0].strip() for match in _SENTENCE.finditer(hit.text)]
        best = max(sentences, key=lambda sentence: rate_relevance(query, sentence), default="")
        if best:
            quotes.setdefault(hit.file.file_id, (hit, best.rstrip(".")))
    return list(quotes.values())


def _write_result(hit: Hit) -> dict[str, Any]:
    return {
        "file_id": hit.file.file_id,
        "filename": hit.file.name,
        "score": round(hit.score, 4),
        "text": hit.text,
        "attributes": hit.file.attributes,
    }
