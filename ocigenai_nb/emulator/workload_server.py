"""The Kubernetes cluster's door: the emulator over TLS at 127.0.0.N:12250, opened when asked for.

The port is fixed in Oracle's SDKs, so each emulator of a machine takes a loopback address of its
own. Certificates follow the machine's clock, not the emulator's: TLS libraries check them.
"""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.types import ASGIApp

from ocigenai_nb.emulator.certificates import CertificateAuthority, write_pem
from ocigenai_nb.emulator.config_folder import ConfigFolder
from ocigenai_nb.emulator.server import ServerThread, open_listener

PORT: Final = 12250
"""Where a cluster's token service listens."""

_TAKEN: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)


class WorkloadServer:
    """An open door."""

    def __init__(self, app: ASGIApp, authority: CertificateAuthority, folder: ConfigFolder) -> None:
        """Serve ``app`` at the first free address.

        Raises:
            OSError: If there is none.
        """
        listener = _open_listener()
        self.host: str = listener.getsockname()[0]
        self.ca_file: Path = folder.put("emulator-ca.pem", write_pem(authority.root))
        certificate = folder.put("emulator-tls.pem", _write_server_pem(authority, self.host))
        self._server = ServerThread(app, listener, certificate=certificate)
        self._server.start()

    def stop(self) -> None:
        """Close it."""
        self._server.stop()


def _open_listener() -> socket.socket:
    for last in range(1, 255):
        try:
            return open_listener(PORT, f"127.0.0.{last}")
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
    raise OSError(errno.EADDRINUSE, f"Port {PORT} is taken at every loopback address tried.")


def _write_server_pem(authority: CertificateAuthority, host: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    leaf = authority.certify_server(host, key.public_key())
    return pem + write_pem(leaf) + write_pem(authority.intermediate)
