"""Links in member text: numbered, and always shown with the host they really go to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cm_console.model.text import clean_line

SCHEMES = ("http", "https", "mailto")
OPEN, CLOSE = "‹", "›"
"""What surrounds a shown link; members cannot write these two, so they cannot paint a link that is none."""

_NAMED = r"(?P<named>(?<=\S) )?<(?P<in>(?:https?://|mailto:)[^\s<>]+)>"
_GIVEN = re.compile(_NAMED + r"|(?P<bare>https?://[^\s<>\"'»“”]+)", re.IGNORECASE)
SHOWN = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
_FAKES = str.maketrans({OPEN: "<", CLOSE: ">"})


def real_host(url: str) -> str:
    """Where a link really goes, letters of other alphabets in their ASCII form; "" if it may not be opened."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or any(ord(char) <= 0x20 or 0x7F <= ord(char) <= 0xA0 for char in url):
            return ""
        host = parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.hostname or ""
        return host.encode("idna").decode("ascii") if host else ""
    except ValueError:
        return ""


def number_links(text: str, links: list[str]) -> str:
    """Replace addresses by `‹3 host/path›` (`‹3 host›` after words), adding them to `links`; 1 is the first."""

    def shown(found: re.Match[str]) -> str:
        url = found["in"] or found["bare"]
        tail = ""
        if found["bare"]:
            kept = url.rstrip(".,;:!?)]}")
            kept += ")" if kept.count("(") > kept.count(")") and url[len(kept) : len(kept) + 1] == ")" else ""
            url, tail = kept, url[len(kept) :]
        host = real_host(url)
        if not host:
            return found[0]
        if url not in links:
            links.append(url)
        where = host if found["named"] else f"{host}{_path(url)}"
        return f"{found['named'] or ''}{OPEN}{links.index(url) + 1}\N{NO-BREAK SPACE}{where}{CLOSE}{tail}"

    return _GIVEN.sub(shown, text.translate(_FAKES))


def _path(url: str) -> str:
    path = clean_line(urlsplit(url).path.rstrip("/"), 32) if url[:4].lower() == "http" else ""
    return path.replace(" ", "\N{NO-BREAK SPACE}")
