"""Text in Markdown as it is written: it forms nothing, whoever wrote it."""

from __future__ import annotations

import re

from .plain_text import safe_plain

_SPECIAL = re.compile(r"[\\`*\[\]<>&|$]|~(?!/)|^#|(?<!\w)_|_(?!\w)")


def quote(text: str) -> str:
    """A name or an excerpt on one line, as it stands in Markdown."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", safe_plain(" ".join(text.split())))
