"""The search in vector stores: ``POST .../vector_stores/{id}/search``, and file search's own.

Rules: one query or several; at most ``max_num_results`` chunks (1 to 50), the most relevant
first, none below ``ranking_options.score_threshold``; ``filters`` compare a file's attributes and
nest by ``and`` and ``or``. An expired store can't be searched; a search counts as its use.
Source: OpenAI's reference; published observations of the live service, which searches on the data
plane.

Known deviations: a score says how much of the query a chunk has, by words, small lists of
synonyms and spelling (``brain/likeness.py``); the rankers and ``rewrite_query`` change nothing. A
new store can be searched at once; the real one only 10 to 30 seconds later. A file's chunks count
as they were when it was attached.
"""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator.brain.likeness import rate_relevance
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.files.access import enter, find_store, read_body
from ocigenai_nb.emulator.files.store import IndexedFile, VectorStore
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice, refuse_missing

_USUAL: Final = 10
_MOST: Final = 50
_DEEPEST: Final = 8
_MOST_QUERIES: Final = 16
_RANKERS: Final = ("none", "auto", "default-2024-11-15")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, allowed: value in allowed,
    "nin": lambda value, barred: value not in barred,
}
_ORDERS: Final = ("gt", "gte", "lt", "lte")
_LISTS: Final = ("in", "nin")
_JOINS: Final[Mapping[str, Callable[[Iterable[bool]], bool]]] = {"and": all, "or": any}


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for."""

    queries: Sequence[str]
    most: int = _USUAL
    threshold: float = 0.0
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found."""

    file: IndexedFile
    text: str
    score: float


async def answer_search(request: Request) -> Response:
    """Answer a search in one vector store.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange = enter(request, needs_project=False)
    store = find_store(exchange, request.path_params["store_id"])
    search = _read_search(read_body(exchange))
    hits = await find_hits(exchange, [store], search)
    return JSONResponse(
        {
            "object": "vector_store.search_results.page",
            "search_query": list(search.queries),
            "data": [_write_hit(hit) for hit in hits],
            "has_more": False,
            "next_page": None,
        }
    )


async def find_hits(exchange: Exchange, stores: Sequence[VectorStore], search: Search) -> list[Hit]:
    """Return what ``search`` finds in ``stores``, the most relevant first.

    Raises:
        RefusedError: If a store has expired.
    """
    now = exchange.deployment.now()
    for store in stores:
        if store.has_expired(now):
            refuse(f"Vector store with id '{store.id}' is expired.", param=None, code=None)
        exchange.deployment.files.use_store(exchange.caller.name, store.id, now=now)
    return await asyncio.to_thread(_search, stores, search)  # it takes long in a large store


def read_options(
    given: Mapping[str, Any], queries: Sequence[str], *, usual: int = _USUAL, where: str = ""
) -> Search:
    """Return a search for ``queries`` as the other fields of ``given`` want it.

    Raises:
        RefusedError: With the words for what is wrong; ``where`` is put before the fields' names.
    """
    most = given.get("max_num_results", usual)
    check(most, Rule("an integer", low=1, high=_MOST), param=f"{where}max_num_results")
    ranking = given.get("ranking_options") or {}
    check(ranking, Rule("an object"), param=f"{where}ranking_options")
    ranker, threshold = ranking.get("ranker", "auto"), ranking.get("score_threshold", 0.0)
    if ranker not in _RANKERS:
        refuse_choice(ranker, _RANKERS, param=f"{where}ranking_options.ranker")
    name = f"{where}ranking_options.score_threshold"
    check(threshold, Rule("a decimal", low=0, high=1), param=name)
    filters = given.get("filters")
    if filters is not None:
        _check_filter(filters, f"{where}filters", _DEEPEST)
    return Search(queries, most, threshold, filters)


def matches(filters: Mapping[str, Any] | None, attributes: Mapping[str, Any]) -> bool:
    """Tell whether a file's ``attributes`` are such as ``filters`` ask for."""
    if filters is None:
        return True
    kind = filters["type"]
    if kind in _JOINS:
        return _JOINS[kind](matches(inner, attributes) for inner in filters["filters"])
    if filters["key"] not in attributes:
        return kind in ("ne", "nin")
    try:
        return _COMPARISONS[kind](attributes[filters["key"]], filters["value"])
    except TypeError:  # a text is neither more nor less than a number
        return False


def _read_search(given: Mapping[str, Any]) -> Search:
    query = given.get("query")
    if query is None:
        refuse_missing("query")
    check(query, Rule("a string or an array"), param="query")
    queries = [query] if isinstance(query, str) else query
    if not 1 <= len(queries) <= _MOST_QUERIES:
        refuse(f"Invalid 'query': expected 1 to {_MOST_QUERIES} queries.", param="query")
    for index, text in enumerate(queries):
        check(text, Rule("a string"), param=f"query[{index}]")
    return read_options(given, queries)


def _search(stores: Sequence[VectorStore], search: Search) -> list[Hit]:
    files = [file for store in stores for file in store.files.values()]
    hits = [
        Hit(file, chunk, max(rate_relevance(query, chunk) for query in search.queries))
        for file in files
        if matches(search.filters, file.attributes)
        for chunk in file.chunks
    ]
    hits = [hit for hit in hits if hit.score >= search.threshold]
    hits.sort(key=lambda hit: -hit.score)  # stable: the file attached first wins
    return hits[: search.most]


def _write_hit(hit: Hit) -> dict[str, Any]:
    return {
        "file_id": hit.file.file_id,
        "filename": hit.file.name,
        "score": round(hit.score, 4),
        "attributes": hit.file.attributes,
        "content": [{"type": "text", "text": hit.text}],
    }


def _check_filter(given: Any, where: str, depth: int) -> None:
    check(given, Rule("an object"), param=where)
    kind = given.get("type")
    if kind not in (*_COMPARISONS, *_JOINS):
        refuse_choice(kind, (*_COMPARISONS, *_JOINS), param=f"{where}.type")
    if kind in _JOINS:
        check(given.get("filters"), Rule("an array"), param=f"{where}.filters")
        if depth == 0:
            refuse(f"Invalid '{where}': nested too deeply.", param=where)
        for index, inner in enumerate(given["filters"]):
            _check_filter(inner, f"{where}.filters[{index}]", depth - 1)
        return
    check(given.get("key"), Rule("a string"), param=f"{where}.key")
    if "value" not in given:
        refuse_missing(f"{where}.value")
    if kind in _LISTS:
        check(given["value"], Rule("an array"), param=f"{where}.value")
    if kind in _ORDERS:
        check(given["value"], Rule("a decimal"), param=f"{where}.value")
