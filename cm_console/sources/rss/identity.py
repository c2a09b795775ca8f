"""Who a set of feeds is: their titles and formats, and in words what is wrong with those that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from cm_console.model.errors import SourceError
from cm_console.model.source import Feed, Identity
from cm_console.model.text import clean_line
from cm_console.sources.rss.progress import Progress
from cm_console.sources.rss.pulling import ABREAST, fetch_all, raise_worst
from cm_console.sources.rss.site import Fetched, Site


async def identity(sites: Sequence[Site], feeds: frozenset[Feed]) -> Identity:
    """Read every feed; one that works is enough, the others are named under `missing`.

    Raises:
        SourceError: not one of them can be read.
    """
    missing: dict[str, str] = {}
    good: list[Fetched] = []
    errors: list[SourceError] = []
    for start in range(0, len(sites), ABREAST):
        chunk = sites[start : start + ABREAST]
        for site, fetched in zip(chunk, await fetch_all(chunk, Progress()), strict=True):
            if isinstance(fetched, SourceError):
                errors.append(fetched)
                missing[f"read {site.name}"] = str(fetched).removeprefix(f"{site.name}: ")
            else:
                good.append(fetched)
                if fetched.document and fetched.document.fault:
                    missing[f"read all of {site.name}"] = fetched.document.fault
    if not good:
        raise_worst(errors)
    titles = [f.document.title or f.site.host for f in good if f.document]
    formats = sorted({f.document.format for f in good if f.document})
    at = next((f.at for f in good if f.at is not None), None)
    name = clean_line(", ".join(titles), 200)
    return Identity("", name, clean_line(", ".join(formats), 100), feeds, missing=missing, server_time=at)
