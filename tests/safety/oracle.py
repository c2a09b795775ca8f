"""Which bytes a console may send to a terminal: an allow-list of what Textual itself needs, and printable text."""

from __future__ import annotations

import re
import unicodedata

_ALLOWED = re.compile(
    rb"\x1b\[[0-9;:]*m"  # colours
    rb"|\x1b\[[0-9;]*[HABCDJK]"  # cursor and clearing, by the driver
    rb"|\x1b\[\?(?:1|7|12|25|1000|1002|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"  # modes
    rb"|\x1b\[\?[0-9]+\$p"  # asking which modes there are
    rb"|\x1b\[[<>=]?[0-9;]*u"  # keyboard protocol
    rb"|\x1b\[[0-9;]*t"  # size of the window
    rb"|\x1b\[[0-9]* q"  # shape of the cursor
    rb"|\x1b\[c|\x1b\[6n|\x1b[78=>]"
    rb"|\x1b\]22;[a-z]*(?:\x07|\x1b\\)"  # shape of the pointer
    rb"|\x1bP\+q[0-9a-f]*\x1b\\"
)
_JOINERS = {0x200C, 0x200D}


def breaches(received: bytes) -> list[str]:
    """Everything in the output that is neither allowed nor plain printable text, with a little around it."""
    rest = _ALLOWED.sub(b"", received)
    found = []
    text = rest.decode("utf-8", "replace")
    for at, character in enumerate(text):
        if character in "\r\n" or ord(character) in _JOINERS:
            continue
        if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            found.append(f"U+{ord(character):04X} in {text[max(at - 20, 0) : at + 20]!r}")
    return found
