"""Addresses: which may be written to, which belong to machines, and how they are told apart."""

from __future__ import annotations

import re

from cm_console.model.errors import Refused
from cm_console.model.text import clean_line

_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_DOMAIN}|\[[0-9A-Fa-f.:]{{2,45}}\])")
_MACHINE = re.compile(
    r"(?:.*[._+-])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|mailer-?daemon|bounces?|notifications?-?noreply|nobody)"
    r"(?:[._+=-].*)?",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"(?:mailer-?daemon|postmaster|mail-?daemon)", re.IGNORECASE)


def sendable(address: str) -> str:
    """An address as a mail server takes it, its domain in ASCII.

    Raises:
        Refused: it is none, or has characters that do not belong into one (a line end would add headers and commands).
    """
    local, mark, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            domain = ""
    made = f"{local}{mark}{domain}"
    if len(made) > 254 or not _ADDRESS.fullmatch(made):
        raise Refused(f"{clean_line(address, 80)!r} is no address one can write to")
    return made


def is_machine(address: str) -> bool:
    """Does nobody read what is sent to this address?"""
    return not address or bool(_MACHINE.fullmatch(address.rpartition("@")[0]))


def is_daemon(address: str) -> bool:
    """Does this address belong to a mail system?"""
    return bool(_DAEMON.fullmatch(address.rpartition("@")[0]))
