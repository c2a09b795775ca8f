"""Texts that members could write to harm who reads them: every place that shows or carries member text must live on.

Kinds: control characters, terminal sequences (OSC, CSI, DCS, APC, PM, SOS), bidi and invisible characters, tags, lone
surrogates, noncharacters, markup that Rich or Textual would parse, formulas, HTML, zalgo, and very long lines.
"""

from __future__ import annotations

ESC, ST, BEL = "\x1b", "\x1b\\", "\x07"

_CONTROLS = [f"a{chr(code)}b" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
_CONTROLS += [chr(code) * 3 for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]

_STRINGS = [
    "0;owned title",
    "1;owned icon",
    "2;owned title",
    "4;1;rgb:00/00/00",
    "7;file:///etc/passwd",
    "8;;https://evil.test",
    "8;id=1;javascript:alert(1)",
    "9;notify",
    "10;?",
    "11;#000000",
    "52;c;ZWNobyBvd25lZAo=",
    "52;p;?",
    "104",
    "133;A",
    "777;notify;a;b",
    "1337;File=inline=1:AAAA",
    "1337;SetUserVar=a=Yg==",
    "1337;RequestUpload=format=tgz",
]
_OPENERS = [f"{ESC}]", "\x9d", f"{ESC}P", "\x90", f"{ESC}_", "\x9f", f"{ESC}^", "\x9e", f"{ESC}X", "\x98"]
_SEQUENCES = [f"x{opener}{string}{end}y" for opener in _OPENERS for string in _STRINGS for end in (BEL, ST, "\x9c", "")]

_FINALS = (
    "A B C D 2J 3J K H 6n c 0c >c 5n ?1049h ?1049l ?1000h ?25l ?2004h 31m 8m 5m 0;1;31m 20t 21t 14t s u r 1000b !p 4h"
)
_SEQUENCES += [f"x{start}{final}y" for start in (f"{ESC}[", "\x9b") for final in _FINALS.split()]
_ESCAPES = "7 8 c = > N O Z D E H M #8 %G (0 )B |"
_SEQUENCES += [f"x{ESC}{final}y" for final in _ESCAPES.split()]
_SEQUENCES += [ESC, f"{ESC}[", f"{ESC}]", f"{ESC}]0;never ended", f"{ESC}[38;5", f"\r{ESC}[2Koverwritten", "ab\b\bcd"]

_INVISIBLE = [
    f"user{chr(code)}txt.exe"
    for code in (
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x180E, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFC),
        *(0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE, 0x10FFFF, 0xE000, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x1D173, 0x13430),
        *range(0xE0000, 0xE0080, 8),
    )
]
_INVISIBLE += [
    "access\u202e\u2066// only admins\u2069\u2066",
    "\u202e" * 50 + "reversed",
    "".join(chr(0xE0000 + ord(letter)) for letter in "hidden words"),
    "\ud83d split \ude00",
    "p\u0430ypal.com",
    "👨‍👩‍👧‍👦 👩🏽‍🚀 🏴‍☠️ नमस्ते",
    "👍" + "\u200d👍" * 60,
]

_MARKUP = r"""
[/] [] [b [/b] [bold]x [bold]x[/bold] [red on blue]x[/] [link=https://evil.test]here[/link] [@click=app.quit]x[/]
[@click=app.bell()]x[/@click] [$accent]x[/] [on red] [/red] [b][i]x[/b][/i] \[b]x \\[b]x[/b] [b\]x [#ff0000]x
[1;2] [a=b] [=] [@] [@click] [@click=] [@click=app.exit('x')]q [[]] [[b]] ]b[ {x} {0.__class__} %s%n %(x)s
${HOME} `id` $(id) ;id
|id &id ../../etc/passwd -rf --help <b>x</b> <script>alert(1)</script> <img/src=x/onerror=alert(1)> &lt;b&gt; &#27;[31m
<!--x--> javascript:alert(1) data:text/html,x file:///etc/passwd =1+1 +1+1 -1+1 @SUM(1) ＝1+1 "OR"1"="1 NEAR( AND OR NOT
=HYPERLINK("http://evil.test") '); * " ' :smile: @everyone @here <@1> **x** _x_ ~~x~~ [x](javascript:alert(1))
END:VEVENT BEGIN:VALARM %00 %1b[31m \x1b[31m \u001b[31m \033[31m
"""

_LINES = [
    "two\nlines",
    "\n" * 200,
    "tab\tbed",
    "\t" * 200,
    " " * 500,
    "end\r\n.\r\nQUIT\r\n",
    "a\r\nBcc: x@evil.test",
    "",
]

_LONG = [
    "x" * 1_000_000,
    "word " * 20_000,
    "漢" * 5_000,
    "[" * 5_000,
    "[b]" * 2_000,
    ESC * 5_000,
    f"{ESC}[31m" * 2_000,
    "e" + "\u0301" * 5_000,
    "".join(f"{letter}{marks}" for letter in "zalgo" for marks in ["\u0300\u0316\u0334\u20dd" * 20]),
    "&" * 5_000,
    "(" * 5_000,
    "> " * 2_000 + "deep quote",
]

HOSTILE_TEXTS: tuple[str, ...] = tuple(
    dict.fromkeys((*_CONTROLS, *_SEQUENCES, *_INVISIBLE, *_MARKUP.split(), *_LINES, *_LONG))
)
"""More than a thousand of them, each different: use them for every field of every record, screen, log and export."""
