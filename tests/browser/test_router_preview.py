"""The router preview in JupyterLab: by mouse, by keyboard, light, dark and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import find_violations
from tests.browser.lab import PATIENCE, Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

expect.set_options(timeout=PATIENCE)

START = """\
from ocigenai_nb import connect, emulator
from ocigenai_nb.notebook.router_preview import RouterPreview
service = emulator.start()
genai = connect(config_file=service.config_file)
"""
SHOW = "preview = RouterPreview(genai)\npreview"
GPT = "openai.gpt-5"


@pytest.fixture(scope="module")
def opened(warm_lab: Lab) -> Iterator[Notebook]:
    """A notebook with a running emulator, whose second cell shows a preview."""
    notebook = warm_lab.open([START, SHOW, ""])
    notebook.run(0)
    yield notebook
    notebook.close()


@pytest.fixture
def preview(lab: Lab, opened: Notebook) -> Locator:
    """A new preview, as the page shows it."""
    opened.run(1)
    root = opened.output(1).locator(".router-preview")
    expect(root.locator(".path")).to_contain_text("/openai/v1/chat/completions")
    root.scroll_into_view_if_needed()
    return root


def model_field(preview: Locator) -> Locator:
    return preview.get_by_role("combobox", name="Model")


def open_tab(preview: Locator, name: str) -> Locator:
    """The panel of a tab, opened."""
    preview.get_by_role("tab", name=name).click()
    panel = preview.get_by_role("tabpanel", name=name)
    expect(panel).to_be_visible()
    return panel


def test_what_is_typed_is_what_would_be_sent(opened: Notebook, preview: Locator) -> None:
    preview.get_by_label("Prompt", exact=True).fill("Why is grass green?")
    preview.get_by_label("Max tokens").fill("50")
    panel = preview.get_by_role("tabpanel")
    expect(panel).to_contain_text('"content": "Why is grass green?"')
    expect(panel).to_contain_text('"max_tokens": 50')
    assert opened.say("preview.prompt, preview.max_tokens") == "Why is grass green? 50"


def test_a_model_is_found_by_what_it_can_and_picked_by_keyboard(
    opened: Notebook, preview: Locator
) -> None:
    field = model_field(preview)
    field.press("ArrowDown")
    options = preview.get_by_role("option")
    assert options.count() > 60
    field.fill("reasoning openai gpt-5-mini")
    expect(options.filter(visible=True)).to_have_count(1)
    field.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active == options.filter(visible=True).get_attribute("id")
    field.press("Enter")
    expect(preview.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("openai.gpt-5-mini")
    expect(preview.locator(".path")).to_contain_text("openai.gpt-5-mini")
    assert opened.say("preview.model") == "openai.gpt-5-mini"


def test_escape_puts_back_the_model_that_was_there(opened: Notebook, preview: Locator) -> None:
    field = model_field(preview)
    before = field.input_value()
    field.fill("coh")
    expect(preview.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(preview.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value(before)
    assert opened.say("preview.model") == before


def test_an_unknown_model_shows_the_suggestion(preview: Locator) -> None:
    field = model_field(preview)
    field.fill("lama")
    field.press("Enter")
    expect(preview.locator(".field .problem").first).to_contain_text("Did you mean 'meta.llama-3.3")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("meta.llama-3.3-70b-instruct")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_wrong_temperature_is_a_sentence_at_its_field(preview: Locator) -> None:
    preview.get_by_label("Temperature").fill("9")
    words = "temperature is 9; it has to be between 0 and 2."
    expect(preview.locator(".field", has_text="Temperature").locator(".problem")).to_have_text(
        re.compile(words)
    )
    expect(preview.get_by_role("tabpanel")).to_contain_text("No request would be made.")
    preview.get_by_label("Temperature").fill("0.5")
    expect(preview.get_by_role("tabpanel")).to_contain_text('"temperature": 0.5')


def test_what_the_kernel_sets_is_seen(opened: Notebook, preview: Locator) -> None:
    opened.run(2, f"preview.model = {GPT!r}; preview.temperature = 0.2; preview.stream = False")
    expect(model_field(preview)).to_have_value(GPT)
    expect(preview.get_by_label("Temperature")).to_have_value("0.2")
    expect(preview.get_by_label("Stream the answer")).not_to_be_checked()
    expect(preview.locator(".notes")).to_contain_text("temperature is not sent")


def test_another_transport_is_one_click_away(opened: Notebook, preview: Locator) -> None:
    opened.run(2, f"preview.model = {GPT!r}")
    panel = open_tab(preview, "Transports")
    expect(panel.get_by_role("row", name="Max tokens")).to_be_visible()
    panel.get_by_role("button", name="Use responses").click()
    expect(preview.get_by_label("Transport", exact=True)).to_have_value("responses")
    expect(preview.locator(".path")).to_contain_text("/openai/v1/responses")
    assert opened.say("preview.route.transport") == "responses"


def test_a_transport_that_can_not_be_used_says_why(opened: Notebook, preview: Locator) -> None:
    opened.run(2, "preview.model = 'cohere.command-r-plus-08-2024'")
    expect(open_tab(preview, "Transports")).to_contain_text("Unsupported OpenAI operation")


def test_the_headers_show_what_is_signed_and_no_secret(preview: Locator) -> None:
    panel = open_tab(preview, "Headers")
    expect(panel.get_by_role("row", name="authorization")).to_contain_text('signature="redacted"')
    expect(panel.get_by_role("rowheader", name="x-content-sha256")).to_contain_text("signed")


def test_each_decision_has_its_reason(preview: Locator) -> None:
    row = open_tab(preview, "Decisions").get_by_role("row", name="transport", exact=False)
    expect(row.first).to_contain_text("the default for every family but Cohere R")


def test_the_request_is_copied_as_a_program(lab: Lab, preview: Locator) -> None:
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = open_tab(preview, "Code")
    expect(panel).to_contain_text("What would be sent: meta.llama-3.3-70b-instruct over v1")
    panel.get_by_role("button", name="curl").click()
    expect(panel).to_contain_text("--data-binary")
    panel.get_by_role("button", name="Copy the code").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert "curl http" in lab.page.evaluate("navigator.clipboard.readText()")


def test_the_tabs_are_one_stop_and_the_arrows_open_them(opened: Notebook, preview: Locator) -> None:
    preview.get_by_role("tab", name="Body").focus()
    page = preview.page
    page.keyboard.press("ArrowRight")
    expect(preview.get_by_role("tab", name="Headers")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(preview.get_by_role("tab", name="Code")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Tab")  # the button that copies the address, before the tabs
    expect(preview.get_by_role("button", name="Copy the URL")).to_be_focused()


def test_everything_is_reached_by_tab(preview: Locator) -> None:
    model_field(preview).focus()
    names = []
    for _ in range(9):
        preview.page.keyboard.press("Tab")
        names.append(preview.page.evaluate("document.activeElement.id.replace(/^[^-]*-?/, '')"))
    assert [name for name in names if name] == [
        "transport", "prompt", "system", "temperature", "max_tokens", "stream", "store",
    ]  # fmt: skip


def test_nothing_is_sent(opened: Notebook, preview: Locator) -> None:
    for name in ("Headers", "Transports", "Code", "Body"):
        open_tab(preview, name)
    preview.get_by_label("Prompt", exact=True).fill("hi")
    expect(preview.get_by_role("tabpanel")).to_contain_text('"content": "hi"')
    assert opened.say("len(service.journal)") == "0"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    lab: Lab, opened: Notebook, preview: Locator, theme: str
) -> None:
    lab.set_theme(theme)
    opened.run(2, f"preview.model = {GPT!r}; preview.temperature = 0.2; preview.max_tokens = 99")
    expect(preview.locator(".notes")).to_contain_text("temperature is not sent")
    preview.get_by_text("About this model").click()
    for name in ("Body", "Headers", "Decisions", "Transports", "Code"):
        open_tab(preview, name)
        assert find_violations(preview) == []
        lab.screenshot(f"router_preview-{theme}-{name.lower()}")
    opened.run(2, "preview.temperature = 9")
    expect(preview.get_by_role("tabpanel")).to_contain_text("No request would be made.")
    model_field(preview).press("ArrowDown")
    expect(preview.get_by_role("listbox")).to_be_visible()
    assert find_violations(preview) == []
    lab.set_theme("light")


def test_a_narrow_one_does_not_scroll_sideways(
    lab: Lab, opened: Notebook, preview: Locator
) -> None:
    opened.run(2, "preview.layout.width = '360px'")
    expect(preview).to_have_css("width", "360px")
    for name in ("Body", "Headers", "Transports"):
        open_tab(preview, name)
        wide = preview.evaluate("root => root.scrollWidth - root.clientWidth")
        assert wide <= 0
        lab.screenshot(f"router_preview-narrow-{name.lower()}")
