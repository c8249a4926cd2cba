"""Facts about the tree of errors."""

from __future__ import annotations

import pickle

import pytest

from ocigenai_nb.core import errors
from ocigenai_nb.core.errors import OCIGenAIError, UnknownOptionError
from ocigenai_nb.core.routing import family_of

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OCIGenAIError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_hangs_in_one_tree_and_says_what_it_means(kind: type[OCIGenAIError]) -> None:
    assert kind.__doc__
    assert issubclass(kind, OCIGenAIError)
    assert kind is OCIGenAIError or kind.__name__.endswith("Error")


def test_an_error_reads_in_three_lines_what_where_from_and_what_to_do() -> None:
    error = OCIGenAIError("It broke.", remedy="Mend it.", status=404, code="No", request_id="A/B")
    assert error.lines() == ["It broke.", "HTTP 404, No, opc-request-id A/B", "Mend it."]
    assert str(error) == "It broke.\nHTTP 404, No, opc-request-id A/B\nMend it."


def test_a_code_that_only_repeats_the_status_is_not_said_twice() -> None:
    assert OCIGenAIError("It broke.", status=404, code="404").lines() == ["It broke.", "HTTP 404"]


def test_what_is_not_known_takes_no_line() -> None:
    assert OCIGenAIError("It broke.").lines() == ["It broke."]
    assert OCIGenAIError("It broke.", code="x").lines() == ["It broke.", "x"]
    assert OCIGenAIError("It broke.", remedy="Mend it.").lines() == ["It broke.", "Mend it."]


def test_ipython_shows_the_persons_own_lines_and_the_error_not_ours() -> None:
    def ask() -> None:
        family_of("gtp")

    with pytest.raises(OCIGenAIError) as caught:
        ask()
    *own, error, remedy = caught.value._render_traceback_()
    assert len(own) == 2
    assert own[0].startswith("line ")
    assert own[1].endswith(f" of {__name__}, in ask")
    assert error.startswith("UnknownModelError: There is no model 'gtp'.")
    assert remedy == caught.value.remedy


def test_a_remedy_added_later_is_read_too() -> None:
    error = OCIGenAIError("It broke.")
    error.remedy = "Wait."
    assert str(error) == "It broke.\nWait."


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_a_pickle(kind: type[OCIGenAIError]) -> None:
    error = kind("It broke.", remedy="Mend it.", status=500, code="x", request_id="A")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.lines() == error.lines()


def test_an_unknown_option_is_a_type_error_as_python_raises_for_these() -> None:
    assert issubclass(UnknownOptionError, TypeError)
