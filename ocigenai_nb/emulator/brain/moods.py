"""Whether a text sounds glad or not: known words, turned around where "not" stands before them."""

from __future__ import annotations

import re
from typing import Final

_GOOD: Final = (
    r"love[ds]?|lovely|great|good|happy|excellent|wonderful|amazing|best|fantastic|enjoy\w*|"
    r"awesome|perfect|delicious|brilliant|superb|delightful|delighted|pleased|recommend|"
    r"(?:I|we|they|really|absolutely|don't|didn't|doesn't|not) like[ds]?"
)
_BAD: Final = (
    r"hate[ds]?|bad|terrible|awful|worst|sad|angry|disappoint\w*|poor|broken|horrible|disgusting|"
    r"useless|dreadful|annoying|rude|waste|boring|mediocre|worse"
)
_WORD: Final = re.compile(
    rf"(?P<no>\b(?:not|never|no|isn't|wasn't|don't|didn't|doesn't|won't|can't|cannot)"
    rf"(?: (?:a|an|the|very|so|really|that|at all|be|been|any|all)){{0,3}} )?"
    rf"\b(?:(?P<good>{_GOOD})|(?P<bad>{_BAD}))\b",
    re.IGNORECASE,
)


def weigh_mood(text: str) -> tuple[int, int]:
    """Return how many glad and how many unhappy words a text has; what may be either is both."""
    good = bad = 0
    for match in _WORD.finditer(text.replace("\u2019", "'")):
        found = match["good"]
        turned = (match["no"] or "").lower()
        if (turned and not found) or turned.startswith("never"):  # "not bad", "never been so happy"
            good, bad = good + 1, bad + 1
        elif found and (turned or found.lower().startswith(("don't", "did", "doesn't", "not"))):
            bad += 1
        elif found:
            good += 1
        else:
            bad += 1
    return good, bad
