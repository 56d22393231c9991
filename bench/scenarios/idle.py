"""What a system costs that has nothing to do: an API and two workers, as `foliot` starts them."""

import contextlib
from collections.abc import Generator
from typing import Final

from bench.board import wait_until
from bench.processes import cpu_seconds, foliot
from bench.result import Result
from bench.workbench import Workbench

_WORKERS: Final = 2
_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 12.0
"""PostgreSQL counts the commits of a connection that has gone idle up to ten seconds late."""
_APP: Final = "bench.idle_app:app"


def idle(bench: Workbench) -> Generator[Result, None, None]:
    """One row."""
    seconds = bench.options.asked_seconds or _SECONDS
    with contextlib.ExitStack() as stack:
        database, count = stack.enter_context(bench.bed.counting())
        settings = bench.settings(database, concurrency=100, port=0)
        commands = [("api", _APP), *[("worker", _APP)] * _WORKERS]
        processes = [stack.enter_context(foliot(bench.folder, settings, *command)) for command in commands]
        stack.enter_context(bench.progress.doing(f"leaving an API and {_WORKERS} workers alone for {seconds:g} s"))
        _sleep(_SETTLE_SECONDS)
        count.begin()
        cpu = [cpu_seconds(process.pid) for process in processes]
        _sleep(seconds)
        asked = count.queries()
        used = [
            end - begin
            for begin, end in zip(cpu, (cpu_seconds(process.pid) for process in processes), strict=True)
            if begin is not None and end is not None
        ]
        for line in count.top():
            bench.progress.say(f"  {line}")
    yield bench.row(
        f"idle, an API and {_WORKERS} workers (queries: {count.source})", seconds=seconds, workers=_WORKERS,
        queries_per_minute=None if asked is None else asked * 60 / seconds,
        cpu_percent=100 * sum(used) / seconds if used else None,
    )  # fmt: skip


def _sleep(seconds: float) -> None:
    wait_until(lambda: False, seconds, lambda: None)
