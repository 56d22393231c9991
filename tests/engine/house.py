"""What the tests of everything that runs need: settings of a place of its own, and waiting for conditions."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from foliot import App, Handle, RetryPolicy, RunState, Unavailable
from foliot.settings import Settings

PATIENCE: Final = 30.0
"""How long to wait for what must happen, in seconds; on a busy machine everything takes longer."""

ONCE: Final = RetryPolicy(max_attempts=1)
AT_ONCE: Final = RetryPolicy(max_attempts=3, base_seconds=0, jitter="none")

Seen = TypeVar("Seen")


def settings_for(place: Path, **changes: Any) -> Settings:
    """Settings of a small house on a database of its own."""
    settings = Settings(
        database_url=f"sqlite:///{place}/foliot.db", concurrency=20, processes=2, lease_seconds=10, grace_seconds=5
    )
    return msgspec.structs.replace(settings, **changes).checked()


def app_in(place: Path, **changes: Any) -> App:
    """An application on a database of its own; further arguments are settings."""
    return App(settings=settings_for(place, **changes))


async def until(
    look: Callable[[], Awaitable[Seen]], wanted: Callable[[Seen], object], within: float = PATIENCE
) -> Seen:
    """Look again and again until what is seen is what is wanted."""
    deadline = time.monotonic() + within
    while not wanted(seen := await look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {within:g} s there is still {seen!r}")
        await asyncio.sleep(0.01)
    return seen


async def until_state(handle: Handle[Any], *states: RunState) -> RunState:
    """Wait until the run is in one of these states."""
    return await until(handle.status, lambda state: state in states)


async def until_there(path: Path) -> str:
    """The text of a file that is about to be written; whoever writes it ends it with a new line."""

    async def look() -> str:
        return path.read_text() if path.exists() else ""

    return (await until(look, lambda text: text.endswith("\n"))).strip()


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number; one that has died and waits to be buried is none."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


async def until_gone(pid: int) -> None:
    """Wait until the process has ended."""

    async def look() -> bool:
        return is_alive(pid)

    await until(look, lambda alive: not alive)


async def until_buried(pid: int) -> None:
    """Wait until the parent of the process has taken note of its end."""

    async def look() -> bool:
        return Path(f"/proc/{pid}").exists()

    await until(look, lambda there: not there)


async def kinds(handle: Handle[Any]) -> list[str]:
    """The types of the run's events, in order."""
    return [event.type.value for event in await handle.events()]


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> datetime:
        """Let so much time pass."""
        self.at += timedelta(seconds=seconds)
        return self.at


class Fault:
    """Makes methods of an object fail while it is on; `error` makes what they raise."""

    def __init__(self, target: object, names: Iterable[str], error: Callable[[], Exception]) -> None:
        self.is_on = False
        self.hits = 0
        for name in names:
            setattr(target, name, self._failing(getattr(target, name), error))

    def _failing(self, method: Callable[..., Awaitable[Any]], error: Callable[[], Exception]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if self.is_on:
                self.hits += 1
                raise error()
            return await method(*args, **kwargs)

        return call


def away() -> Unavailable:
    """What a store raises that cannot be reached."""
    return Unavailable("The store is away.")
