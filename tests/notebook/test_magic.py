"""`%%ocichat` in an IPython shell: answers, variables, the conversation, the plan."""

from __future__ import annotations

import re

import pytest
from IPython.core.error import UsageError

from ocigenai_nb import OCIGenAIError
from ocigenai_nb.emulator.control.catalog import make_model_id
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_body, read_messages

LLAMA = "meta.llama-3.3-70b-instruct"
GPT_OSS = "openai.gpt-oss-120b"


def test_an_answer_stays_as_true_markdown_and_plain_text(shell: Shell) -> None:
    reply = shell.ask("A table of the planets and their diameters, please.")
    (shown,) = shell.displays
    assert set(shown) == {"text/markdown", "text/plain"}
    for text in shown.values():
        assert text.startswith("| Planet | Diameter (km) |\n|---|---:|\n| Mercury | 4,879 |\n")
    facts, _, request_id = reply.provenance().rpartition(" ")
    folded = f'<span title="{request_id}">{request_id[:8]}…</span>'
    assert shown["text/markdown"].endswith(f"\n\n<sub>{facts} {folded}</sub>")
    assert shown["text/plain"].endswith(f"\n\n[{reply.provenance()}]")


def test_one_line_says_who_answered_how_fast_and_under_which_request_id(
    shell: Shell, service: Service
) -> None:
    service.pace = 200
    line = shell.ask("Count from 1 to 20", GPT_OSS).provenance()
    assert "\n" not in line
    model, transport, region, first, speed, tokens, end, request_id = line.split(" · ")
    assert (model, transport, region, end) == (GPT_OSS, "v1", service.region, "stop")
    assert re.fullmatch(r"first token \d+\.\d\d s", first)
    assert re.fullmatch(r"\d+ tokens/s", speed)
    usage = shell.reply.usage
    assert usage is not None
    assert tokens.startswith(f"{usage.input} tokens in, {usage.output} out")
    assert request_id == f"opc-request-id {service.journal.last.opc_request_id}"


def test_o_binds_the_reply_and_oci_is_always_the_last_one(shell: Shell) -> None:
    shell.ask("Why is the sky blue?", "-o sky")
    assert shell.names["sky"] == shell.reply
    assert "Rayleigh" in str(shell.names["sky"])
    shell.ask("What is 17 * 23?")
    assert "391" in shell.reply.text
    assert "Rayleigh" in shell.names["sky"].text


@pytest.mark.parametrize("name", ["sky", "_oci"])
def test_a_reply_is_shown_as_markdown_where_it_is_the_value_of_a_later_cell(
    shell: Shell, name: str
) -> None:
    shell.ask("Why is the sky blue?", "-o sky")
    shell.run(f"display({name})")
    assert shell.displayed.outputs[-1]["data"]["text/markdown"] == shell.reply.text


def test_cells_continue_the_conversation_until_a_new_one(shell: Shell, service: Service) -> None:
    shell.ask("My name is Ada.")
    assert shell.ask("What is my name?").text == "Your name is Ada."
    assert read_messages(service) == [
        ("user", "My name is Ada."),
        ("assistant", "Nice to meet you, Ada."),
        ("user", "What is my name?"),
    ]
    shell.ask("What is my name?", "--new")
    assert read_messages(service) == [("user", "What is my name?")]


def test_the_model_is_kept_also_for_a_new_conversation(shell: Shell, service: Service) -> None:
    shell.ask("hi")
    assert read_body(service)["model"] == LLAMA
    for line in (GPT_OSS, "", "--new"):
        shell.ask("hi", line)
        assert read_body(service)["model"] == GPT_OSS
    shell.ask("hi", f"-m {LLAMA}")
    assert read_body(service)["model"] == LLAMA


def test_a_model_may_be_named_by_its_ocid_and_is_asked_by_its_name(
    shell: Shell, service: Service
) -> None:
    reply = shell.ask("Say exactly: hi", make_model_id(GPT_OSS, service.region))
    assert reply.text == "hi"
    assert reply.provenance().startswith(f"{GPT_OSS} · v1")
    assert service.journal.last.model == GPT_OSS


@pytest.mark.parametrize("new", ["", "--new"])
@pytest.mark.parametrize("model", ["meta.llama-9", "openai.gpt-5.5-pro", "llama"])
def test_a_model_that_fails_is_not_kept(
    shell: Shell, service: Service, model: str, new: str
) -> None:
    shell.ask("hi", GPT_OSS)
    with pytest.raises(Exception, match=model):
        shell.ask("hi", f"{model} {new}")
    shell.ask("hi")
    assert read_body(service)["model"] == GPT_OSS


@pytest.mark.parametrize("model", ["openai.gpt-5.5-pro", "llama"])
def test_a_model_that_cannot_be_asked_does_not_end_the_conversation(
    shell: Shell, model: str
) -> None:
    shell.ask("My name is Ada.")
    with pytest.raises(UsageError):
        shell.ask("hi", f"{model} --new")
    assert shell.ask("What is my name?").text == "Your name is Ada."


def test_a_model_that_fails_in_the_first_cell_is_not_kept(shell: Shell, service: Service) -> None:
    with pytest.raises(OCIGenAIError, match=r"meta\.llama-9 not found"):
        shell.ask("hi", "meta.llama-9")
    shell.ask("hi")
    assert read_body(service)["model"] == LLAMA


def test_a_failed_turn_is_not_shown_to_the_model(shell: Shell, service: Service) -> None:
    with pytest.raises(OCIGenAIError):
        shell.ask("lost", "meta.llama-9")
    shell.ask("hi")
    assert read_messages(service) == [("user", "hi")]


def test_standing_instructions_hold_until_others_are_given(shell: Shell, service: Service) -> None:
    shell.ask("hi", "-s 'You are concise.'")
    shell.ask("and you?")
    assert read_messages(service)[0] == ("system", "You are concise.")
    shell.ask("hi", "--system 'Say \"yes\".'")
    assert read_messages(service)[0] == ("system", 'Say "yes".')
    shell.ask("hi", "-s ''")
    assert read_messages(service)[0] == ("user", "hi")


def test_temperature_and_max_tokens_hold_for_the_one_cell(shell: Shell, service: Service) -> None:
    shell.ask("Count from 1 to 100", "-t 0.25 --max-tokens 5")
    assert read_body(service)["temperature"] == 0.25
    assert read_body(service)["max_tokens"] == 5
    assert shell.reply.finish_reason == "length"
    assert (
        "> The answer reached its token limit: raise max_tokens (--max-tokens)." in shell.markdown
    )
    shell.ask("hi")
    assert not {"temperature", "max_tokens"} & set(read_body(service))


@pytest.mark.parametrize(("line", "streamed"), [("", True), ("--no-stream", False)])
def test_an_answer_streams_unless_it_is_asked_for_whole(
    shell: Shell, service: Service, line: str, *, streamed: bool
) -> None:
    reply = shell.ask("Why is the sky blue?", line)
    assert read_body(service).get("stream", False) is streamed
    assert (service.journal.last.events > 0) is streamed
    assert "Rayleigh" in reply.text
    assert reply.usage is not None
    assert shell.markdown.startswith(reply.text)


def test_each_profile_has_its_conversation_and_the_last_one_is_kept(
    shell: Shell, service: Service
) -> None:
    shell.ask("My name is Ada.")
    shell.ask("hi", "-p TYPICAL")
    assert read_messages(service) == [("user", "hi")]
    shell.ask("again")
    assert service.journal.last.tenancy == "typical"
    shell.ask("What is my name?", "-p DEFAULT")
    assert service.journal.last.tenancy == "default"


def test_stop_before_anything_is_sent_shows_no_traceback_either(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(profile: str, *, journal: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ocigenai_nb.chat.connecting.connect", interrupt)
    with pytest.raises(KeyboardInterrupt):
        shell.ask("hi", "-p TYPICAL")
    assert capsys.readouterr().out == "Stopped. What came of the answer is kept, and in _oci.\n"


def test_single_braces_and_dollars_are_literal_in_line_and_cell(
    shell: Shell, service: Service
) -> None:
    shell.names["x"] = "filled"
    shell.ask("{x} $x {x!r} {{x}}", "-s '{x} $x {{x}}'")
    assert read_messages(service) == [("system", "{x} $x {{x}}"), ("user", "{x} $x {x!r} filled")]


def test_a_prompt_keeps_its_lines_and_indentation(shell: Shell, service: Service) -> None:
    prompt = "  def f():\n\n      return '%%ocichat'  # ?"
    shell.ask(f"{prompt}\n\n")
    assert read_messages(service) == [("user", prompt)]


def test_a_dry_run_sends_nothing_and_shows_route_and_body(shell: Shell, service: Service) -> None:
    shell.run(f"%%ocichat {GPT_OSS} --dry-run -s 'Be brief.' -t 0.2 --no-stream\nhi {{x}}")
    assert len(service.journal) == 0
    assert "_oci" not in shell.names
    assert "Nothing was sent." in shell.markdown
    url = f"{service.url}/openai/v1/chat/completions"
    for row in (
        f"| model | `{GPT_OSS}` | family gpt-oss |",
        "| transport | `v1` | the default for every family but Cohere R |",
        f"| endpoint | `{url}` | profile DEFAULT |",
        "| profile | `DEFAULT` | the default |",
        f"| region | `{service.region}` | profile DEFAULT |",
    ):
        assert row in shell.markdown
    assert f"{service.tenancies[0].ocid}  (tenancy of profile DEFAULT)" in shell.plain
    body = shell.markdown.partition("```json\n")[2].partition("\n```")[0]
    assert shell.plain.endswith(body)
    shell.ask("hi {x}", f"{GPT_OSS} -s 'Be brief.' -t 0.2 --no-stream")
    assert eval(body) == read_body(service)


def test_a_dry_run_changes_nothing(shell: Shell, service: Service) -> None:
    shell.ask("My name is Ada.", "-s 'Be brief.'")
    for line in ("", "--new", "-p TYPICAL"):
        shell.run(f"%%ocichat {GPT_OSS} --dry-run -s other {line}\nhi")
    assert len(service.journal) == 1
    shell.ask("What is my name?")
    assert service.journal.last.tenancy == "default"
    assert read_body(service)["model"] == LLAMA
    assert read_messages(service)[:2] == [("system", "Be brief."), ("user", "My name is Ada.")]


def test_a_dry_run_says_which_wishes_are_left_out_and_why(shell: Shell, service: Service) -> None:
    shell.run("%%ocichat openai.gpt-5.5 --dry-run -t 0.2\nhi")
    assert "temperature is not sent: reasoning models accept neither sampling" in shell.markdown
    assert '"temperature"' not in shell.markdown


@pytest.mark.parametrize("cell", ["%ocichat -h", "%ocichat --help", "%%ocichat -h\nx"])
def test_h_shows_every_option(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    shell.run(cell)
    shown = capsys.readouterr().out
    options = ("-m", "-p", "-s", "-t", "--max-tokens", "-o", "--new", "--no-stream", "--dry-run")
    assert all(f" {option}" in shown for option in options)
    assert "examples:" in shown
    assert len(service.journal) == 0


def test_a_transport_may_be_asked_for_and_holds_for_its_model(
    shell: Shell, service: Service
) -> None:
    shell.ask("My name is Ada.", "openai.gpt-5.5-pro --transport responses")
    assert shell.ask("What is my name?").text == "Your name is Ada."
    assert {entry.path for entry in service.journal} == {"/openai/v1/responses"}
    assert "previous_response_id" in read_body(service)
    shell.ask("hi", "cohere.command-r-plus-08-2024")
    assert service.journal.last.path == "/20231130/actions/chat"
