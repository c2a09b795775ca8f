"""Where a mail server is and how it is spoken to: TLS unless the address says otherwise and that is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from cm_console.model.errors import Refused
from cm_console.model.text import clean_line

IMAP_PORTS = {"tls": 993, "starttls": 143, "plain": 143}
SMTP_PORTS = {"tls": 465, "starttls": 587, "plain": 25}

_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


class Security(StrEnum):
    """TLS from the first byte, TLS after STARTTLS (which must succeed), or none at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Place:
    """A server's address."""

    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def place_of(text: str, ports: dict[str, int], *, key: str, insecure: bool) -> Place:
    """The server that a setting names: `mail.example.org`, `mail.example.org:587`, `starttls://mail.example.org`.

    Without a scheme the port decides: the one for STARTTLS means STARTTLS, any other TLS.

    Raises:
        Refused: no address, or one without TLS outside this machine while `insecure` is not set.
    """
    scheme, mark, rest = text.strip().rpartition("://")
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    known = not mark or scheme in set(Security)
    if not known or not _HOST.fullmatch(host) or parts.username is not None or parts.path or parts.query:
        words = f"{key} = {clean_line(text, 80)!r} is no server; write mail.example.org or starttls://mail.example.org"
        raise Refused(words)
    if not mark:
        scheme = "starttls" if port in (ports["starttls"], 25) else "tls"
    place = Place(host, port or ports[scheme], Security(scheme))
    if place.security is Security.PLAIN and not (insecure or _is_here(host)):
        raise Refused(
            f"{key} asks for a connection without TLS to {host}: everybody on the way could read the password and all"
            " mail; use tls:// or starttls://, or set insecure = true if you really mean it"
        )
    return place


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
