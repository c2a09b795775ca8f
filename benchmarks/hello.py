"""The least a Textual program can be: what the console's start is compared with."""

from textual.app import App, ComposeResult
from textual.widgets import Label


class Hello(App[None]):
    """One label."""

    def compose(self) -> ComposeResult:
        """Say it."""
        yield Label("Hello, world")


if __name__ == "__main__":
    Hello().run()
