"""Several models asked the same at once: each answers for itself, and all of it is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ocigenai_nb import (
    Comparison,
    Connection,
    Image,
    Journal,
    Message,
    Parameters,
    connect,
    record,
    replay,
)
from ocigenai_nb.chat.trials import AT_ONCE, Trials
from ocigenai_nb.core.errors import (
    EmptyPromptError,
    KeyFileError,
    NotFoundError,
    RequestTimeoutError,
    ServerFailureError,
    StreamCutError,
    TransportUnavailableError,
    UnknownModelError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.emulator import Entry
from ocigenai_nb.emulator.service import Service
from tests.tools.patience import with_enough
from tests.transports.interrupts import interrupted_once
from tests.transports.subject import COHERE_R, COUNT, COUNTED, GPT, GPT_5, LLAMA

SAY_HI = "Say exactly: hi"
THREE = [LLAMA, GPT, COHERE_R]


def texts(comparison: Comparison) -> list[str]:
    return [reply.text for reply in comparison]


def has_left(model: str, entry: Entry) -> bool:
    return entry.model == model and entry.outcome == "client left"


def read_body(entry: Entry) -> dict[str, Any]:
    assert isinstance(entry.body, dict)
    return entry.body


# Asking


def test_each_model_answers_over_the_transport_of_its_family(
    connection: Connection, service: Service
) -> None:
    compared = connection.compare("What is 17 * 23?", THREE)
    assert texts(compared) == ["17 * 23 = 391"] * 3
    assert compared.models == tuple(THREE)
    assert [reply.route.transport for reply in compared] == ["v1", "v1", "sdk"]
    assert sorted(str(entry.model) for entry in service.journal) == sorted(THREE)


def test_no_more_than_a_few_are_under_way_at_a_time(
    connection: Connection, service: Service
) -> None:
    service.fault("stall", times=None)

    def wait_for_the_first() -> None:
        service.journal.wait_for(lambda _: len(service.journal) >= AT_ONCE)

    with interrupted_once(wait_for_the_first):
        connection.compare(COUNT, THREE, repeat=4)
    assert len(service.journal) == AT_ONCE
    compared = connection.last_comparison
    assert compared is not None
    assert [reply.status for reply in compared] == ["interrupted"] * 12


def test_each_is_asked_as_often_as_is_wanted(connection: Connection) -> None:
    compared = connection.compare(SAY_HI, [GPT, LLAMA], repeat=3)
    assert [reply.route.model for reply in compared] == [GPT] * 3 + [LLAMA] * 3
    assert compared.tries == (1, 2, 3, 1, 2, 3)
    assert compared.models == (GPT, LLAMA)


def test_none_sees_the_answer_of_another(connection: Connection, service: Service) -> None:
    connection.compare(SAY_HI, [GPT, LLAMA], repeat=2)
    for entry in service.journal:
        assert [message["role"] for message in read_body(entry)["messages"]] == ["user"]


def test_system_and_parameters_go_to_all(connection: Connection, service: Service) -> None:
    connection.compare(
        SAY_HI, [GPT, LLAMA], system="You are concise.", parameters=Parameters(temperature=0)
    )
    for entry in service.journal:
        assert read_body(entry)["temperature"] == 0
        assert read_body(entry)["messages"][0] == {"role": "system", "content": "You are concise."}


def test_a_picture_can_go_along(connection: Connection, service: Service) -> None:
    image = Image.from_bytes(b"\x89PNG\r\n\x1a\n", "image/png")
    assert texts(connection.compare(Message.user(SAY_HI, image), [GPT])) == ["hi"]
    assert image.url in str(service.journal.last.body)
    assert texts(connection.compare(SAY_HI, [GPT], attach=[image])) == ["hi"]
    assert image.url in str(service.journal.last.body)


def test_the_client_is_warm_before_the_first_is_timed(
    connection: Connection, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever is asked first seems slow."""
    asked_when_warm: list[int] = []
    monkeypatch.setattr(connection, "warm", lambda: asked_when_warm.append(len(service.journal)))
    connection.compare(SAY_HI, THREE)
    assert asked_when_warm == [0]


def test_the_connection_says_once_who_answers(connection: Connection) -> None:
    connection.origin = "The emulator answers."
    compared = connection.compare(SAY_HI, [GPT, LLAMA])
    assert [reply.origin for reply in compared] == ["The emulator answers.", ""]
    assert connection.compare(SAY_HI, [GPT])[0].origin == ""


# What goes wrong


def test_an_error_stays_with_its_model(connection: Connection, service: Service) -> None:
    lost = "meta.llama-9"
    compared = connection.compare(SAY_HI, [LLAMA, lost, GPT])
    assert texts(compared) == ["hi", "", "hi"]
    error = compared[lost].error
    assert isinstance(error, NotFoundError)
    assert error.remedy
    assert compared.df["error"].isna().tolist() == [True, False, True]
    assert compared.df["error"][1].startswith("NotFoundError: Entity with key meta.llama-9 not")
    assert compared.df["error"][1].endswith(error.remedy)


def test_an_answer_that_breaks_off_is_kept_with_its_error(
    connection: Connection, service: Service
) -> None:
    service.fault("eof", after_events=5, model=LLAMA)
    service.fault("status", status=501, model=GPT)
    compared = connection.compare(COUNT, THREE)
    assert texts(compared) == ["1 2 3 4", "", COUNTED]
    kinds = [type(reply.error) for reply in compared]
    assert kinds == [StreamCutError, ServerFailureError, type(None)]
    assert list(compared.df["status"]) == ["interrupted", "failed", "finished"]


def test_one_that_takes_too_long_keeps_what_came(connection: Connection, service: Service) -> None:
    came = ["1 2 3 4", COUNTED]

    def compare_within(seconds: float) -> Comparison:
        service.fault("stall", after_events=5, model=LLAMA)
        return connection.compare(COUNT, [LLAMA, GPT], timeout=seconds)

    compared = with_enough(0.5, compare_within, lambda found: texts(found) == came)
    assert texts(compared) == came
    assert isinstance(compared[LLAMA].error, RequestTimeoutError)


def test_a_wish_that_one_cannot_have_stays_with_it(connection: Connection) -> None:
    image = Image.from_bytes(b"x", "image/png")
    compared = connection.compare(Message.user(SAY_HI, image), [COHERE_R, GPT])
    assert isinstance(compared[COHERE_R].error, UsageError)
    assert compared[GPT].text == "hi"


def test_throttling_holds_back_all_and_all_answer(connection: Connection, service: Service) -> None:
    service.fault("status", status=429, retry_after=0.05, model=LLAMA)
    compared = connection.compare(SAY_HI, [LLAMA, GPT], repeat=2)
    assert texts(compared) == ["hi"] * 4
    assert sum(entry.status == 429 for entry in service.journal) == 1


def test_an_interrupt_stops_all_and_keeps_what_came(
    connection: Connection,
    service: Service,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.fault("stall", after_events=5, times=None)
    made: list[Trials] = []

    class Watched(Trials):
        def wait(self) -> None:
            made.append(self)
            super().wait()

    def wait_for_both() -> None:
        while not made or texts(made[0].comparison) != ["1 2 3 4"] * 2:
            service.journal.wait_for(lambda entry: entry.outcome == "open")

    monkeypatch.setattr("ocigenai_nb.chat.connection.Trials", Watched)
    connection.journal = journal
    with interrupted_once(wait_for_both):
        connection.compare(COUNT, [LLAMA, GPT])
    for left in (LLAMA, GPT):
        service.journal.wait_for(partial(has_left, left))
    compared = connection.last_comparison
    assert compared is not None
    assert [reply.finish_reason for reply in compared] == ["stopped", "stopped"]
    assert [entry.answer for entry in journal] == ["1 2 3 4"] * 2


# Bad input


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (["lama"], "There is no model 'lama'. Did you mean"),
        ([LLAMA, "gpt-4.2"], "There is no model 'gpt-4.2'. Did you mean 'openai.gpt"),
        ([LLAMA, LLAMA.upper()], "is named twice; name it once."),
        (LLAMA, "is no list of model ids."),
        ([], "is no list of model ids."),
        ([LLAMA, None], "is no list of model ids."),
        (7, "is no list of model ids."),
    ],
)
def test_models_that_cannot_be_asked_keep_all_from_being_asked(
    models: Sequence[str], words: str, connection: Connection, service: Service
) -> None:
    with pytest.raises(UsageError) as raised:
        connection.compare(SAY_HI, models)
    assert words in raised.value.message
    assert raised.value.remedy
    assert len(service.journal) == 0
    assert connection.last_comparison is None


def test_a_misspelt_model_is_an_unknown_model(connection: Connection) -> None:
    with pytest.raises(UnknownModelError):
        connection.compare(SAY_HI, ["lama"])


def test_a_model_that_only_responses_reaches_is_refused_with_what_to_do(
    connection: Connection,
) -> None:
    with pytest.raises(TransportUnavailableError) as raised:
        connection.compare(SAY_HI, [LLAMA, "openai.gpt-5-pro"])
    assert "chat(…, transport='responses')" in raised.value.remedy


@pytest.mark.parametrize("repeat", [0, -1, 1.5, True, "3", None])
def test_a_number_of_tries_that_is_none_is_refused(repeat: int, connection: Connection) -> None:
    with pytest.raises(UsageError, match=r"^repeat=.* is no number of tries"):
        connection.compare(SAY_HI, [LLAMA], repeat=repeat)


@pytest.mark.parametrize("timeout", [0, -1.0])
def test_a_time_that_is_none_is_refused(timeout: float, connection: Connection) -> None:
    with pytest.raises(UsageError, match=r"^timeout=.* is no time"):
        connection.compare(SAY_HI, [LLAMA], timeout=timeout)


def test_an_empty_prompt_and_a_misspelt_option_are_refused(connection: Connection) -> None:
    with pytest.raises(EmptyPromptError):
        connection.compare("  ", [LLAMA])
    with pytest.raises(UnknownOptionError, match="Did you mean 'repeat'"):
        connection.compare(SAY_HI, [LLAMA], repeats=3)  # type: ignore[call-arg]


def test_a_key_that_cannot_be_read_is_told_once_and_nothing_is_sent(
    service: Service, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(re.sub(r"key_file=.*", "key_file=/nowhere", service.config_file.read_text()))
    with pytest.raises(KeyFileError):
        connect(config_file=config).compare(SAY_HI, THREE)
    assert len(service.journal) == 0


# What is kept


def test_every_try_is_in_the_journal_under_one_name(
    connection: Connection, journal: Journal
) -> None:
    connection.journal = journal
    connection.compare(SAY_HI, [LLAMA, "meta.llama-9"], repeat=2)
    connection.compare(SAY_HI, [GPT])
    frame = journal.df().sort_values(["conversation", "turn"])
    assert list(frame["conversation"]) == ["compare-1"] * 4 + ["compare-2"]
    assert list(frame["turn"]) == [1, 2, 3, 4, 1]
    assert list(frame["status"]) == ["finished"] * 2 + ["failed"] * 2 + ["finished"]


def test_a_comparison_can_be_recorded_and_replayed(
    connection: Connection, service: Service, tmp_path: Path
) -> None:
    cassette = tmp_path / "compared.jsonl"
    with record(cassette):
        first = connection.compare(SAY_HI, THREE)
    asked = len(service.journal)
    with replay(cassette, speed=None):
        again = connection.compare(SAY_HI, THREE)
    assert texts(again) == texts(first) == ["hi"] * 3
    assert len(service.journal) == asked


# The value


def test_it_is_a_sequence_of_replies(connection: Connection) -> None:
    compared = connection.compare(SAY_HI, [LLAMA, GPT])
    first, second = compared
    assert len(compared) == 2
    assert compared[0] is first
    assert compared[-1] is second
    assert compared[1:] == (second,)
    assert compared[GPT] is compared[GPT.upper()] is second
    assert second in compared
    with pytest.raises(IndexError):
        compared[2]
    with pytest.raises(UsageError, match=r"is not in this comparison\. Did you mean"):
        compared["openai.gpt-4"]
    with pytest.raises(FrozenInstanceError):
        compared.replies = ()  # type: ignore[misc]


def test_the_frame_has_a_row_for_each_reply_and_fitting_types(connection: Connection) -> None:
    frame = connection.compare("What is 17 * 23?", [LLAMA, "meta.llama-9", GPT_5], repeat=2).df
    assert [str(kind) for kind in frame.dtypes] == [
        *("string", "string", "int64", "string", "float64", "float64", "float64"),
        *("Int64", "Int64", "float64", "string", "string"),
    ]
    assert list(frame["try"]) == [1, 2] * 3
    llama, lost = frame.iloc[0], frame.iloc[2]
    assert (llama["text"], llama["transport"], llama["status"]) == (
        "17 * 23 = 391",
        "v1",
        "finished",
    )
    assert 0 < llama["ttft"] <= llama["total"]
    assert llama["cost"] == pytest.approx(
        (llama["input_tokens"] + llama["output_tokens"]) * 0.72 / 1e6
    )
    for name in ("ttft", "tokens_per_second", "input_tokens", "output_tokens", "cost"):
        assert pd.isna(lost[name])
