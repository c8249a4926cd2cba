"""Facts about regions; the installed `oci` package is the judge of the tables."""

from __future__ import annotations

from typing import Any

import oci
import pytest

from ocigenai_nb.core.regions import (
    GENAI_REGIONS,
    REGIONS,
    Region,
    find_region,
    nearest_regions,
)

OCI: Any = oci.regions


# The tables here are those of this release; a later one may know regions that are newer.
TABLES_OF = (2, 189, 0)


def test_no_region_of_the_oci_package_is_missing() -> None:
    newer = tuple(int(part) for part in oci.__version__.split(".")) > TABLES_OF
    assert newer or OCI.REGION_REALMS.keys() <= REGIONS.keys()


def test_names_realms_and_codes_are_those_of_the_oci_package() -> None:
    realms = {name: realm for name, realm in OCI.REGION_REALMS.items() if name in REGIONS}
    codes = {code: name for code, name in OCI.REGIONS_SHORT_NAMES.items() if name in REGIONS}
    assert len(realms) >= 40
    assert {name: REGIONS[name].realm for name in realms} == realms
    assert {REGIONS[name].code: name for name in codes.values()} == codes


def test_every_realm_has_the_domain_the_oci_package_gives_it() -> None:
    ours = {region.realm: region.domain for region in REGIONS.values()}
    both = ours.keys() & OCI.REALMS.keys()
    assert "oc1" in both
    assert {realm: ours[realm] for realm in both} == {realm: OCI.REALMS[realm] for realm in both}


def test_every_region_has_a_code_of_its_own() -> None:
    assert len({region.code for region in REGIONS.values()}) == len(REGIONS) == 85


def test_each_region_is_filed_under_its_own_name() -> None:
    assert all(region.name == name for name, region in REGIONS.items())


@pytest.mark.parametrize("text", ["us-chicago-1", "US-Chicago-1", "ord", "ORD", " ord\n"])
def test_a_region_is_found_by_name_or_code_in_any_case(text: str) -> None:
    assert find_region(text) == Region("us-chicago-1", "ord", "oc1", "oraclecloud.com")


def test_a_region_of_another_realm_has_that_realms_domain() -> None:
    region = find_region("eu-frankfurt-2")
    assert region is not None
    assert (region.realm, region.domain) == ("oc19", "oraclecloud.eu")


@pytest.mark.parametrize("text", ["", "us-chicago", "us-chicago-9", "xyz", "oraclecloud.com"])
def test_an_unknown_region_is_not_found(text: str) -> None:
    assert find_region(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("us-chigaco-1", "us-chicago-1"),
        ("Chicago", "us-chicago-1"),
        ("us_ashburn_1", "us-ashburn-1"),
        ("eu-frankfurt", "eu-frankfurt-1"),
        ("ap-hydrabad-1", "ap-hyderabad-1"),
    ],
)
def test_a_misspelt_region_is_near_the_one_meant(text: str, meant: str) -> None:
    assert nearest_regions(text)[0] == meant


def test_nonsense_is_near_no_region() -> None:
    assert nearest_regions("qqqq") == ()


def test_at_most_three_regions_are_offered() -> None:
    assert len(nearest_regions("eu-dcc-")) == 3


def test_regions_with_generative_ai_are_known_regions_named_once() -> None:
    assert set(GENAI_REGIONS) <= set(REGIONS)
    assert len(set(GENAI_REGIONS)) == len(GENAI_REGIONS)
