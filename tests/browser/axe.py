"""axe-core on a part of a page: what a program can find of what keeps people out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tools import frontend

if TYPE_CHECKING:
    from playwright.sync_api import Locator

SCRIPT = frontend.MODULES / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")

RUN = """async root => {
  const { violations } = await axe.run(root, { resultTypes: ['violations'] });
  return violations.map(({ id, impact, help, nodes }) =>
    [impact, `${id}: ${help}: ${nodes.map(node => node.html).join(' | ')}`]);
}"""


def find_violations(root: Locator) -> list[str]:
    """The serious violations within an element that is on the page."""
    page = root.page
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return [text for impact, text in root.evaluate(RUN) if impact in SERIOUS]
