"""Many calls in one transaction: all of them, or none."""

import asyncio
from typing import Any

import pytest

from foliot import App, InvalidPayload, KeyConflict
from foliot.ports import JobFilter
from foliot.sdk.job import Call, JobFunction
from tests.engine.house import PATIENCE


@pytest.fixture
def double(app: App) -> JobFunction[[int], int]:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    return double


async def _stored(app: App) -> int:
    system = await app.system()
    return len(await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 5_000))


async def test_handles_come_in_the_order_of_the_calls(app: App, double: JobFunction[[int], int]) -> None:
    async with app, app.working():
        handles = await app.submit_many([double.call(number) for number in range(500)])
        results = await asyncio.gather(*(handle.result(PATIENCE) for handle in handles))
    assert results == [2 * number for number in range(500)]


async def test_one_bad_call_keeps_out_all(app: App, double: JobFunction[[int], int]) -> None:
    calls = [double.call(1), double.call("two"), double.call(3)]  # type: ignore[arg-type]  # that is what is tried
    async with app:
        with pytest.raises(InvalidPayload):
            await app.submit_many(calls)
        assert await _stored(app) == 0


async def test_no_calls_make_no_jobs(app: App) -> None:
    async with app:
        assert await app.submit_many([]) == []


async def test_calls_of_different_types_and_options_go_together(app: App, double: JobFunction[[int], int]) -> None:
    @app.job()
    async def halve(a: int) -> float:
        return a / 2

    async with app, app.working():
        calls: list[Call[Any]] = [double.options(delay=0.1).call(4), halve.call(4)]
        first, second = await app.submit_many(calls)
        assert [await first.result(PATIENCE), await second.result(PATIENCE)] == [8, 2.0]


async def test_a_key_twice_in_one_call_makes_one_job(app: App, double: JobFunction[[int], int]) -> None:
    keyed = double.options(key="k")
    async with app:
        first, second = await app.submit_many([keyed.call(1), keyed.call(1)])
        assert (first.created, second.created, second.job_id) == (True, False, first.job_id)


async def test_a_key_of_another_job_is_told_and_the_others_are_stored(
    app: App, double: JobFunction[[int], int]
) -> None:
    async with app:
        await app.submit(double.options(key="k"), 1)
        with pytest.raises(KeyConflict):
            await app.submit_many([double.options(key="k").call(2), double.call(3)])
        assert await _stored(app) == 2


async def test_thousands_are_stored_at_once(app: App, double: JobFunction[[int], int]) -> None:
    async with app:
        handles = await app.submit_many([double.call(number) for number in range(4_000)])
        assert await _stored(app) == len({handle.job_id for handle in handles}) == 4_000
