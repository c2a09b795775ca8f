"""Bodies on the wire: what we send as JSON or as a form, what we get unpacked within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

from cm_console.model.errors import Malformed, SourceError
from cm_console.model.text import clean_line
from cm_console.sources.http_answers import Request

if TYPE_CHECKING:
    import httpx

Query: TypeAlias = Mapping[str, str | int | Sequence[int | str]]

RAW_LIMIT = 8 * 1024 * 1024
"""Most bytes of a body on the wire."""
DECODED_LIMIT = 32 * 1024 * 1024
"""Most bytes of a body once unpacked."""


@dataclass(frozen=True, slots=True)
class Form:
    """A body of form fields instead of JSON."""

    fields: Query


def packed(body: object) -> tuple[bytes | None, str]:
    """A body as bytes and its content type: nothing, a form, or JSON."""
    import msgspec

    if body is None:
        return None, ""
    if isinstance(body, Form):
        return urlencode(body.fields, doseq=True).encode(), "application/x-www-form-urlencoded"
    return msgspec.json.encode(body, enc_hook=_plain), "application/json"


async def unpacked(response: httpx.Response, request: Request) -> bytes:
    """The body of an answer, unpacked by ourselves so that a bomb stops at the cap and not in memory.

    Raises:
        Malformed: too big, packed in a way we did not ask for, or cut short.
    """
    import zlib

    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        raise _unreadable(request, f"packed as {clean_line(coding, 20)}")
    unpack = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    parts: list[bytes] = []
    raw = decoded = 0
    async for chunk in response.aiter_raw():
        raw += len(chunk)
        try:
            part = unpack.decompress(chunk, DECODED_LIMIT + 1 - decoded) if unpack else chunk
        except zlib.error:
            raise _unreadable(request, "packed wrongly") from None
        decoded += len(part)
        if raw > RAW_LIMIT or decoded > DECODED_LIMIT:
            raise _unreadable(request, "too big")
        parts.append(part)
    if unpack and raw and not unpack.eof:
        raise _unreadable(request, "cut short")
    return b"".join(parts)


def _plain(value: object) -> str:
    """Safe and Untrusted text on its way out is text."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _unreadable(request: Request, why: str) -> SourceError:
    return Malformed(f"the answer to {request} is {why}", landed=None if request.write else False)
