"""Text of a model or a service, made fit for a terminal and for `text/plain`.

A terminal obeys control sequences: one can rename its window, hide what follows, or fill the
clipboard. Bidi controls show text in another order than it is in (CVE-2021-42574).
"""

from __future__ import annotations

import re

# ECMA-48: a control sequence, a control string up to its end, any other escape. A string that
# never ends is taken to the end of its line, so that it hides no more than that.
_ESCAPES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_BIDI = r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_REMOVED = re.compile(f"{_ESCAPES}|{_CONTROLS}|{_BIDI}")
_RETURN = re.compile(r"\r\n?")


def safe_plain(text: str) -> str:
    """The text without escape sequences, control characters and bidi controls.

    Line breaks and tabs stay, and so do the joiners of emoji. A lone carriage return, which would
    let a line be written over, becomes a line break.
    """
    return _REMOVED.sub("", _RETURN.sub("\n", text))
