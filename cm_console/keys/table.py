"""ONE table of everything a key can do: command, key, label, help, where; a new key is one row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PLACES = ("inbox", "moderation", "calendar", "metrics", "members", "outbox", "search")
"""Where `app.<place>` goes."""
GO = "g"
"""The prefix of two-key commands, written "g i" in the table; it is no key of its own and cannot be remapped."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Attributes:
        id: the name in the config, "screen.action"; the screen's method is `action_<action>`.
        key: one or more keys, comma-separated, the shown one first; "g i" is g and then i.
        label: one or two words for the footer.
        help: one line for the help screen, the palette and the docs.
        screen: a key of SCOPES; "" is everywhere.
        footer: shown in the footer, as far as the line goes.
        fixed: cannot be remapped away, so that nobody is locked in.
    """

    id: str
    key: str
    label: str
    help: str
    screen: str = ""
    footer: bool = True
    fixed: bool = False

    @property
    def action(self) -> str:
        """The action that does it: `action_<name>` of the screen, or of the app."""
        scope, _, name = self.id.partition(".")
        return f"go('{name}')" if scope == "app" and name in PLACES else name


SCOPES: Mapping[str, tuple[str, ...]] = {
    "inbox": ("inbox", "list", ""),
    "moderation": ("moderation", "list", ""),
    "calendar": ("calendar", "list", ""),
    "metrics": ("metrics", "list", ""),
    "members": ("members", "list", ""),
    "outbox": ("outbox", "list", ""),
    "search": ("search", "list", ""),
    "similar": ("similar", "list", ""),
    "answerers": ("answerers", "list", ""),
    "person": ("person", "list", ""),
    "feedback": ("feedback", "list", ""),
    "batch": ("batch",),
    "engage": ("engage", "list", ""),
    "compose": ("compose",),
    "form": ("form",),
}
"""For each screen the scopes whose keys work there; a key may stand only once in each of these rows."""

_EVERYWHERE = (
    Command("app.inbox", "1,g i", "inbox", "Go to the inbox", footer=False),
    Command("app.moderation", "2,g m", "moderation", "Go to moderation", footer=False),
    Command("app.calendar", "3,g c", "calendar", "Go to the calendar", footer=False),
    Command("app.metrics", "4,g s", "metrics", "Go to the metrics", footer=False),
    Command("app.outbox", "O,g o", "outbox", "Open the outbox: everything on its way to a platform", footer=False),
    Command("app.members", "5,g p", "members", "Go to the members", footer=False),
    Command("app.search", "ctrl+f,g slash", "search", "Search all posts, newest first", footer=False),
    Command("app.undo", "z", "undo", "Take back the last thing done in the console"),
    Command("app.sync", "R", "sync", "Pull from all sources now", footer=False),
    Command("app.palette", "ctrl+p", "commands", "Find any command by name", footer=False, fixed=True),
    Command("app.help", "question_mark,f1", "help", "Show the keys of where you stand", fixed=True),
    Command("app.quit", "q,ctrl+q", "quit", "Leave the console; the outbox is kept", footer=False, fixed=True),
)

_LIST = (
    Command("list.down", "j,down", "down", "Next row, or scroll down", "list", footer=False),
    Command("list.up", "k,up", "up", "Previous row, or scroll up", "list", footer=False),
    Command("list.page_down", "pagedown", "page down", "One screen down", "list", footer=False),
    Command("list.page_up", "pageup", "page up", "One screen up", "list", footer=False),
    Command("list.top", "home,g g", "top", "To the first row", "list", footer=False),
    Command("list.bottom", "end,G", "end", "To the last row", "list", footer=False),
    Command("list.read_down", "J", "read on", "Scroll the reader down from the list", "list", footer=False),
    Command("list.read_up", "K", "read back", "Scroll the reader up from the list", "list", footer=False),
    Command("list.open", "enter", "open", "Open the row", "list", footer=False),
    Command("list.back", "escape", "back", "Back: leave the reader, the filter, the selection", "list", footer=False),
    Command(
        "list.mark", "space", "select", "Select the row; commands then act on all selected rows", "list", footer=False
    ),
    Command("list.mark_range", "V", "range", "Select from here on as you move; V again ends it", "list", footer=False),
    Command(
        "list.mark_all",
        "asterisk",
        "select all",
        "Select all rows as they are filtered; again lets them go",
        "list",
        footer=False,
    ),
    Command("list.filter", "slash", "filter", "Show only rows with these words, as you type", "list"),
)

_INBOX = (
    Command("inbox.reply", "r", "reply", "Write a public answer", "inbox"),
    Command("inbox.quote", "greater_than_sign", "quote", "Answer and quote a post", "inbox", footer=False),
    Command("inbox.saved_reply", "semicolon", "saved reply", "Answer with a saved reply", "inbox", footer=False),
    Command("inbox.macro", "m", "macro", "Reply, tag, assign and the like with one key", "inbox"),
    Command("inbox.drafts", "D", "drafts", "What you began to write and did not send", "inbox", footer=False),
    Command("inbox.note", "n", "note", "Write a private note for colleagues", "inbox"),
    Command("inbox.assign", "a", "assign", "Give it to yourself or a colleague", "inbox"),
    Command("inbox.snooze", "b", "snooze", "Put it away until later or until a reply", "inbox"),
    Command("inbox.done", "e", "done", "Done: nothing is left to answer; on a done one, open it again", "inbox"),
    Command("inbox.tag", "l", "tag", "Add or remove tags", "inbox"),
    Command("inbox.priority", "p", "priority", "Set how urgent it is", "inbox"),
    Command("inbox.due", "c", "due", "Set by hand until when it wants an answer", "inbox", footer=False),
    Command("inbox.moderate", "exclamation_mark", "to moderation", "Send it to moderation as a case", "inbox"),
    Command(
        "inbox.tell",
        "x",
        "platform",
        "Tell the platform: close, lock, solved, assign there; edit our answer",
        "inbox",
        footer=False,
    ),
    Command("inbox.open_link", "o", "open", "Open the thread or a link of it in the browser", "inbox", footer=False),
    Command("inbox.who", "w", "who", "The person behind a name: all their accounts, and what the team knows", "inbox"),
    Command("inbox.follow_up", "t", "follow up", "Come back to this person on a day", "inbox", footer=False),
    Command("inbox.copy_link", "y", "copy", "Copy the link of the thread", "inbox", footer=False),
    Command(
        "inbox.merge", "M", "merge", "Make duplicates one inquiry; read the others, or split", "inbox", footer=False
    ),
    Command("inbox.feedback", "f", "feedback", "Mark a post as feedback, with its theme", "inbox", footer=False),
    Command("inbox.themes", "F", "themes", "The feedback by themes: counts, people, quotes", "inbox", footer=False),
    Command("inbox.similar", "s", "similar", "Similar questions that were answered already", "inbox"),
    Command(
        "inbox.answerers", "W", "who could answer", "Members who answered such questions before", "inbox", footer=False
    ),
    Command("inbox.hand_over", "h", "hand over", "Hand over with a note: to a colleague, or a team outside", "inbox"),
    Command(
        "inbox.engage", "E", "engage", "Whom to greet, congratulate, answer and thank; conversation starters", "inbox"
    ),
    Command("inbox.more", "v", "more", "Show long posts in full", "inbox", footer=False),
    Command("inbox.views", "backslash", "views", "Choose a view; save or remove one", "inbox", footer=False),
    Command(
        "inbox.next_view", "tab,right_square_bracket", "next view", "Next view of the inbox", "inbox", footer=False
    ),
    Command(
        "inbox.previous_view", "shift+tab,left_square_bracket", "previous view", "Previous view", "inbox", footer=False
    ),
)

_MODERATION = (
    Command("moderation.keep", "a", "keep", "Approve: the post stays, the reports were wrong", "moderation"),
    Command("moderation.remove", "d", "remove", "Remove it, naming the guideline it breaks", "moderation"),
    Command("moderation.spam", "s", "spam", "Remove it as spam", "moderation"),
    Command("moderation.warn", "w", "warn", "Warn the author, naming the guideline", "moderation"),
    Command("moderation.ban", "b", "ban", "Ban the author, for a time or for good", "moderation"),
    Command("moderation.escalate", "e", "escalate", "Ask a second pair of eyes to look at it", "moderation"),
    Command("moderation.ignore", "i", "ignore", "Close the case and do nothing", "moderation"),
    Command("moderation.hide", "h", "hide", "Hide it from members, naming the guideline", "moderation"),
    Command("moderation.claim", "c", "claim", "Tell colleagues that you are at it; again gives it back", "moderation"),
    Command("moderation.history", "u", "history", "What this person did before", "moderation"),
    Command("moderation.person", "P", "person", "The person behind the name, on all platforms", "moderation"),
    Command("moderation.note", "n", "note", "Leave a private note on the case", "moderation"),
    Command("moderation.silence", "S", "silence", "Let the author read but not write, for a time", "moderation",
        footer=False),
    Command("moderation.kick", "x", "throw out", "Throw the author out of the place; they may come back", "moderation",
        footer=False),
    Command("moderation.reply", "r", "reply", "Answer in public, in its thread", "moderation", footer=False),
    Command("moderation.more", "v", "more", "Show the whole post and its neighbours", "moderation", footer=False),
    Command("moderation.open_link", "o", "open", "Open it in the browser", "moderation", footer=False),
    Command("moderation.copy_link", "y", "copy", "Copy the link", "moderation", footer=False),
    Command("moderation.next_view", "tab,right_square_bracket", "next view", "Next view", "moderation", footer=False),
    Command(
        "moderation.previous_view", "shift+tab,left_square_bracket", "previous view", "Previous view", "moderation",
        footer=False,
    ),
)  # fmt: skip

_CALENDAR = (
    Command("calendar.new", "c", "new", "Plan a new post or event on this day", "calendar"),
    Command("calendar.variants", "v", "variants", "The text for each source", "calendar"),
    Command("calendar.schedule", "s", "schedule", "Choose when and where it goes out", "calendar"),
    Command("calendar.unschedule", "u", "unschedule", "Take it off the schedule, or off its plan there", "calendar"),
    Command("calendar.later", "greater_than_sign", "later", "Move the entry one day later", "calendar"),
    Command("calendar.earlier", "less_than_sign", "earlier", "Move the entry one day earlier", "calendar"),
    Command("calendar.duplicate", "y", "duplicate", "Make a copy as a draft", "calendar"),
    Command("calendar.remove", "d", "remove", "Remove the entry", "calendar"),
    Command("calendar.preflight", "p", "preflight", "Check the entry, offline", "calendar"),
    Command("calendar.thread", "i", "thread", "Go to the thread it became, in the inbox", "calendar", footer=False),
    Command(
        "calendar.open_link", "o", "open", "Open in the browser what is planned there, or a link in it", "calendar",
        footer=False,
    ),
    Command("calendar.agenda", "a", "agenda", "Month grid or agenda", "calendar"),
    Command("calendar.troubled", "F", "failed", "What failed, or asks you something", "calendar"),
    Command("calendar.today", "t", "today", "Back to today", "calendar", footer=False),
    Command("calendar.previous_day", "h,left", "day back", "Previous day", "calendar", footer=False),
    Command("calendar.next_day", "l,right", "next day", "Next day", "calendar", footer=False),
    Command("calendar.previous_month", "left_square_bracket", "month back", "Previous month", "calendar", footer=False),
    Command("calendar.next_month", "right_square_bracket", "next month", "Next month", "calendar", footer=False),
    Command("calendar.next_pane", "tab", "next pane", "From the grid to the day and back", "calendar", footer=False),
)  # fmt: skip

_METRICS = (
    Command("metrics.formula", "equals_sign", "formula", "How the number is made and from what", "metrics"),
    Command("metrics.earlier", "h,left", "earlier", "The period before", "metrics"),
    Command("metrics.later", "l,right", "later", "The period after", "metrics"),
    Command("metrics.longer", "plus", "longer", "A longer period", "metrics"),
    Command("metrics.shorter", "minus", "shorter", "A shorter period", "metrics"),
    Command("metrics.source", "f", "source", "All sources or one", "metrics"),
    Command("metrics.goal", "t", "goal", "Set a goal for this number, or take it away", "metrics"),
    Command("metrics.next_section", "tab", "next section", "Next group of numbers", "metrics", footer=False),
    Command("metrics.previous_section", "shift+tab", "section back", "Previous group", "metrics", footer=False),
)

_MEMBERS = (
    Command("members.person", "w", "who", "Everything about the person, on all platforms", "members"),
    Command("members.reply", "r", "write", "Write to the person, in a thread of theirs", "members"),
    Command("members.note", "n", "note", "Write a private note on these persons", "members"),
    Command("members.tag", "l", "tag", "Add or remove tags", "members"),
    Command("members.follow_up", "t", "follow up", "Come back to these persons on a day", "members"),
    Command("members.done", "e", "done", "The follow-up that was due is done", "members"),
    Command("members.sort", "s", "sort", "By last active, posts, answers, joined or name", "members"),
    Command("members.rules", "equals_sign", "rules", "How segments and levels are made", "members"),
    Command("members.export", "E", "export", "Write this list to a CSV or JSON file", "members", footer=False),
    Command(
        "members.next_list", "tab,right_square_bracket", "next list", "Next segment, due, team", "members", footer=False
    ),
    Command(
        "members.previous_list", "shift+tab,left_square_bracket", "list before", "The list before", "members",
        footer=False,
    ),
)  # fmt: skip

_OUTBOX = (
    Command("outbox.remove", "d,x", "take back", "Take it back before it leaves", "outbox"),
    Command("outbox.now", "S", "send now", "End the undo window: send it now", "outbox"),
    Command("outbox.again", "a", "send again", "Send again what failed or asks", "outbox"),
    Command("outbox.there", "y", "it is there", "It did arrive: mark it sent", "outbox"),
    Command("outbox.forget", "f", "forget", "Give up what failed or asks", "outbox"),
    Command("outbox.visit", "v", "thread", "Go to the thread it belongs to", "outbox", footer=False),
    Command("outbox.copy", "C", "copy", "Copy what it says", "outbox", footer=False),
    Command("outbox.next_view", "tab,right_square_bracket", "live, all", "What is on its way, or everything", "outbox"),
    Command("outbox.previous_view", "shift+tab,left_square_bracket", "back", "The other view", "outbox", footer=False),
)

_SEARCH = (Command("search.person", "ctrl+o", "person", "The person who wrote it", "search", footer=False),)

_PERSON = (
    Command("person.note", "n", "note", "Write a private note on this person", "person"),
    Command("person.tag", "l", "tag", "Add or remove tags", "person"),
    Command("person.follow_up", "t", "follow up", "Come back to this person on a day", "person"),
    Command("person.done", "e", "done", "A follow-up is done", "person"),
    Command("person.contact", "c", "contact", "Note that you were in touch: a call, a letter, a meeting", "person"),
    Command("person.suggestions", "s", "same?", "Decide which other accounts are this person's", "person"),
    Command("person.merge", "M", "merge", "Another account is theirs too", "person"),
    Command("person.unmerge", "U", "take apart", "An account is not theirs, or a merge was wrong", "person"),
    Command("person.open_link", "o", "open", "Open a profile of theirs in the browser", "person"),
    Command("person.forget", "X", "forget", "Remove their texts and identity for good", "person", footer=False),
    Command("person.next_section", "tab,right_square_bracket", "next", "Next part of the timeline", "person"),
    Command(
        "person.previous_section", "shift+tab,left_square_bracket", "back", "The part before", "person", footer=False
    ),
)

_SIMILAR = (
    Command("similar.reply", "r", "reply, quoting", "Open our reply with the answer as a quote", "similar"),
    Command("similar.link", "i", "reply, linking", "Open our reply with a link to the answer", "similar"),
    Command("similar.visit", "v", "thread", "Go to the thread itself", "similar"),
    Command("similar.copy_link", "y", "copy", "Copy the link of the answer", "similar", footer=False),
)

_ANSWERERS = (
    Command("answerers.reply", "r", "reply, calling", "Open our reply with a mention that asks them", "answerers"),
    Command("answerers.visit", "v", "thread", "Go to the most similar thread they answered", "answerers"),
)

_ENGAGE = (
    Command(
        "engage.reply", "r", "write", "Write to them, with the template filled in; nothing leaves unseen", "engage"
    ),
    Command("engage.pass_over", "e", "not this one", "Pass over: it does not come back", "engage"),
    Command("engage.snooze", "b", "put off", "Put it off for some days", "engage"),
    Command("engage.start", "c", "into calendar", "A conversation starter into the calendar, as a draft", "engage"),
    Command("engage.who", "w", "who", "The person behind the name", "engage"),
    Command("engage.visit", "v", "thread", "Go to the thread in the inbox", "engage"),
    Command("engage.next_view", "tab,right_square_bracket", "next list", "Next of these lists", "engage"),
    Command("engage.previous_view", "shift+tab,left_square_bracket", "back", "List before", "engage", footer=False),
)

_FEEDBACK = (
    Command("feedback.answer", "a", "answer", "Say what became of a theme, to everyone who asked", "feedback"),
    Command("feedback.export", "e", "export", "Write all feedback, or a theme's, to a CSV or JSON file", "feedback"),
    Command("feedback.visit", "v", "thread", "Go to the thread of a quote", "feedback"),
    Command("feedback.rename", "l", "rename", "Call a theme otherwise, or make it part of another", "feedback"),
)

_BATCH = (
    Command("batch.send", "ctrl+s", "queue all ticked", "Queue the replies that are ticked, in one decision", "batch"),
    Command("batch.tick", "space", "tick", "Tick a reply, or leave it out", "batch"),
    Command("batch.edit", "enter,e", "edit", "Write this one otherwise", "batch"),
    Command("batch.down", "j,down", "down", "Next reply", "batch", footer=False),
    Command("batch.up", "k,up", "up", "Previous reply", "batch", footer=False),
    Command("batch.close", "escape", "back", "Back, nothing is queued", "batch"),
)

_COMPOSE = (
    Command("compose.send", "ctrl+s", "send", "Send it (through the outbox: z takes it back)", "compose"),
    Command("compose.send_done", "ctrl+d", "send, done", "Send it and mark the thread done", "compose"),
    Command(
        "compose.send_later", "ctrl+t", "send later", "Send it at a time; until then it waits in the outbox", "compose"
    ),
    Command(
        "compose.saved_reply", "ctrl+r", "saved reply", "Put in a saved reply; or keep what you wrote as one", "compose"
    ),
    Command("compose.preview", "ctrl+o", "preview", "See it as the platform will show it", "compose"),
    Command("compose.editor", "ctrl+g", "$EDITOR", "Write it in your own editor", "compose"),
    Command("compose.close", "escape", "close, keep draft", "Close; what you wrote is kept as a draft", "compose"),
)

_FORM = (
    Command("form.save", "ctrl+s", "save", "Save it", "form"),
    Command("form.schedule", "ctrl+d", "save, schedule", "Save it and let it go out at its time", "form"),
    Command("form.close", "escape", "close", "Close; asks before words are thrown away", "form"),
)

COMMANDS: tuple[Command, ...] = (
    *_EVERYWHERE, *_LIST, *_INBOX, *_MODERATION, *_CALENDAR, *_METRICS, *_MEMBERS, *_OUTBOX, *_SEARCH, *_PERSON,
    *_SIMILAR, *_ANSWERERS, *_ENGAGE, *_FEEDBACK, *_BATCH, *_COMPOSE, *_FORM,
)  # fmt: skip
