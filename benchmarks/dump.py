"""A Stack Exchange dump of any size, newer than every world: what a console pulls while keys are timed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.words import Texts
from benchmarks.worlds import END

PER_THREAD, MEMBERS = 5, 5_000


def write(folder: Path, posts: int) -> None:
    """Write the four files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts, begin = Texts(2), datetime.fromtimestamp(END / 1000, UTC) + timedelta(days=1)
    with (folder / "Posts.xml").open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<posts>\n')
        for n in range(posts):
            at = (begin + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%S.000")
            first = n - n % PER_THREAD
            kind = f'1" Title="{texts.take(3, 8)}' if n == first else f'2" ParentId="{first + 1}'
            facts = f'CreationDate="{at}" OwnerUserId="{n % MEMBERS + 1}" Body="&lt;p&gt;{texts.body()}&lt;/p&gt;"'
            file.write(f'  <row Id="{n + 1}" PostTypeId="{kind}" {facts} />\n')
        file.write("</posts>\n")
    users = "".join(
        f'  <row Id="{n + 1}" DisplayName="user{n}" CreationDate="2020-01-01T00:00:00.000" />\n' for n in range(MEMBERS)
    )
    _write(folder, "Users.xml", "users", users)
    _write(folder, "Comments.xml", "comments", "")
    _write(folder, "Votes.xml", "votes", "")


def _write(folder: Path, file: str, root: str, rows: str) -> None:
    (folder / file).write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<{root}>\n{rows}</{root}>\n', "utf-8")
