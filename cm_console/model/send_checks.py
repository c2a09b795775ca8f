"""Doubts about words before members read them: pure functions over what the console knows; nobody else is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cm_console.model.length import TextRules, too_long
from cm_console.model.suspect import ADDRESS, ALL, GROUPS, ROLE_ADDRESSES, SECRETS
from cm_console.model.templates import mistyped, unfilled
from cm_console.model.text import clean, clean_line

NOTE_RUN = 30
"""So many characters of a private note in a row, white space aside, are no coincidence."""
_MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z][\w-]{1,40})")
_CODE = re.compile(r"(`{3,}).*?(?:\1|\Z)|`[^`\n]+`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at before sending; one that `stops` cannot be sent at all."""

    words: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """What came into the thread since it was read: by whom, its first words, and whether it is still on its way."""

    author: str
    words: str
    on_its_way: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are on a source, by the platform's id and the name there."""

    source: str
    kind: str
    id: str
    name: str


def check_words(
    text: str,
    rules: TextRules,
    *,
    public: bool = True,
    names: Collection[str] = (),
    notes: Iterable[str] = (),
    known: str = "",
) -> list[Doubt]:
    """What is wrong or doubtful about the words alone, what stops them first.

    Args:
        text: as it would be sent.
        rules: of the platform it goes to.
        public: more than one member reads it.
        names: places of saved replies beside the known ones.
        notes: private notes on the thread.
        known: what everybody can read there already; a note may quote it.
    """
    found = [Doubt(words, stops=True) for words in _stopping(text, rules, names)]
    return found + [Doubt(words) for words in (*_slips(text, names), *_doubtful(text, public, notes, known))]


def check_parcel(
    title: str, body: str, note: str, rules: TextRules, *, notes: Iterable[str] = (), known: str = ""
) -> list[Doubt]:
    """What is wrong or doubtful about words that leave for a team outside.

    Args:
        title: what it is called there.
        body: all that would be sent, with the note and the words of the member.
        note: what was typed; only in it a place in braces was forgotten, elsewhere they are the member's own.
        rules: of the platform it goes to.
        notes: private notes on the thread.
        known: what everybody can read there already.
    """
    stopping = [why] if (why := too_long(body, rules)) else []
    if missing := unfilled(note):
        stopping.append(_unfilled(missing))
    found = [Doubt(words, stops=True) for words in stopping]
    return found + [Doubt(words) for words in (*_slips(note, ()), *_doubtful(f"{title}\n\n{body}", True, notes, known))]


def check_account(
    here: Account, before: Account | None, voice: str, others: Sequence[Account], *, me: str, team: Collection[str]
) -> list[Doubt]:
    """Whether the words would go out under the wrong name.

    Args:
        here: who we are on the thread's source.
        before: as whom the console answered on this source the last time.
        voice: the platform's id of who of the team spoke last in the thread, "" for nobody.
        others: our accounts on the other sources.
        me: who sits here.
        team: everybody of the team, by handle or source:handle.
    """
    colleagues = {name.rpartition(":")[2].casefold() for name in team} - {me.casefold()}
    mine = [other for other in others if other.kind == here.kind and other.id == voice != here.id]
    if before is not None and here.id and before.id != here.id:
        return [Doubt(f"the last answer on {here.source} went out as {before.name}, this one as {here.name}")]
    if voice and mine:
        was = f"{mine[0].name} (source {mine[0].source})"
        return [Doubt(f"this thread was answered as {was}; this goes out as {here.name}")]
    if here.name.casefold() in colleagues:
        return [Doubt(f"you are {me}, and {here.source} has the account of {here.name}: it goes out in their name")]
    return []


def check_since(news: Sequence[Since]) -> list[Doubt]:
    """Whether somebody spoke while this was written."""
    found = []
    for new in news[:3]:
        words = clean_line(new.words, 60)
        did = "is answering already" if new.on_its_way else "wrote meanwhile"
        found.append(Doubt(f"{new.author} {did}: “{words}”"))
    return found + ([Doubt(f"and {len(news) - 3} more since you read it")] if len(news) > 3 else [])


def _stopping(text: str, rules: TextRules, names: Collection[str]) -> Iterator[str]:
    if not text.strip():
        yield "there is nothing to send yet"
    if why := too_long(text, rules):
        yield why
    if missing := unfilled(text, names):
        yield _unfilled(missing)


def _unfilled(missing: Sequence[str]) -> str:
    places = ", ".join(f"{{{name}}}" for name in missing)
    return f"{places} {'is' if len(missing) == 1 else 'are'} not filled in"


def _slips(text: str, names: Collection[str]) -> Iterator[str]:
    for word, meant in mistyped(text, names).items():
        yield f"{{{word}}}: did you mean {{{meant}}}?"


def _doubtful(text: str, public: bool, notes: Iterable[str], known: str) -> Iterator[str]:
    mentioned = dict.fromkeys(name.casefold() for name in _MENTION.findall(_CODE.sub("", text)))
    everybody = [f"@{name}" for name in mentioned if name in ALL]
    groups = [f"@{name}" for name in mentioned if name in GROUPS]
    if everybody and public:
        yield f"{', '.join(everybody)} calls everybody"
    if groups and public:
        yield f"{', '.join(groups)} calls a whole group"
    for what, pattern in SECRETS.items():
        if re.search(pattern, text):
            yield f"it holds what looks like {what}"
    if public and (private := _addresses(text)):
        yield f"it holds a mail address: {clean_line(', '.join(private), 60)}"
    if hidden := _hidden(text):
        yield f"it holds {hidden} character{'s' if hidden > 1 else ''} that cannot be seen"
    if any(_holds(text, note, known) for note in notes):
        yield "it holds words of a private note"


def _addresses(text: str) -> list[str]:
    found = dict.fromkeys(re.findall(ADDRESS, text))
    return [each for each in found if each.partition("@")[0].casefold().partition("+")[0] not in ROLE_ADDRESSES]


def _hidden(text: str) -> int:
    """Characters that `clean` would take away or make visible."""
    text = text.replace("\r\n", "\n")
    return 0 if clean(text) == text else sum(clean(letter) != letter for letter in text)


def _holds(text: str, note: str, known: str) -> bool:
    said, there = (" ".join(each.casefold().split()) for each in (text, known))
    for line in note.casefold().splitlines():
        words = " ".join(line.split())
        runs = [words[start : start + NOTE_RUN] for start in range(0, len(words) - NOTE_RUN + 1, 5)]
        if any(run in said and run not in there for run in runs):
            return True
    return False
