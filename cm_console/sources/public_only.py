"""Keeps a gateway on the public network: no address of this machine, the house or a cloud's metadata service.

Two checks, for two moments. `public_only` resolves the host before anything is asked, redirects included, so that a
private address is not even knocked at. `public_peer` looks at the address a connection really has, before a byte is
sent on it: a name that resolves to another address the second time (DNS rebinding) gets a TCP connection and nothing
more. Not covered: a public server that fetches private addresses for others, and a VPN that leads public addresses into
a private network.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from cm_console.model.errors import Refused, Unreachable
from cm_console.model.text import clean_line

_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Is this IP address one of the public network? An IPv4 address inside an IPv6 one counts as what it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local or found in _LOCAL_NAT64:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _inner(found: IPv6Address) -> IPv4Address | None:
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)


async def public_only(url: str) -> None:
    """Look where an address leads before it is asked: a `guard` of a Gateway.

    Raises:
        Refused: one of its host's addresses is not public.
        Unreachable: the host is not found.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{clean_line(host, 100)} could not be reached: {clean_line(str(error), 200)}") from None
    for *_, place in found:
        _admit(str(place[0]), host)


def public_peer(address: str) -> None:
    """Look at the address a connection has, before anything is sent: a `peer` of a Gateway.

    Raises:
        Refused: it is not public.
    """
    _admit(address, "the host")


def _admit(address: str, host: str) -> None:
    if not is_public(address):
        words = f"{clean_line(host, 100)} is in a private network ({clean_line(address, 60)}):"
        raise Refused(f"{words} set private = true if that is meant")
