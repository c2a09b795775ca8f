"""Teams that do not work in this console, and how they are told: what the config knows of handing over."""

from __future__ import annotations

from dataclasses import dataclass

PLACES = {
    "title": "the title of the thread",
    "link": "the address of the thread",
    "note": "what you say to the team",
    "words": "the last words of members, quoted",
    "member": "how the member is called: without it nobody outside learns who asked",
    "me": "who hands over",
    "community": "the name of the community",
    "source": "the name of the source",
    "place": "the category or channel of the thread",
    "ref": "our number of the thread, such as thread:12",
}
"""The places of a team's templates."""

TITLE = "{title}"
BODY = "{note}\n\n{words}\n\n{link}\nHanded over by {me}, {community} ({ref})."
"""What a team outside is told unless the config says otherwise; it does not name the member."""


@dataclass(frozen=True, slots=True)
class OutsideTeam:
    """A team that does not work in this console: `source` is a source here that can publish.

    Attributes:
        name: unique in the config; lower case letters, digits and dashes.
        place: where on the source: a repository, an address; as its entries have it.
        title, body: templates, see PLACES.
    """

    name: str
    source: str
    place: str = ""
    title: str = TITLE
    body: str = BODY
