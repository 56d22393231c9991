"""A worker gets only what it has handlers for; what it has none for reaches those that have."""

import asyncio

from foliot.ports import Topic
from tests.broker.brokers import House, Process, ids, joined
from tests.contract.builders import NOW, submission


async def test_only_runs_of_the_wanted_types_are_handed_out(process: Process, other: Process) -> None:
    published = await process.submit(*[submission(type=name) for name in ("a", "b", "c", "a")])
    assert [run.type for run in await process.claim(types=["a", "c"])] == ["a", "c", "a"]
    await process.gets_nothing(types=["a", "c"])
    assert ids(await other.claim(types=["b"])) == [published[1].run_id]


async def test_who_has_handlers_for_all_gets_what_others_left(process: Process, other: Process) -> None:
    published = await process.submit(*[submission(type=name) for name in "bcbc"])
    assert await process.claim(types=["a"]) == []
    assert sorted(ids(await other.claim(types=None))) == sorted(ids(published))


async def test_foreign_runs_before_it_do_not_hide_a_worker_s_own(process: Process) -> None:
    await process.submit(*[submission(type="foreign") for _ in range(300)])
    [own] = await process.submit(submission(type="own"))
    assert ids(await process.claim(types=["own"], limit=2)) == [own.run_id]


async def test_a_worker_that_waits_is_called_for_what_another_cannot_do(house: House) -> None:
    able, unable = await house.process(), await house.process()
    ear = able.wakeup.subscribe(Topic.QUEUED)
    assert await able.claim(types=["a"]) == []
    published = await unable.submit(*[submission(type="a") for _ in range(20)])
    await unable.claim(types=["b"])
    claimed: list[str] = []
    async with asyncio.timeout(10.0):
        while len(claimed) < 20:
            claimed += ids(await able.claim(types=["a"], limit=20))
            if len(claimed) < 20:
                await ear.wait(20.0)
    assert sorted(claimed) == sorted(ids(published))
    ear.close()


async def test_what_nobody_can_do_keeps_nobody_busy(process: Process, other: Process) -> None:
    await process.submit(*[submission(type="nobody's") for _ in range(100)])
    calls = 0
    ears = [(each, each.wakeup.subscribe(Topic.QUEUED)) for each in (process, other)]

    async def work() -> None:
        nonlocal calls
        while True:
            for each, ear in ears:
                assert await each.claim(types=["own"]) == []
                calls += 1
                await ear.wait(0.2)

    working = asyncio.create_task(work())
    await asyncio.sleep(1.0)
    working.cancel()
    await asyncio.wait([working])
    assert calls < 40
    for _, ear in ears:
        ear.close()


async def test_what_was_left_keeps_its_priority_and_order(process: Process, other: Process) -> None:
    published = [await process.submit(submission(type="b", created_at=NOW)) for _ in range(10)]
    assert await process.claim(types=["a"]) == []
    claimed = [await other.claim(types=["b"], limit=limit) for limit in (1, 4, 5)]
    assert joined(claimed) == joined(published)
