"""What an OCID tells of a thing."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.ocids import home_region, is_model_ocid


@pytest.mark.parametrize(
    ("ocid", "region"),
    [
        ("ocid1.generativeaimodel.oc1.iad.aaaa", "us-ashburn-1"),
        ("ocid1.generativeaimodel.oc1.us-chicago-1.aaaa", "us-chicago-1"),
        ("OCID1.generativeaiendpoint.oc1.UK-LONDON-1.aaaa", "uk-london-1"),
        ("ocid1.compartment.oc1..aaaa", None),
        ("ocid1.generativeaimodel.oc1.eu-atlantis-1.aaaa", None),
        ("ocid1.generativeaimodel.oc1.?.aaaa", None),
        ("ocid1.generativeaimodel.oc1", None),
        ("meta.llama.a.us-chicago-1.b", None),
    ],
)
def test_the_region_of_an_ocid_is_read_by_name_or_code(ocid: str, region: str | None) -> None:
    assert home_region(ocid) == region


def test_models_have_ocids_of_a_kind_of_their_own() -> None:
    assert is_model_ocid("OCID1.GenerativeAIModel.oc1.iad.aaaa")
    assert not is_model_ocid("ocid1.generativeaiendpoint.oc1.iad.aaaa")
    assert not is_model_ocid("meta.llama-3.3-70b-instruct")
