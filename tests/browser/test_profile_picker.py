"""The profile picker in JupyterLab: by mouse, by keyboard, light, dark and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.axe import find_violations
from tests.browser.lab import Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

START = """\
from ocigenai_nb import emulator
from ocigenai_nb.notebook.profile_picker import ProfilePicker
service = emulator.start()
"""
SHOW = "picker = ProfilePicker(config_file=service.config_file)\npicker"


@pytest.fixture(scope="module")
def opened(warm_lab: Lab) -> Iterator[Notebook]:
    """A notebook with a running emulator, whose second cell shows a picker."""
    notebook = warm_lab.open([START, SHOW, ""])
    notebook.run_all()
    yield notebook
    notebook.close()


@pytest.fixture
def picker(lab: Lab, opened: Notebook) -> Locator:
    """A new picker, as the page shows it."""
    opened.run(1)
    root = opened.output(1).locator(".profile-picker")
    expect(root.get_by_role("radio")).to_have_count(5)
    root.scroll_into_view_if_needed()
    return root


def test_choosing_by_mouse_is_heard_in_the_kernel(opened: Notebook, picker: Locator) -> None:
    expect(picker.get_by_role("radio", name="DEFAULT")).to_be_checked()
    picker.get_by_text("TYPICAL").click()
    expect(picker.locator("h4")).to_have_text("TYPICAL")
    assert opened.say("picker.profile, picker.connection.settings.profile.value") == (
        "TYPICAL TYPICAL"
    )


def test_choosing_in_the_kernel_is_seen(opened: Notebook, picker: Locator) -> None:
    opened.run(2, "picker.profile = 'SESSION'")
    expect(picker.get_by_role("radio", name="SESSION")).to_be_checked()
    expect(picker.locator(".details")).to_contain_text("minutes left")


def test_everything_goes_by_keyboard_alone(lab: Lab, opened: Notebook, picker: Locator) -> None:
    keys = lab.page.keyboard
    picker.get_by_role("button", name="Read the configuration again").focus()
    keys.press("Tab")
    expect(picker.get_by_role("radio", name="DEFAULT")).to_be_focused()
    keys.press("ArrowDown")
    expect(picker.get_by_role("radio", name="TYPICAL")).to_be_focused()
    expect(picker.locator("h4")).to_have_text("TYPICAL")
    keys.press("Tab")
    expect(picker.get_by_label("Region", exact=True)).to_be_focused()
    keys.press("Tab")
    expect(picker.get_by_label("Compartment", exact=True)).to_be_focused()
    keys.type("ocid1.compartment.oc1..typed")
    keys.press("Enter")
    restore = picker.get_by_role("button", name="Compartment: go back to what was found")
    expect(restore).to_be_visible()
    expect(picker.get_by_label("Compartment", exact=True)).to_be_focused()
    keys.press("Tab")
    expect(restore).to_be_focused()
    keys.press("Enter")
    expect(restore).to_have_count(0)
    expect(picker.get_by_label("Compartment", exact=True)).to_be_focused()
    picker.get_by_role("button", name="Test sign-in").focus()
    keys.press("Enter")
    expect(picker.locator(".result")).to_contain_text("Signed in")
    expect(picker.get_by_role("button", name="Test sign-in")).to_be_focused()
    expect(picker.get_by_role("status").last).to_contain_text("Signed in")
    assert opened.say("picker.profile, repr(picker.compartment_id)") == "TYPICAL ''"


def test_a_missing_policy_is_there_to_be_copied(
    lab: Lab, opened: Notebook, picker: Locator
) -> None:
    opened.run(2, "picker.compartment_id = service.tenancies[1].compartment_id")
    picker.get_by_role("button", name="Test sign-in").click()
    result = picker.locator(".result")
    expect(result).to_contain_text("Sign-in failed")
    expect(result.locator(".command code")).to_have_text(
        re.compile("^allow group YOUR-GROUP to use generative-ai-family in compartment id ocid1")
    )
    copy = result.locator(".command button")
    copy.click()
    expect(copy).to_have_attribute("aria-label", "Copied")
    lab.screenshot("profile-picker-policy")


def test_a_wrong_region_is_told_at_its_field_and_escape_takes_it_back(picker: Locator) -> None:
    field = picker.get_by_label("Region", exact=True)
    field.fill("nowhere")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(picker.locator(".problem")).to_contain_text("'nowhere' is not an OCI region.")
    field.press("Escape")
    expect(field).to_have_value("")
    expect(picker.locator(".problem")).to_have_count(0)


def test_two_views_of_one_picker_agree(opened: Notebook, picker: Locator) -> None:
    opened.run(2, "picker")
    other = opened.output(2).locator(".profile-picker")
    expect(other.get_by_role("radio")).to_have_count(5)
    other.get_by_text("ZDR").click()
    expect(picker.get_by_role("radio", name="ZDR")).to_be_checked()
    opened.run(2, "")


def test_the_emulator_is_chosen_like_any_other(opened: Notebook, picker: Locator) -> None:
    picker.get_by_text("Built-in emulator").click()
    expect(picker.locator("h4")).to_have_text("Built-in emulator")
    expect(picker.get_by_label("Region", exact=True)).to_have_count(0)
    picker.get_by_role("button", name="Test sign-in").click()
    expect(picker.locator(".result")).to_contain_text("Signed in")
    assert opened.say("picker.connection.emulated") == "True"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_out(lab: Lab, picker: Locator, theme: str) -> None:
    lab.set_theme(theme)
    try:
        picker.get_by_role("button", name="Test sign-in").click()
        expect(picker.locator(".result")).to_be_visible()
        assert find_violations(picker) == []
        picker.locator(".head").scroll_into_view_if_needed()
        lab.screenshot(f"profile-picker-{theme}")
    finally:
        lab.set_theme("light")


def test_a_narrow_picker_is_one_column_and_nothing_sticks_out(
    lab: Lab, opened: Notebook, picker: Locator
) -> None:
    opened.run(2, "picker.layout.width = '340px'; picker.test_sign_in();")
    expect(picker.locator(".result")).to_be_visible()
    panes = picker.locator(".panes").evaluate(
        "panes => getComputedStyle(panes).gridTemplateColumns.split(' ').length"
    )
    assert panes == 1
    assert picker.evaluate("root => root.scrollWidth - root.clientWidth") <= 0
    lab.screenshot("profile-picker-narrow")


def test_a_broken_configuration_is_a_sentence_on_the_page(
    lab: Lab, opened: Notebook, picker: Locator
) -> None:
    opened.run(
        2,
        "import pathlib, tempfile\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "path = folder / 'config'\n"
        "path.write_text('[DEFAULT]\\ntenancy=ocid1.tenancy.oc1..a\\nuser=b\\nkey_file=/no/key\\n'"
        " '[WORK]\\nregion=Chicago!\\n')\n"
        "path.chmod(0o644)\n"
        "ProfilePicker(config_file=path)",
    )
    broken = opened.output(2).locator(".profile-picker")
    expect(broken.locator(".signer.failed")).to_have_count(2)
    expect(broken.locator(".config")).to_contain_text("can be read by other users")
    expect(broken.locator(".checks")).to_contain_text("can't be read: No such file or directory")
    broken.scroll_into_view_if_needed()
    lab.screenshot("profile-picker-broken")
    assert find_violations(broken) == []
    opened.run(2, "")
