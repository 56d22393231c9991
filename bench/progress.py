"""What is told on standard error while it is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

from bench.result import Result
from bench.table import told

_SHOWN_WARNINGS: Final = 3


class Progress:
    """Lines that stay, and on a terminal one that does not."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Say something that matters."""
        self._console.print(text, markup=False)

    @contextmanager
    def doing(self, text: str) -> Iterator[None]:
        """Say what is being done for as long as it is."""
        if not self._console.is_terminal:
            self._console.print(f"  … {text}", markup=False)
            yield
            return
        with self._console.status(text):
            yield

    def measured(self, result: Result) -> None:
        """Say a result at once; the table comes at the end."""
        self.say(f"  {result.scenario}: {', '.join(told(result))}")

    def warned(self, lines: list[str]) -> None:
        """Say what Foliot's processes logged, which is nothing if all is well."""
        for line in lines[:_SHOWN_WARNINGS]:
            self.say(f"  a process logged: {line[:160]}")
        if len(lines) > _SHOWN_WARNINGS:
            self.say(f"  and {len(lines) - _SHOWN_WARNINGS:,} more lines")
