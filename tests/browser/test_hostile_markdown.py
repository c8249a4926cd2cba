"""Hostile answers in a real JupyterLab: nothing is fetched, nothing runs, and they can be read."""

from __future__ import annotations

import json

from playwright.sync_api import Request, expect

from ocigenai_nb.emulator.service import Service
from tests.browser.lab import Lab

HOST = "x.example"
AT = f"https://{HOST}/"
RUN = "document.documentElement.dataset.ran=1"

PAYLOADS = {
    "image": f"<img src={AT} onerror={RUN}>",
    "image-sets": f'<picture><source srcset={AT}1><img srcset="{AT}2 1x"></picture>',
    "svg": f"<svg onload={RUN}><image href={AT} /><use href={AT}#a /></svg>",
    "script": f"<script>{RUN}</script><script src={AT}></script>",
    "frame": f"<iframe src={AT}></iframe><iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    "style": f"<style>@import url({AT}); body {{ background: url({AT}) }}</style>",
    "style-attribute": f'<p style="background-image: url({AT})">x</p>',
    "link": f'<link rel=stylesheet href={AT}><link rel="prefetch" href={AT}>',
    "form": f"<form action={AT}><button autofocus onfocus={RUN}>x</button></form>",
    "meta": f'<meta http-equiv=refresh content="0; url={AT}">',
    "base": f"<base href={AT}>",
    "object": f"<object data={AT}></object><embed src={AT}>",
    "media": f"<video src={AT} poster={AT} onerror={RUN}></video><audio src={AT} autoplay>",
    "details": f"<details open ontoggle={RUN}>x</details>",
    "command-linker": '<button data-commandlinker-command="notebook:run-all-cells">x</button>',
    "clobbering": "<form id=body name=jupyterapp><input name=restored></form>",
    "comment": f"<!-- --><img src={AT}> --!><!--><img src={AT}>",
    "cdata": f"<![CDATA[x]]><img src={AT}><?x ><img src={AT}?>",
    "unclosed": f'<img src={AT} onerror={RUN} x="',
    "closing": f"</div></div><img/src={AT}/onerror={RUN}>",
    "entities": f"&lt;img src={AT}&gt; &#60;img src={AT}>",
    "inline-image": f"![x]({AT}) ![x](<{AT}>) !![x]({AT})",
    "reference-image": f"![x][r] ![r] ![r][]\n\n[r]: {AT} 'title'",
    "brackets": f"![a [b ![c]({AT})](d) ]({AT}(e))",
    "linked-image": f"[![x]({AT})]({AT})",
    "table": f"| a | ![x]({AT}) |\n|---|---|\n| <img src={AT}> | `a | <img src={AT}>` |",
    "list": f"- ![x]({AT})\n  - <img src={AT}>\n\n    <img src={AT}>\n> # ![x]({AT})",
    "footnote": f"x[^1]\n\n[^1]: ![x]({AT})",
    "javascript-links": f"[a](javascript:{RUN}) [b](JAVASCRIPT&colon;{RUN}) <javascript:{RUN}>",
    "data-links": f"[a](data:text/html,<script>{RUN}</script>) [b](vbscript:x) [c](file:///x)",
    "reference-links": f"[a][r]\n\n[r]: javascript:{RUN}\n[s]:\n  javascript:{RUN}",
    "title": f'[a](https://e.com "{"x" * 20_000}") [b](https://e.com "\'><img src={AT}>")',
    "fence-language": f'```"><img src={AT}>\nx\n```\n\n~~~a" style="background: url({AT})\nx\n~~~',
    "fence-escape": f"```\n```~~~\n<img src={AT}>\n```\n\n- ```\n<img src={AT}>\n",
    "code-span": f"`a\\` <img src={AT}> ` ``b` <img src={AT}>` ~`<img src={AT}>`",
    "indented-code": f"x\n    <img src={AT}>\n\t\n\t<img src={AT}>\n- y\n\n      <img src={AT}>",
    "formula": f"$`$ <img src={AT}> ` $$\\style{{background:url({AT})}}{{x}}$$ \\(<img src={AT}\\)",
    "formula-commands": f"$\\href{{javascript:{RUN}}}{{x}} \\require{{{AT}}} \\class{{jp-x}}{{y}}$",
    "formula-in-fence": f"$$\n```\n$$\n<img src={AT}>\n```\n\n$$\n\n```\n$$\n<img src={AT}>\n```",
    "formula-in-link": f'{AT}$"style="background:url({AT})"$ [x]({AT}@\\@0@@) @\\@9@@',
    "mermaid": f"```mermaid\nflowchart LR\nA@{{ img: '{AT}', w: 60, h: 60 }}\n```",
    "mermaid-style": f"~~~mermaid\nflowchart LR\nA[<img src='{AT}'>]\nstyle A fill:url({AT})\n~~~",
    "line-ends": f"```\nx\n```\u2028<img src={AT}>\r<img src={AT}>\x0b![x]({AT})",
}

CELL = """\
import json
import os
os.environ["OCI_CONFIG_FILE"] = {config!r}
%load_ext ocigenai_nb
from ocigenai_nb import connect
connection = connect()
for name, text in json.loads({payloads!r}).items():
    reply = connection.chat("meta.llama-3.3-70b-instruct").send(f"Say exactly: {{name}} {{text}}")
"""


def test_hostile_answers_make_no_request_and_run_nothing(
    lab: Lab, running_service: Service
) -> None:
    """Each of them is shown as the magic shows it, while it streams and at its end."""
    assert len(PAYLOADS) >= 40
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    texts = {name: f"\n\n{text}" for name, text in PAYLOADS.items()}
    source = CELL.format(config=str(running_service.config_file), payloads=json.dumps(texts))
    notebook = lab.open([source])
    lab.page.on("request", note)
    notebook.run(0)
    shown = notebook.output(0).locator(".jp-RenderedMarkdown")
    expect(shown).to_have_count(len(PAYLOADS))
    for name in PAYLOADS:
        expect(notebook.output(0)).to_contain_text(name)
    lab.page.evaluate("() => new Promise(done => requestIdleCallback(done))")
    lab.page.remove_listener("request", note)
    lab.screenshot("hostile")
    assert [url for url in asked if not url.startswith(lab.server.url)] == []
    assert lab.page.evaluate("document.documentElement.dataset.ran") is None
    loaders = "img, svg:not(.jp-icon *), iframe, object, embed, video, audio, form, style, button"
    assert shown.locator(loaders).count() == 0
    links = shown.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert all(link.startswith(("https://", "http://", "mailto:", "#")) for link in links)
    notebook.close()
