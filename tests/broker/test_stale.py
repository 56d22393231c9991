"""What was published and is out of date by now is worth nothing: the store decides."""

from tests.broker.brokers import Process, ids
from tests.contract.builders import cancelling, found, submission, succeeded


async def test_a_run_that_was_cancelled_after_it_was_published_is_not_handed_out(process: Process) -> None:
    made, kept = submission(), submission()
    await process.submit(made, kept)
    assert made.run is not None
    await process.store.cancel([cancelling(made.run)])
    assert ids(await process.claim()) == [kept.job.id]


async def test_a_run_that_is_published_twice_is_handed_out_once(process: Process, other: Process) -> None:
    published = await process.submit(*[submission() for _ in range(10)])
    await other.broker.publish(published)
    await process.broker.publish(published[:5])
    claimed = [*await process.gets(4, limit=2), *await other.gets(6)]
    assert sorted(ids(claimed)) == sorted(ids(published))
    await process.gets_nothing()


async def test_a_run_that_runs_already_is_not_handed_out(process: Process, other: Process) -> None:
    published = await process.submit(submission())
    assert len(await process.claim()) == 1
    await process.broker.publish(published)
    await other.gets_nothing(worker="worker-2")


async def test_a_run_that_is_over_is_not_handed_out(process: Process) -> None:
    published = await process.submit(submission())
    [claimed] = await process.claim()
    await process.store.finish([succeeded(claimed)])
    await process.broker.publish(published)
    await process.gets_nothing()
    assert (await found(process.store, claimed)).attempt == 1


async def test_many_hints_of_the_past_do_not_hide_what_waits(process: Process) -> None:
    published = await process.submit(*[submission() for _ in range(200)])
    await process.store.finish([succeeded(claimed) for claimed in await process.claim(limit=500)])
    await process.broker.publish(published)
    [fresh] = await process.submit(submission())
    assert ids(await process.gets(1, limit=25)) == [fresh.run_id]
