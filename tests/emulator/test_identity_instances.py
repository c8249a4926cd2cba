"""Instance principals: metadata, certificates, federation, tokens that end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, write_body
from tests.emulator.identities import (
    FEDERATION_NAMES,
    GET_NAMES,
    NAMES,
    ask,
    make_instance_signer,
    make_key,
    read_certificate,
    read_claims,
    read_metadata,
    send,
    sign,
    strip,
    write_federation,
    write_key_id,
    write_public_key,
)

FEDERATION = "/v1/x509"


def federate(service: Service, **changes: Any) -> requests.Response:
    """The answer to a federation request that is right but for the changes."""
    certificate, key = read_certificate(service)
    body = write_federation(service, certificate, make_key().public_key())
    body |= changes.pop("body", {})
    return send(sign_federation(service, certificate, key, body, **changes))


def sign_federation(
    service: Service,
    certificate: x509.Certificate,
    private_key: rsa.RSAPrivateKey,
    body: dict[str, Any],
    **changes: Any,
) -> requests.PreparedRequest:
    """A federation request signed as the SDK does, but for the changes."""
    usual: dict[str, Any] = {
        "key": private_key,
        "key_id": write_key_id(service, certificate),
        "names": FEDERATION_NAMES,
    }
    return sign(service, "POST", FEDERATION, body=body, **(usual | changes))


def sign_chat(service: Service, token: str) -> requests.PreparedRequest:
    """A chat request signed with the session key under a token."""
    body = write_body()
    return sign(service, "POST", CHAT, key=make_key(), key_id=f"ST${token}", body=body)


def sign_look(service: Service, token: str) -> requests.PreparedRequest:
    """A request that is answered 404 where the token is good: cheaper than a chat."""
    key, key_id = make_key(), f"ST${token}"
    return sign(service, "GET", "/nowhere", key=key, key_id=key_id, names=GET_NAMES)


def chat(service: Service, token: str) -> requests.Response:
    """The answer to a chat request signed with the session key under a token."""
    return send(sign_chat(service, token))


def test_the_oci_sdk_becomes_an_instance_principal(service: Service) -> None:
    os.environ |= service.instance_principal_env()
    signer = make_instance_signer(service)
    assert signer.region == service.region
    assert signer.tenancy_id == service.tenancies[0].ocid
    assert ask(service, signer).status_code == 200
    seen = {(e.method, e.path, e.key_id_kind, e.status, e.tenancy) for e in service.journal}
    assert seen == {
        ("GET", "/opc/v2/identity/cert.pem", "bearer", 200, "default"),
        ("GET", "/opc/v2/identity/key.pem", "bearer", 200, "default"),
        ("GET", "/opc/v2/identity/intermediate.pem", "bearer", 200, "default"),
        ("GET", "/opc/v2/instance/region", "bearer", 200, "default"),
        ("POST", FEDERATION, "instance", 200, "default"),
        ("POST", CHAT, "instance", 200, "default"),
    }


def test_the_oci_sdks_instance_token_ends_by_the_emulators_clock_and_is_had_anew(
    service: Service,
) -> None:
    os.environ |= service.instance_principal_env()
    service.token_minutes = 3
    signer = make_instance_signer(service)
    service.clock_offset = 200  # the SDK's own clock thinks the token good
    assert ask(service, signer).status_code == 401
    assert service.journal.last.refused == "the session token has expired"
    signer.refresh_security_token()
    assert ask(service, signer).status_code == 200


def test_three_hundred_expiries_need_no_sleep(service: Service) -> None:
    statuses = Counter[tuple[int, int]]()
    certificate, key = read_certificate(service)
    body = write_federation(service, certificate, make_key().public_key())
    with requests.Session() as session:
        for hour in range(300):
            if hour % 12 == 0:  # it is good for a day
                certificate, key = read_certificate(service)
                body["certificate"] = strip(certificate)
            first = sign_federation(service, certificate, key, body)
            token = session.send(first, timeout=60).json()["token"]
            fresh = session.send(sign_look(service, token), timeout=60).status_code
            service.clock_offset += 3600
            late = session.send(sign_look(service, token), timeout=60).status_code
            statuses[fresh, late] += 1
    assert statuses == {(404, 401): 300}


def test_the_token_says_who_until_when_and_which_key(service: Service) -> None:
    before = int(service.now())
    service.token_minutes = 20
    answer = federate(service)
    assert list(answer.json()) == ["token"]
    claims = read_claims(answer.json()["token"])
    tenancy = service.tenancies[0]
    assert claims["ptype"] == "instance"
    assert (claims["tenant"], claims["opc-tenant"]) == (tenancy.ocid, tenancy.ocid)
    assert claims["sub"] == claims["opc-instance"] == read_metadata(service, "instance/id").text
    assert claims["exp"] - claims["iat"] == 1200
    assert claims["iat"] >= before
    assert '"kty": "RSA"' in claims["jwk"]


def test_the_token_signs_requests_with_the_key_it_was_given_for(service: Service) -> None:
    assert chat(service, federate(service).json()["token"]).status_code == 200
    other = federate(service, body={"publicKey": write_public_key(make_key("other").public_key())})
    assert chat(service, other.json()["token"]).status_code == 401
    assert service.journal.last.refused == "the signature does not match the signed lines"


def test_a_sha256_fingerprint_names_the_certificate_too(service: Service) -> None:
    certificate, _ = read_certificate(service)
    fingerprint = certificate.fingerprint(SHA256()).hex(":")
    key_id = f"{service.tenancies[0].ocid}/fed-x509-sha256/{fingerprint}"
    assert federate(service, key_id=key_id).status_code == 200


def test_a_signature_over_the_host_too_is_good(service: Service) -> None:
    assert federate(service, names=NAMES).status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (lambda _: {"key_id": "t/fed-x509/00:11"}, "the key id is not the certificate's"),
        (lambda s: {"key_id": f"{s.tenancies[1].ocid}/fed-x509/00"}, "the key id is not"),
        (lambda _: {"key": make_key("stranger")}, "the signature does not match"),
        (lambda _: {"names": FEDERATION_NAMES[:2]}, "not signed: content-length"),
        (lambda _: {"body": {"certificate": "rubbish"}}, "a certificate cannot be read"),
        (lambda _: {"body": {"certificate": None}}, "a certificate cannot be read"),
        (lambda _: {"body": {"intermediateCertificates": ["x"]}}, "a certificate cannot be read"),
        (lambda _: {"body": {"intermediateCertificates": []}}, "was not issued here"),
    ],
)
def test_a_federation_request_that_proves_nothing_is_refused(
    service: Service, changes: Callable[[Service], dict[str, Any]], reason: str
) -> None:
    answer = federate(service, **changes(service))
    assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")
    assert reason in str(service.journal.last.refused)


def test_a_certificate_of_another_authority_is_refused(service: Service) -> None:
    with emulator.start() as other:
        certificate, key = read_certificate(other)
        body = write_federation(other, certificate, make_key().public_key())
    answer = federate(service, key=key, key_id=write_key_id(service, certificate), body=body)
    assert answer.status_code == 401
    assert service.journal.last.refused == "the certificate was not issued here"


def test_a_certificate_that_someone_signed_themselves_is_refused(service: Service) -> None:
    key, name = make_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "instance")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    answer = federate(
        service,
        key=key,
        key_id=write_key_id(service, certificate),
        body={"certificate": strip(certificate), "intermediateCertificates": []},
    )
    assert answer.status_code == 401
    assert service.journal.last.refused == "the certificate was not issued here"


def test_an_old_certificate_is_refused_and_a_new_one_is_there_for_the_same_key(
    service: Service,
) -> None:
    old, key = read_certificate(service)
    service.clock_offset = 25 * 3600
    body = write_federation(service, old, make_key().public_key())
    assert federate(service, key_id=write_key_id(service, old), body=body).status_code == 401
    assert service.journal.last.refused == "the certificate is not valid now"
    new, same = read_certificate(service)
    assert new != old
    assert same.private_numbers() == key.private_numbers()
    assert federate(service).status_code == 200


@pytest.mark.parametrize("public_key", ["rubbish", "", None, "aGVsbG8="])
def test_a_public_key_that_is_none_is_a_bad_request(service: Service, public_key: object) -> None:
    answer = federate(service, body={"publicKey": public_key})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_a_certificates_key_id_signs_nothing_but_federation(service: Service) -> None:
    certificate, key = read_certificate(service)
    signed = sign(
        service, "POST", CHAT, key=key, key_id=write_key_id(service, certificate), body=write_body()
    )
    assert send(signed).status_code == 401
    assert service.journal.last.refused == "no such key id"


def test_the_certificate_names_tenancy_compartment_and_instance(service: Service) -> None:
    certificate, key = read_certificate(service)
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    tenancy = service.tenancies[0]
    assert [unit.value for unit in units] == [
        "opc-certtype:instance",
        f"opc-compartment:{tenancy.compartment_id}",
        f"opc-instance:{read_metadata(service, 'instance/id').text}",
        f"opc-tenant:{tenancy.ocid}",
        f"opc-identity:{tenancy.ocid}",
    ]
    assert certificate.public_key() == key.public_key()


def test_metadata_are_text_where_they_are_one_value_and_json_where_more(service: Service) -> None:
    region = read_metadata(service, "instance/region")
    assert (region.text, region.headers["content-type"]) == (
        "us-chicago-1",
        "text/plain; charset=utf-8",
    )
    assert read_metadata(service, "instance/regionInfo/realmKey").text == "oc1"
    instance = read_metadata(service, "instance/").json()
    assert instance["tenantId"] == read_metadata(service, "identity/tenancyId").text
    assert instance["compartmentId"] == service.compartment_id


@pytest.mark.parametrize("path", ["", "instance/nothing", "instance/region/x", "vnics/", "key.pem"])
def test_metadata_that_are_not_there_are_not_found(service: Service, path: str) -> None:
    assert read_metadata(service, path).status_code == 404


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Authorization": "Bearer oracle"}, 'the Authorization header is not "Bearer Oracle"'),
        ({"Authorization": ""}, 'the Authorization header is not "Bearer Oracle"'),
        ({"X-Forwarded-For": "1.2.3.4"}, "the metadata service answers no forwarded request"),
    ],
)
def test_metadata_are_told_only_with_the_agreed_header_and_to_no_proxy(
    service: Service, headers: dict[str, str], reason: str
) -> None:
    answer = read_metadata(service, "identity/key.pem", **headers)
    assert answer.status_code == 401
    assert service.journal.last.refused == reason
