"""Those who want the same rows at the same time wait for one another, but never in a ring."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random
from typing import Any, TypeVar

import asyncpg
import msgspec

from foliot.adapters.postgres import PostgresStore
from foliot.domain.parents import WaitFor
from foliot.domain.run import Claimed, Outcome, Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.domain.unique import Until
from foliot.ports import Pulse, RunFilter
from tests.contract.builders import (
    ACME,
    NOW,
    after,
    asked,
    cancelling,
    child,
    debounced,
    deferred,
    discarding,
    event,
    failed,
    found,
    held,
    occurrence,
    recurring,
    ref,
    replaying,
    retried,
    said,
    started,
    submission,
    succeeded,
    unique,
    wish,
)
from tests.contract.stores import PIECE
from tests.engine.house import PATIENCE

Thing = TypeVar("Thing")

SECONDS = 2.0
EACH = 20
ENDINGS: Sequence[Callable[[Claimed], Outcome]] = (
    succeeded, failed, lambda claimed: retried(claimed, after(60)), lambda claimed: deferred(claimed, after(60)),
)  # fmt: skip


async def test_nobody_waits_in_a_ring(database_url: str) -> None:
    name = database_url.rpartition("/")[2]
    await _ask(database_url, f"alter database {name} set deadlock_timeout = '50ms'")
    one, other = [PostgresStore(database_url, connections=12, piece=PIECE) for _ in range(2)]
    await one.migrate(NOW)
    random = Random(20260501)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        calls = [call for _ in range(2) for call in await _calls(one, other, random)]
        await asyncio.gather(*(call for call in _shuffled(random, calls)))
    await one.close()
    await other.close()
    assert await _ask(database_url, f"select deadlocks from pg_stat_database where datname = '{name}'") == 0
    assert await _ask(database_url, "select count(*) from finished") > 0


async def _calls(one: PostgresStore, other: PostgresStore, random: Random) -> list[Awaitable[Any]]:
    """All that can be done to jobs and runs, by two stores, to the same ones, each in an order of its own."""
    await one.submit([submission(queue="dead", max_attempts=1) for _ in range(EACH)])
    await one.finish([failed(run) for run in await one.claim(wish(queues=["dead"]))])
    await one.submit([submission() for _ in range(EACH)])
    running = await other.claim(wish(limit=EACH))
    await one.submit([*(submission(delay=1) for _ in range(EACH)), *(recurring() for _ in range(EACH))])
    await one.submit([submission(delay=1, expires_at=after(60)) for _ in range(EACH)])
    names = [str(n) for n in range(EACH)]
    waiting = await one.runs(ACME, RunFilter(state=RunState.PENDING), None, EACH)
    living: list[Run | Claimed] = [*running, *waiting]
    dead = await one.dead_letters(ACME, RunFilter(), None, EACH)
    due = await one.due_jobs(after(60), EACH)
    keys = [f"key-{random.random()}" for _ in range(EACH)]

    def calls(store: PostgresStore) -> Iterator[Awaitable[Any]]:
        def mixed(things: Sequence[Thing]) -> list[Thing]:
            return _shuffled(random, things)

        yield store.submit([submission(key=key) for key in mixed(keys)])
        yield store.submit([unique(f"{name}, {until}", until) for name in mixed(names) for until in Until])
        yield store.submit([debounced(name) for name in mixed(names) for _ in range(2)])
        yield store.expire(after(3600), EACH)
        yield store.submit([child(run.job_id, wait_for=WaitFor.FINISHED) for run in mixed(running)])
        yield store.pulse([held(run) for run in mixed(running)], after(15))
        yield store.finish([random.choice(ENDINGS)(run) for run in mixed(running)[: EACH // 2]])
        yield store.note([said(run, "half", 0.5) for run in mixed(running)])
        yield store.cancel([cancelling(run) for run in mixed(living)])
        yield store.retry_now([(ref(run), asked(EventType.RUN_RETRY_REQUESTED, run)) for run in mixed(waiting)], NOW)
        yield store.replay([replaying(run) for run in mixed(dead)])
        yield store.discard([discarding(run) for run in mixed(dead)])
        yield store.plan([occurrence(each.job, following=after(1200)) for each in mixed(due)])
        yield store.promote(after(3600), EACH)
        yield store.claim(wish(now=after(3600)))

    return [*calls(one), *calls(other)]


def _shuffled(random: Random, things: Sequence[Thing]) -> list[Thing]:
    return random.sample(things, len(things))


async def test_a_run_that_the_application_is_completing_does_not_keep_others_from_being_renewed(
    store: PostgresStore, database_url: str
) -> None:
    completed, other = await started(store), await started(store)
    connection = await asyncpg.connect(database_url)
    async with asyncio.timeout(5), connection.transaction():
        await store.finish_in(connection, succeeded(completed))
        pulse = await store.pulse([held(completed), held(other)], after(60))
        assert pulse == Pulse(lost=frozenset(), cancelling=frozenset())
        assert (await found(store, other)).lease_until == after(60)
    assert (await store.pulse([held(completed)], after(75))).lost == {completed.run_id}
    await connection.close()


async def test_a_run_that_is_locked_for_a_moment_is_renewed_after_it(store: PostgresStore, database_url: str) -> None:
    claimed = await started(store)
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("select from live for update")
        pulsing = asyncio.create_task(store.pulse([held(claimed)], after(60)))
        await asyncio.sleep(0.05)
    await pulsing
    assert (await found(store, claimed)).lease_until == after(60)
    await connection.close()


async def test_of_two_who_cancel_a_job_at_once_one_did_it(
    store: PostgresStore, other_store: PostgresStore, database_url: str
) -> None:
    job = recurring().job
    await store.submit([msgspec.structs.replace(recurring(), job=job)])
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("select from jobs for update")
        cancels = [
            asyncio.create_task(each.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=job.id)]))
            for each in (store, other_store)
        ]
        await _until(database_url, "select count(*) = 2 from pg_locks where not granted")
    await connection.close()
    told = [state for cancel in cancels for state in await cancel]
    assert sorted(state or "" for state in told) == [JobState.ACTIVE, JobState.CANCELLED]
    assert len(await store.job_events(ACME, job.id)) == 1


async def _until(url: str, asking: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await _ask(url, asking):
            await asyncio.sleep(0.01)


async def _ask(url: str, text: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(text)
    finally:
        await connection.close()
