"""Runs of workers outside are no broker's: nobody inside is called for them, and those outside are."""

from foliot.ports import Topic
from tests.broker.brokers import House, Process, ids
from tests.broker.look import Look
from tests.contract.builders import remote_wish, submission


async def test_a_remote_run_calls_workers_outside_and_no_other_gets_it(process: Process, other: Process) -> None:
    outside = process.wakeup.subscribe(Topic.REMOTE)
    [published] = await process.submit(submission(remote=True))
    assert outside._called.is_set()  # type: ignore[attr-defined]  # without waiting
    await other.gets_nothing()
    assert ids(await process.store.claim(remote_wish())) == [published.run_id]
    outside.close()


async def test_redis_holds_no_remote_run(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    await process.submit(submission(remote=True))
    assert look.length() == 0
    [inside] = await process.submit(submission())
    assert look.runs() == [inside.run_id]
    await look.reconcile(process, looks=2)
    assert look.runs() == [inside.run_id]
