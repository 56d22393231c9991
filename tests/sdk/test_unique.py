"""One job for all who ask for the same, and jobs that wait until it is quiet, from Python."""

from datetime import timedelta

import pytest

from foliot import App, By, Unique, Until, Window
from foliot.domain.errors import InvalidDebounce, InvalidExpiry, InvalidUnique
from foliot.sdk.job import JobFunction
from tests.engine.house import PATIENCE, kinds


@pytest.fixture
def double(app: App) -> JobFunction[[int], int]:
    @app.job()
    async def double(number: int) -> int:
        return 2 * number

    return double


async def test_the_same_call_has_one_handle_while_it_lives(app: App, double: JobFunction[[int], int]) -> None:
    once = double.options(unique=Unique())
    async with app:
        first, again, other = [await app.submit(once, number) for number in (1, 1, 2)]
        assert (first.created, again.created, other.created) == (True, False, True)
        assert (again.job_id, again.run_id, again.updated) == (first.job_id, first.run_id, False)
        async with app.working():
            assert await again.result(PATIENCE) == 2
            assert (await app.submit(once, 1)).created


async def test_all_that_unique_can_say(app: App, double: JobFunction[[int], int]) -> None:
    unique = Unique(
        by=(By.TYPE, By.ARGS, By.QUEUE), args=("number",), until=Until.STARTED, period_seconds=60, window=Window.FIXED
    )
    async with app:
        assert (await app.submit(double.options(unique=unique, delay=30), 1)).created
        handles = await app.submit_many([double.options(unique=unique, delay=30).call(1) for _ in range(3)])
    assert sum(handle.created for handle in handles) in (0, 1)  # the clock may have come to a full minute


async def test_a_type_is_unique_for_all_who_submit_it(app: App) -> None:
    @app.job(unique=Unique(args=("customer",)))
    async def sync(customer: int, *, reason: str) -> str:
        return reason

    async with app:
        first, again, other = [await app.submit(sync, customer, reason="x") for customer in (1, 1, 2)]
        assert (first.created, again.created, other.created) == (True, False, True)
        assert (again.job_id, again.run_id) == (first.job_id, first.run_id)
        assert (await app.submit(sync.options(key="now"), 1, reason="now")).created
        assert (await app.submit(sync.options(unique=Unique()), 1, reason="now")).created
        async with app.working():
            assert await again.result(PATIENCE) == "x"
            assert (await app.submit(sync, 1, reason="later")).created


@pytest.mark.parametrize("unique", [Unique(by=(By.QUEUE, By.QUEUE)), Unique(args=("count",))])
def test_what_a_type_cannot_be_unique_by_is_refused(app: App, unique: Unique) -> None:
    with pytest.raises(InvalidUnique):

        @app.job(unique=unique)
        async def double(number: int) -> None: ...


async def test_what_is_debounced_runs_once_with_what_was_said_last(app: App, double: JobFunction[[int], int]) -> None:
    quiet = double.options(key="k", debounce=0.3, debounce_max_wait=timedelta(seconds=30))
    async with app, app.working():
        handles = [await app.submit(quiet, number) for number in range(5)]
        assert [(handle.created, handle.updated) for handle in handles] == [(True, False), *[(False, True)] * 4]
        assert len({handle.job_id for handle in handles}) == 1
        assert await handles[0].result(PATIENCE) == 8
        assert await kinds(handles[0]) == ["run.created", "run.queued", "run.started", "run.succeeded"]


async def test_a_key_is_remembered_as_long_as_one_wants(app: App, double: JobFunction[[int], int]) -> None:
    keyed = double.options(key="k", key_expires_in=timedelta(milliseconds=1))
    async with app:
        assert (await app.submit(keyed, 1)).created
        while not (again := await app.submit(keyed, 1)).created:
            pass
        assert again.created


def test_the_blocking_twin_tells_of_it_too(app: App, double: JobFunction[[int], int]) -> None:
    quiet = double.options(key="k", debounce=30)
    with app.blocking as blocking:
        handles = [blocking.submit(quiet, number) for number in range(2)]
    assert [(handle.created, handle.updated) for handle in handles] == [(True, False), (False, True)]


async def test_what_makes_no_sense_is_refused(app: App, double: JobFunction[[int], int]) -> None:
    async with app:
        with pytest.raises(InvalidDebounce, match="give that too"):
            await app.submit(double.options(key="k", debounce_max_wait=5), 1)
        with pytest.raises(InvalidDebounce, match="belong together"):
            await app.submit(double.options(debounce=5), 1)
        with pytest.raises(InvalidExpiry, match="before it is due"):
            await app.submit(double.options(delay=60, expires_in=timedelta(seconds=60)), 1)
