"""Handlers at the top level of a module, where a child process finds them. Each comes as a plain and an async one."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from foliot import App, CancelRun, Context, PermanentError, RetryLater
from foliot.domain.run import LARGEST_RESULT_BYTES
from foliot.engine.handler import Execution

FOREVER = 300.0
EXECUTIONS: tuple[Execution, ...] = ("async", "thread", "process")


class OutOfThisWorldError(BaseException):
    """What no `except Exception` catches."""


class MuteError(Exception):
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class CardDeclinedError(Exception):
    """Something that a policy has a rule for."""


class StolenCardError(CardDeclinedError):
    """A special case of it."""


def _endless() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def conclude(how: str) -> Any:
    """Return or raise what the word stands for."""
    match how:
        case "fine":
            return {"pid": os.getpid(), "thread": threading.current_thread().name}
        case "no-json":
            return object()
        case "endless":
            return _endless()
        case "large":
            return "x" * (LARGEST_RESULT_BYTES + 1)
        case "surrogates":
            raise ValueError("a file called \udcff\udc80")
        case "exit":
            sys.exit(3)
        case _:
            raise {
                "error": ValueError("it broke"),
                "interrupt": KeyboardInterrupt(),
                "cancelled": asyncio.CancelledError(),
                "stop": StopIteration("no more"),
                "generator": GeneratorExit(),
                "base": OutOfThisWorldError("far away"),
                "mute": MuteError(),
                "group": ExceptionGroup("several", [ValueError("one"), KeyError("two")]),
                "later": RetryLater("not yet", after_seconds=7),
                "permanent": PermanentError("never"),
                "cancel": CancelRun("not wanted"),
                "declined": CardDeclinedError("declined"),
                "stolen": StolenCardError("stolen"),
                "long": ValueError("x" * 10_000),
            }[how]


async def conclude_async(how: str) -> Any:
    """See `conclude`."""
    await asyncio.sleep(0)
    return conclude(how)


def last(ctx: Context, place: str) -> None:
    """Last until told to stop; the first line of `place` is the process."""
    _say_pid(place)
    deadline = time.monotonic() + FOREVER
    while time.monotonic() < deadline:
        ctx.check_cancelled()
        time.sleep(0.01)


async def last_async(ctx: Context, place: str) -> None:
    """See `last`."""
    _say_pid(place)
    await asyncio.sleep(FOREVER)


def insist(place: str, seconds: float) -> str:
    """Last so long, whatever anybody says."""
    _say_pid(place)
    time.sleep(seconds)
    return "at last"


async def insist_async(place: str, seconds: float) -> str:
    """See `insist`."""
    _say_pid(place)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)
    return "at last"


def speak(ctx: Context, place: str) -> None:
    """Tell of progress and leave lines, then wait for a file."""
    ctx.log("first", number=1, share=0.5, fine=True, nothing=None, word="ä")
    ctx.progress(0.25, "a quarter")
    while not Path(place).exists():
        time.sleep(0.01)
    ctx.log("second")
    ctx.progress(1)


async def speak_async(ctx: Context, place: str) -> None:
    """See `speak`."""
    await asyncio.to_thread(speak, ctx, place)


def mumble(ctx: Context) -> None:
    """Leave a line that has no JSON form."""
    values: dict[str, Any] = {
        "what": object(),
        "path": Path("/"),
        "text": "\udc80",
        "number": 2**200,
        "nan": float("nan"),
    }
    ctx.log("odd \udc80", **values)
    ctx.progress(0.5, "\udc80")


async def mumble_async(ctx: Context) -> None:
    """See `mumble`."""
    mumble(ctx)


def die(status: int) -> NoReturn:
    """End the process."""
    os._exit(status)


def where() -> list[int]:
    """The process and its parent."""
    return [os.getpid(), os.getppid()]


def shout() -> str:
    """Write to standard output in every way there is, and read from standard input."""
    print("x" * 100_000)
    os.write(1, b"\x00\x00\x00\x05hello")
    subprocess.run([sys.executable, "-c", "print('from below')"], check=True)
    return sys.stdin.read()


def breed(place: str) -> None:
    """Start a process, and wait for it."""
    child = subprocess.Popen(["sleep", str(FOREVER)])
    Path(place).write_text(f"{child.pid}\n")
    child.wait()


def haunt(ctx: Context) -> None:
    """Leave a thread behind that goes on speaking."""

    def murmur() -> None:
        for _ in range(200):
            ctx.log("from beyond")
            time.sleep(0.005)

    threading.Thread(target=murmur, daemon=True).start()


def add_up(ctx: Context, to: int) -> int:
    """Add the results of the parents to a number."""
    return to + sum(int(parent.result) for parent in ctx.parents)


async def add_up_async(ctx: Context, to: int) -> int:
    """The same on the loop."""
    return add_up(ctx, to)


def listen(seconds: float) -> None:
    """Be silent for a while."""
    time.sleep(seconds)


def _say_pid(place: str) -> None:
    Path(place).write_text(f"{os.getpid()}\n")


def declare(app: App, name: str, execution: Execution, **policy: Any) -> Any:
    """The handler of that name as a job of the app, its async variant where it is to run on the loop."""
    function = globals()[f"{name}_async" if execution == "async" else name]
    return app.job(name, execution=execution, **policy)(function)
