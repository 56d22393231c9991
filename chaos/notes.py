"""What handlers note: every execution, before anything else happens in it."""

import os
import time
from pathlib import Path

import msgspec

from foliot import Context


class Execution(msgspec.Struct, frozen=True):
    """One call of a handler: `lease` is its fencing token, `due_at` when it was to begin, `at` when it did."""

    number: int
    run_id: str
    attempt: int
    lease: int
    due_at: float
    at: float
    pid: int


class Notebook:
    """Where a process notes its executions, a line each; what a killed process has written stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def note(self, ctx: Context, number: int) -> None:
        """Append a line, in one write."""
        if self._file is None:
            path = self._folder / f"notes-{os.getpid()}"
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        due_at = ctx.due_at.timestamp()
        line = f"{number} {ctx.run_id} {ctx.attempt} {ctx.lease} {due_at!r} {time.time()!r} {os.getpid()}\n"
        os.write(self._file, line.encode())


def executions(folder: Path) -> list[Execution]:
    """What was noted so far, in the order of time."""
    found = []
    for path in folder.glob("notes-*"):
        text = path.read_text()
        for line in text[: text.rfind("\n") + 1].splitlines():
            number, run_id, attempt, lease, due_at, at, pid = line.split()
            found.append(Execution(int(number), run_id, int(attempt), int(lease), float(due_at), float(at), int(pid)))
    return sorted(found, key=lambda execution: execution.at)
