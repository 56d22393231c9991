"""An application whose workers are elsewhere."""

import asyncio
from dataclasses import dataclass

import foliot
from foliot import Context, PermanentError
from tests.engine.house import ONCE

app = foliot.App("sqlite://:memory:")


@dataclass
class Sum:
    """A result with a type of its own."""

    total: int


@app.job()
async def add(*, a: int, b: int = 1) -> Sum:
    return Sum(a + b)


@app.job(retry=ONCE)
async def fail(message: str) -> None:
    raise PermanentError(message)


@app.job()
async def rest(seconds: float = 60) -> None:
    await asyncio.sleep(seconds)


@app.job()
async def nothing() -> None: ...


@app.job(unique=foliot.Unique())
async def polite() -> None: ...


@app.job()
async def gather(ctx: Context) -> list[object]:
    return [parent.result for parent in ctx.parents]
