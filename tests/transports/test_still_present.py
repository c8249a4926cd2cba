"""What was found broken in Locus 3.0.1 ("Still present", 1 to 14, and "Also still"): not here.

Most items have their tests beside what they are about; `ELSEWHERE` names them, and a test sees
that they are there. The rest are here, each named by its item.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import NotFoundError, UnknownOptionError
from ocigenai_nb.core.events import Finished, Interrupted, TextDelta, ToolCallReady, UsageReport
from ocigenai_nb.core.messages import Message, ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.factory import get_model
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.transports.listener import Listener, begin_stream
from tests.transports.subject import (
    COHERE_R,
    COUNT,
    COUNTED,
    GPT_5,
    LLAMA,
    Transport,
    in_families,
    over,
    over_all_but,
)
from tests.transports.test_contract_tools import WEATHER

HERE: Final = Path(__file__).parent
ELSEWHERE: Final = {
    "1 principal refresh is ineffective": [
        "test_credentials_table.py::test_a_principal_whose_token_was_revoked_gets_another_and_asks_again",
        "test_credentials_table.py::test_federation_leaves_the_io_loop_free",
    ],
    "2 profile misdetection": [
        "test_settings.py::test_an_api_key_profile_is_not_signed_with_the_token_of_default",
    ],
    "3 session tokens never reload on the SDK transport": [
        "test_native.py::test_a_session_profile_is_told_by_its_section_and_its_token_read_again",
        "test_session_token.py::test_a_token_is_read_again_when_its_file_changes",
    ],
    "4 Cohere streams an empty message, no history, and its end twice": [
        "test_native.py::test_a_streamed_cohere_turn_carries_its_message_and_its_history",
        "../core/test_cohere_chat.py::test_a_recorded_stream_is_printed_once_though_its_last_event_repeats_it",
    ],
    "5 generic requests lose sampling, call ids and parameters of results": [
        "test_native.py::test_generic_requests_keep_the_sampling_that_was_asked_for",
        "test_native.py::test_calls_of_one_tool_have_ids_of_their_own_and_their_results_find_them",
    ],
    "6 Responses streams": [
        "test_responses_streams.py::test_a_streamed_call_has_its_name_and_its_call_id",
        "test_responses_streams.py::test_a_streamed_call_without_deltas_of_arguments_does_not_vanish",
        "test_responses_streams.py::test_an_error_within_a_stream_is_not_silent",
        "test_responses_streams.py::test_an_incomplete_stream_ends_and_says_why",
        "test_responses_streams.py::test_usage_of_a_stream_is_kept",
        "test_responses_streams.py::test_a_final_event_without_its_blank_line_is_a_cut_and_not_a_silence",
    ],
    "7 lost threads, failed answers and null output": [
        "../core/test_responses_errors.py::test_a_lost_thread_is_told_and_how_to_go_on",
        "../core/test_responses_errors.py::test_zero_data_retention_is_a_lost_thread_of_its_own_kind",
        "../core/test_responses_errors.py::test_a_stray_word_tells_nothing",
        "test_responses.py::test_a_failed_answer_is_no_empty_success",
        "test_responses.py::test_an_answer_whose_output_is_null_is_read",
    ],
    "8 the system prompt is lost from turn 2": [
        "test_responses.py::test_a_stored_thread_is_continued_by_its_new_turn_and_the_instructions_again",
    ],
    "9 response_format at the top level": [
        "test_responses.py::test_a_response_format_travels_within_text",
    ],
    "10 reasoning is not replayed with store=False": [
        "test_responses.py::test_without_store_nothing_is_kept_and_reasoning_goes_back_sealed",
        "test_responses_emulated.py::test_reasoning_goes_back_sealed",
    ],
    "11 a second run, and clients that are never closed": [
        "test_loop.py::test_a_second_asyncio_run_works",
        "test_stop.py::test_a_client_that_nobody_holds_closes_its_connections",
    ],
    "12 V1 streams": [
        "../core/test_tool_calls.py::test_every_dialect_gives_whole_calls",
        "../core/test_tool_calls.py::test_arguments_encoded_twice_are_decoded_once",
        "../core/test_chunk_fold.py::test_any_sequence_of_chunks_has_exactly_one_terminal_event",
    ],
    "13 clock skew": [
        "../faults/test_identities.py::test_row_24_a_clock_that_is_off_is_named_in_seconds",
    ],
    "14 bind_tools ignored, bad JSON runs the tool": [
        "test_contract_tools.py::test_a_tool_call_arrives_whole",
        "../core/test_tool_calls.py::test_arguments_that_are_no_object_never_become_a_call",
    ],
    "also: o4 is not seen as reasoning, stop is sent to it": [
        "../core/test_chat_completions.py::test_openais_reasoning_models_get_max_completion_tokens",
        "../core/test_chat_completions.py::test_openais_reasoning_models_get_no_sampling_and_the_person_is_told",
    ],
    "also: misspelt keywords are swallowed": [
        "test_model_options.py::test_an_unknown_option_is_refused_with_a_suggestion",
        "test_native.py::test_a_misspelt_option_is_refused_with_a_suggestion",
        "test_responses.py::test_an_option_that_does_not_exist_is_refused",
    ],
}


@pytest.mark.parametrize("item", ELSEWHERE)
def test_the_tests_of_an_item_are_there(item: str) -> None:
    for name in ELSEWHERE[item]:
        file, _, test = name.partition("::")
        text = (HERE / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {test}\(", text, re.MULTILINE), name


def test_item_3_a_session_profile_needs_no_auth_type_on_the_sdk_route(service: Service) -> None:
    model = OCIModel(COHERE_R, profile_name="SESSION", config_file=service.config_file)
    assert model.complete_sync("Say exactly: hi").text == "hi"
    service.revoke_sessions()
    service.issue_session(minutes=60)
    assert model.complete_sync("Say exactly: hi").text == "hi"
    assert [entry.key_id_kind for entry in service.journal] == ["session"] * 2


@over("sdk-cohere")
def test_item_4_a_streamed_cohere_turn_remembers_and_is_said_once(transport: Transport) -> None:
    turns = (
        Message.user("My name is Ada."),
        Message.assistant("Hello, Ada."),
        Message.user("What is my name?"),
    )
    events = list(transport.model().stream(turns))
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == "Your name is Ada."


def test_item_5_every_wish_reaches_the_native_api(service: Service) -> None:
    wishes: dict[str, Any] = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 30}
    OCIModel(LLAMA, config_file=service.config_file, **wishes).complete_sync(COUNT)
    body = service.journal.last.body
    assert isinstance(body, dict)
    chat = body["chatRequest"]
    assert (chat["temperature"], chat["topP"], chat["maxTokens"]) == (0.0, 0.5, 30)


@over("responses", "responses-unstored")
def test_item_6_a_streamed_response_has_its_calls_usage_and_end(transport: Transport) -> None:
    events = list(transport.model().stream("What is the weather in Paris?", tools=(WEATHER,)))
    [call] = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert call.name == "get_weather"
    assert call.id.startswith("call_")
    assert sum(isinstance(event, UsageReport) for event in events) == 1
    assert isinstance(events[-1], Finished)


@over("responses", "responses-unstored")
def test_item_6_a_refusal_before_the_stream_is_read(transport: Transport) -> None:
    transport.service.fault("status", status=404, message="Entity with key x not found")
    error = transport.ask(COUNT).error
    assert type(error) is NotFoundError
    assert error.message == "Entity with key x not found"


@over("responses", "responses-unstored")
def test_item_7_a_404_that_mentions_a_project_is_no_missing_project(transport: Transport) -> None:
    transport.service.fault("status", status=404, message="The project plan was not found.")
    assert type(transport.ask(COUNT).error) is NotFoundError


def test_item_9_a_schema_is_kept_on_responses(service: Service) -> None:
    model = OCIResponsesModel("openai.gpt-4.1", config_file=service.config_file)
    model.complete_sync("Ada is 36.", response_format=ResponseFormat())
    body = service.journal.last.body
    assert isinstance(body, dict)
    assert "response_format" not in body
    assert body["text"] == {"format": {"type": "json_object"}}


@over("v1")
def test_item_12_calls_that_share_an_index_keep_their_arguments(transport: Transport) -> None:
    calls = ",".join(
        f'{{"index":0,"id":"{name}","function":{{"name":"f","arguments":"{{\\"n\\":{number}}}"}}}}'
        for number, name in enumerate("ab")
    )
    chunk = f'data: {{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}\n\n'
    end = 'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
    with Listener(begin_stream() + chunk.encode() + end.encode()) as server:
        answer = transport.ask(COUNT, client=transport.client(endpoint=server.url))
    assert [call.arguments for call in answer.tool_calls] == ['{"n":0}', '{"n":1}']


@over("v1")
def test_item_12_a_stream_without_its_end_is_no_success(transport: Transport) -> None:
    transport.service.fault("eof", after_events=transport.after(4))
    assert isinstance(list(transport.model().stream(COUNT))[-1], Interrupted)


@in_families()
def test_item_14_tools_travel_with_streams_too(transport: Transport) -> None:
    transport.ask(COUNT, tools=(WEATHER,))
    assert (transport.sent().tools, transport.sent().streamed) == (["get_weather"], True)


def test_also_a_401_is_signed_again_with_a_new_date(transport: Transport) -> None:
    """The token is renewed, and the second attempt has a date and a signature of its own."""
    ticks = iter(range(10))
    start = transport.service.now()
    client = transport.client(
        profile="SESSION", clock=lambda: datetime.fromtimestamp(start + next(ticks), UTC)
    )
    transport.service.fault("status", status=401)
    answer = transport.ask(COUNT, client=client)
    assert (answer.text, answer.attempts) == (COUNTED, 2)
    chats = [entry for entry in transport.service.journal if "refresh" not in entry.path]
    assert len({entry.headers["date"] for entry in chats}) == 2


@pytest.mark.parametrize(
    ("kind", "model"), [(OCIOpenAIModel, LLAMA), (OCIModel, COHERE_R), (OCIResponsesModel, GPT_5)]
)
def test_also_the_profile_s_region_counts(tmp_path: Path, kind: Any, model: str) -> None:
    config = tmp_path / "config"
    config.write_text("[DEFAULT]\ntenancy=ocid1.tenancy.oc1..x\nregion=eu-frankfurt-1\n")
    made = kind(model, config_file=config)
    assert made.route.url.startswith("https://inference.generativeai.eu-frankfurt-1.oci.")


@over_all_but("sdk-cohere")
def test_also_stop_is_not_sent_to_a_gpt_5_stream(transport: Transport) -> None:
    answer = transport.ask(COUNT, GPT_5, parameters=Parameters(stop=("x",)))
    assert answer.error is None
    assert "stop" not in transport.sent().wishes
    assert answer.notices[0].startswith("stop is not sent: ")


@pytest.mark.parametrize("model", [COHERE_R, LLAMA])
def test_also_oci_profile_counts_on_either_route(
    service: Service, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.setenv("OCI_PROFILE", "SESSION")
    made = get_model(f"oci:{model}", config_file=service.config_file)
    assert made.complete_sync("Say exactly: hi").text == "hi"
    assert service.journal.last.key_id_kind == "session"


@pytest.mark.parametrize("model", [COHERE_R, LLAMA])
def test_also_a_misspelt_keyword_is_refused_on_either_route(model: str) -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'profile'"):
        get_model(f"oci:{model}", profil="DEFAULT")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["profile", "profile_name"])
def test_also_a_profile_of_either_name_is_never_swallowed(service: Service, name: str) -> None:
    options: dict[str, Any] = {name: "TYPICAL", "config_file": service.config_file}
    get_model(f"oci:{COHERE_R}", **options).complete_sync("Say exactly: hi")
    assert service.journal.last.tenancy == "typical"
