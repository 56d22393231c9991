"""A worker's names among the consumers: no other has them, they go with it, and what it held is not lost."""

import asyncio
from contextlib import suppress
from random import Random

from redis import ResponseError

from foliot.adapters.redis.names import GROUP
from foliot.domain.run import Claimed
from foliot.engine.loop import keep_stepping
from foliot.engine.reconciler import Tidier
from tests.broker.brokers import House, Process, ids
from tests.broker.look import NAMES, Look, stream
from tests.contract.builders import submission
from tests.engine.house import until

GHOST = "ghost.1"


async def test_each_process_has_a_name_of_its_own_that_goes_with_it(redis_house: House, look: Look) -> None:
    processes = [await redis_house.process() for _ in range(3)]
    for process in processes:
        await process.submit(submission())
        await process.gets(1, limit=1)
        await process.hints.tidy()
    names = look.consumers()
    assert len(names) == 3
    await processes[0].broker.close()
    assert len(look.consumers() & names) == 2
    for process in processes[1:]:
        await process.broker.close()
    assert look.consumers() == set()
    assert look.client.keys(NAMES.consumer("*")) == []


async def test_what_a_dead_worker_held_another_gets_within_seconds(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    published = await process.submit(*[submission() for _ in range(3)])
    published += await process.submit(submission())
    assert look.read_as(GHOST) == 2
    assert set(ids(await _gets_and_tidies(process, 4))) == set(ids(published))
    assert GHOST not in look.consumers()
    assert look.length() == 0


async def test_what_a_living_worker_holds_is_never_taken(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    await process.submit(submission())
    look.revive(GHOST)
    look.read_as(GHOST)
    for _ in range(8):
        await process.hints.tidy()
        assert await process.claim() == []
        await asyncio.sleep(0.5)
    assert (look.consumers() >= {GHOST}, look.pending()) == (True, 1)


async def test_the_names_of_workers_that_died_with_nothing_in_hand_go_too(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    await process.submit(submission())
    await process.gets(1)
    look.client.xgroup_createconsumer(stream(), GROUP, GHOST)
    await until(lambda: _consumers_after_tidying(process, look), lambda names: GHOST not in names, within=5.0)


async def test_an_entry_that_nobody_holds_is_handed_out_again(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    published = await process.submit(submission())
    look.read_as(GHOST)
    look.client.xgroup_delconsumer(stream(), GROUP, GHOST)
    await process.gets_nothing()
    await process.hints.tidy()
    assert ids(await process.gets(1)) == ids(published)


async def test_what_was_read_when_the_connection_broke_is_handed_out_again(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    await process.claim()
    published = await process.submit(submission())
    [name] = await until(lambda: _consumers(look), bool)
    look.client.client_kill_filter(_type="normal", skipme=True)
    look.read_as(name)
    assert ids(await _gets_and_tidies(process, 1)) == ids(published)
    await until(lambda: _consumers_after_tidying(process, look), lambda names: name not in names, within=5.0)


async def _gets_and_tidies(process: Process, count: int) -> list[Claimed]:
    """What a worker gets whose process tidies."""

    tidying = asyncio.create_task(keep_stepping(Tidier(process.hints), process.wakeup, Random(1)))
    try:
        return await process.gets(count, within=10.0)
    finally:
        tidying.cancel()
        await asyncio.wait([tidying])


async def _consumers(look: Look) -> set[str]:
    with suppress(ResponseError):  # nobody has read yet
        return look.consumers()
    return set()


async def _consumers_after_tidying(process: Process, look: Look) -> set[str]:
    await process.hints.tidy()
    return look.consumers()
