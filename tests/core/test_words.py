"""Words are found in any script, whatever their case, width or composition."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.words import find_words


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("sky", "Why is the SKY blue?"),
        ("blue sky", "The sky is blue"),
        ("strasse", "Straße"),
        ("ＡＢＣ", "abc"),  # noqa: RUF001 - full width is what is tested
        ("é", "cafe\u0301"),
        ("100%_", "it is 100%_ sure"),
        ("", "anything"),
    ],
)
def test_all_words_are_found(words: str, text: str) -> None:
    assert find_words(words)([text])


def test_each_word_may_be_in_another_text_but_has_to_be_somewhere() -> None:
    assert find_words("sky blue")(["the sky", "is blue"])
    assert not find_words("sky green")(["the sky", "is blue"])
