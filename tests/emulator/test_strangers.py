"""Clients that others wrote are accepted: the verifier was not fitted to our own signer."""

from __future__ import annotations

import oci
import pytest
import requests
from oci_genai_auth import HttpxOciAuth, OciSessionAuth, OciUserPrincipalAuth

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, LLAMA, connect_openai, make_signer, write_body


@pytest.mark.parametrize("profile", ["DEFAULT", "TYPICAL", "SESSION"])
def test_the_oci_sdks_signer_is_accepted(service: Service, profile: str) -> None:
    signer = make_signer(service, profile)
    tenancy = service.tenancies[1 if profile == "TYPICAL" else 0]
    answer = requests.post(
        service.url + CHAT,
        auth=signer,
        json=write_body(),
        headers={"CompartmentId": tenancy.ocid},
        timeout=10,
    )
    assert answer.status_code == 200
    assert service.journal.last.tenancy == tenancy.name
    assert service.journal.last.key_id_kind == ("session" if profile == "SESSION" else "api_key")


@pytest.mark.parametrize(
    "target",
    [
        "/openai/v1/models?limit=10&page=a%2Fb%20c",
        "/20231130/models?compartmentId=ocid1.tenancy.oc1..x&capability=CHAT",
        "/a%20b/%7Etilde/~tilde/caf%C3%A9;v=1?x=%E2%82%AC&x=&y",
        "/openai/v1//double/./dot",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PUT"])
def test_odd_targets_verify_as_they_came_on_the_wire(
    service: Service, method: str, target: str
) -> None:
    answer = requests.request(
        method,
        service.url + target,
        auth=make_signer(service, "DEFAULT"),
        data=b"" if method in ("POST", "PUT") else None,
        headers={"content-type": "application/json"},
        timeout=10,
    )
    assert service.journal.last.refused is None
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    ("auth_class", "profile"), [(OciUserPrincipalAuth, "DEFAULT"), (OciSessionAuth, "SESSION")]
)
def test_oci_genai_auth_under_the_openai_sdk_is_accepted(
    service: Service, auth_class: type[HttpxOciAuth], profile: str
) -> None:
    auth = auth_class(config_file=str(service.config_file), profile_name=profile)
    with connect_openai(service, auth) as client:
        stream = client.chat.completions.create(
            model=LLAMA, messages=[{"role": "user", "content": "what is 17 * 23?"}], stream=True
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert text == "17 * 23 = 391"


def test_the_oci_sdk_reads_every_profile(service: Service) -> None:
    for profile in service.profiles:
        config = oci.config.from_file(str(service.config_file), profile)
        assert config["region"] == service.region
        assert config["ocigenai_endpoint"] == service.url
        if profile != "SESSION":
            oci.config.validate_config(config)
