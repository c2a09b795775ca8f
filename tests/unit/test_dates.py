"""Dates of feeds and mails in the wild."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_console.model.time import iso
from cm_console.sources.dates import parse_date


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Mon, 02 Nov 2026 10:00:00 GMT", "2026-11-02T10:00:00Z"),
        ("2 Nov 26 10:00 EST", "2026-11-02T15:00:00Z"),
        ("Mon, 02 Nov 2026 10:00:00 +0530", "2026-11-02T04:30:00Z"),
        ("Mon, 02 Nov 2026 10:00:00 CET", "2026-11-02T09:00:00Z"),
        ("Mon, 02 Nov 2026 10:00:00 NOWHERE", "2026-11-02T10:00:00Z"),
        ("Fri, 02 Nov 2026 10:00:00", "2026-11-02T10:00:00Z"),
        ("Mo, 02 Okt 2026 10:00:00 +0200", "2026-10-02T08:00:00Z"),
        ("Sonntag, 22. November 2026 10:00", "2026-11-22T10:00:00Z"),
        ("Sun Nov 22 10:00:00 2026", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00.123456789+01:00", "2026-11-22T09:00:00Z"),
        ("2026-11-22T10:00:00+0100", "2026-11-22T09:00:00Z"),
        ("2026-11-22T10:00:00-08", "2026-11-22T18:00:00Z"),
        ("2026-11-22 10:00:00 PST", "2026-11-22T18:00:00Z"),
        ("2026-11-22 10:00", "2026-11-22T10:00:00Z"),
        ("20261122T100000Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22", "2026-11-22T00:00:00Z"),
        ("2026-11", "2026-11-01T00:00:00Z"),
        ("2026-11-22T24:00:00Z", "2026-11-23T00:00:00Z"),
        ("Sun, 22 Nov 2026 23:59:60 GMT", "2026-11-22T23:59:59Z"),
        ("1793700000", "2026-11-03T10:00:00Z"),
        ("1793700000123", "2026-11-03T10:00:00Z"),
        ("  Mon,\n 02 Nov 2026\t10:00:00 GMT ", "2026-11-02T10:00:00Z"),
        ("0001-01-01T00:00:00Z", None),
        ("2026-13-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date(said: str, meant: str | None) -> None:
    assert iso(parse_date(said)) == meant


@given(st.text(max_size=120) | st.from_regex(r"[0-9:+ T.,-]{0,40}[A-Za-z]{0,9}[0-9:+ ]{0,20}"))
def test_anything_is_a_date_or_none(said: str) -> None:
    found = parse_date(said)
    assert found is None or iso(found)
