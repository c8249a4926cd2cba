"""Region and realm to hosts, and which hosts a request may be sent to.

Source: Oracle's "Generative AI Inference API" endpoints page; the second-level domain belongs to
the region's realm.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from .errors import ConfigError, EndpointRefusedError
from .regions import REGIONS, Region, find_region, nearest_regions

OPENAI_PATH = "/openai/v1"
NATIVE_PATH = "/20231130/actions/chat"
DEFAULT_REGION = "us-chicago-1"

_REGION_NAME = re.compile(r"[a-z]{2,}-[a-z]+-[0-9]+")
_HOST_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")
_APPENDED = re.compile(
    r"(/openai/v1(/chat/completions|/responses)?|/20231130(/actions(/v1)?(/chat)?|/openai/v1)?)?/*$"
)
_DOMAINS = frozenset(region.domain for region in REGIONS.values())


def resolve_region(text: str) -> tuple[Region, bool]:
    """The region of that name or short code, and whether it is one we know.

    A well-formed name that we don't know is taken for a new region of the commercial realm.
    Raises ConfigError for anything else.
    """
    found = find_region(text)
    if found is not None:
        return found, True
    name = text.strip().lower()
    if _REGION_NAME.fullmatch(name):
        return Region(name=name, code="", realm="oc1", domain="oraclecloud.com"), False
    near = " or ".join(nearest_regions(text)) or DEFAULT_REGION
    raise ConfigError(f"{text!r} is not an OCI region.", remedy=f"Did you mean {near}?")


def derive_endpoint(region: Region) -> str:
    """The root of the region's data plane."""
    return f"https://inference.generativeai.{region.name}.oci.{region.domain}"


def control_endpoint(endpoint: str) -> str:
    """The root of the control plane that belongs to a data plane's.

    A region's is on a host of its own; beside any other endpoint it is taken to be at the same one.
    """
    return endpoint.replace("://inference.generativeai.", "://generativeai.", 1)


def auth_endpoint(endpoint: str, region: str) -> str:
    """The root of the service that refreshes sessions: the region's, or beside a loopback one."""
    if is_loopback((urlsplit(endpoint).hostname or "").lower()):
        return endpoint
    return f"https://auth.{region}.{resolve_region(region)[0].domain}"


def check_endpoint(url: str, *, allow_any_host: bool = False) -> str:
    """The root of `url`, ready to have a path appended; the host is written as it was checked.

    The paths that other tools make people append (`/openai/v1`, `/20231130`) are taken off.
    Raises EndpointRefusedError for plain http outside loopback, and, without `allow_any_host`,
    for a host outside Oracle's realms: a signed request and its prompt would go there.
    """
    scheme, host, port, path = _split(url)
    if scheme == "http" and not is_loopback(host):
        raise EndpointRefusedError(
            f"Plain http to {host} is refused: prompts and signatures would travel in the open.",
            remedy="Use https.",
        )
    if not (allow_any_host or is_loopback(host) or _is_oracle(host)):
        raise EndpointRefusedError(
            f"{host} is not a host of Oracle's, so nothing is sent there.",
            remedy="If it is meant, say so with allow_any_host=True.",
        )
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    return f"{scheme}://{place}{_APPENDED.sub('', path)}"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path of an endpoint."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        known = parts.scheme in {"http", "https"} and "@" not in parts.netloc
        if known and (":" in host or _HOST_NAME.fullmatch(host)):
            return parts.scheme, host, port, parts.path
    except ValueError:
        pass  # its text may quote a password
    raise EndpointRefusedError(
        f"{_shown(url)} is not an endpoint.",
        remedy="Give one like https://inference.generativeai.us-chicago-1.oci.oraclecloud.com.",
    )


def _is_oracle(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)


def _shown(url: str) -> str:
    # Credentials in a URL must not come back in an error text.
    return repr(re.sub(r"^([a-z]+://)?.*@", r"\1…@", url, flags=re.DOTALL | re.IGNORECASE))
