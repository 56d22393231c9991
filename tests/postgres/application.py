"""A worker that dies once, at the point that it was told: URL, driver, point, and the file that says that it did."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psycopg

from foliot import App, Context, Settings
from foliot.sdk.job import JobFunction


def _live(_: str) -> None:
    """Nothing happens here."""


def charging(app: App, url: str, driver: str, reached: Callable[[str], None] = _live) -> JobFunction[[], str]:
    """A job type that writes an effect and completes with it; `reached` is told of each point between."""

    async def charge(ctx: Context) -> str:
        reached("before the effect")
        if driver == "asyncpg":
            connection = await asyncpg.connect(url)
            async with connection.transaction():
                await connection.execute("insert into effects values ('charged')")
                reached("before the completion")
                await ctx.complete_in(connection, "done")
                reached("before the commit")
            reached("after the commit")
            await connection.close()
            return "not looked at"
        async with await psycopg.AsyncConnection.connect(url) as other:
            await other.execute("insert into effects values ('charged')")
            reached("before the completion")
            await ctx.complete_in(other, "done")
            reached("before the commit")
            await other.commit()
            reached("after the commit")
        return "not looked at"

    return app.job(retry=5)(charge)


async def main(url: str, driver: str, dies: str, died: Path) -> None:
    def reached(point: str) -> None:
        if point == dies and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    app = App(settings=Settings(database_url=url, lease_seconds=1.0, log_level="error"))
    charging(app, url, driver, reached)
    async with app, app.working():
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
