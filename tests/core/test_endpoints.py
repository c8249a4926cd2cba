"""Facts about endpoints: which hosts a signed request may be sent to, and which never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.endpoints import (
    check_endpoint,
    control_endpoint,
    derive_endpoint,
    is_loopback,
    resolve_region,
)
from ocigenai_nb.core.errors import ConfigError, EndpointRefusedError
from ocigenai_nb.core.regions import REGIONS, Region

CHICAGO = "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com"


# Regions


@pytest.mark.parametrize("text", ["us-chicago-1", "ord", " ORD ", "US-Chicago-1"])
def test_a_region_is_resolved_by_name_or_short_code(text: str) -> None:
    assert resolve_region(text) == (REGIONS["us-chicago-1"], True)


def test_a_well_formed_region_we_do_not_know_is_a_new_one_of_the_commercial_realm() -> None:
    region, known = resolve_region(" EU-Oslo-1")
    assert not known
    assert region == Region("eu-oslo-1", "", "oc1", "oraclecloud.com")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("us-chicago", "us-chicago-1"),
        ("us_ashburn_1", "us-ashburn-1"),
        ("Frankfurt", "eu-frankfurt-1"),
    ],
)
def test_a_malformed_region_suggests_the_one_meant(text: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"^'{text}' is not an OCI region.\nDid you mean {meant}"):
        resolve_region(text)


@pytest.mark.parametrize(
    "text", ["", "?", "us-chicago-\u0661", "us-chicago-1.evil.com", "us-chicago-1/x", "a@b-c-1"]
)
def test_what_looks_like_no_region_never_becomes_a_host(text: str) -> None:
    with pytest.raises(ConfigError, match="Did you mean us-chicago-1"):
        resolve_region(text)


def test_the_endpoint_of_a_region_is_in_its_realms_domain() -> None:
    assert derive_endpoint(REGIONS["us-chicago-1"]) == CHICAGO
    sovereign = derive_endpoint(REGIONS["eu-frankfurt-2"])
    assert sovereign == "https://inference.generativeai.eu-frankfurt-2.oci.oraclecloud.eu"


def test_the_control_plane_is_on_a_host_of_its_own_in_each_realm() -> None:
    assert control_endpoint(CHICAGO) == "https://generativeai.us-chicago-1.oci.oraclecloud.com"
    sovereign = control_endpoint(derive_endpoint(REGIONS["eu-frankfurt-2"]))
    assert sovereign == "https://generativeai.eu-frankfurt-2.oci.oraclecloud.eu"


@pytest.mark.parametrize("root", ["http://127.0.0.1:8123", "https://proxy.example/genai"])
def test_beside_any_other_endpoint_the_control_plane_is_at_the_same_root(root: str) -> None:
    assert control_endpoint(root) == root


@pytest.mark.parametrize("region", REGIONS.values(), ids=list(REGIONS))
def test_every_regions_endpoint_passes_the_check_unchanged(region: Region) -> None:
    assert check_endpoint(derive_endpoint(region)) == derive_endpoint(region)


# What is taken off


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/openai/v1",
        "/openai/v1/",
        "/openai/v1/chat/completions",
        "/openai/v1/responses",
        "/20231130",
        "/20231130/",
        "/20231130/actions",
        "/20231130/actions/chat",
        "/20231130/actions/v1",
        "/20231130/actions/v1/chat",
        "/20231130/openai/v1",
    ],
)
def test_paths_that_people_append_are_taken_off(path: str) -> None:
    assert check_endpoint(CHICAGO + path) == CHICAGO


@pytest.mark.parametrize("path", ["/prefix", "/prefix/openai/v1", "/prefix/20231130/"])
def test_a_path_of_ones_own_stays(path: str) -> None:
    assert check_endpoint(CHICAGO + path) == CHICAGO + "/prefix"


def test_a_path_that_only_looks_appended_stays() -> None:
    assert check_endpoint(CHICAGO + "/openai/v10") == CHICAGO + "/openai/v10"


@pytest.mark.parametrize(
    "url",
    [
        CHICAGO.upper(),
        f"  {CHICAGO}\n",
        f"{CHICAGO}.",
        f"{CHICAGO}./openai/v1",
        f"{CHICAGO}?x=1#y",
        CHICAGO.replace("https", "HTTPS"),
    ],
)
def test_the_host_is_written_as_it_was_checked(url: str) -> None:
    assert check_endpoint(url) == CHICAGO


def test_a_port_stays() -> None:
    assert check_endpoint("https://a.oraclecloud.com:8443/") == "https://a.oraclecloud.com:8443"


# Plain http


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "127.255.255.254", "[::1]:8080", "localhost:1", "LOCALHOST."],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_takes_plain_http_and_https(scheme: str, host: str) -> None:
    url = f"{scheme}://{host}"
    assert check_endpoint(url) == url.lower().rstrip(".")


@pytest.mark.parametrize(
    "host",
    [
        "inference.generativeai.us-chicago-1.oci.oraclecloud.com",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil.localhost",
        "0.0.0.0",
        "128.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "127.1",
        "0x7f000001",
        "[::]",
        "[fe80::1]",
        "localhosts",
    ],
)
@pytest.mark.parametrize("allow", [False, True], ids=["", "any host"])
def test_plain_http_elsewhere_is_refused_whatever_is_allowed(host: str, *, allow: bool) -> None:
    with pytest.raises(EndpointRefusedError, match=r"Plain http to .* in the open\.\nUse https"):
        check_endpoint(f"http://{host}/", allow_any_host=allow)


@pytest.mark.parametrize("host", ["", "localhost:80", "LOCALHOST", "127.0.0.1:80", "[::1]"])
def test_a_host_that_is_no_bare_loopback_name_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


# Hosts


@pytest.mark.parametrize("domain", sorted({region.domain for region in REGIONS.values()}))
def test_every_realm_of_oracles_is_accepted_at_a_dot(domain: str) -> None:
    assert check_endpoint(f"https://{domain}") == f"https://{domain}"
    assert check_endpoint(f"https://a.b.{domain}") == f"https://a.b.{domain}"
    for other in (f"evil{domain}", f"evil-{domain}", f"{domain}.evil.com", f"a.{domain}.evil.com"):
        with pytest.raises(EndpointRefusedError):
            check_endpoint(f"https://{other}")


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "eviloraclecloud.com",
        "oraclecloud.com.evil.com",
        "oraclecloud.co",
        "oracle.com",
        "10.0.0.1",
        "\uff4fraclecloud.com",  # a full-width o
        "\u043eraclecloud.com",  # a Cyrillic o
        "evil.com:443",
    ],
)
def test_another_host_needs_the_flag_and_the_error_names_it(host: str) -> None:
    with pytest.raises(EndpointRefusedError, match="allow_any_host=True"):
        check_endpoint(f"https://{host}")
    assert check_endpoint(f"https://{host}/", allow_any_host=True) == f"https://{host}"


def test_an_oracle_name_in_the_path_or_query_opens_nothing() -> None:
    for rest in ("/.oraclecloud.com", "?.oraclecloud.com", "#.oraclecloud.com"):
        with pytest.raises(EndpointRefusedError, match=r"^evil\.com is not a host of Oracle's"):
            check_endpoint(f"https://evil.com{rest}")


@pytest.mark.parametrize("allow", [False, True], ids=["", "any host"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "us-chicago-1",
        "inference.generativeai.us-chicago-1.oci.oraclecloud.com",
        "localhost:8080",
        "//a.oraclecloud.com",
        "ftp://a.oraclecloud.com",
        "file:///etc/passwd",
        "https://",
        "https://...",
        "https://:443",
        "https://a..oraclecloud.com",
        "https://a.oraclecloud.com:port",
        "https://a.oraclecloud.com:99999",
        "https://[::1",
        "https://evil.com\\.oraclecloud.com",
        "https://evil.com%2f.oraclecloud.com",
        "https://evil.com%00.oraclecloud.com",
        "https://evil com.oraclecloud.com",
        "https://*.oraclecloud.com",
        "https://evil。com",
    ],
)
def test_what_is_not_an_endpoint_is_refused_whatever_is_allowed(url: str, *, allow: bool) -> None:
    with pytest.raises(EndpointRefusedError, match=r"is not an endpoint\.\nGive one like https://"):
        check_endpoint(url, allow_any_host=allow)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@a.oraclecloud.com",
        "https://hunter2@a.oraclecloud.com",
        "https://user:p@hunter2@a.oraclecloud.com",
        "https://user:p/hunter2@a.oraclecloud.com",
        "https://user:hunter2@exa℀mple.com",
        "http://user:hunter2@127.0.0.1",
        "HTTPS://user:hunter2\n@a.oraclecloud.com",
        "user:hunter2@a.oraclecloud.com",
        "https:/user:hunter2@a.oraclecloud.com",
    ],
)
@pytest.mark.parametrize("allow", [False, True], ids=["", "any host"])
def test_credentials_in_an_endpoint_are_refused_and_not_repeated(url: str, *, allow: bool) -> None:
    with pytest.raises(EndpointRefusedError) as caught:
        check_endpoint(url, allow_any_host=allow)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(st.text(st.sampled_from("htps:/@.[]%\\?#0127 localhst℀é"), max_size=30))
def test_any_text_is_an_endpoint_or_the_typed_error(text: str) -> None:
    try:
        root = check_endpoint(f"https://{text}", allow_any_host=True)
    except EndpointRefusedError as error:
        assert error.remedy  # noqa: PT017 - either outcome is right
    else:
        assert check_endpoint(root, allow_any_host=True) == root
