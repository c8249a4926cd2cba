"""Streaming Markdown: what it shows, what it keeps while it grows, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontend.conftest import Kit

SHOW = """
const element = root.appendChild(kit.h('div'));
const markdown = kit.createMarkdown(element);
markdown.write(argument);
await markdown.end();
return element;
"""
FRAME = "const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"


def show(kit: Kit, text: str) -> None:
    """Put an answer on the page."""
    kit.run(SHOW.replace("return element;", ""), text)


def outline(kit: Kit, text: str) -> str:
    """The tags and text of an answer, in short."""
    code = SHOW.replace(
        "return element;",
        """
        const outline = (node) => node.nodeType === 3 ? node.data
          : `<${node.localName}>${[...node.childNodes].map(outline).join('')}</>`;
        return [...element.childNodes].map(outline).join('');
        """,
    )
    shown: str = kit.run(code, text)
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** *it* ~~no~~ `c`", "<p><strong>bold</> <em>it</> <s>no</> <code>c</></>"),
        ("snake_case_name arr[0] 2 * 3", "<p>snake_case_name arr[0] 2 * 3</>"),
        ("# One\n###### Six", "<h3>One</><h6>Six</>"),
        ("Title\n===\ntext", "<h3>Title</><p>text</>"),
        ("3. a\n4. b", "<ol><li><span>a</></><li><span>b</></></>"),
        ("- a\n  - b", "<ul><li><span>a</><ul><li><span>b</></></></></>"),
        ("> a\n> b", "<blockquote><p>a\nb</></>"),
        ("a<br>b  \nc", "<p>a<br></>b<br></>c</>"),
        ("---", "<hr></>"),
        ("&amp; &copy; &#8364; &unknown;", "<p>& © € &unknown;</>"),
        ("costs $5 and $6", "<p>costs $5 and $6</>"),
        ("so $x^2$ and \\(y\\)", "<p>so <span>$x^2$</> and <span>\\(y\\)</></>"),
        ("$$\na_b*c*\n$$", "<div>$$\na_b*c*\n$$</>"),
        ("before\n$$x$$\nafter", "<p>before</><div>$$x$$</><p>after</>"),
    ],
)
def test_markdown_becomes_elements(kit: Kit, text: str, expected: str) -> None:
    assert outline(kit, text) == expected


def test_links_open_elsewhere_and_name_their_host(kit: Kit) -> None:
    show(kit, "[docs](https://docs.oracle.com/a) https://docs.oracle.com/b <me@a.example>")
    links = kit.page.locator(".markdown a")
    assert links.all_inner_texts() == [
        "docs docs.oracle.com",
        "https://docs.oracle.com/b",
        "me@a.example",
    ]
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def test_a_reference_link_works_though_its_definition_comes_last(kit: Kit) -> None:
    show(kit, "See [the docs][1] first.\n\nThen more.\n\n[1]: https://docs.oracle.com/x\n")
    assert kit.page.locator("a").first.get_attribute("href") == "https://docs.oracle.com/x"
    assert "[1]" in kit.page.locator(".definition").inner_text()


def test_tasks_and_tables_are_named_for_screen_readers(kit: Kit) -> None:
    show(kit, "- [x] a\n- [ ] b\n\n| l | r |\n|:--|--:|\n| 1 | 2 |")
    assert [box.get_attribute("aria-label") for box in kit.page.locator(".box").all()] == [
        "Done",
        "Not done",
    ]
    assert kit.page.get_by_role("region", name="Table").is_visible()
    assert kit.page.locator("td.align-right").inner_text() == "2"


def test_code_is_colored_and_its_text_unchanged(kit: Kit) -> None:
    code = 'def f(x):\n    """Say\n\n    more."""\n    return "a" if x else None  # why\n' * 200
    show(kit, f"```python title=f.py\n{code}```\nafter")
    block = kit.page.locator(".code-block")
    assert block.locator("code").text_content() == code.rstrip("\n")
    assert block.locator(".code-language").inner_text() == "Python title=f.py"
    colored = block.locator(".tok-kwd").all_inner_texts()
    assert colored.count("def") == colored.count("return") == 200


def test_a_code_block_is_copied_whole(kit: Kit) -> None:
    show(kit, "```sh\necho 'a  b'\n\necho c\n```")
    kit.page.get_by_role("button", name="Copy the code").click()
    kit.page.get_by_role("button", name="Copied").wait_for()
    assert kit.run("return navigator.clipboard.readText()") == "echo 'a  b'\n\necho c"


def test_what_is_half_written_is_shown_as_what_it_will_be(kit: Kit) -> None:
    code = f"""{FRAME}
    const texts = [];
    for (const text of argument) {{
      const element = root.appendChild(kit.h('div'));
      const markdown = kit.createMarkdown(element);
      markdown.write(text);
      await frame(); await frame();
      texts.push(element.innerHTML.replace(/ dir="auto"/g, ''));
      markdown.stop();
    }}
    return texts;"""
    shown = kit.run(code, ["a **bo", "a `co", "a [link](https://exa", "a *", "text\n-", "2 * 3"])
    assert shown == [
        "<p>a <strong>bo</strong></p>",
        '<p>a <code dir="ltr">co</code></p>',
        "<p>a link</p>",
        "<p>a </p>",
        "<p>text</p>",
        "<p>2 * 3</p>",
    ]


def test_what_is_final_keeps_its_elements_while_the_answer_grows(kit: Kit) -> None:
    code = f"""{FRAME}
    const element = root.appendChild(kit.h('div'));
    const markdown = kit.createMarkdown(element);
    const kept = [];
    for (const text of ['First.\\n\\n- a\\n- b', '\\n- c\\n\\n| a |\\n|---|\\n| 1 |\\n', '| 2 |\\n\\n```py\\nx', ' = 1\\n```\\n']) {{
      markdown.write(text);
      await frame(); await frame();
      kept.push(element.querySelector('p'), element.querySelector('li'), element.querySelector('td'));
    }}
    await markdown.end();
    return kept.filter(Boolean).every((one) => element.contains(one)) && kept.filter(Boolean).length;"""
    assert kit.run(code) == 11


def test_an_answer_is_complete_in_a_page_that_paints_no_frames(kit: Kit) -> None:
    code = """
    const real = window.requestAnimationFrame;
    window.requestAnimationFrame = () => 0;
    const element = root.appendChild(kit.h('div'));
    const markdown = kit.createMarkdown(element);
    markdown.write('word '.repeat(30000));
    await markdown.end();
    window.requestAnimationFrame = real;
    return element.textContent.length;"""
    assert kit.run(code) >= 149_990


def test_reset_begins_anew(kit: Kit) -> None:
    code = """
    const element = root.appendChild(kit.h('div'));
    const markdown = kit.createMarkdown(element);
    markdown.write('```py\\nold');
    markdown.reset();
    markdown.write('new');
    await markdown.end();
    return element.textContent;"""
    assert kit.run(code) == "new"


# Frames and timers run when the test says, so that all the work is seen.
MEASURE = """
const [texts, size] = argument;
const { requestAnimationFrame: realFrame, setTimeout: realTimer } = window;
const waiting = [];
window.requestAnimationFrame = window.setTimeout = (run) => waiting.push(run);
const times = [];
for (const text of texts) {
  const element = root.appendChild(kit.h('div'));
  const markdown = kit.createMarkdown(element);
  const slices = [];
  const measure = (run) => {
    const started = performance.now();
    run();
    slices.push(performance.now() - started);
  };
  const work = () => waiting.splice(0).forEach(measure);
  for (let at = 0; at < text.length; at += size) {
    markdown.write(text.slice(at, at + size));
    work();
  }
  measure(() => void markdown.end());
  while (waiting.length) work();
  const busy = slices.reduce((sum, one) => sum + one, 0);
  times.push({ busy, longest: Math.max(...slices), length: element.textContent.length });
  element.remove();
}
window.requestAnimationFrame = realFrame;
window.setTimeout = realTimer;
return times;
"""
MIXED = """## Section

Some **bold** text with `code`, a [link](https://a.example/x) and *more* words to read, at length.

- one
- two, which is longer
  - and nested

| a | b |
|---|---|
| 1 | 2 |

```python
def f(x):
    return [y for y in x if y]  # keep
```

"""
KINDS = {
    "mixed": MIXED,
    "one paragraph": "word **bold** and `code`, ",
    "one list": "- an item with *some* words\n",
    "one table": "| 1 | two | three |\n",
    "one code block": "x = f('a', 1)  # comment\n",
}
STARTS = {"one table": "| a | b | c |\n|---|---|---|\n", "one code block": "```python\n"}


def answer(kind: str, length: int) -> str:
    piece = KINDS[kind]
    return STARTS.get(kind, "") + piece * (length // len(piece))


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_grows_with_the_length(kit: Kit, kind: str) -> None:
    short, long = answer(kind, 20_000), answer(kind, 200_000)
    times = kit.run(MEASURE, [[short, short, short, long], 500])  # the first warms up
    assert times[3]["busy"] < 25 * max(
        times[1]["busy"], times[2]["busy"]
    )  # 100 if it were quadratic


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_answer_at_once_is_painted_in_slices(kit: Kit, kind: str) -> None:
    text = answer(kind, 200_000)
    times: list[dict[str, Any]] = kit.run(MEASURE, [[text, text, text], len(text)])
    assert times[0]["length"] > 60_000
    # All at once would be one slice; a busy machine may stretch any of them.
    assert any(one["longest"] < max(100, one["busy"] / 3) for one in times)


def test_a_list_and_a_table_that_go_on_stay_one(kit: Kit) -> None:
    for size in (700, 100_000):
        code = f"""
        const pieces = argument.match(/[^]{{1,{size}}}/g);
        const element = root.appendChild(kit.h('div'));
        const markdown = kit.createMarkdown(element);
        for (const piece of pieces) {{
          markdown.write(piece);
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        }}
        await markdown.end();
        const count = (selector) => element.querySelectorAll(selector).length;
        const shape = [count('ol'), count('ol > li'), count('ul > li'), count('table'), count('tbody tr')];
        const text = [...element.querySelectorAll('li')].map((one) => one.firstChild.textContent).join();
        element.remove();
        return [shape, text];
        """
        numbers = "".join(f"{n}. item {n}\n     - under {n}\n" for n in range(1, 401))
        rows = "| a | b |\n|---|---|\n" + "".join(f"| {n} | row |\n" for n in range(400))
        shape, text = kit.run(code, f"{numbers}\n{rows}\nend")
        assert shape == [1, 400, 400, 1, 400]
        assert text == ",".join(f"item {n},under {n}" for n in range(1, 401))
