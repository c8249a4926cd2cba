"""Hostile Markdown in a real JupyterLab: forty answers that ask for nothing and run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Request, expect

from ocigenai_nb.emulator.service import Service
from tests.browser.lab import PATIENCE, Lab, Notebook

expect.set_options(timeout=PATIENCE)

RUN: Final = "window.owned=1"
FAR: Final = "https://evil.example/"
NEAR: Final = "/evil/"  # the Jupyter server itself: what a request there says is in its log

PAYLOADS: Final = (
    # HTML
    f"<script>{RUN}</script>",
    f"<img src={NEAR}a onerror={RUN}>",
    f"<svg onload={RUN}><image href={NEAR}b /></svg>",
    f'<iframe src="{NEAR}c" srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f"<style>@import url({NEAR}d); body {{background: url({NEAR}e)}}</style>",
    f'<div style="background-image: url({NEAR}f)">styled</div>',
    f'<link rel=stylesheet href="{NEAR}g"><base href="{FAR}">',
    f"<form action={NEAR}h><button id=go>go</button></form><input autofocus onfocus={RUN}>",
    f'<meta http-equiv="refresh" content="0;url={FAR}">',
    f"<object data={NEAR}i></object><embed src={NEAR}j>",
    f"<video poster={NEAR}k src={NEAR}l autoplay></video><audio src={NEAR}m autoplay></audio>",
    f"<img srcset='{NEAR}n 1x, {FAR} 2x'><picture><source srcset={NEAR}o><img></picture>",
    f'<button data-commandlinker-command="x">run</button><a onclick={RUN}>x</a>',
    "<a id=jupyterapp name=owned href=x>clobbered</a><img name=getElementById>",
    f"<math><mtext><img src={NEAR}p></mtext></math><details open ontoggle={RUN}>d</details>",
    f"<!-- --><img src={NEAR}q><!-- -->\n<![CDATA[ <img src={NEAR}r> ]]>\n<?p <img src={NEAR}s> ?>",
    f"<img\nsrc={NEAR}t\nonerror={RUN}\n>\n\n<IMG SRC={NEAR}u",
    f"text <b>bold</b> <img/src={NEAR}v> &lt;img src={NEAR}w&gt; &#60;img src={NEAR}x&#62;",
    # Images
    f"![a]({NEAR}1) ![b](<{NEAR}2>) ![c]({NEAR}3 'title') ![]({NEAR}4)",
    f"![a][r] ![r][] ![r]\n\n[r]: {NEAR}5",
    f"![a [nested] (b)]({NEAR}6(x)) [![in a link]({NEAR}7)]({NEAR}8)",
    f"| a | b |\n|---|---|\n| ![t]({NEAR}9) | <img src={NEAR}10> |",
    f"> ![q]({NEAR}11)\n> - ![l]({NEAR}12)\n>   1. <img src={NEAR}13>",
    f"# ![h]({NEAR}14)\n\n![u]({NEAR}15)\n===",
    f"\\![e]({NEAR}16) \\\\![f]({NEAR}17) !\\[g]({NEAR}18) !&#91;h]({NEAR}19)",
    f"![a\nb]({NEAR}20)\n\n!\u200b[z]({NEAR}21) **![s]({NEAR}22)** ~~![d]({NEAR}23)~~",
    f"[^1]: ![foot]({NEAR}24)\n\n[^1] ![case][REF]\n\n[ref]: <{NEAR}25> '![x]({NEAR}26)'",
    # Links
    f"[a](javascript:{RUN}) [b](JaVaScRiPt:{RUN}) [c](&#106;avascript:{RUN})",
    f"<javascript:{RUN}> [x][j] [d](java\tscript:{RUN})\n\n[j]: javascript:{RUN}",
    f"[e](data:text/html,<script>{RUN}</script>) [f](file:///x) [k]({FAR} '{'t' * 5000}')",
    # Code and its edges
    f"```\n```\n<img src={NEAR}31>\n```html\n<img src={NEAR}32>\n``` x\n<img src={NEAR}33>",
    f"```a`b\n<img src={NEAR}34>\n```\n\n~~~\n~~~~\n![x]({NEAR}35)\n~~~",
    f"`` ` `` <img src={NEAR}36> ` <img src={NEAR}37>\n\n` <img src={NEAR}38>",
    f"- item\n\n      <img src={NEAR}39>\n\n    ![x]({NEAR}40)\n\n\t<img src={NEAR}41>",
    f"1. ```\n<img src={NEAR}42>\n   ```\n   ![y]({NEAR}43)",
    f"```mermaid\ngraph TD; A[<img src='{NEAR}44'>] --> B; click A href \"{FAR}\"\n```",
    # Math, which JupyterLab takes out before it reads Markdown
    f"$`$ <img src={NEAR}45> $`$ ![m]({NEAR}46) $$ <img src={NEAR}47> $$ \\(<img src={NEAR}48>\\)",
    f"$\\href{{javascript:{RUN}}}{{x}} \\unicode{{<img src={NEAR}49>}} \\style{{a:url({NEAR})}}y$",
    # Characters
    f"\x1b]8;;{FAR}\x07link\x1b]8;;\x07 \u202e<img src={NEAR}51> \x00<im\x00g src={NEAR}52>",
    f"{'> ' * 40}{'- ' * 40}![deep]({NEAR}53){'[' * 500}<img src={NEAR}54>",
)

LOAD = """\
import os
os.environ["OCI_CONFIG_FILE"] = {config!r}
%load_ext ocigenai_nb
import ocigenai_nb as og
genai = og.connect()
"""
SAY = "for said in {payloads!r}:\n    genai.chat().send('Say exactly: ' + said)\nprint('all said')"


@pytest.fixture(scope="module")
def warm_chat(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook of two cells, the first of them loads the extension."""
    opened = warm_lab.open([LOAD.format(config=str(running_service.config_file)), ""])
    opened.run(0)
    yield opened
    opened.close()


def test_forty_hostile_answers_ask_for_nothing_and_run_nothing(
    lab: Lab, warm_chat: Notebook, service: Service
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "evil" in request.url:
            asked.append(request.url)

    lab.page.on("request", note)
    try:
        warm_chat.run(1, SAY.format(payloads=PAYLOADS))
        warm_chat.wait_text("all said", index=1)
        answers = warm_chat.output(1).locator(".jp-RenderedMarkdown")
        expect(answers).to_have_count(len(PAYLOADS))
        answers.first.scroll_into_view_if_needed()
        lab.screenshot("hostile-markdown")
        for picture in ("img", "iframe", "style", "form", "object", "video", "script"):
            expect(answers.locator(picture)).to_have_count(0)
        links = answers.locator("a").evaluate_all("links => links.map(a => a.protocol)")
        assert set(links) <= {"http:", "https:", "mailto:"}
        assert lab.page.evaluate("window.owned") is None
    finally:
        lab.page.remove_listener("request", note)
    assert len(PAYLOADS) == 40
    assert asked == []
