"""Every row of the table that is on the wire or in transport has its test here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

# Row 41 in part: what is done about an answer that is not known is the conversation's.
ROWS: Final = (*range(1, 37), 41, 49, 50)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_test(row: int) -> None:
    texts = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert any(re.search(rf"^def test_row_{row:02}_", text, re.MULTILINE) for text in texts)
