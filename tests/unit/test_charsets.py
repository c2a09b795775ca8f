"""Bytes into text: declared, marked, wrongly declared, undeclared, broken; never an error, never a slow codec."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.sources.charsets import decode, known


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("Größe".encode(), "utf-8", "Größe"),
        ("Größe".encode(), "iso-8859-1", "Größe"),
        ("Größe".encode(), "us-ascii", "Größe"),
        ("Größe".encode("cp1252"), "utf-8", "Größe"),
        ("Größe".encode("cp1252"), "", "Größe"),
        ("“smart”".encode("cp1252"), "iso-8859-1", "“smart”"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("日本".encode("shift_jis"), "x-sjis", "日本"),
        ("한글".encode("cp949"), "ks_c_5601-1987", "한글"),
        (b"\xef\xbb\xbfh\xc3\xa9", "iso-8859-1", "hé"),
        ("hé".encode("utf-16"), "utf-8", "hé"),
        ("hé".encode("utf-32"), "", "hé"),
        ("hé".encode("utf-16-be"), "utf-16-be", "hé"),
        ("Größe und Straße".encode() + b"\xc3", "utf-8", "Größe und Straße�"),
        (b"caf\xe9 \x81", "no-such-charset", "café �"),
        (b"+2AA-", "utf-7", "?"),
        (b"", "utf-8", ""),
    ],
)
def test_text_of_bytes(data: bytes, declared: str, text: str) -> None:
    assert decode(data, declared) == text


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "rot13", "hex", "zip", "undefined", "../x", "\0", ""]
)
def test_what_is_no_charset_is_not_used(name: str) -> None:
    assert known(name) == ""
    assert decode(b"\\u0041 caf\xe9", name) == "\\u0041 café"


def test_the_second_declaration_counts_when_the_first_fails() -> None:
    assert decode("Привет".encode("cp1251"), "utf-8", "windows-1251") == "Привет"


@given(st.binary(max_size=300), st.text(max_size=20))
def test_anything_gives_text_that_can_be_stored(data: bytes, declared: str) -> None:
    decode(data, declared).encode()
