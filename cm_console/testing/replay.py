"""Answers recorded as small JSON files, played back to a source instead of a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class ReplayTransport:
    """Plays the recordings of a folder, in the order of their file names; `mock` is the httpx transport.

    A recording is a JSON object: method, path (with its query string, if that matters), status (200), headers ({}),
    and json (anything) or text. A request takes the first unplayed recording that matches; the last one that matched is
    played again for further requests. What is not recorded is an AssertionError that names it.

    Attributes:
        seen: the requests so far, as "GET /path?query".
    """

    def __init__(self, folder: Path) -> None:
        texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json")))
        self._left: list[dict[str, Any]] = [json.loads(text) for text in texts]
        self._played: list[dict[str, Any]] = []
        self.seen: list[str] = []

    @property
    def mock(self) -> httpx.MockTransport:
        """The transport to give to httpx."""
        import httpx

        return httpx.MockTransport(self._answer)

    @property
    def unplayed(self) -> list[str]:
        """What was recorded but not asked for, as "GET /path?query"."""
        return [f"{recording.get('method', 'GET')} {recording['path']}" for recording in self._left]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        import httpx

        target = request.url.raw_path.decode("ascii")
        self.seen.append(f"{request.method} {target}")
        recording = self._take(request.method, target)
        body = recording.get("text")
        content = json.dumps(recording.get("json")) if body is None else body
        headers = {"content-type": "application/json" if body is None else "text/plain", **recording.get("headers", {})}
        return httpx.Response(recording.get("status", 200), headers=headers, content=content.encode())

    def _take(self, method: str, target: str) -> dict[str, Any]:
        for recording in self._left:
            if _matches(recording, method, target):
                self._left.remove(recording)
                self._played.append(recording)
                return recording
        for recording in self._played[::-1]:
            if _matches(recording, method, target):
                return recording
        raise AssertionError(f"not recorded: {method} {target}")


def _matches(recording: dict[str, Any], method: str, target: str) -> bool:
    path: str = recording["path"]
    asked = target if "?" in path else target.partition("?")[0]
    return bool(recording.get("method", "GET") == method and path == asked)
