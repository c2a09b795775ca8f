"""The part of the table for what opens over a column: a person, similar threads, feedback, composer, forms."""

from __future__ import annotations

from cm_console.keys.command import Command

PERSON = (
    Command("person.note", "n", "note", "Write a private note on this person", "person"),
    Command("person.tag", "l", "tag", "Add or remove tags", "person"),
    Command("person.message", "m", "write", "Write to them privately, on a platform of theirs", "person"),
    Command("person.follow_up", "t", "follow up", "Come back to this person on a day", "person"),
    Command("person.done", "e", "done", "A follow-up is done", "person"),
    Command("person.contact", "c", "contact", "Note that you were in touch: a call, a letter, a meeting", "person"),
    Command("person.suggestions", "s", "same?", "Decide which other accounts are this person's", "person"),
    Command("person.merge", "M", "merge", "Another account is theirs too", "person"),
    Command("person.unmerge", "U", "take apart", "An account is not theirs, or a merge was wrong", "person"),
    Command("person.open_link", "o", "open", "Open a profile of theirs in the browser", "person"),
    Command("person.export", "E", "export", "Write everything known of them to a file", "person", footer=False),
    Command("person.forget", "X", "forget", "Remove their texts and identity for good", "person", footer=False),
    Command("person.next_section", "tab,right_square_bracket", "next", "Next part of the timeline", "person"),
    Command(
        "person.previous_section", "shift+tab,left_square_bracket", "back", "The part before", "person", footer=False
    ),
)

SIMILAR = (
    Command("similar.reply", "r", "reply, quoting", "Open our reply with the answer as a quote", "similar"),
    Command("similar.link", "i", "reply, linking", "Open our reply with a link to the answer", "similar"),
    Command("similar.visit", "v", "thread", "Go to the thread itself", "similar"),
    Command("similar.who", "w", "who", "The person who gave the answer", "similar"),
    Command("similar.copy_link", "y", "copy", "Copy the link of the answer", "similar", footer=False),
)

ANSWERERS = (
    Command("answerers.reply", "r", "reply, calling", "Open our reply with a mention that asks them", "answerers"),
    Command("answerers.message", "m", "ask privately", "Write to them privately, by template", "answerers"),
    Command("answerers.who", "w", "who", "Everything about the member", "answerers"),
    Command("answerers.visit", "v", "thread", "Go to the most similar thread they answered", "answerers"),
)

ENGAGE = (
    Command(
        "engage.reply", "r", "write", "Write to them, with the template filled in; nothing leaves unseen", "engage"
    ),
    Command("engage.message", "m", "privately", "Write to them privately, where they have a thread too", "engage"),
    Command("engage.pass_over", "e", "not this one", "Pass over: it does not come back", "engage"),
    Command("engage.snooze", "b", "put off", "Put it off for some days", "engage"),
    Command("engage.start", "c", "into calendar", "A conversation starter into the calendar, as a draft", "engage"),
    Command("engage.who", "w", "who", "The person behind the name", "engage"),
    Command("engage.visit", "v", "thread", "Go to the thread in the inbox", "engage"),
    Command("engage.next_view", "tab,right_square_bracket", "next list", "Next of these lists", "engage"),
    Command("engage.previous_view", "shift+tab,left_square_bracket", "back", "List before", "engage", footer=False),
)

FEEDBACK = (
    Command("feedback.answer", "a", "answer", "Say what became of a theme, to everyone who asked", "feedback"),
    Command("feedback.export", "e", "export", "Write all feedback, or a theme's, to a CSV or JSON file", "feedback"),
    Command("feedback.visit", "v", "thread", "Go to the thread of a quote", "feedback"),
    Command("feedback.who", "w", "who", "The persons who asked for it", "feedback"),
    Command("feedback.rename", "l", "rename", "Call a theme otherwise, or make it part of another", "feedback"),
)

BATCH = (
    Command("batch.send", "ctrl+s", "queue all ticked", "Queue the replies that are ticked, in one decision", "batch"),
    Command("batch.tick", "space", "tick", "Tick a reply, or leave it out", "batch"),
    Command("batch.edit", "enter,e", "edit", "Write this one otherwise", "batch"),
    Command("batch.who", "w", "who", "The person a reply goes to", "batch", footer=False),
    Command("batch.down", "j,down", "down", "Next reply", "batch", footer=False),
    Command("batch.up", "k,up", "up", "Previous reply", "batch", footer=False),
    Command("batch.close", "escape", "back", "Back, nothing is queued", "batch"),
)

COMPOSE = (
    Command("compose.send", "ctrl+s", "send", "Send it (through the outbox: z takes it back)", "compose"),
    Command("compose.send_done", "ctrl+d", "send, done", "Send it and mark the thread done", "compose"),
    Command("compose.close", "escape", "close", "Close; what you wrote is kept as a draft", "compose"),
    Command(
        "compose.skip",
        "ctrl+n",
        "skip",
        "Leave this one out and go on with the next; alone: throw it away",
        "compose",
        footer=False,
    ),
    Command("compose.send_later", "ctrl+t", "later", "Send it at a time; until then it waits in the outbox", "compose"),
    Command("compose.saved_reply", "ctrl+r", "saved", "Put in a saved reply; or keep what you wrote as one", "compose"),
    Command("compose.quote", "ctrl+l", "quote", "Quote words of the thread: choose which", "compose"),
    Command("compose.preview", "ctrl+o", "preview", "See it as the platform will show it", "compose"),
    Command("compose.editor", "ctrl+g", "$EDITOR", "Write it in your own editor", "compose"),
    Command("compose.help", "f1", "more", "Show these keys", "compose", fixed=True),
)

PASSAGE = (
    Command("passage.take", "enter", "quote", "Quote what is chosen", "passage"),
    Command("passage.down", "j,down", "next", "Next sentence", "passage"),
    Command("passage.up", "k,up", "back", "Sentence before", "passage", footer=False),
    Command("passage.extend", "J,shift+down", "more", "Take the next sentence too", "passage"),
    Command("passage.extend_back", "K,shift+up", "less", "Take the sentence before too", "passage", footer=False),
    Command("passage.range", "v,V,space", "range", "Moving takes more from now on; again ends that", "passage",
        footer=False),
    Command("passage.paragraph", "p", "paragraph", "Take the whole paragraph", "passage"),
    Command("passage.next_post", "tab,right_square_bracket", "post", "Next post", "passage"),
    Command(
        "passage.previous_post", "shift+tab,left_square_bracket", "post back", "Beginning of this post, post before",
        "passage", footer=False,
    ),
    Command("passage.close", "escape", "back", "Back, nothing is quoted", "passage"),
)  # fmt: skip

FORM = (
    Command("form.save", "ctrl+s", "save", "Save it", "form"),
    Command("form.schedule", "ctrl+d", "save, schedule", "Save it and let it go out at its time", "form"),
    Command("form.close", "escape", "close", "Close; asks before words are thrown away", "form"),
)
