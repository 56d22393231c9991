"""Nothing is handed out before its time."""

from foliot.domain.run import Queued
from tests.broker.brokers import Process, ids
from tests.contract.builders import after, deferred, handed_back, retried, submission


async def test_a_delayed_run_is_handed_out_once_it_is_promoted(process: Process) -> None:
    made = submission(delay=60)
    await process.submit(made)
    await process.gets_nothing(now=after(59))
    assert (await process.store.promote(after(59.999999), 10)).runs == []
    promoted = await process.store.promote(after(60), 10)
    await process.broker.publish(promoted.runs)
    assert ids(await process.gets(1, now=after(60))) == [made.job.id]


async def test_a_run_that_waits_for_its_retry_is_not_handed_out(process: Process) -> None:
    published = await process.submit(submission())
    [claimed] = await process.claim()
    await process.store.finish([retried(claimed, due_at=after(30))])
    await process.broker.publish(published)
    await process.gets_nothing(now=after(29))
    await process.broker.publish((await process.store.promote(after(30), 10)).runs)
    [again] = await process.gets(1, now=after(30))
    assert (again.run_id, again.attempt) == (claimed.run_id, 2)


async def test_a_run_that_was_deferred_is_not_handed_out(process: Process) -> None:
    published = await process.submit(submission())
    [claimed] = await process.claim()
    await process.store.finish([deferred(claimed, due_at=after(30))])
    await process.broker.publish(published)
    await process.gets_nothing(now=after(29))


async def test_a_run_that_is_published_too_early_is_not_handed_out(process: Process) -> None:
    made = submission(delay=60)
    await process.submit(made)
    assert made.run is not None
    await process.broker.publish([Queued.of(made.run)])
    await process.gets_nothing(now=after(59))
    await process.broker.publish((await process.store.promote(after(60), 10)).runs)
    assert ids(await process.gets(1, now=after(60))) == [made.job.id]


async def test_a_run_that_was_handed_back_is_handed_out_again(process: Process) -> None:
    published = await process.submit(submission())
    [claimed] = await process.claim()
    await process.store.finish([handed_back(claimed)])
    await process.broker.publish(published)
    [again] = await process.gets(1, now=after(2))
    assert (again.run_id, again.attempt, again.lease) == (claimed.run_id, 1, 2)
