"""What comes back: results as the types they were declared with, and the errors of runs that have none."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from foliot import App, CancelRun, PermanentError, ResultTimeout, RunCancelled, RunFailed, RunState
from tests.engine.house import PATIENCE, app_in, until_state


class Point(msgspec.Struct):
    """Somewhere."""

    x: int
    y: int


@dataclass
class Box:
    """Between two points."""

    low: Point
    high: Point


async def test_a_dataclass_of_structs_comes_back_as_such(app: App) -> None:
    @app.job()
    async def measure() -> Box:
        return Box(Point(0, 1), Point(2, 3))

    async with app, app.working():
        assert await (await app.submit(measure)).result(PATIENCE) == Box(Point(0, 1), Point(2, 3))


async def test_an_instant_comes_back_as_such(app: App) -> None:
    @app.job()
    def when() -> datetime:
        return datetime(2026, 5, 1, 8, tzinfo=UTC)

    async with app, app.working():
        assert await (await app.submit(when)).result(PATIENCE) == datetime(2026, 5, 1, 8, tzinfo=UTC)


async def test_nothing_comes_back_as_none(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        handle = await app.submit(rest)
        await handle.result(PATIENCE)
        assert (await handle.run()).result == b"null"


async def test_a_result_without_an_annotation_is_plain_json(app: App) -> None:
    @app.job()
    async def guess():  # type: ignore[no-untyped-def]  # that is what is tried
        return {"points": [Point(1, 2)]}

    async with app, app.working():
        handle: Any = await app.submit(guess)
        assert await handle.result(PATIENCE) == {"points": [{"x": 1, "y": 2}]}


async def test_a_handle_of_an_earlier_run_gives_its_result_the_type_of_its_job(app: App) -> None:
    @app.job()
    async def measure() -> Point:
        return Point(1, 2)

    async with app, app.working():
        run_id = (await app.submit(measure)).run_id
        assert run_id is not None
        assert await (await app.handle(run_id, measure)).result(PATIENCE) == Point(1, 2)
        untyped: Any = await app.handle(run_id)
        assert await untyped.result(PATIENCE) == {"x": 1, "y": 2}


async def test_a_result_that_is_not_there_in_time_is_not_waited_for(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(delay=60))
        with pytest.raises(ResultTimeout):
            await handle.result(timeout=0.05)
        assert await handle.status() is RunState.PENDING


async def test_a_run_that_failed_has_its_last_message(app: App) -> None:
    @app.job()
    async def fall() -> None:
        raise PermanentError("there is a hole in the ground")

    async with app, app.working():
        handle = await app.submit(fall)
        with pytest.raises(RunFailed, match="a hole in the ground"):
            await handle.result(PATIENCE)
        assert await handle.status() is RunState.FAILED


async def test_a_run_that_was_cancelled_before_its_time_has_no_result(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(delay=60))
        await handle.cancel()
        with pytest.raises(RunCancelled, match="cancelled"):
            await handle.result(PATIENCE)


async def test_a_run_that_cancelled_itself_says_why(app: App) -> None:
    @app.job()
    async def rest() -> None:
        raise CancelRun("nobody wants this any more")

    async with app, app.working():
        with pytest.raises(RunCancelled, match="nobody wants"):
            await (await app.submit(rest)).result(PATIENCE)


async def test_a_result_is_heard_of_however_much_else_happens(app: App, tmp_path: Path) -> None:
    @app.job()
    async def rest() -> None: ...

    elsewhere = app_in(tmp_path, queues="elsewhere")

    @elsewhere.job("rest")
    async def rest_elsewhere() -> None: ...

    @app.job()
    async def chatter(left: int) -> None:
        if left:
            await app.submit(chatter, left - 1)

    async with app, app.working(), elsewhere:
        talk = await app.submit(chatter, 100_000)
        handle = await app.submit(rest.options(queue="elsewhere"))
        waiting = handle.result(PATIENCE)
        async with elsewhere.working():
            await waiting
        del talk
        await _stop(app)


async def _stop(app: App) -> None:
    """Forget all that waits, so that the worker can stop."""
    system = await app.system()
    system.services.jobs.submit_many = _refuse  # type: ignore[method-assign]  # the chatter ends here


async def _refuse(*_: object, **__: object) -> list[Any]:
    raise PermanentError("enough")


async def test_several_may_wait_for_one_result(app: App) -> None:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app:
        handle = await app.submit(double, 4)
        waiting = [asyncio.create_task(handle.result(PATIENCE)) for _ in range(5)]
        async with app.working():
            assert await asyncio.gather(*waiting) == [8] * 5
        assert await until_state(handle, RunState.SUCCEEDED) is RunState.SUCCEEDED
