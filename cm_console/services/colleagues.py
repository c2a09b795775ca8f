"""Who is of the team: whom the config names, and who has decided something here; no names in the config, anybody."""

from __future__ import annotations

from difflib import get_close_matches

from cm_console.services.desk import Desk, Impossible
from cm_console.store import mentions
from cm_console.store.sqlite import Connection

ME = "me"
"""Who works here, wherever a colleague is named."""
_ACTORS = """WITH RECURSIVE each(name) AS (SELECT min(actor) FROM journal UNION ALL
    SELECT (SELECT min(actor) FROM journal WHERE actor > name) FROM each WHERE name IS NOT NULL)
SELECT name FROM each WHERE name IS NOT NULL"""


def names(conn: Connection, desk: Desk) -> dict[str, str]:
    """The colleagues' names by how they read in lower case."""
    used = [name for (name,) in conn.execute(_ACTORS)]
    return {name.casefold(): name for name in (*used, *desk.team, desk.me)}


def colleague(conn: Connection, desk: Desk, name: str) -> str:
    """The name of a colleague as it is written; `me` is who works here.

    Raises:
        Impossible: nobody is called that; says who there is.
    """
    if why := unknown(conn, desk, name):
        raise Impossible(why)
    known = {ME: desk.me, **names(conn, desk)}
    return known.get(name.casefold(), name)


def unknown(conn: Connection, desk: Desk, name: str) -> str:
    """What to tell where nobody of the team is called so, and who there is; "" for a colleague, and without a team."""
    known = names(conn, desk)
    if not desk.team or name.casefold() in (ME, *known):
        return ""
    said = _nobody(name, known)
    return f"{said}{' There' if said.endswith('?') else '; there'} are: {', '.join(sorted(known.values()))}"


def strangers(conn: Connection, desk: Desk, text: str) -> str:
    """What to tell of @names in a note that are no colleague's; "" if there are none."""
    if not desk.team:
        return ""
    known = names(conn, desk)
    return "; ".join(_nobody(name, known) for name in sorted(mentions.named(text) - known.keys()))


def _nobody(name: str, known: dict[str, str]) -> str:
    near = get_close_matches(name.casefold(), known, 1)
    return f"nobody of the team is called {name}" + (f", did you mean {known[near[0]]}?" if near else "")
