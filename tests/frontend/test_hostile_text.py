"""What a hostile model writes: no script runs, nothing is requested, and it can be read."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any

import pytest

from tests.frontend import hostile
from tests.frontend.conftest import Kit

# Writes pieces with a painting after each, then looks at every element and attribute there is.
WRITE = """
const frames = [];
const real = window.requestAnimationFrame;
window.requestAnimationFrame = (run) => frames.push(run);
const tags = new Set(['A','BLOCKQUOTE','BR','BUTTON','CODE','DIV','EM','H3','H4','H5','H6','HR',
  'LI','OL','P','PRE','S','SPAN','STRONG','TABLE','TBODY','TD','TH','THEAD','TR','UL','path','svg']);
const names = new Set(['aria-hidden','aria-label','class','d','dir','focusable','href','rel','role',
  'scope','start','tabindex','target','title','type','viewBox']);
const results = [];
for (const pieces of argument) {
  const element = root.appendChild(kit.h('div'));
  const markdown = kit.createMarkdown(element);
  const wrong = [];
  for (const piece of pieces) {
    markdown.write(piece);
    for (const frame of frames.splice(0)) frame();
  }
  const done = markdown.end();
  while (frames.length) for (const frame of frames.splice(0)) frame();
  await done;
  for (const one of element.querySelectorAll('*')) {
    if (!tags.has(one.tagName)) wrong.push(one.tagName);
    for (const { name, value } of one.attributes) {
      if (!names.has(name)) wrong.push(`${one.tagName} ${name}`);
      if (name === 'href' && !/^(https?:|mailto:)/.test(value)) wrong.push(value);
      if (name === 'title' && one.tagName === 'A') wrong.push(value);
    }
  }
  results.push({ wrong, text: element.textContent, html: element.innerHTML });
  element.remove();
}
window.requestAnimationFrame = real;
return { results, pwned: window.pwned ?? null };
"""
ALL = hostile.payloads()


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def letters(text: str) -> str:
    """What is left of a text when blanks and Markdown's own marks do not count."""
    return re.sub(r"[\s*_~`\\#|>-]", "", text)


@pytest.fixture
def whole(kit: Kit) -> list[dict[str, Any]]:
    """How every payload looks when it comes in one piece."""
    shown: list[dict[str, Any]] = kit.run(WRITE, [[one.text] for one in ALL])["results"]
    return shown


def test_there_are_many_payloads() -> None:
    assert len({one.text for one in ALL}) + len(hostile.NESTED) >= 250


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_hostile_text_is_only_text(kit: Kit, whole: list[dict[str, Any]], size: int) -> None:
    done = kit.run(WRITE, [cut(one.text, size) for one in ALL])
    assert done["pwned"] is None
    for payload, shown, at_once in zip(ALL, done["results"], whole, strict=True):
        assert not shown["wrong"], payload
        seen = letters(shown["text"])
        for word in payload.shows.split():
            assert letters(word) in seen, (payload, shown["text"])
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown["text"]
        )
        assert shown["html"] == at_once["html"], payload


def test_payloads_after_one_another_are_only_text(kit: Kit) -> None:
    order = random.Random(4)
    documents = [[one.text + "\n\n" for one in order.sample(ALL, 40)] for _ in range(12)]
    done = kit.run(WRITE, documents)
    assert done["pwned"] is None
    assert not [shown["wrong"] for shown in done["results"] if shown["wrong"]]


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_looks_the_same_however_it_is_cut(
    kit: Kit, whole: list[dict[str, Any]], seed: int
) -> None:
    order = random.Random(seed)
    documents = []
    for payload in ALL:
        places = sorted(order.choices(range(len(payload.text) + 1), k=order.randint(1, 8)))
        edges = [0, *places, len(payload.text)]
        documents.append([payload.text[a:b] for a, b in pairwise(edges)])
    done = kit.run(WRITE, documents)
    for payload, shown, at_once in zip(ALL, done["results"], whole, strict=True):
        assert shown["html"] == at_once["html"], payload


@pytest.mark.parametrize("text", hostile.NESTED, ids=lambda text: repr(text[:6]))
def test_deep_nesting_neither_freezes_nor_hides(kit: Kit, text: str) -> None:
    timed = (
        "const started = performance.now();"
        f"const done = await (async () => {{ {WRITE} }})();"
        "return { ...done, ms: performance.now() - started };"
    )
    done = kit.run(timed, [cut(text, 1000)])
    assert not done["results"][0]["wrong"]
    assert "deepend" in letters(done["results"][0]["text"])
    assert done["ms"] < 3000


SLOW = (
    "<a  x",
    "<!--",
    "/*",
    "'",
    '"',
    "`",
    "${",
    "  \n",
    "\\",
    "<a x=",
    "A",
    "f(",
    "#",
    "'''",
    "e-",
)


@pytest.mark.parametrize(
    "language", ["html", "js", "python", "sql", "bash", "c", "css", "yaml", "json"]
)
def test_code_made_to_be_slow_to_color_does_not_freeze(kit: Kit, language: str) -> None:
    timed = """
    const longest = [];
    for (const text of argument) {
      const started = performance.now();
      const markdown = kit.createMarkdown(root.appendChild(kit.h('div')));
      markdown.write(text);
      await markdown.end();
      longest.push(performance.now() - started);
    }
    return Math.max(...longest);
    """
    texts = [
        f"```{language}\n{start}{bit * (width // len(bit))}\n```"
        for bit in SLOW
        for start, width in (("", 900), ("<a", 900), ("x = ", 6000))
    ]
    assert kit.run(timed, texts) < 1500
