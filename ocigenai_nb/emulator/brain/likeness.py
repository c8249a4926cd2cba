"""How alike texts are: embeddings without a model, and relevance for search and reranking.

A text is a bag of its words (by their stems), of what they mean (by a small table of synonyms)
and of their pieces of three letters, hashed into a vector of length 1. So texts that share words,
meanings or spellings are near each other, the same text always gets the same vector, and nothing
else is understood.
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

_WORD: Final = re.compile(r"\w+")
_GRAM: Final = 3
_WORD_WEIGHT, _MEANING_WEIGHT, _GRAM_WEIGHT, _STOP_WEIGHT = 1.0, 1.2, 0.3, 0.1
_ENDINGS: Final = ("ings", "ing", "ies", "ed", "es", "s")
_SHORTEST_STEM: Final = 3
_STOP_TEXT: Final = (
    "a about am an and any are as at be been but by can did do does for from had has have he "
    "her his how i if in into is it its me my no not of on or our she so than that the their "
    "them then there these they this to us was we were what when where which who whom whose "
    "why will with would you your"
)
_STOP_WORDS: Final = frozenset(_STOP_TEXT.split())
_MEANINGS: Final = (
    "cat kitten feline kitty katze chat",
    "dog puppy hound canine hund chien",
    "pet animal creature beast",
    "car automobile vehicle truck auto voiture",
    "bicycle bike cycling cyclist",
    "train railway locomotive rail",
    "plane airplane aircraft jet flight fly flying",
    "ship boat vessel ferry",
    "doctor physician medic surgeon clinician",
    "hospital clinic medical medicine health",
    "money cash currency dollar euro finance financial funds",
    "bank lender loan credit mortgage",
    "price cost fee charge expensive",
    "buy purchase acquire order",
    "sell vendor merchant shop store market",
    "stock share equity investor investment invest",
    "happy glad joyful cheerful delighted pleased",
    "sad unhappy gloomy sorrowful miserable",
    "good great excellent wonderful fine",
    "bad awful terrible poor horrible",
    "big large huge enormous giant",
    "small little tiny minor",
    "fast quick rapid speedy swift",
    "slow sluggish gradual",
    "begin start commence launch",
    "end finish stop conclude terminate",
    "rain rainy storm weather snow sunny forecast cloud",
    "sea ocean water river lake",
    "food meal dish eat dinner lunch recipe cook cooking",
    "fruit apple banana orange pear",
    "king monarch ruler royal queen prince",
    "capital city town metropolis",
    "country nation state land",
    "computer laptop pc machine desktop",
    "software program code application app programming developer",
    "bug defect error fault failure crash",
    "database sql table query storage",
    "teacher professor instructor lecturer",
    "student pupil learner school university",
    "house home dwelling building residence apartment",
    "phone telephone mobile smartphone",
    "film movie cinema",
    "music song melody tune concert",
    "football soccer goal match",
    "forgot reset recover lost",
    "password passphrase credential login",
    "refund reimburse return repay",
    "holiday vacation trip travel journey leave",
)
"""Each line is one meaning."""


def embed(text: str, dimensions: int) -> list[float]:
    """Return the vector of ``text``: of length 1, whatever the text."""
    vector = [0.0] * dimensions
    for feature, weight in _weigh(text).items():
        place, sign = _place(feature, dimensions)
        vector[place] += sign * weight
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0:
        return [1.0, *vector[1:]]  # nothing in it, or it cancels out
    return [value / length for value in vector]


def rate_relevance(query: str, document: str) -> float:
    """Return how much of what ``query`` asks for ``document`` has: 0 for nothing, 1 for all."""
    asked, found = _weigh(query), _weigh(document)
    total = sum(weight * weight for weight in asked.values())
    if total == 0:
        return 0.0
    shared = sum(weight * min(weight, found.get(name, 0.0)) for name, weight in asked.items())
    return min(1.0, shared / total)


@functools.lru_cache(maxsize=1024)
def _weigh(text: str) -> Mapping[str, float]:
    """Return the features of ``text`` and how much each counts."""
    weights: defaultdict[str, float] = defaultdict(float)
    for word in _WORD.findall(text.casefold()):
        for feature, weight in _list_features(word):
            weights[feature] += weight
    return {name: math.sqrt(weight) for name, weight in weights.items()}


def _list_features(word: str) -> Iterator[tuple[str, float]]:
    if word in _STOP_WORDS:
        yield f"w:{word}", _STOP_WEIGHT
        return
    stem = _cut_ending(word)
    yield f"w:{stem}", _WORD_WEIGHT
    for known in (word, stem):
        if known in _MEANING_OF:
            yield f"m:{_MEANING_OF[known]}", _MEANING_WEIGHT
            break
    grams = max(1, len(word) - _GRAM + 3)
    padded = f"^{word}$"
    for start in range(len(padded) - _GRAM + 1):
        yield f"g:{padded[start : start + _GRAM]}", _GRAM_WEIGHT / grams


def _cut_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word


@functools.lru_cache(maxsize=65536)
def _place(feature: str, dimensions: int) -> tuple[int, float]:
    digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
    return (digest >> 1) % dimensions, 1.0 if digest & 1 else -1.0


_MEANING_OF: Final = {
    form: number
    for number, words in enumerate(_MEANINGS)
    for word in words.split()
    for form in (word, _cut_ending(word))
}
"""The number of a meaning, by words and stems."""
