"""Row 27: TLS is always verified: no certificate, no prompt."""

from __future__ import annotations

import inspect
import ipaddress
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ocigenai_nb.core.errors import BadRequestError, ConnectionFailedError
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.transports.keys import make_key, write_pem
from tests.transports.listener import read_request, respond
from tests.transports.subject import COUNT, Transport


@dataclass
class TLSServer:
    """Refuses every request, over TLS."""

    url: str
    certificate: Path
    received: list[bytes] = field(default_factory=list)


def write_certificate(folder: Path) -> Path:
    """A key and a certificate of this machine's that nobody has signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(make_key().public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(make_key(), SHA256())
    )
    path = folder / "certificate.pem"
    path.write_text(write_pem(make_key()) + certificate.public_bytes(Encoding.PEM).decode())
    return path


def serve(listener: socket.socket, context: ssl.SSLContext, server: TLSServer) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return  # closed: the test is over
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                server.received.append(read_request(connection))
                connection.sendall(respond(400))
        except OSError:
            plain.close()


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[TLSServer]:
    certificate = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    server = TLSServer(f"https://127.0.0.1:{listener.getsockname()[1]}", certificate)
    thread = threading.Thread(target=serve, args=(listener, context, server), daemon=True)
    thread.start()
    yield server
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=60)


def test_row_27_a_certificate_that_is_not_trusted_is_refused(
    transport: Transport, tls_server: TLSServer
) -> None:
    error = transport.ask(COUNT, client=transport.client(endpoint=tls_server.url)).error
    assert type(error) is ConnectionFailedError
    assert "its TLS certificate is not trusted" in error.message
    assert "point SSL_CERT_FILE to its CA bundle" in error.remedy
    assert "the operating system's store" in error.remedy
    assert "Nothing was sent" in error.remedy
    assert tls_server.received == []


def test_row_27_the_remedy_works(transport: Transport, tls_server: TLSServer) -> None:
    os.environ["SSL_CERT_FILE"] = str(tls_server.certificate)
    error = transport.ask(COUNT, client=transport.client(endpoint=tls_server.url)).error
    assert type(error) is BadRequestError
    assert len(tls_server.received) == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CURL_CA_BUNDLE", ""),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("OCI_SKIP_SSL_CERT_VERIFICATION", "True"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("REQUESTS_CA_BUNDLE", ""),
    ],
)
def test_row_27_no_variable_gets_around_it(
    transport: Transport, tls_server: TLSServer, variable: str, value: str
) -> None:
    os.environ[variable] = value
    error = transport.ask(COUNT, client=transport.client(endpoint=tls_server.url)).error
    assert type(error) is ConnectionFailedError
    assert tls_server.received == []


@pytest.mark.parametrize("kind", [OCIModel, OCIOpenAIModel, OCIResponsesModel, SignedClient])
def test_row_27_no_option_gets_around_it(kind: Any) -> None:
    options = inspect.signature(kind).parameters
    assert not [name for name in options if re.search("verif|insecure|ssl|tls|cert", name)]
