"""The line behind `%%ocichat` and the verbs behind `%ocichat`: read, checked, explained."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError

from ocigenai_nb.notebook.arguments import BEFORE_LAST, Arguments, make_parser, parse
from ocigenai_nb.notebook.verbs import VERBS, Command, describe, make_verb_parser, parse_command

PLAIN = Arguments(
    models=(),
    profile=None,
    transport=None,
    system=None,
    temperature=None,
    max_tokens=None,
    format=None,
    out=None,
    thread=None,
    new=False,
    fork=None,
    store=None,
    attach=(),
    tools=None,
    schema=None,
    stream=True,
    raw_prompt=False,
    dry_run=False,
    record=None,
    replay=None,
    timeout=None,
    raise_error=True,
    quiet=False,
    help=False,
)


def test_nothing_said_is_nothing_asked_for() -> None:
    assert parse("") == parse("  \n") == PLAIN


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("llama", {"models": ("llama",)}),
        ("-m a -m b", {"models": ("a", "b")}),
        ("-m b c -t 1", {"models": ("c", "b"), "temperature": 1.0}),
        ("-p WORK", {"profile": "WORK"}),
        ("--profile=WORK", {"profile": "WORK"}),
        ("--transport sdk", {"transport": "sdk"}),
        ("-s 'You are \"concise\".'", {"system": 'You are "concise".'}),
        ('-s "- no lists"', {"system": "- no lists"}),
        ("-s ''", {"system": ""}),
        ("-t .5 --max-tokens 10", {"temperature": 0.5, "max_tokens": 10}),
        ("-f df -o people", {"format": "df", "out": "people"}),
        ("--out größe", {"out": "größe"}),
        ("--thread 'two words'", {"thread": "two words"}),
        ("--new", {"new": True}),
        ("--fork", {"fork": BEFORE_LAST}),
        ("--fork 3", {"fork": 3}),
        ("--fork=3 llama", {"fork": 3, "models": ("llama",)}),
        ("--fork resp_abc-1.x", {"fork": "resp_abc-1.x"}),
        ("--fork llama", {"fork": BEFORE_LAST, "models": ("llama",)}),
        ("--fork -t 1", {"fork": BEFORE_LAST, "temperature": 1.0}),
        ("--store", {"store": True}),
        ("--no-store", {"store": False}),
        ("-a a.png -a '{{table}}'", {"attach": ("a.png", "{{table}}")}),
        ("-a {{table}}", {"attach": ("{{table}}",)}),
        ("--tools f,g", {"tools": ("f", "g")}),
        ("--tools 'f, g'", {"tools": ("f", "g")}),
        ("--tools none", {"tools": ()}),
        ("--schema Person -f df", {"schema": "Person", "format": "df"}),
        ("--schema list[Person]", {"schema": "list[Person]"}),
        (
            "--no-stream --raw-prompt --dry-run",
            {"stream": False, "raw_prompt": True, "dry_run": True},
        ),
        ("--record 'a b.jsonl'", {"record": "a b.jsonl"}),
        ("--replay a", {"replay": "a"}),
        ("--timeout 1.5", {"timeout": 1.5}),
        ("--no-raise-error -q", {"raise_error": False, "quiet": True}),
        ("-h", {"help": True}),
        ("--help", {"help": True}),
    ],
)
def test_an_option_says_one_thing(line: str, asked: dict[str, Any]) -> None:
    assert parse(line) == replace(PLAIN, **asked)


def refuse(line: str) -> str:
    """The sentence that a line of the cell magic is refused with."""
    with pytest.raises(UsageError) as raised:
        parse(line)
    message = str(raised.value)
    assert message.startswith("%%ocichat: ")
    assert "\n" not in message
    return message.removeprefix("%%ocichat: ")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--temprature 1", "there is no option --temprature. Did you mean '--temperature'? See"),
        ("--max_tokens=5", "there is no option --max_tokens=5. Did you mean '--max-tokens'?"),
        ("--forc", "there is no option --forc. Did you mean '--fork'"),
        ("--temp 1", "there is no option --temp."),  # no guessing: nothing is abbreviated
        ("--tools f,,g", "argument --tools: 'f,,g' lacks a name: write a,b without a space."),
        ("--tools f, g", "argument --tools: 'f,' lacks a name: write a,b without a space."),
        ("--tools f.g", "argument --tools: 'f.g' can't be a variable's name."),
        ("-z", "there is no option -z. See %ocichat -h."),
        ("-t warm", "argument -t/--temperature: invalid float value: 'warm'. See"),
        ("--max-tokens 1.5", "argument --max-tokens: invalid int value: '1.5'."),
        ("-s", "argument -s/--system: expected one argument."),
        ("-s You are concise.", "'concise.' is one word too many. Quote texts with spaces."),
        ("-s 'You are", """no closing quotation in "-s 'You are"."""),
        ("-o 3x", "argument -o/--out: '3x' can't be a variable's name."),
        ("-o class", "argument -o/--out: 'class' can't be a variable's name."),
        ("-o a.b", "argument -o/--out: 'a.b' can't be a variable's name."),
        ("a -m A", "the model a is named twice; name it once."),
        ("a -m b -m a -m a", "the model a is named 3 times; name it once."),
        ("--transport respones", "argument --transport: there is no transport 'respones'. Did you"),
        ("--transport x", "argument --transport: there is no transport 'x'. There are: v1, sdk,"),
        ("-f jsn", "argument -f/--format: there is no format 'jsn'. Did you mean 'json'? See"),
        ("-f html", "argument -f/--format: there is no format 'html'. There are: md, text,"),
        ("--new --fork", "argument --fork: not allowed with argument --new."),
        ("--thread a --new", "argument --new: not allowed with argument --thread."),
        ("--record a --replay b", "argument --replay: not allowed with argument --record."),
        ("--fork=0", "argument --fork: '0' is neither the number of a turn nor the id of a"),
        ("--fork=x", "argument --fork: 'x' is neither the number of a turn nor the id of a"),
        ("--thread ''", "argument --thread: '' can't be a name."),
        ("--thread 'a\x1bb'", r"argument --thread: 'a\x1bb' can't be a name."),
        ("--timeout 0", "argument --timeout: '0' is no number of seconds above 0."),
        ("--timeout inf", "argument --timeout: 'inf' is no number of seconds above 0."),
        ("--timeout soon", "argument --timeout: 'soon' is no number of seconds above 0."),
    ],
)
def test_what_is_wrong_is_one_sentence(line: str, sentence: str) -> None:
    assert refuse(line).startswith(sentence)


@given(st.text(alphabet="-mtsfoa= 'x3\\\"h", max_size=20))
def test_any_line_is_read_or_refused_in_one_line(line: str) -> None:
    with suppress(UsageError):
        assert isinstance(parse(line), Arguments)
        return
    refuse(line)


def test_every_option_is_a_field_and_every_field_has_its_option() -> None:
    dests = {each.dest for each in make_parser().options.values()} | {"models"}
    assert {field.name for field in fields(Arguments)} == dests


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command("help")),
        ("-h", Command("help")),
        ("--help", Command("help")),
        ("help", Command("help")),
        ("version", Command("version")),
        ("--version", Command("version")),
        ("models", Command("models")),
        ("list", Command("models")),
        ("--list", Command("models")),
        ("models llama", Command("models", words=("llama",))),
        ("profiles", Command("profiles")),
        ("threads", Command("threads")),
        ("threads 'two words'", Command("threads", words=("two words",))),
        ("show", Command("show")),
        ("show 3", Command("show", turn=3)),
        ("show resp_a", Command("show", turn="resp_a")),
        ("fork", Command("fork")),
        ("fork 2", Command("fork", turn=2)),
        ("switch 2", Command("switch", turn=2)),
        ("reset", Command("reset")),
        ("reset ideas", Command("reset", words=("ideas",))),
        ("alias", Command("alias")),
        ("alias fast", Command("alias", words=("fast",))),
        ("alias fast meta.x", Command("alias", words=("fast", "meta.x"))),
        ("alias fast --delete", Command("alias", words=("fast",), delete=True)),
        ("history", Command("history")),
        ("history a b -o found -n 3", Command("history", words=("a", "b"), out="found", last=3)),
        ("export", Command("export")),
        ("export all -f curl", Command("export", turn="all", format="curl")),
        ("export 2 -o a.py", Command("export", turn=2, out="a.py")),
        ("cost", Command("cost")),
        ("cost --price m=2/8.5", Command("cost", prices=(("m", 2.0, 8.5),))),
        ("cost --price a=b=0/1 --price c=1/1", Command(
            "cost", prices=(("a=b", 0.0, 1.0), ("c", 1.0, 1.0))
        )),
        ("error", Command("error")),
    ],
)  # fmt: skip
def test_a_verb_with_its_words_is_a_command(line: str, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("modles", "%ocichat: there is no verb 'modles'. Did you mean 'models'?"),
        ("exprot all", "%ocichat: there is no verb 'exprot'. Did you mean 'export'?"),
        ("hi", "%ocichat: there is no verb 'hi'. A prompt goes below a line with %%ocichat."),
        ("--lsit", "%ocichat: --lsit is no verb. Did you mean '--list'?"),
        ("-m x", "%ocichat: -m is no verb. Options go on a line with %%ocichat."),
        ("'open", """%ocichat: no closing quotation in "'open"."""),
        ("switch", "%ocichat switch: the following arguments are required: TURN."),
        ("switch x", "%ocichat switch: argument TURN: 'x' is neither the number of a turn nor"),
        ("show 0", "%ocichat show: argument TURN: '0' is neither the number of a turn nor"),
        ("show 1 2", "%ocichat show: '2' is one word too many."),
        ("profiles x", "%ocichat profiles: 'x' is one word too many."),
        ("alias a b c", "%ocichat alias: 'c' is one word too many."),
        ("alias --delete", "%ocichat alias: --delete takes the NAME of one alias and no model."),
        ("alias a b --delete", "%ocichat alias: --delete takes the NAME of one alias"),
        ("alias a --delte", "%ocichat alias: there is no option --delte. Did you mean '--delete'?"),
        ("history -n 0", "%ocichat history: argument -n/--last: '0' is no number above 0."),
        ("history -o 1", "%ocichat history: argument -o/--out: '1' can't be a variable's name."),
        ("export -f pyton", "%ocichat export: argument -f/--format: there is no format 'pyton'."),
        ("export every", "%ocichat export: argument TURN|all: 'every' is neither"),
        ("cost --price m=2", "%ocichat cost: argument --price: 'm=2' is no price; write"),
        ("cost --price m=-1/2", "%ocichat cost: argument --price: 'm=-1/2' is no price; write"),
        ("cost --price m=nan/2", "%ocichat cost: argument --price: 'm=nan/2' is no price;"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_command(line)
    message = str(raised.value)
    assert message.startswith(sentence)
    assert "\n" not in message


def test_help_has_every_option_and_every_verb() -> None:
    text = describe()
    for option in make_parser().options:
        assert option in text
    for verb in VERBS.values():
        assert f"  {verb.name} {verb.usage}".rstrip() in text
        for action in make_verb_parser(verb).options.values():
            written = set(re.findall(r"--?\w+", verb.usage))
            assert written & set(action.option_strings)


def find_examples(magic: str) -> list[str]:
    """The lines that the examples have for a magic, without what is said about them."""
    lines = [line.strip() for line in describe().partition("examples:")[2].splitlines()]
    return [
        line.split("   ")[0].removeprefix(magic) for line in lines if line.split(" ")[0] == magic
    ]


def test_the_examples_are_right() -> None:
    asked = [parse(line) for line in find_examples("%%ocichat")]
    assert len(set(asked)) == len(asked) >= 10
    commands = [parse_command(line) for line in find_examples("%ocichat")]
    assert {command.verb for command in commands} >= {"models", "alias", "history", "export"}


def test_help_fits_a_notebooks_width_and_holds_no_colors() -> None:
    assert max(map(len, describe().splitlines())) <= 96
    assert "\x1b" not in describe()
