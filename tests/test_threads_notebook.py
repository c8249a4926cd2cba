"""The notebook on conversations: ten turns on each transport."""

from __future__ import annotations

import re

import pytest

from tests.executed import Executed, Executions

_VOICE = re.compile(r"\[[\w.-]+, (v1|sdk|responses)(?:, )?")

TREE = """\
├─ * 1  My name is Ada. → Nice to meet you, Ada.
│  ├─   2  Count from 1 to 5. → 1 2 3 4 5
│  └─ * 3  Count from 1 to 5. → 1 2 3 4 5
│     * 4  What is my name? → Your name is Ada.
│     ├─   8  What is my name? → Your name is Ada.
│     └─ * 9  What is my name? → Your name is Ada Lovelace. [edited]
│        * 10  What is my name? → Your name is Ada. ◀
└─   5  My name is Grace. → Nice to meet you, Grace.
     6  What is my name? → Your name is Grace.
     7  What is 17 * 23? → 17 * 23 = 391
"""


@pytest.fixture(scope="module")
def executed(executions: Executions) -> Executed:
    """The notebook, run with an empty home and without a network."""
    return executions.get("05_responses_threads")


def read_outputs(executed: Executed) -> list[str]:
    """What each code cell shows, as plain text."""
    return [
        "".join(output.get("text") or output.data["text/plain"] for output in cell.outputs)
        for cell in executed.code_cells
    ]


def test_ten_turns_make_the_same_tree_on_every_transport(executed: Executed) -> None:
    trees = [shown for shown in read_outputs(executed) if "◀" in shown]
    voices = [set(_VOICE.findall(tree)) for tree in trees]
    assert voices == [{"v1"}, {"sdk"}, {"responses"}]
    shapes = [_VOICE.sub("[", tree.partition("\n")[2]).replace(" []", "") for tree in trees]
    assert shapes == [TREE] * 3
