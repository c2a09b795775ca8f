"""Which folder is what: as the settings say, as the server marks them (RFC 6154), or by the names that are usual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cm_console.model.errors import Refused
from cm_console.sources.email.heads import Role
from cm_console.sources.email.imap import Folder

if TYPE_CHECKING:
    from cm_console.sources.email import EmailSettings

_NAMES = {
    Role.SENT: "sent|sent items|sent messages|sent mail|gesendet|gesendete objekte|gesendete elemente|envoyés"
    "|éléments envoyés|enviados|elementos enviados|posta inviata|verzonden items",
    Role.JUNK: "junk|spam|junk e-mail|junk mail|junk email|bulk mail|spamverdacht|courrier indésirable"
    "|correo no deseado",
    Role.TRASH: "trash|deleted items|deleted messages|deleted|papierkorb|gelöschte elemente|gelöschte objekte|corbeille"
    "|papelera|cestino|prullenbak",
    Role.ARCHIVE: "archive|archives|archiv|archivo",
}
_MARKS = {Role.SENT: "\\sent", Role.JUNK: "\\junk", Role.TRASH: "\\trash", Role.ARCHIVE: "\\archive"}


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders by what they are to us; the inbox is always there."""

    names: dict[Role, str]
    everything: str = ""
    there: tuple[str, ...] = ()
    """All that one can go into."""

    def get(self, role: Role) -> str:
        """A folder's name, empty if there is none."""
        return self.names.get(role, "")

    def need(self, role: Role) -> str:
        """A folder's name.

        Raises:
            Refused: there is none.
        """
        name = self.get(role)
        if not name:
            raise Refused(f"there is no folder for {role} here: create one, or name it in the setting `{role}`")
        return name


def sorted_out(found: Sequence[Folder], settings: EmailSettings) -> Folders:
    """What each folder is to us."""
    there = [folder for folder in found if "\\noselect" not in folder.uses and "\\nonexistent" not in folder.uses]
    said = {Role.SENT: settings.sent, Role.JUNK: settings.junk, Role.TRASH: settings.trash}
    names = {Role.INBOX: settings.folder.strip() or "INBOX"}
    for role, mark in _MARKS.items():
        name = said.get(role, "").strip() or next(_candidates(there, role, mark), "")
        if name and name not in names.values():
            names[role] = name
    everything = next((folder.name for folder in there if "\\all" in folder.uses), "")
    return Folders(names, everything, tuple(folder.name for folder in there))


def _candidates(found: Sequence[Folder], role: Role, mark: str) -> Iterator[str]:
    yield from (folder.name for folder in found if mark in folder.uses)
    usual = _NAMES[role].split("|")
    last = {
        folder.name: folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name
        for folder in found
    }
    for name in usual:
        yield from (full for full, short in last.items() if short.casefold() == name)
