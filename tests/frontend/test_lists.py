"""The JSON tree and the virtual list: by keyboard, and with a great deal in them."""

from __future__ import annotations

import pytest

from tests.frontend.conftest import Kit

VALUE = {"model": "m", "items": [1, True, None, "a<b>"], "nested": {"x y": {"deep": 1.5}}}
TREE = """
window.tree = kit.createJsonTree(argument);
root.append(tree.element);
tree.focus();
"""
LIST = """
window.chosen = []; window.activated = [];
window.list = kit.createVirtualList({
  count: argument, rowHeight: 30, label: 'Responses',
  render: (index) => kit.h('div', { style: { height: index % 3 ? '20px' : '60px' } }, `Row ${index}`),
  onSelect: (index) => chosen.push(index), onActivate: (index) => activated.push(index),
});
list.element.style.height = '400px';
root.append(list.element);
list.element.focus();
"""


def focused(kit: Kit) -> str:
    """The words of the tree item that has the focus."""
    code = "document.activeElement.querySelector('.json-row')?.textContent ?? ''"
    words: str = kit.page.evaluate(code)
    return words


def press(kit: Kit, *keys: str) -> str:
    for key in keys:
        kit.page.keyboard.press(key)
    return focused(kit)


def test_the_tree_is_walked_and_folded_by_keyboard(kit: Kit) -> None:
    kit.run(TREE, VALUE)
    assert focused(kit) == "{ } 3 keys"
    assert press(kit, "ArrowDown") == 'model: "m"'
    assert press(kit, "ArrowDown") == "items: [ ] 4 items"
    assert press(kit, "ArrowRight", "ArrowRight") == "0: 1"
    assert press(kit, "End") == "nested: { } 1 key"
    assert press(kit, "ArrowUp") == '3: "a<b>"'
    assert press(kit, "ArrowLeft") == "items: [ ] 4 items"
    assert press(kit, "ArrowLeft", "ArrowDown") == "nested: { } 1 key"
    assert press(kit, "Enter", "ArrowDown", " ", "ArrowDown") == "deep: 1.5"
    assert press(kit, "Home") == "{ } 3 keys"
    assert press(kit, "ArrowLeft", "ArrowDown") == "{ } 3 keys"


def test_one_tree_item_is_reached_by_tab_and_each_says_where_it_is(kit: Kit) -> None:
    kit.run(TREE, VALUE)
    press(kit, "ArrowDown", "ArrowDown", "Enter", "ArrowDown")
    assert kit.page.locator("[role=treeitem][tabindex='0']").count() == 1
    place = "e => [e.ariaLevel, e.ariaPosInSet, e.ariaSetSize]"
    assert kit.page.locator("[role=treeitem]:focus").evaluate(place) == ["3", "1", "4"]


def test_star_opens_the_siblings(kit: Kit) -> None:
    kit.run(TREE, {"a": [1], "b": [2], "c": 3})
    press(kit, "ArrowDown", "*")
    assert kit.page.locator("[aria-expanded=true]").count() == 3


@pytest.mark.parametrize(
    ("keys", "expected"),
    [((), '{\n  "a": [\n    "x\\ny"\n  ]\n}'), (("ArrowDown", "Enter", "ArrowDown"), "x\ny")],
)
def test_a_value_is_copied_by_keyboard(kit: Kit, keys: tuple[str, ...], expected: str) -> None:
    kit.run(TREE, {"a": ["x\ny"]})
    press(kit, *keys, "Control+c")
    kit.page.wait_for_function(
        "async (text) => await navigator.clipboard.readText() === text", arg=expected
    )


def test_a_value_is_copied_by_its_button(kit: Kit) -> None:
    kit.run(TREE, {"a": {"b": [1]}})
    kit.page.locator("[role=treeitem]", has_text="a:").last.hover()
    press(kit, "ArrowDown")
    kit.page.get_by_role("button", name="Copy the value of a").click()
    kit.page.get_by_role("button", name="Copied").wait_for()
    assert kit.run("return navigator.clipboard.readText()") == '{\n  "b": [\n    1\n  ]\n}'


def test_megabytes_open_at_once_and_grow_by_pages(kit: Kit) -> None:
    code = """
    const value = { rows: Array.from({ length: 50000 }, (_, id) => ({ id, text: 'x'.repeat(60) })),
      long: 'y'.repeat(1000000) };
    const started = performance.now();
    window.tree = kit.createJsonTree(value, { depth: 2 });
    root.append(tree.element);
    root.offsetHeight;
    tree.focus();
    return [performance.now() - started, root.textContent.length];"""
    took, length = kit.run(code)
    assert took < 300
    assert length < 10_000
    assert press(kit, "ArrowDown", "ArrowRight") == "0: { } 2 keys"
    press(kit, *["ArrowDown"] * 100)
    assert focused(kit) == "Show 100 more"
    assert press(kit, "Enter") == "100: { } 2 keys"
    assert press(kit, "End").startswith('long: "yyy')
    assert "999,602 more" in focused(kit)
    assert "979,602 more" in press(kit, "Enter")


def test_hostile_keys_and_values_are_text(kit: Kit) -> None:
    kit.run(
        TREE,
        {"<img src=x onerror=window.pwned=1>": "<script>window.pwned=1</script>", "constructor": 1},
    )
    assert kit.page.locator("img, script:not([type=module])").count() == 0
    assert kit.page.evaluate("window.pwned ?? null") is None


def selected(kit: Kit) -> str:
    """The words of the row that a screen reader is on."""
    code = (
        "document.getElementById(list.element.getAttribute('aria-activedescendant'))?.textContent"
    )
    words: str = kit.page.evaluate(code)
    return words


def in_sight(kit: Kit) -> bool:
    """Whether the chosen row is wholly within the list."""
    code = """() => {
      const row = list.element.querySelector('[aria-selected=true]').getBoundingClientRect();
      const box = list.element.getBoundingClientRect();
      return row.top >= box.top - 1.5 && row.bottom <= box.bottom + 1.5;
    }"""
    seen: bool = kit.page.evaluate(code)
    return seen


def test_a_list_of_many_shows_few_and_is_walked_by_keyboard(kit: Kit) -> None:
    kit.run(LIST, 20_000)
    assert kit.page.locator(".list-row").count() < 50
    for keys, row in (
        (["ArrowDown"], 0), (["ArrowDown", "ArrowDown"], 2), (["ArrowUp"], 1), (["End"], 19_999),
        (["ArrowDown"], 19_999), (["Home"], 0), (["ArrowUp"], 0),
    ):  # fmt: skip
        press(kit, *keys)
        assert selected(kit) == f"Row {row}"
        kit.page.wait_for_timeout(50)
        assert in_sight(kit)
    press(kit, "PageDown", "Enter")
    assert kit.page.evaluate(
        "[activated.length, activated[0] === list.selected(), activated[0] > 5]"
    ) == [1, True, True]
    assert kit.page.locator(".list-row").count() < 60


def test_rows_do_not_overlap_once_measured(kit: Kit) -> None:
    kit.run(LIST, 300)
    code = """async () => {
      const wait = () => new Promise((done) => setTimeout(done, 40));
      for (const top of [0, 900, 4000, 3000]) { list.element.scrollTop = top; await wait(); await wait(); }
      const boxes = [...document.querySelectorAll('.list-row')].map((row) => row.getBoundingClientRect());
      return boxes.every((box, at) => !at || Math.abs(box.top - boxes[at - 1].bottom) < 1);
    }"""
    assert kit.page.evaluate(code)


def test_the_list_says_its_size_and_follows_a_new_count(kit: Kit) -> None:
    kit.run(LIST, 5000)
    press(kit, "End")
    row = kit.page.locator("[aria-selected=true]")
    assert row.get_attribute("aria-setsize") == row.get_attribute("aria-posinset") == "5000"
    kit.page.evaluate("list.setCount(3)")
    assert kit.page.locator(".list-row").count() == 3
    assert kit.page.evaluate("list.selected()") == -1
    kit.page.evaluate("list.setCount(0)")
    assert kit.page.locator(".list-row").count() == 0


def test_a_row_is_chosen_by_a_click(kit: Kit) -> None:
    kit.run(LIST, 100)
    kit.page.get_by_role("option", name="Row 3", exact=True).click()
    assert kit.page.evaluate("chosen") == [3]


def test_ten_thousand_rows_open_fast(kit: Kit) -> None:
    timed = f"const started = performance.now(); {LIST} root.offsetHeight; return performance.now() - started;"
    assert kit.run(timed, 100_000) < 300
