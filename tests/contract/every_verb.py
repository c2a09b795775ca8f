"""Every verb of a source once, for tests that look at the requests."""

from __future__ import annotations

from collections.abc import Container

from cm_console.model.source import Source
from cm_console.testing import Bench
from cm_console.testing.pushes import staged


async def push_every_verb(bench: Bench, source: Source, *, but: Container[str] = ()) -> None:
    """Tell the source each of its verbs, with all in place that it needs, and let it look for each."""
    for verb in source.verbs:
        if verb not in but:
            action = await staged(bench, source, verb)
            await source.push(action)
            await source.find(action)
