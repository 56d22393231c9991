"""Where everything is written: JSON for programs, tables for people, errors for both."""

import sys
from typing import TYPE_CHECKING, TextIO

import msgspec

from foliot.transports.cli.layout import Block, least_width, plain, pretty, printable

if TYPE_CHECKING:
    from rich.console import Console


class Output:
    """Standard output and error as one command uses them. With `json`, one document on each at most."""

    def __init__(self, json: bool) -> None:
        self.json = json

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks on."""
        return sys.stdout.isatty()

    def show(self, document: object, *blocks: Block) -> None:
        """Write a thing: as the document for programs, as the blocks for people."""
        if self.json:
            self._document(document)
        else:
            self.blocks(*blocks)

    def blocks(self, *blocks: Block) -> None:
        """Write blocks for people, an empty line between them."""
        for position, block in enumerate(blocks):
            if position:
                _write(sys.stdout, "\n")
            if self.is_terminal:
                console = terminal()
                console.width = max(console.width, least_width(block))
                console.print(pretty(block))
            elif text := plain(block):
                _write(sys.stdout, text + "\n")
        sys.stdout.flush()

    def event(self, document: object, *blocks: Block) -> None:
        """Write one of a stream of things: a line of JSON, or what people read."""
        if self.json:
            _write(sys.stdout, msgspec.json.encode(document).decode() + "\n")
        else:
            self.blocks(*blocks)
        sys.stdout.flush()

    def text(self, text: str) -> None:
        """Write text as it is."""
        _write(sys.stdout, text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()

    def hint(self, text: str) -> None:
        """Tell a person what may come next, beside the output proper."""
        if not self.json:
            _write(sys.stderr, text + "\n")

    def more(self, next_cursor: str | None) -> None:
        """Tell how to see the next page, if there is one."""
        if next_cursor is not None:
            self.hint(f"There are more; go on with --cursor {next_cursor}")

    def asked(self, question: str) -> bool:
        """Whether the person at the terminal says yes."""
        _write(sys.stderr, f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def error(self, code: str, message: str, field: str | None = None) -> None:
        """Say what went wrong and its stable code."""
        if self.json:
            error = {"error": {"code": code, "message": message, "field": field}}
            _write(sys.stderr, msgspec.json.encode(error).decode() + "\n")
        else:
            _write(sys.stderr, f"error: {printable(message)} ({code})\n")
        sys.stderr.flush()

    def _document(self, document: object) -> None:
        encoded = msgspec.json.encode(document)
        if self.is_terminal:
            encoded = msgspec.json.format(encoded, indent=2)
        self.text(encoded.decode())


def terminal() -> "Console":
    """The terminal, for rich. Text is data here: no markup, no emoji codes, nothing highlighted by guess."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def _write(stream: TextIO, text: str) -> None:
    """Write what the stream's encoding has, and the rest as escapes, so that a poor locale is no error."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
