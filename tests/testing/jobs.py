"""An application as a user has it: declared at the top of a module, its settings from the environment."""

import asyncio
import threading
import time

from foliot import App, Context, RetryPolicy

app = App()

HOUR = 3600.0
HOURLY = RetryPolicy(max_attempts=4, backoff="exponential", base_seconds=HOUR, cap_seconds=8 * HOUR, jitter="none")


@app.job()
async def tick() -> None: ...


@app.job()
async def sleep(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "rested"


@app.job(timeout=HOUR, retry=1)
async def oversleep() -> None:
    await asyncio.sleep(2 * HOUR)


@app.job(retry=HOURLY)
async def recover(ctx: Context, attempts: int) -> int:
    if ctx.attempt < attempts:
        raise RuntimeError("not yet")
    return ctx.attempt


@app.job(retry=RetryPolicy(max_attempts=5, base_seconds=60, jitter="full"))
async def stumble(ctx: Context) -> None:
    ctx.log("stumbling", attempt=ctx.attempt)
    if ctx.attempt < 4:
        raise RuntimeError("again")


@app.job()
def plod(seconds: float) -> str:
    time.sleep(seconds)
    return threading.current_thread().name


@app.job(execution="process")
def labour(seconds: float) -> str:
    time.sleep(seconds)
    return "laboured"


@app.job()
async def beget(generations: int) -> None:
    """Submits through the very app that is under test, as jobs do."""
    if generations:
        await app.submit(beget, generations - 1)


@app.job()
def ask_back(number: int) -> int:
    """A thread that itself waits for a job."""
    return app.blocking.submit(double, number).result(timeout=30) + 1


@app.job()
async def double(number: int) -> int:
    return 2 * number
