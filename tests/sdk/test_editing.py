"""Editing a job by its handle, waiting for the answer or not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foliot import App, Conflict, InvalidPayload, InvalidRequest, Priority, RetryPolicy, RevisionConflict
from foliot.domain.errors import InvalidPolicy, InvalidSchedule
from foliot.domain.policy import Overlap, Overrides
from foliot.domain.schedule import At, Cron, Every, Skip
from tests.engine.house import PATIENCE, app_in

LATER = datetime(2190, 1, 1, tzinfo=UTC)


async def test_a_job_is_made_otherwise_by_the_names_of_its_options(app: App) -> None:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app:
        handle = await app.submit(double.options(delay=60), 1)
        retry = RetryPolicy(max_attempts=9)
        job = await handle.update(
            payload={"a": 21}, at=LATER, queue="slow", priority=Priority.HIGH, timeout=timedelta(seconds=5), retry=retry
        )
        assert job == await handle.job()
        assert (job.payload, job.schedule, job.queue, job.priority, job.revision) == (
            b'{"a":21}', At(LATER), "slow", Priority.HIGH, 2,
        )  # fmt: skip
        assert job.overrides == Overrides(timeout_seconds=5.0, retry=retry)
        assert (await handle.run()).due_at == LATER
        await handle.update(delay=0, queue="default")
        async with app.working():
            assert await handle.result(PATIENCE) == 42
        with pytest.raises(Conflict):
            await handle.update(queue="slow")


async def test_a_job_that_recurs_gets_another_interval(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(every=3600))
        assert (await handle.update(every=timedelta(hours=2))).schedule == Every(seconds=7200)
        assert [event.type for event in await handle.events()] == ["job.created", "job.updated"]


async def test_whoever_has_seen_an_old_revision_is_told(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(delay=60))
        seen = (await handle.job()).revision
        await handle.update(queue="slow", if_revision=seen)
        with pytest.raises(RevisionConflict) as told:
            await handle.update(queue="fast", if_revision=seen)
        assert told.value.revision == seen + 1


async def test_what_cannot_be_is_refused(app: App) -> None:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app:
        handle = await app.submit(double.options(delay=60), 1)
        for payload in ({"a": "x"}, {"b": 1}, {"a": object()}):
            with pytest.raises(InvalidPayload):
                await handle.update(payload=payload)
        with pytest.raises(InvalidRequest, match="Give only one of"):
            await handle.update(at=LATER, every=60)
        with pytest.raises(Conflict, match="runs once"):
            await handle.update(every=60)
        for edits, why in (({"priority": "urgent"}, "priority"), ({"retry": 5}, "retry"), ({"queue": ""}, "queue")):
            with pytest.raises(InvalidPolicy, match=why):
                await handle.update(**edits)
        with pytest.raises(TypeError, match="has no dealy; it has at, delay,"):
            await handle.update(dealy=5)  # type: ignore[call-arg]  # a slip, on purpose
        assert (await handle.job()).revision == 1


def test_the_same_waiting(tmp_path: Path) -> None:
    app = app_in(tmp_path)

    @app.job()
    def rest() -> None: ...

    with app.blocking as blocking:
        handle = blocking.submit(rest.options(delay=60))
        assert handle.update(queue="slow", priority=Priority.LOW, if_revision=1) == handle.job()
        assert (handle.job().queue, handle.run().priority) == ("slow", Priority.LOW)


async def test_a_job_that_recurs_gets_another_schedule_and_other_policies(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(every=3600))
        job = await handle.update(
            cron="0 8 * * *", timezone="America/New_York", jitter=5, misfire="skip", overlap="allow"
        )
        assert job.schedule == Cron("0 8 * * *", "America/New_York", jitter_seconds=5)
        assert job.overrides == Overrides(misfire=Skip(), overlap=Overlap.ALLOW)
        with pytest.raises(InvalidSchedule, match="timezone goes with cron or rrule"):
            await handle.update(every=60, timezone="UTC")


async def test_a_job_that_runs_once_has_no_policy_for_what_recurs(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(delay=60))
        with pytest.raises(InvalidPolicy, match="misfire is for jobs that recur"):
            await handle.update(misfire="skip")
        assert (await handle.job()).revision == 1
