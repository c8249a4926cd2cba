"""Facts about `OCIModel` on real sockets, with streams as the service was recorded."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import UnknownOptionError, UsageError
from ocigenai_nb.core.events import Event, Finished, Interrupted, TextDelta
from ocigenai_nb.core.messages import Message, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import fold
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.settings import OCIAuthType
from tests.core.native_events import COUNTS, DONE, USAGE, event, message, part
from tests.transports.native_player import Player

LLAMA: Final = "meta.llama-3.3-70b-instruct"
R_PLUS: Final = "cohere.command-r-plus-08-2024"
VISION: Final = "cohere.command-a-vision"
DEDICATED: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.amaaaaaa"

WORDS: Final = ("Why", " did", " it?")
ANSWER: Final = "".join(WORDS)
STREAMS: Final[dict[str, list[bytes]]] = {
    LLAMA: [
        *(event(index=0, message=message(part(word))) for word in WORDS),
        event(message=message(part("")), finishReason="stop"),
        USAGE,
        DONE,
    ],
    R_PLUS: [
        *(event(apiFormat="COHERE", text=word) for word in WORDS),
        event(text=ANSWER, chatHistory=[], finishReason="COMPLETE", usage=COUNTS),
    ],
    VISION: [
        *(event(message=message(part(word))) for word in WORDS),
        event(message=message(), finishReason="COMPLETE", usage=COUNTS),
    ],
}
STREAMS[DEDICATED] = STREAMS[LLAMA]
WHOLE: Final[dict[str, dict[str, Any]]] = {
    LLAMA: {"choices": [{"message": message(part(ANSWER)), "finishReason": "stop"}]},
    R_PLUS: {"text": ANSWER, "finishReason": "COMPLETE"},
    VISION: {"message": message(part(ANSWER)), "finishReason": "COMPLETE"},
}


Make = Callable[..., OCIModel]


@pytest.fixture
def make(service: Service) -> Iterator[Make]:
    """Makes models that sign with a profile of the emulator; their clients are closed."""
    made: list[OCIModel] = []

    def making(model_id: str = LLAMA, **options: Any) -> OCIModel:
        options.setdefault("profile_name", service.profile)
        made.append(OCIModel(model_id, config_file=service.config_file, **options))
        return made[-1]

    yield making
    for model in made:
        io_thread().run(model._client.aclose())


# Requests and answers


@pytest.mark.parametrize("model_id", STREAMS)
def test_every_format_streams_its_answer_once(model_id: str, make: Make) -> None:
    with Player(events=STREAMS[model_id]) as player:
        answer = fold(make(model_id, service_endpoint=player.url).stream("Why?"))
    assert (answer.text, answer.status, answer.finish_reason) == (ANSWER, "finished", "stop")
    assert answer.usage is not None
    assert answer.usage.total == 7
    assert player.asked[0].body["chatRequest"]["isStream"] is True


@pytest.mark.parametrize("model_id", WHOLE)
def test_every_format_answers_in_one_piece(model_id: str, make: Make) -> None:
    whole = {"modelId": model_id, "modelVersion": "1.0", "chatResponse": WHOLE[model_id]}
    with Player(whole=whole) as player:
        answer = make(model_id, service_endpoint=player.url).complete_sync("Why?")
    assert (answer.text, answer.finish_reason, answer.model) == (ANSWER, "stop", model_id)
    assert "isStream" not in player.asked[0].body["chatRequest"]


@pytest.mark.parametrize("model_id", [LLAMA, R_PLUS, VISION])
def test_an_answer_streams_while_the_service_is_still_making_it(model_id: str, make: Make) -> None:
    """Locus waits for the whole answer of a Cohere R model and then cuts it up."""
    with Player(events=STREAMS[model_id], hold_after=2) as player:
        events: list[Event] = []
        for each in make(model_id, service_endpoint=player.url).stream("Why?"):
            events.append(each)
            if each == TextDelta(" did"):
                player.go_on()  # the rest is not sent before
    assert [each.text for each in events if isinstance(each, TextDelta)] == list(WORDS)
    assert isinstance(events[-1], Finished)


def test_requests_are_signed_and_go_to_the_path_that_the_sdk_and_recordings_have(
    make: Make,
) -> None:
    with Player(events=STREAMS[R_PLUS]) as player:
        fold(make(R_PLUS, service_endpoint=player.url).stream("Why?"))
    asked = player.asked[0]
    assert (asked.method, asked.path) == ("POST", "/20231130/actions/chat")
    assert "x-content-sha256" in asked.headers["authorization"]
    assert asked.headers["accept"] == "application/json, text/event-stream"
    assert "zstd" not in asked.headers["accept-encoding"]


def test_a_streamed_cohere_turn_carries_its_message_and_its_history(make: Make) -> None:
    """Locus streams these with an empty message and no history, and prints the end twice."""
    with Player(events=STREAMS[R_PLUS]) as player:
        model = make(R_PLUS, service_endpoint=player.url)
        history = (Message.user("Hi."), Message.assistant("Hello."), Message.user("A joke!"))
        answer = fold(model.stream(history))
    asked = player.asked[0].body["chatRequest"]
    assert asked["message"] == "A joke!"
    assert [entry["message"] for entry in asked["chatHistory"]] == ["Hi.", "Hello."]
    assert answer.text == ANSWER


def test_generic_requests_keep_the_sampling_that_was_asked_for(make: Make) -> None:
    """Locus drops temperature and top_p here."""
    with Player(events=STREAMS[LLAMA]) as player:
        model = make(LLAMA, service_endpoint=player.url, temperature=0.0, top_p=0.5)
        fold(model.stream("Why?", parameters=Parameters(top_p=0.25)))
    asked = player.asked[0].body["chatRequest"]
    assert (asked["temperature"], asked["topP"]) == (0.0, 0.25)


def test_calls_of_one_tool_have_ids_of_their_own_and_their_results_find_them(make: Make) -> None:
    """Locus gives them one id and loses the parameters that a result belongs to."""
    cities = [{"name": "weather", "parameters": {"city": city}} for city in ("Paris", "Rome")]
    called = [
        event(text="", toolCalls=cities),
        event(text="", toolCalls=cities, chatHistory=[], finishReason="COMPLETE"),
    ]
    with Player(events=called) as player:
        model = make(R_PLUS, service_endpoint=player.url)
        answer = fold(model.stream("Where is it warmer?"))
        first, second = answer.tool_calls
        results = (Message.tool(second, "25 °C"), Message.tool(first, "20 °C"))
        fold(model.stream((Message.user("Where is it warmer?"), answer.message, *results)))
    assert first.id != second.id
    assert player.asked[1].body["chatRequest"]["toolResults"] == [
        {"call": cities[1], "outputs": [{"output": "25 °C"}]},
        {"call": cities[0], "outputs": [{"output": "20 °C"}]},
    ]


def test_the_emulator_accepts_the_signature_and_answers(service: Service, make: Make) -> None:
    answer = make(LLAMA).complete_sync("What is 2+2?")
    assert "4" in answer.text
    entry = service.journal.last
    assert (entry.status, entry.path) == (200, "/20231130/actions/chat")


# Stopping, and many at once


def leave(model: OCIModel) -> None:
    for each in model.stream("Why?"):
        if each == TextDelta(" did"):
            break


def stop(model: OCIModel) -> None:
    stream = model.stream("Why?")
    events: list[Event] = []
    for each in stream:
        events.append(each)
        if each == TextDelta(" did"):
            stream.stop()
    assert events[-1] == Interrupted("stopped")


def cancel(model: OCIModel) -> None:
    async def read() -> None:
        async for each in model.stream("Why?"):
            if each == TextDelta(" did"):
                asyncio.current_task().cancel()  # type: ignore[union-attr]

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(read())


@pytest.mark.parametrize("end", [leave, stop, cancel])
def test_a_turn_that_is_given_up_closes_its_socket_at_once(
    end: Callable[[OCIModel], None], make: Make
) -> None:
    with Player(events=STREAMS[R_PLUS], hold_after=2) as player:
        end(make(R_PLUS, service_endpoint=player.url))
        assert player.gone.wait(60)


def test_fifty_streams_at_once_need_no_threads_of_their_own(make: Make) -> None:
    with Player(events=STREAMS[R_PLUS], hold_after=1) as player:
        model = make(R_PLUS, service_endpoint=player.url)
        threads = threading.active_count()
        begun = 0

        async def read() -> str:
            nonlocal begun
            text = ""
            async for each in model.stream("Why?"):
                if isinstance(each, TextDelta):
                    text += each.text
                    begun += text == WORDS[0]
                    if begun == 50:
                        assert threading.active_count() - threads < 10
                        player.go_on()
            return text

        async def read_all() -> list[str]:
            return await asyncio.gather(*(read() for _ in range(50)))

        assert asyncio.run(read_all()) == [ANSWER] * 50
        assert player.held == 50


def test_one_model_serves_a_second_event_loop(make: Make) -> None:
    with Player(events=STREAMS[R_PLUS]) as player:
        model = make(R_PLUS, service_endpoint=player.url)

        async def read() -> str:
            return "".join(
                [each.text async for each in model.stream("Why?") if isinstance(each, TextDelta)]
            )

        assert asyncio.run(read()) == asyncio.run(read()) == ANSWER


# The object


def key_ids(player: Player) -> list[str]:
    found = [re.search('keyId="([^"]*)"', asked.headers["authorization"]) for asked in player.asked]
    return [match[1] for match in found if match]


def test_a_session_profile_is_told_by_its_section_and_its_token_read_again(
    service: Service, make: Make
) -> None:
    """Locus needs auth_type for it, and keeps the first token until it fails."""
    with Player(events=STREAMS[R_PLUS]) as player:
        model = make(R_PLUS, service_endpoint=player.url, profile_name="SESSION")
        fold(model.stream("Why?"))
        service.issue_session(minutes=60)
        fold(model.stream("Why?"))
    before, after = key_ids(player)
    assert before.startswith("ST$")
    assert after.startswith("ST$")
    assert before != after


@pytest.mark.parametrize("auth_type", [None, "api_key", OCIAuthType.API_KEY])
@pytest.mark.parametrize("option", ["profile_name", "profile"])
def test_a_profile_goes_by_either_name_and_an_auth_type_by_name_or_enum(
    auth_type: str | OCIAuthType | None, option: str, service: Service
) -> None:
    options: dict[str, Any] = {option: service.profile, "auth_type": auth_type}
    model = OCIModel(R_PLUS, config_file=service.config_file, **options)
    assert model._client.identity.settings.auth.value == "api_key"


def test_two_profiles_at_once_are_refused(make: Make) -> None:
    with pytest.raises(UsageError, match=r"profile_name= and profile= are the same option"):
        make(R_PLUS, profile_name="ONE", profile="OTHER")


def test_the_same_profile_under_both_names_is_one(service: Service, make: Make) -> None:
    model = make(R_PLUS, profile_name=service.profile, profile=service.profile)
    assert model.route.class_name == "OCIModel"


def test_a_misspelt_option_is_refused_with_a_suggestion(make: Make) -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'temperature'"):
        make(R_PLUS, temprature=0.5)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"service_endpoint": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
        ({"service_endpoint": "http://127.0.0.1:9/20231130"}, "http://127.0.0.1:9"),
    ],
)
def test_the_endpoint_is_the_one_that_was_given(
    options: dict[str, str], url: str, make: Make
) -> None:
    assert make(R_PLUS, **options).route.url == f"{url}/20231130/actions/chat"


def test_a_plan_shows_the_body_and_sends_nothing(make: Make) -> None:
    with Player() as player:
        model = make(R_PLUS, service_endpoint=player.url, compartment_id="ocid1.compartment.oc1..x")
        body = model.plan("Why?").body
    assert body["compartmentId"] == "ocid1.compartment.oc1..x"
    assert body["chatRequest"]["message"] == "Why?"
    assert player.asked == []


def test_a_dedicated_endpoint_may_speak_one_of_cohere_s_formats(make: Make) -> None:
    """Its OCID does not say which model it serves."""
    assert make(DEDICATED).plan("Why?").body["chatRequest"]["apiFormat"] == "GENERIC"
    with Player(events=STREAMS[VISION]) as player:
        model = make(DEDICATED, service_endpoint=player.url, api_format="coherev2")
        assert fold(model.stream("Why?")).text == ANSWER
    assert player.asked[0].body["chatRequest"]["apiFormat"] == "COHEREV2"
    assert player.asked[0].body["servingMode"]["endpointId"] == DEDICATED


def test_an_unknown_format_is_refused_with_a_suggestion(make: Make) -> None:
    with pytest.raises(UsageError, match="Did you mean 'COHEREV2'"):
        make(DEDICATED, api_format="cohere_v2")


def test_what_can_t_be_said_raises_where_it_is_asked_and_sends_nothing(make: Make) -> None:
    with Player() as player:
        model = make(R_PLUS, service_endpoint=player.url)
        stray = Message.tool(ToolCall("x", "f", "{}"), "1")
        with pytest.raises(UsageError):
            model.stream((Message.user("Why?"), stray))
    assert player.asked == []
