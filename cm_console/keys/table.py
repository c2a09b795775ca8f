"""ONE table of everything a key can do: command, key, label, help, where; a new key is a row here or in `panes.py`."""

from __future__ import annotations

from collections.abc import Mapping

from cm_console.keys import panes
from cm_console.keys.command import GO as GO
from cm_console.keys.command import PLACES as PLACES
from cm_console.keys.command import Command as Command

SCOPES: Mapping[str, tuple[str, ...]] = {
    "inbox": ("inbox", "many", "list", ""),
    "moderation": ("moderation", "many", "list", ""),
    "calendar": ("calendar", "list", ""),
    "metrics": ("metrics", "list", ""),
    "members": ("members", "many", "list", ""),
    "outbox": ("outbox", "many", "list", ""),
    "search": ("search", "list", ""),
    "similar": ("similar", "list", ""),
    "answerers": ("answerers", "list", ""),
    "person": ("person", "list", ""),
    "feedback": ("feedback", "list", ""),
    "batch": ("batch",),
    "engage": ("engage", "many", "list", ""),
    "compose": ("compose",),
    "passage": ("passage",),
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
    Command("list.filter", "slash", "filter", "Show only rows with these words, as you type", "list"),
)

_MANY = (
    Command(
        "many.mark", "space", "select", "Select the row; commands then act on all selected rows", "many", footer=False
    ),
    Command("many.mark_range", "V", "range", "Select from here on as you move; V again ends it", "many", footer=False),
    Command(
        "many.mark_all",
        "asterisk",
        "select all",
        "Select all rows as they are filtered; again lets them go",
        "many",
        footer=False,
    ),
    Command(
        "many.mark_others",
        "underscore",
        "select others",
        "Select what is not selected, of all rows as they are filtered",
        "many",
        footer=False,
    ),
)
"""Where commands act on several rows at once."""

_INBOX = (
    Command("inbox.reply", "r", "reply", "Write a public answer", "inbox"),
    Command("inbox.quote", "greater_than_sign", "quote", "Answer and quote a post", "inbox", footer=False),
    Command("inbox.passage", "quotation_mark", "quote words", "Answer and quote some of it", "inbox", footer=False),
    Command("inbox.saved_reply", "semicolon", "saved reply", "Answer with a saved reply", "inbox", footer=False),
    Command("inbox.macro", "m", "macro", "Reply, tag, assign and the like with one key", "inbox"),
    Command("inbox.drafts", "D", "drafts", "What you began to write and did not send", "inbox", footer=False),
    Command("inbox.note", "n", "note", "Write a private note for colleagues", "inbox"),
    Command("inbox.assign", "a", "assign", "Give it to yourself or a colleague", "inbox"),
    Command("inbox.snooze", "b", "snooze", "Put it away until later or until a reply", "inbox"),
    Command("inbox.done", "e", "done", "Done: nothing is left to answer; on a done one, open it again", "inbox"),
    Command("inbox.wait", "i", "their turn", "It is their turn: it comes back when they answer", "inbox", footer=False),
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
    Command("metrics.who", "w", "who", "The person a row behind the number names", "metrics", footer=False),
    Command("metrics.next_section", "tab", "next section", "Next group of numbers", "metrics", footer=False),
    Command("metrics.previous_section", "shift+tab", "section back", "Previous group", "metrics", footer=False),
)

_MEMBERS = (
    Command("members.person", "w", "who", "Everything about the person, on all platforms", "members"),
    Command("members.reply", "r", "write", "Write to the person, in a thread of theirs", "members"),
    Command("members.message", "m", "privately", "Write to the person privately", "members"),
    Command("members.note", "n", "note", "Write a private note on these persons", "members"),
    Command("members.tag", "l", "tag", "Add or remove tags", "members"),
    Command("members.follow_up", "t", "follow up", "Come back to these persons on a day", "members"),
    Command("members.done", "e", "done", "The follow-up that was due is done", "members"),
    Command("members.sort", "s", "sort", "By last active, posts, answers, joined or name", "members"),
    Command("members.rules", "equals_sign", "rules", "How segments and levels are made", "members"),
    Command("members.suggestions", "S", "same?", "Decide which accounts are one person, everybody's", "members",
        footer=False),
    Command("members.import_file", "I", "import", "Take tags, notes, follow-ups and links from a file", "members",
        footer=False),
    Command("members.retention", "X", "retention", "How long texts are kept; let go now what is older", "members",
        footer=False),
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
    Command("outbox.edit", "e", "edit", "Edit a planned reply or message: its words, its time", "outbox", footer=False),
    Command("outbox.visit", "v", "thread", "Go to the thread it belongs to", "outbox", footer=False),
    Command("outbox.who", "w", "who", "The person it is for, or about", "outbox", footer=False),
    Command("outbox.copy", "C", "copy", "Copy what it says", "outbox", footer=False),
    Command("outbox.next_view", "tab,right_square_bracket", "live, all", "What is on its way, or everything", "outbox"),
    Command("outbox.previous_view", "shift+tab,left_square_bracket", "back", "The other view", "outbox", footer=False),
)

_SEARCH = (Command("search.person", "ctrl+o", "person", "The person who wrote it", "search", footer=False),)

COMMANDS: tuple[Command, ...] = (
    *_EVERYWHERE, *_LIST, *_MANY, *_INBOX, *_MODERATION, *_CALENDAR, *_METRICS, *_MEMBERS, *_OUTBOX, *_SEARCH,
    *panes.PERSON, *panes.SIMILAR, *panes.ANSWERERS, *panes.ENGAGE, *panes.FEEDBACK, *panes.BATCH, *panes.COMPOSE,
    *panes.PASSAGE, *panes.FORM,
)  # fmt: skip
