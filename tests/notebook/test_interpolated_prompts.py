"""`{{name}}` in a cell: filled once, from variables, and said where it can't be."""

from __future__ import annotations

import pandas as pd
import pytest

from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_messages

SECRET = "the-secret-that-nobody-asked-for"


def sent(service: Service) -> str:
    return read_messages(service)[-1][1]


def test_names_attributes_and_keys_are_filled_in(shell: Shell, service: Service) -> None:
    shell.run("import types\nthing = types.SimpleNamespace(size=3)\ncities = {'no': ['Oslo']}")
    shell.ask('{{thing.size}}, {{ cities["no"][0] }}, {{cities}}')
    assert sent(service) == '3, Oslo, {\n  "no": [\n    "Oslo"\n  ]\n}'


def test_the_last_reply_can_be_part_of_the_next_prompt(shell: Shell, service: Service) -> None:
    shell.ask("What is 17 * 23?")
    text = shell.reply.text
    shell.ask("In words: {{_oci}}", "--new")
    assert sent(service) == f"In words: {text}"


def test_a_dataframe_becomes_a_table_with_what_is_left_out(shell: Shell, service: Service) -> None:
    shell.names["numbers"] = pd.DataFrame({"n": range(1000)})
    shell.ask("{{numbers}}")
    assert sent(service).startswith("| n |\n| --- |\n| 0 |\n| 1 |\n")
    assert sent(service).endswith("… 980 more rows")


@pytest.mark.parametrize(
    "prompt",
    [
        'print(f"{x} {{x!r}} {y:>{width}}")',
        '{"a": {"b": {}}}',
        "{{#each items}}{{/each}} {{ 'x' }} {{else}}",
        "{{{x}}} ${x} $x",
        "function f() {{ return {{}}; }}",
    ],
)
def test_code_and_templates_pass_untouched(
    shell: Shell, service: Service, prompt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.names["x"] = "filled"
    shell.ask(prompt)
    assert sent(service) == prompt
    assert capsys.readouterr().err == ""


def test_what_is_filled_in_is_never_read_again(shell: Shell, service: Service) -> None:
    shell.names["secret"] = SECRET
    shell.names["page"] = "{{secret}} {secret} {{page}}"
    shell.ask("{{page}}")
    assert sent(service) == "{{secret}} {secret} {{page}}"


@pytest.mark.parametrize(
    ("placeholder", "warning"),
    [
        ("{{nmae}}", "there is no variable 'nmae'. Did you mean 'name'?"),
        ("{{name.__class__}}", "names with a leading underscore, such as __class__, can't be"),
        ("{{os.environ}}", "os is a module, whose parts can't be filled in."),
        ('{{cities["noo"]}}', "cities has no key 'noo'. Did you mean 'no'?"),
        ("{{name.size}}", "name has no attribute 'size'."),
    ],
)
def test_what_can_not_be_filled_stays_and_is_said_on_stderr(
    shell: Shell,
    service: Service,
    capsys: pytest.CaptureFixture[str],
    placeholder: str,
    warning: str,
) -> None:
    shell.run("import os\nname = 'Ada'\ncities = {'no': 'Oslo'}")
    capsys.readouterr()
    shell.ask(f"Hello {placeholder}!")
    assert sent(service) == f"Hello {placeholder}!"
    shown = capsys.readouterr().err
    assert shown.startswith(f"%%ocichat: {placeholder} stays as it is: {warning}")
    assert shown.count("\n") == 1


def test_a_value_that_raises_says_no_more_than_that(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run(
        f"class Bad:\n    def __str__(self):\n        raise ValueError('{SECRET}')\nbad = Bad()"
    )
    capsys.readouterr()
    shell.ask("{{bad}}")
    shown = capsys.readouterr().err
    assert "ValueError was raised." in shown
    assert SECRET not in shown + sent(service)
