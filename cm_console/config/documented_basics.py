"""The keys of a config that are asked for at every start: who, when, how it looks, its guidelines and sources."""

from __future__ import annotations

from cm_console.config import values
from cm_console.config.option import REQUIRED, Option
from cm_console.config.shape import DEFAULT_EVERY, GRATITUDE
from cm_console.model.guidelines import DEFAULT_MESSAGE
from cm_console.model.verb import Verb

DECISIONS = tuple(
    verb.value
    for verb in (
        Verb.REMOVE,
        Verb.HIDE,
        Verb.SPAM,
        Verb.WARN,
        Verb.SILENCE,
        Verb.KICK,
        Verb.BAN,
        Verb.CLOSE,
        Verb.REJECT,
    )
)
"""What a breach of a guideline can lead to."""


_HOUR, _DAY = 3600, 86_400

COMMUNITY: tuple[Option, ...] = (
    Option("community", values.LINE, REQUIRED, "The name of the community, shown at the top.", "Bikes"),
    Option(
        "timezone",
        values.ZONE,
        "UTC",
        "The time zone of the community: where its days begin, and what the calendar's times mean.",
        "Europe/Berlin",
    ),
    Option(
        "me",
        values.LINE,
        None,
        "Who you are in the journal of decisions.",
        "ann",
        unset="your login name",
    ),
    Option(
        "team",
        values.LINES,
        (),
        "The people who run the community: a handle counts on every source, source:handle on one. "
        "Their posts are answers, not questions.",
        ("forum:ann", "leo"),
    ),
    Option(
        "bots",
        values.LINES,
        (),
        "Accounts that are programs, written like team. They count nowhere.",
        ("forum:welcome-bot",),
    ),
    Option(
        "undo_seconds",
        values.whole(" of seconds", 0, _HOUR),
        10,
        "How long an action waits before it is sent, so that it can still be undone.",
    ),
    Option(
        "first_reply_hours",
        values.number(" of hours", 0.01, 8760),
        24.0,
        "Within how many hours a question should get its first answer: the inbox is sorted by it.",
    ),
    Option("theme", values.LINE, "calm", "The colours: the name of a theme, as the command palette lists them."),
    Option(
        "muted_places",
        values.LINES,
        (),
        "Places (categories, channels, tags) that stay out of the inbox; they still count in the metrics.",
        ("Off-topic",),
    ),
)
THANKS = Option(
    "gratitude.LANGUAGE",
    values.LINES,
    GRATITUDE,
    "Words that thank someone, for the metric `gratitude`. A language given here replaces the built-in words "
    "for it; an empty list turns it off.",
    ("dziękuję", "dzięki"),
    unset="words for " + ", ".join(GRATITUDE),
)
KEYS = Option(
    "keys.COMMAND",
    values.LINE,
    {},
    "Other keys for a command, by its id: one key, or several with commas. docs/keys.md lists the ids.",
    "R,f2",
    unset="the built-in keys",
)
PROGRAM: tuple[Option, ...] = (
    Option(
        "plugins",
        values.NAMES,
        (),
        "Kinds of sources by others that may run. A plugin is a program with all your rights, tokens included.",
        ("my-platform",),
    ),
    Option(
        "allow_insecure_keyring",
        values.FLAG,
        False,
        "Accept keyring programs that may keep tokens in a plain file.",
    ),
    THANKS,
    KEYS,
)
GUIDELINES: tuple[Option, ...] = (
    Option(
        "guidelines.number",
        values.whole("", 1, 9999),
        REQUIRED,
        "The number of the clause, each once; 1 to 9 are picked with one key.",
        3,
    ),
    Option("guidelines.title", values.LINE, REQUIRED, "The clause in a few words.", "No advertising"),
    Option("guidelines.text", values.TEXT, "", "The clause in full.", "Posts that only sell something are removed."),
    Option(
        "guidelines.message",
        values.MESSAGE,
        DEFAULT_MESSAGE,
        "What the member is told; {member}, {title} and {guideline} are filled in.",
    ),
    Option("guidelines.strikes", values.whole("", 0, 100), 1, "The weight a breach leaves on the person."),
    Option(
        "guidelines.expires_days",
        values.whole(" of days", 1, 36_500),
        90,
        "After how many days those strikes no longer count.",
    ),
    Option(
        "guidelines.verb",
        values.one_of(DECISIONS),
        Verb.REMOVE.value,
        "What is done to the post or its author unless the moderator chooses otherwise.",
    ),
)
SETTING = Option(
    "sources.NAME.SETTING",
    values.SETTING,
    None,
    "What the kind asks for (docs/sources). A secret is never written here, only where it is: "
    '"keyring:forum/token", "env:FORUM_TOKEN" or "command:pass show forum/token".',
    unset="as the kind says",
)
SOURCES: tuple[Option, ...] = (
    Option(
        "sources.NAME.kind",
        values.KIND,
        REQUIRED,
        "Which platform it is; `cm-console source kinds` lists them.",
        "discourse",
    ),
    Option(
        "sources.NAME.every",
        values.whole(" of seconds", 1, 7 * _DAY),
        DEFAULT_EVERY,
        "How long to wait between two pulls.",
        unset=f"{DEFAULT_EVERY}; 5 for the kind memory",
    ),
    Option(
        "sources.NAME.enabled",
        values.FLAG,
        True,
        "Say false to rest the source without forgetting what was pulled.",
    ),
    Option(
        "sources.NAME.keep_days",
        values.whole(" of days", 1, 36_500),
        None,
        "Texts of this source older than so many days, and what repeats them, are removed here, numbers stay: "
        "`cm-console members retention` tells how many.",
        365,
        unset="kept for good",
    ),
    SETTING,
)
