"""Requests that were seen, held against an OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.loopback import Seen

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"
"""Where the platforms' official descriptions are, on machines that have them."""


def operations(paths: Mapping[str, Mapping[str, object]], base: str = "") -> set[tuple[str, str]]:
    """Method and path template of everything a description knows."""
    return {(method.upper(), base + path) for path, methods in paths.items() for method in methods}


def covering(known: set[tuple[str, str]], seen: Seen) -> str | None:
    """The template that covers a request; fixed parts win over parameters."""
    asked = urlsplit(seen.target).path
    fits = [
        path for method, path in known if method == seen.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), asked)
    ]
    return min(fits, key=lambda path: path.count("{"), default=None)


def wrong(description: Any, host: str, seen: Seen, *, beyond: Collection[str] = ()) -> str:
    """What an openapi_core.OpenAPI says against a request, "" if nothing; parameters of `beyond` are left out."""
    try:
        description.validate_request(Wire(host, seen, beyond))
    except Exception as error:  # noqa: BLE001  whatever the validator raises is the finding
        why = getattr(error.__cause__, "schema_errors", error.__cause__)
        return f"{seen.method} {seen.target}: {error} {why} {seen.body!r}"
    return ""


class Wire:
    """A request in the form openapi-core reads."""

    def __init__(self, host: str, seen: Seen, beyond: Collection[str] = ()) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url, self.path, self.method = host, seen.path, seen.method.lower()
        self.body = seen.body or None
        self.content_type = seen.headers.get("content-type", "application/json")
        asked = [(name, value) for name, value in parse_qsl(urlsplit(seen.target).query) if name not in beyond]
        query: ImmutableMultiDict[str, str] = ImmutableMultiDict(asked)
        self.parameters = RequestParameters(query=query, header=Headers(seen.headers), cookie=ImmutableMultiDict())
