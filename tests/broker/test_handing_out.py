"""`Broker.claim`: what is published is handed out once, to whoever has free slots."""

import asyncio

from foliot.domain.policy import Overrides
from foliot.domain.states import RunState
from foliot.ports import Topic
from tests.broker.brokers import House, Process, ids, ids_of, joined
from tests.contract.builders import ACME, NOW, OTHER, after, found, submission


async def test_a_claimed_run_comes_with_all_that_its_worker_needs(process: Process) -> None:
    overrides = Overrides(timeout_seconds=5)
    made = submission(type="t", queue="q", payload='{"ä": 1}'.encode(), max_attempts=7, overrides=overrides)
    await process.submit(made)
    [claimed] = await process.claim(queues=["q"], types=["t"])
    assert (claimed.run_id, claimed.job_id, claimed.tenant_id) == (made.job.id, made.job.id, ACME)
    assert (claimed.type, claimed.queue, claimed.payload) == ("t", "q", '{"ä": 1}')
    assert (claimed.due_at, claimed.attempt, claimed.max_attempts, claimed.lease) == (NOW, 1, 7, 1)
    assert claimed.overrides == overrides


async def test_a_claimed_run_is_running_under_its_lease(process: Process) -> None:
    await process.submit(submission())
    [claimed] = await process.claim(worker="w", now=after(2.000001), lease_until=after(17.000002))
    run = await found(process.store, claimed)
    assert (run.state, run.worker, run.attempt, run.lease) == (RunState.RUNNING, "w", 1, 1)
    assert (run.started_at, run.lease_until) == (after(2.000001), after(17.000002))


async def test_another_process_gets_what_one_has_published(process: Process, other: Process) -> None:
    published = await process.submit(submission(), submission())
    assert ids(await other.claim()) == ids(published)


async def test_what_is_claimed_is_handed_out_to_nobody_else(process: Process, other: Process) -> None:
    await process.submit(submission())
    assert len(await process.claim()) == 1
    await process.gets_nothing()
    await other.gets_nothing(worker="worker-2")


async def test_runs_of_all_tenants_are_handed_out(process: Process) -> None:
    await process.submit(submission(tenant=ACME), submission(tenant=OTHER))
    assert {run.tenant_id for run in await process.claim()} == {ACME, OTHER}


async def test_nobody_gets_more_than_there_are_free_slots(process: Process) -> None:
    batch = [submission() for _ in range(120)]
    await process.submit(*batch)
    claims = [await process.claim(limit=limit) for limit in (1, 7, 50, 3, 500)]
    assert [len(claimed) for claimed in claims] == [1, 7, 50, 3, 59]
    assert joined(claims) == ids_of(batch)


async def test_what_one_worker_has_no_slots_for_another_gets_at_once(process: Process, other: Process) -> None:
    batch = [submission() for _ in range(100)]
    await process.submit(*batch)
    claims = [await each.claim(limit=limit) for each, limit in ((process, 3), (other, 30), (process, 1), (other, 66))]
    assert joined(claims) == ids_of(batch)


async def test_the_limit_counts_over_all_queues(process: Process) -> None:
    await process.submit(*[submission(queue=queue) for queue in ("a", "b", "c") for _ in range(4)])
    assert len(await process.claim(queues=["a", "b", "c"], limit=6)) == 6
    assert len(await process.claim(queues=["a", "b", "c"])) == 6


async def test_only_the_named_queues_are_looked_at(process: Process) -> None:
    await process.submit(submission(queue="mail"), submission(queue="video"), submission(queue="mail 2"))
    assert [run.queue for run in await process.claim(queues=["mail", "nothing"])] == ["mail"]
    assert {run.queue for run in await process.claim(queues=["mail 2", "video"])} == {"mail 2", "video"}


async def test_who_wants_nothing_gets_nothing_and_takes_nothing_from_others(process: Process, other: Process) -> None:
    published = await process.submit(submission())
    assert await process.claim(limit=0) == []
    assert await process.claim(queues=[]) == []
    assert await process.claim(types=[]) == []
    assert ids(await other.claim()) == ids(published)


async def test_names_with_any_characters_are_told_apart(process: Process) -> None:
    names = ["a", "a:b", "b:a", "größe", "{a}", "a b", "*", "a:default"]
    await process.submit(*[submission(queue=queue, type=f"{queue.replace(' ', '')}:t") for queue in names])
    for queue in names:
        assert [run.queue for run in await process.claim(queues=[queue])] == [queue]


async def test_a_worker_without_work_is_called_when_there_is_some(house: House) -> None:
    idle, busy = await house.process(), await house.process()
    ear = idle.wakeup.subscribe(Topic.QUEUED)
    assert await idle.claim() == []
    published = await busy.submit(submission())
    async with asyncio.timeout(10.0):
        while not (claimed := await idle.claim()):
            await ear.wait(20.0)
    assert ids(claimed) == ids(published)
    ear.close()
