"""What a guard looks at in a request: its headers, its path, where it comes from. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from newsqa.interfaces.access.policy import Network, Policy

LONGEST_TARGET = 8_192
_LONGEST_HEADERS = 32_768
_UNSAFE_PATH = re.compile(r"[\x00-\x1f\x7f\\\ufffd]|(?:^|/)\.{1,2}(?:/|$)")
_WITH_PORT = re.compile(r"(\[.*\]|[0-9.]+):[0-9]{1,5}")
_DOCUMENT = re.compile(r"/(?:a|c|articles)/[0-9a-f]{16,24}")
_COUNTED = re.compile(r"/(?:a|c|articles)/.*|/v1/(?!health$).*|/mcp/?|/gradio_api/(?:queue/join/?|upload)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further, as a status, a code for programs and a sentence for people."""

    status: int
    code: str
    message: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def body(self) -> bytes:
        """The refusal as the JSON that every error of the server is."""
        return encode_error(self.status, self.code, self.message)


def encode_error(status: int, code: str, message: str) -> bytes:
    """An error as JSON, in the form that OpenAI's clients read too."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def strip_root(path: str, root: str) -> str:
    """The path as the server knows it, whether or not a proxy has taken away the part that is its own."""
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def read_headers(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    """A request's headers by lower-case name, each with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def first_value(headers: Mapping[str, list[str]], name: str) -> str:
    """The first value of a header, or an empty string."""
    return headers.get(name, [""])[0]


def refuse_misdirected(
    scope: Mapping[str, Any], headers: Mapping[str, list[str]], policy: Policy
) -> Refusal | None:
    """Whether the request's address is one that this server has and can have; None if so."""
    hosts = headers.get("host", [])
    if len(hosts) != 1 or not policy.knows(hosts[0]):
        return Refusal(
            421,
            "unknown_host",
            "This server does not go by that name. NEWSQA_ALLOWED_HOSTS says which it goes by.",
        )
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > LONGEST_TARGET:
        return Refusal(414, "uri_too_long", "The address is too long. Send long texts in the body.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > _LONGEST_HEADERS:
        return Refusal(431, "headers_too_long", "The headers are too long. Send fewer, or shorter ones.")
    if "transfer-encoding" in headers and "content-length" in headers:
        return Refusal(400, "bad_length", "The length of the body is given twice. Send it anew.")
    if _UNSAFE_PATH.search(scope["path"]):
        return Refusal(400, "bad_path", "The path has characters that none here has. Check the address.")
    return None


def refuse_foreign(scope: Mapping[str, Any], headers: Mapping[str, list[str]], policy: Policy) -> Refusal | None:
    """Whether a page of another site makes a browser send this; None if not, or if that site is allowed to."""
    origins = headers.get("origin", [])
    if origins:
        allowed = all(
            origin in policy.origins or _is_same_origin(origin, first_value(headers, "host")) for origin in origins
        )
    else:
        crossing = first_value(headers, "sec-fetch-site") == "cross-site"
        allowed = not crossing or (
            scope["method"] == "GET" and first_value(headers, "sec-fetch-mode") == "navigate"
        )
    if allowed:
        return None
    return Refusal(
        403,
        "cross_origin",
        "Pages of other sites may not use this server. NEWSQA_CORS_ORIGINS names those that may.",
    )


def _is_same_origin(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def is_counted(method: str, path: str) -> bool:
    """Whether a request counts against the rate limit: files of the page do not, logins have one of their own."""
    return method != "OPTIONS" and bool(_COUNTED.fullmatch(path))


def is_document(path: str) -> bool:
    """Whether a path is that of a page without scripts, which a reader opens by its address."""
    return bool(_DOCUMENT.fullmatch(path))


def find_body_limit(path: str, policy: Policy) -> int:
    """How many bytes the body may have."""
    if path == "/gradio_api/upload":
        return policy.upload_bytes
    return policy.article_bytes if path == "/v1/articles" else policy.body_bytes


def find_client(scope: Mapping[str, Any], proxies: Sequence[Network]) -> str:
    """Who asks, for limits and logs: the address, of IPv6 the network that one customer has.

    A proxy of `proxies` is believed in whom it names in X-Forwarded-For, from the right: what the client itself
    wrote there stands further left. Some proxies name a port, too, which each connection has of its own.
    """
    host = str((scope.get("client") or ("unknown", 0))[0])
    hops = ",".join(read_headers(scope).get("x-forwarded-for", [])).split(",") if proxies else []
    while hops and _is_trusted(host, proxies) and hops[-1].strip():
        host = hops.pop().strip()
    address = _parse_address(host)
    if address is None:
        return host[:64]
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _is_trusted(host: str, proxies: Sequence[Network]) -> bool:
    address = _parse_address(host)
    return address is not None and any(address in network for network in proxies)


def _parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address without its port, of one that is IPv4 in IPv6 the former; None if it is no address."""
    named = _WITH_PORT.fullmatch(host)
    try:
        address = ip_address((named[1] if named else host).strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def wants_html(headers: Mapping[str, list[str]]) -> bool:
    """Whether a browser wants a page to show."""
    return "text/html" in first_value(headers, "accept")
