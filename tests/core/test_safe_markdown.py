"""Hostile Markdown loads nothing and runs nothing, and what is no attack reads as before."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from ocigenai_nb.core.safe_markdown import close_fence, safe_markdown

IMG = "<img src=https://x.example onerror=run()>"
LINE_SEPARATOR = "\u2028"

HARMLESS = [
    "",
    "a < b, x & y, 1 <2, <3, and -> or <- and <=>",
    'Look! [here](https://example.com/a_(b)?c=d&e=f#g "title") or <https://example.com>',
    "[mail](mailto:a@example.com), [r] and [r][s]\n\n[r]: https://example.com\n[s]: <http://e.com>",
    "Use `List<int>` and `![alt](url)`; `a[0](x)` too costs $5",
    "`List<int>` takes $O(n)$ and $O(n^{2})$",
    "| type | what |\n|---|---|\n| `Box<T>` | a box |",
    "- one\n- `Vec<T>`\n  - nested\n\n> quoted `A<b>`",
    "Text:\n```java\nList<int> x = new ArrayList<>();\n```\nmore",
    "1. First:\n   ```html\n   <b>bold</b>\n\n   ![alt](url)\n   ```\n2. Second",
    "- a\n\n    ```sh\n    cat <file\n    ```\n",
    "> ```html\n> <b>\n>\n> </b>\n> ```\n\nand",
    "~~~~ c++\n#include <vector>\n~~~\n~~~~",
    "Indented:\n\n    <div>\n      ![alt](url)\n\n    </div>\n\nafter",
    "```\n[a](javascript:run())\n[r]: javascript:run()\n```",
    "$$\nx < y\n$$\n\nand \\(a < b\\)\n\n```\n<b>\n```",
    "```text\n~~~\n<b>\n```",
]

ESCAPED = [
    ("<b>x</b>", "&lt;b>x&lt;/b>"),
    ("generic List<int> here", "generic List&lt;int> here"),
    ("<!-- a --><?php ?><![CDATA[b]]>", "&lt;!-- a -->&lt;?php ?>&lt;[CDATA[b]]>"),
    (f"`{IMG}", f"`&lt;{IMG[1:]}"),
    ("\\<b> and \\\\<b>", "&lt;b> and \\\\&lt;b>"),
    ("`a\n<b>`", "`a\n&lt;b>`"),
    ("text\n    <b>", "text\n    &lt;b>"),
    ("- item\n\n    <b>", "- item\n\n    &lt;b>"),
    ("a\\`<b>`", "a\\`&lt;b>`"),
    ("| a |\n|---|\n| `x | <b>` |", "| a |\n|---|\n| `x | &lt;b>` |"),
    ("[a](u`v) `<b>`", "[a] (u`v) `&lt;b>`"),
    ("https://x.example/`<b>`", "https://x.example/`&lt;b>`"),
    ("~`<b>`", "~`&lt;b>`"),
    ("~~a `~~ <b>`", "~~a `~~ &lt;b>`"),
    ("$a `$ <b>`", "$a `$ &lt;b>`"),
]

IMAGES = [
    ("![alt](https://x.example)", "[alt](https://x.example)"),
    ("![alt][r] ![r] ![r][]", "[alt][r] [r] [r][]"),
    ("!!![a](https://x.example)", "[a](https://x.example)"),
    ("![a ![b] (c)](https://x.example/(d))", "[a [b] (c)](https://x.example/(d))"),
    ("| ![a](https://x.example) |", "| [a](https://x.example) |"),
    ("> # ![a](https://x.example)", "> # [a](https://x.example)"),
    ("\\![a](https://x.example)", "&#33;[a](https://x.example)"),
    ("!\x00[a](https://x.example)", "[a](https://x.example)"),
]

LINKS = [
    ("[a](javascript:run())", "[a] (javascript:run())"),
    ("[a](JaVaScRiPt:run())", "[a] (JaVaScRiPt:run())"),
    ("[a](<javascript:run()>)", "[a] (&lt;javascript:run()>)"),
    ("[a](\njavascript:run())", "[a] (\njavascript:run())"),
    ("[a](&#106;avascript:run())", "[a] (&#106;avascript:run())"),
    ("[a](vbscript:x) [b](data:text/html,x)", "[a] (vbscript:x) [b] (data:text/html,x)"),
    ("[a](file:///etc/passwd) [b](../x.ipynb)", "[a] (file:///etc/passwd) [b] (../x.ipynb)"),
    ("[a](//x.example) [b](command:run)", "[a] (//x.example) [b] (command:run)"),
    ("<javascript:run()>", "&lt;javascript:run()>"),
    ("[r]: javascript:run()", "[r] : javascript:run()"),
    ("[r]:\njavascript:run()", "[r] :\njavascript:run()"),
    ("> - [r]: data:x", "> - [r] : data:x"),
    ("[^1]: javascript:run()", "[^1] : javascript:run()"),
    ('[a](https://x.example "$ onclick=run() $")', '[a] (https://x.example "$ onclick=run() $")'),
    ('https://x.example/$" style="x"$', 'https://x.example/&#36;" style="x"$'),
    ("[a](https://x.example/@\\@0@@)", "[a] (https://x.example/@&#64;0@@)"),
]

FENCES = [
    ("```mermaid\nA-->B\n```", "```text\nA-->B\n```"),
    ("~~~ Mermaid x\nA\n~~~", "~~~text\nA\n~~~"),
    (f'```"><b {IMG}\nx\n```', "```b\nx\n```"),
    ('~~~a" style="x\nx\n~~~', "~~~a\nx\n~~~"),
    ("```\n<b>", "```\n<b>\n```"),
    ("```\n<b>\n```~~~\n<i>\n```", "````\n<b>\n```~~~\n<i>\n````"),
    ("- ```\n  <b>\n  ```", "-\n  ```\n  <b>\n  ```"),
    ("- a\n  ```\n<b>\n  ```", "- a\n  ```\n  <b>\n  ```"),
    ("> ```\n> <b>\n<i>", "> ```\n> <b>\n> ```\n&lt;i>"),
    ("* - a\nb\n  ```\n\n<b>", "* - a\nb\n\n  ```\n\n  <b>\n  ```"),
    ("$$\n```\n<b>\n```", "$$\n\n```\n<b>\n```"),
    ("$$ a\n\n```\n$$\n<b>\n```", "&#36;&#36; a\n\n```\n$$\n<b>\n```"),
    ("t\n: d\n  ```\n  <b>\n  ```", "t\n: d\n\n```\n<b>\n```"),
]

FORMULAS = [
    ("$a<b$", "$a< b$"),
    ("$$\na<b\n$$", "$$\na< b\n$$"),
    ("\\(a<b\\) and \\[c<d\\]", "\\(a< b\\) and \\[c< d\\]"),
    ("\\begin{align}a<b\\end{align}", "\\begin{align}a< b\\end{align}"),
]

ENDS = [
    (f"a{LINE_SEPARATOR}<b>", "a\n&lt;b>"),
    ("a\r\n<b>\rc", "a\n&lt;b>\nc"),
    ("a\x00<b>\x1b", "a&lt;b>"),
    ("a\n \t\n<b>", "a\n\n&lt;b>"),
]

PIECES = [
    *(
        IMG,
        "<b>",
        "</b>",
        "<!--",
        "![a](https://x.example)",
        "[a](",
        "javascript:x",
        "[r]: ",
        "[r]",
    ),
    *(
        "https://x.example/",
        ")",
        "]",
        "[",
        '"',
        "`",
        "``",
        "```",
        "~~~",
        "````",
        "```js",
        "$",
        "$$",
    ),
    *("```mermaid", "\\(", "\\\\(", "\\\\)", "\\\\[", "\\]", "\\begin{a}", "\\end{a}", "\\", "\\`"),
    *("\n", "\n", "\n\n", "  ", "    ", "\t", "> ", "- ", "1. ", "14. ", "- [ ] ", ": ", "[^1]: "),
    *(
        "[r]: ",
        "$$",
        "# ",
        "|",
        "\n|---|---|\n",
        "x",
        "a b",
        "@@0@@",
        "@\\@0@@",
        "&lt;",
        "!",
        "~",
        "\r",
        "\u2028",
    ),
    *("\n```\n", "\n~~~\n", "\n    ```\n", "\n   ```\n", "`<b>`", "<", "\u00a0", "\x00"),
]
hostile = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


class Page(HTMLParser):
    """Notes what of a page loads or runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag in {"img", "b", "svg"} or names & {"src", "onerror"}:
            self.faults.append(tag)
        target = dict(attrs).get("href") or "#"
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            self.faults.append(target)

    def handle_comment(self, data: str) -> None:
        self.faults.append(data)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_holds_nothing_dangerous_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text) == text


@pytest.mark.parametrize(("text", "safe"), [*ESCAPED, *IMAGES, *LINKS, *FENCES, *FORMULAS, *ENDS])
def test_what_is_dangerous_becomes_text_or_a_link(text: str, safe: str) -> None:
    assert safe_markdown(text) == safe
    assert safe_markdown(safe) == safe


@settings(max_examples=400)
@given(hostile)
def test_what_nbconvert_makes_of_it_loads_and_runs_nothing(text: str) -> None:
    assert not Page(markdown2html_mistune(safe_markdown(text))).faults


@given(hostile, st.integers(min_value=0, max_value=400))
def test_a_text_that_is_cut_anywhere_is_safe_too(text: str, end: int) -> None:
    assert not Page(markdown2html_mistune(safe_markdown(text[:end]))).faults


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    safe = safe_markdown(text)
    assert "![" not in safe
    assert close_fence(text) == text or "```" in text or "~~~" in text or "|" in text


@pytest.mark.parametrize(
    "piece",
    ["<a", "](", "[a]:", "`", "~~~\n", "> ", "$$", "\\\\[", "\\begin{a}", "http://a$", "`<b>`$"],
)
def test_time_grows_in_proportion_to_the_text(piece: str) -> None:
    def measure(length: int) -> float:
        text = piece * (length // len(piece))
        began = time.process_time()
        safe_markdown(text)
        return time.process_time() - began

    short = min(measure(10_000) for _ in range(3))
    long = min(measure(160_000) for _ in range(3))
    assert long < 64 * max(short, 0.001)  # 256 times, were it quadratic


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("| a |\n|---|\n| b |\n| ", "| a |\n|---|\n| b |"),
        ("| a |\n|---|\n| b |\n| c", "| a |\n|---|\n| b |\n| c"),
        ("a\n|", "a\n|"),
        ("```\n| b |\n|", "```\n| b |\n|\n```"),
    ],
)
def test_a_row_that_a_table_breaks_off_before_is_left_out(text: str, closed: str) -> None:
    assert close_fence(text) == closed


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("```python\nprint(1)", "```python\nprint(1)\n```"),
        ("- a\n  ```\n  b", "- a\n  ```\n  b\n  ```"),
        ("> ```\n> b", "> ```\n> b\n> ```"),
    ],
)
def test_code_that_a_text_breaks_off_in_is_closed_where_it_stands(text: str, closed: str) -> None:
    assert close_fence(text) == closed
