"""What should not go out by mistake, as data: mentions that call many, secrets, mail addresses."""

from __future__ import annotations

from collections.abc import Mapping

ALL = frozenset({"everyone", "here", "channel", "all", "room", "everybody"})
"""Mentions that notify everybody there: Discord, Slack, Mattermost, Discourse chat, Matrix, Zulip."""

GROUPS = frozenset(
    {"admins", "staff", "moderators", "mods", "team", "members", "community", "users", "newcomers", "helpers"}
    | {f"trust_level_{level}" for level in range(5)}
)
"""Mentions that usually name a group; the built-in groups of Discourse are among them."""

SECRETS: Mapping[str, str] = {
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{16,}",
    "an OpenAI key": r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}",
    "a package registry's token": r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})",
    "a Discord bot's token": r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    "a Telegram bot's token": r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}",
    "a Matrix access token": r"\bsyt_[A-Za-z0-9+/=]{4,}_[A-Za-z]{10,}_[A-Za-z0-9]{6}\b",
    "a signed token (JWT)": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    "a webhook's address": r"https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/\S{10,}",
    "a login in an address": r"\b[a-z]{2,10}://[^\s/:@]{1,60}:[^\s/:@]{3,60}@[\w.-]+",
    "an authorization header": r"(?i)\bauthorization:\s*(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{12,}",
    "a password": r"(?i)\b(?:password|passwort|passwd|pwd|api[_-]?key|secret)\s*(?:[:=]|is)\s*(?![\s<\[{(*]|\w+\s?\?)"
    r"(?=\S*[\d!$%&#+*_-])\S{6,}",
}
"""What it looks like -> its pattern (`re.search`). Sources: the formats the issuers document for secret scanning."""

ADDRESS = (
    r"(?<![\w.+/@-])[\w.+-]{1,64}@(?!example\.)(?:[A-Za-z0-9-]{1,63}\.){1,5}"
    r"(?!example\b|test\b|invalid\b)[A-Za-z]{2,20}(?![\w@])"
)
"""A mail address that may be somebody's; what only serves as an example is none."""

ROLE_ADDRESSES = frozenset(
    {
        "abuse", "admin", "community", "conduct", "contact", "events", "feedback", "hello", "help", "hi", "info",
        "jobs", "legal", "list", "mail", "moderators", "no-reply", "noreply", "office", "press", "privacy", "sales",
        "security", "shop", "staff", "support", "team", "webmaster",
    }
)  # fmt: skip
"""Local parts of addresses that are meant to be known."""
