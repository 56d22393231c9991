"""The application that the processes of these tests work for: `tests.crash.application:app`."""

import asyncio
import contextlib
import os
import time
from pathlib import Path

from foliot import App, Context, RetryPolicy

app = App()
_RETRY = RetryPolicy(max_attempts=3, base_seconds=0, jitter="none")


@app.job(retry=_RETRY, timeout=600)
async def work(ctx: Context, place: str, number: int) -> int:
    """Note the execution in `place/executions`, and last as long as there is a file `place/hold`."""
    record(Path(place), ctx, number)
    while Path(place, "hold").exists():
        await asyncio.sleep(0.2)
    return number


@app.job(retry=_RETRY, timeout=600)
async def wait_for_leave(ctx: Context, place: str) -> int:
    """Last until there is a file for this very process; its id."""
    record(Path(place), ctx, 0)
    while not Path(place, f"leave-{os.getpid()}").exists():
        await asyncio.sleep(0.02)
    return os.getpid()


@app.job(retry=_RETRY, timeout=600)
def wait_in_a_thread(ctx: Context, place: str) -> None:
    """Last for ever, and heed nothing."""
    record(Path(place), ctx, 0)
    time.sleep(600)


@app.job(retry=_RETRY, timeout=600, execution="process")
def wait_in_a_process(ctx: Context, place: str) -> None:
    """Last for ever."""
    record(Path(place), ctx, 0)
    time.sleep(600)


@app.job(retry=_RETRY, timeout=600)
async def refuse_to_stop(ctx: Context, place: str) -> None:
    """Last for ever, and swallow every cancellation."""
    record(Path(place), ctx, 0)
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(600)


def record(place: Path, ctx: Context, number: int) -> None:
    """Append a line, in one write: what runs, which attempt, when, where."""
    line = f"{number} {ctx.run_id} {ctx.attempt} {time.time()} {os.getpid()}\n"
    descriptor = os.open(place / "executions", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
