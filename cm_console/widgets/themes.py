"""The console's colours: calm, one accent; dark, light, and the terminal's own sixteen."""

from __future__ import annotations

from textual.theme import Theme

_DARK = {
    "dim": "#868e9c", "line": "#343b47", "cursor": "#28303d", "cursor-blurred": "#1f252e", "quote": "#7f8da3",
    "hue-0": "#c594c5", "hue-1": "#7fb3d5", "hue-2": "#8fbf8f", "hue-3": "#d4a373", "hue-4": "#76b8b0",
    "hue-5": "#c9b06b",
    "footer-key-foreground": "#6fb3d2", "input-selection-background": "#3c5a74",
}  # fmt: skip
_LIGHT = {
    "dim": "#68707c", "line": "#c9ced6", "cursor": "#dbe4ee", "cursor-blurred": "#eaeef3", "quote": "#5d6b80",
    "hue-0": "#85508a", "hue-1": "#2d6a92", "hue-2": "#3c7a3c", "hue-3": "#96571f", "hue-4": "#22736a",
    "hue-5": "#7a6212",
    "footer-key-foreground": "#1f6f9c", "input-selection-background": "#b5d0e6",
}  # fmt: skip
_ANSI = {
    "dim": "ansi_bright_black", "line": "ansi_bright_black", "cursor": "ansi_black", "cursor-blurred": "ansi_default",
    "quote": "ansi_bright_black", "hue-0": "ansi_magenta", "hue-1": "ansi_blue", "hue-2": "ansi_green",
    "hue-3": "ansi_yellow", "hue-4": "ansi_cyan", "hue-5": "ansi_red",
}  # fmt: skip
DEFAULTS = _DARK
"""The variables of theme.tcss, for themes that are not ours."""

THEMES = (
    Theme(
        "calm", primary="#6fb3d2", accent="#6fb3d2", warning="#e0a95c", error="#e07a7a", success="#86c08a",
        foreground="#d5dae2", background="#14181e", surface="#14181e", panel="#1b2129", dark=True, variables=_DARK,
    ),
    Theme(
        "calm-light", primary="#1f6f9c", accent="#1f6f9c", warning="#8f5a00", error="#b02a37", success="#2f7a3a",
        foreground="#22272e", background="#f7f8fa", surface="#f7f8fa", panel="#eef0f4", dark=False, variables=_LIGHT,
    ),
    Theme(
        "calm-ansi", primary="ansi_cyan", secondary="ansi_cyan", accent="ansi_cyan", warning="ansi_yellow",
        error="ansi_red", success="ansi_green", foreground="ansi_default", background="ansi_default",
        surface="ansi_default", panel="ansi_default", boost="ansi_default", dark=True, ansi=True,
        variables=_ANSI | {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"},
    ),
)  # fmt: skip
"""`calm` is the default; `theme` in the config and TEXTUAL_THEME choose another."""
