"""Everything known of a person as text for a file: JSON, or CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping


def csv_safe(text: str) -> str:
    """A value no spreadsheet takes for a formula: those that begin like one get an apostrophe.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def known_as_json(known: Mapping[str, object]) -> str:
    """What `PrivacyService.export` tells, as it is."""
    return json.dumps(known, indent=2, ensure_ascii=False) + "\n"


def known_as_csv(known: Mapping[str, object]) -> str:
    """The same, one line for each value."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(["table", "row", "column", "value"])
    tables = known["tables"]
    assert isinstance(tables, dict)
    for table, rows in tables.items():
        for number, row in enumerate(rows, 1):
            for column, value in row.items():
                write([table, number, column, csv_safe("" if value is None else str(value))])
    return out.getvalue()
