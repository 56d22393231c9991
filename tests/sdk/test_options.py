"""What one submission sets otherwise than its type."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from foliot import App, Conflict, InvalidRequest, Priority, RetryPolicy, RunFailed, RunState
from foliot.domain.errors import InvalidPolicy, InvalidSchedule, InvalidTime
from foliot.domain.schedule import Every
from foliot.domain.states import EventType, JobState
from foliot.ports import JobFilter
from foliot.sdk.job import JobFunction
from tests.engine.house import ONCE, PATIENCE, until


@pytest.fixture
def rest(app: App) -> JobFunction[[], None]:
    @app.job()
    async def rest() -> None: ...

    return rest


async def test_at_runs_at_that_instant_and_not_before(app: App, rest: JobFunction[[], None]) -> None:
    due = datetime.now(UTC) + timedelta(seconds=0.3)
    async with app, app.working():
        handle = await app.submit(rest.options(at=due))
        assert await handle.status() is RunState.PENDING
        await handle.result(PATIENCE)
        run = await handle.run()
    assert run.started_at is not None
    assert run.due_at == due <= run.started_at


async def test_at_takes_an_instant_of_any_offset(app: App, rest: JobFunction[[], None]) -> None:
    due = datetime.now(UTC) + timedelta(hours=3)
    async with app:
        handle = await app.submit(rest.options(at=due.astimezone(timezone(timedelta(hours=5, minutes=30)))))
        assert (await handle.run()).due_at == due


@pytest.mark.parametrize("delay", [60, 60.0, timedelta(minutes=1)])
async def test_delay_is_seconds_or_a_timedelta(app: App, rest: JobFunction[[], None], delay: float | timedelta) -> None:
    async with app:
        run = await (await app.submit(rest.options(delay=delay))).run()
    assert run.state is RunState.PENDING
    assert timedelta(0) <= run.due_at - run.created_at - timedelta(minutes=1) < timedelta(seconds=1)


async def test_every_makes_a_job_that_recurs(app: App, rest: JobFunction[[], None]) -> None:
    async with app, app.working():
        handle = await app.submit(rest.options(every=timedelta(seconds=1)))
        assert handle.run_id is None
        runs = await until(handle.runs, lambda runs: len([run for run in runs if run.state.is_over]) >= 2)
        assert runs[0].due_at - runs[1].due_at == timedelta(seconds=1)
        system = await app.system()
        job = await system.services.jobs.get(system.identity, handle.job_id)
        assert (job.schedule, job.state) == (Every(seconds=1), JobState.ACTIVE)
        await handle.cancel()


async def test_a_job_that_recurs_has_no_one_result(app: App, rest: JobFunction[[], None]) -> None:
    async with app:
        handle = await app.submit(rest.options(every=60))
        with pytest.raises(Conflict, match="recurs"):
            await handle.result()
        assert [event.type for event in await handle.events()] == [EventType.JOB_CREATED]


async def test_a_cancelled_job_recurs_no_more(app: App, rest: JobFunction[[], None]) -> None:
    async with app:
        handle = await app.submit(rest.options(every=60))
        await handle.cancel()
        assert [event.type for event in await handle.events()] == [EventType.JOB_CREATED, EventType.JOB_CANCELLED]
        system = await app.system()
        job = await system.services.jobs.get(system.identity, handle.job_id)
        assert job.state is JobState.CANCELLED


async def test_queue_and_priority_are_those_of_the_submission(app: App, rest: JobFunction[[], None]) -> None:
    async with app:
        run = await (await app.submit(rest.options(queue="slow", priority=Priority.CRITICAL))).run()
    assert (run.queue, run.priority) == ("slow", Priority.CRITICAL)


async def test_a_priority_may_be_given_by_its_name(app: App) -> None:
    @app.job(priority="low")
    async def rest() -> None: ...

    async with app:
        runs = [await (await app.submit(job)).run() for job in (rest, rest.options(priority="high"))]
    assert [run.priority for run in runs] == [Priority.LOW, Priority.HIGH]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"priority": "urgent"}, "none of critical, high, default, low"),
        ({"retry": 5}, "write RetryPolicy"),
        ({"every": 60, "exclude": "holidays"}, r"write exclude=\['holidays'\]"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_at_once(
    rest: JobFunction[[], None], options: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidRequest, match=why):
        rest.options(**options)


async def test_a_queue_that_no_worker_serves_is_left_alone(app: App, rest: JobFunction[[], None]) -> None:
    async with app, app.working():
        elsewhere = await app.submit(rest.options(queue="elsewhere"))
        await (await app.submit(rest)).result(PATIENCE)
        assert await elsewhere.status() is RunState.QUEUED


async def test_a_worker_serves_the_queues_of_its_job_types_unless_it_is_told_which(app: App) -> None:
    @app.job(queue="slow")
    async def rest() -> None: ...

    async with app, app.working():
        await (await app.submit(rest)).result(PATIENCE)
        await (await app.submit(rest.options(queue="default"))).result(PATIENCE)


async def test_timeout_bounds_the_attempts_of_the_submission(app: App) -> None:
    @app.job(timeout=60)
    async def sleep() -> None:
        await asyncio.sleep(60)

    async with app, app.working():
        with pytest.raises(RunFailed, match=r"did not end within 0\.05 s"):
            await (await app.submit(sleep.options(timeout=0.05, retry=ONCE))).result(PATIENCE)


async def test_retry_replaces_the_policy_of_the_type(app: App) -> None:
    tries: list[int] = []

    @app.job(retry=1)
    async def fall() -> None:
        tries.append(1)
        raise ValueError("ouch")

    policy = RetryPolicy(max_attempts=4, base_seconds=0, jitter="none")
    async with app, app.working():
        with pytest.raises(RunFailed, match="ouch"):
            await (await app.submit(fall.options(retry=policy))).result(PATIENCE)
    assert len(tries) == 4


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"at": datetime(2030, 1, 1)}, InvalidTime),  # noqa: DTZ001, that it has no zone is what is tried
        ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, InvalidTime),
        ({"at": datetime(9000, 1, 1, tzinfo=UTC)}, InvalidTime),
        ({"delay": -1}, InvalidTime),
        ({"delay": float("nan")}, InvalidTime),
        ({"delay": float("inf")}, InvalidTime),
        ({"every": 0}, InvalidSchedule),
        ({"every": 0.5}, InvalidSchedule),
        ({"every": float("inf")}, InvalidSchedule),
        ({"every": 60, "at": datetime(2100, 1, 1, tzinfo=UTC)}, InvalidRequest),
        ({"every": 60, "delay": 1}, InvalidRequest),
        ({"delay": 1, "at": datetime(2100, 1, 1, tzinfo=UTC)}, InvalidRequest),
        ({"queue": ""}, InvalidPolicy),
        ({"queue": "x" * 201}, InvalidPolicy),
        ({"timeout": 0}, InvalidPolicy),
        ({"timeout": 1e9}, InvalidPolicy),
        ({"retry": RetryPolicy(max_attempts=0)}, InvalidPolicy),
        ({"key": ""}, InvalidRequest),
        ({"key": "x" * 256}, InvalidRequest),
    ],
    ids=str,
)
async def test_an_option_that_cannot_be_used_is_refused(
    app: App, rest: JobFunction[[], None], options: dict[str, Any], error: type[Exception]
) -> None:
    async with app:
        with pytest.raises(error):
            await app.submit(rest.options(**options))
        system = await app.system()
        assert await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 10) == []


class TestKeys:
    """Submission keys: of two submissions with one key, the second gets the first one's job."""

    async def test_the_first_submission_is_created_the_second_finds_it(
        self, app: App, rest: JobFunction[[], None]
    ) -> None:
        async with app:
            first = await app.submit(rest.options(key="k"))
            second = await app.submit(rest.options(key="k"))
        assert (first.created, second.created) == (True, False)
        assert (second.job_id, second.run_id) == (first.job_id, first.run_id)

    async def test_another_job_under_the_key_is_a_conflict(self, app: App) -> None:
        @app.job()
        async def double(a: int) -> int:
            return 2 * a

        async with app:
            await app.submit(double.options(key="k"), 1)
            with pytest.raises(Conflict, match="'k'"):
                await app.submit(double.options(key="k"), 2)

    async def test_many_at_once_under_one_key_make_one_job(self, app: App, rest: JobFunction[[], None]) -> None:
        async with app:
            handles = await asyncio.gather(*(app.submit(rest.options(key="k")) for _ in range(50)))
        assert len({handle.job_id for handle in handles}) == 1
        assert sum(handle.created for handle in handles) == 1

    async def test_the_second_handle_has_the_result_too(self, app: App) -> None:
        @app.job()
        async def double(a: int) -> int:
            return 2 * a

        async with app, app.working():
            await (await app.submit(double.options(key="k"), 4)).result(PATIENCE)
            assert await (await app.submit(double.options(key="k"), 4)).result(PATIENCE) == 8
