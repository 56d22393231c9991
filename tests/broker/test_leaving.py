"""What happens when a worker goes, or the store is away: nothing that was handed out to nobody is lost."""

import asyncio

import pytest

from foliot import Unavailable
from tests.broker.brokers import House, Process, ids
from tests.contract.builders import submission, wish
from tests.engine.house import Fault, away

SOON_SECONDS = 4.0
"""More than a busy machine takes, and less than after which a worker is taken for dead."""


async def test_a_claim_that_fails_loses_nothing(process: Process, other: Process) -> None:
    published = await process.submit(*[submission() for _ in range(70)])
    fault = Fault(process.store, ["claim"], away)
    fault.is_on = True
    for _ in range(20):
        with pytest.raises(Unavailable):
            await process.claim(limit=3)
    first = await other.claim(limit=30)
    fault.is_on = False
    assert sorted(ids([*first, *await process.gets(40)])) == sorted(ids(published))
    await other.gets_nothing()


async def test_a_claim_that_is_cancelled_loses_nothing(process: Process, other: Process) -> None:
    published = await process.submit(*[submission() for _ in range(5)])
    entered = asyncio.Event()
    claim = process.store.claim

    async def hang(request):  # type: ignore[no-untyped-def]  # stands for store.claim
        entered.set()
        await asyncio.sleep(60)

    process.store.claim = hang  # type: ignore[method-assign]
    claiming = asyncio.create_task(process.broker.claim(wish()))
    await entered.wait()
    claiming.cancel()
    await asyncio.wait([claiming])
    process.store.claim = claim  # type: ignore[method-assign]
    await process.broker.close()
    assert sorted(ids(await other.gets(5))) == sorted(ids(published))


async def test_what_a_worker_that_goes_has_in_hand_another_gets_soon(house: House) -> None:
    leaving, staying = await house.process(), await house.process()
    assert await leaving.claim() == []
    await asyncio.sleep(0.05)
    published = await staying.submit(*[submission() for _ in range(3)])
    await asyncio.sleep(0.05)
    await leaving.broker.close()
    assert sorted(ids(await staying.gets(3, within=SOON_SECONDS))) == sorted(ids(published))


async def test_what_a_worker_does_not_fetch_another_gets_soon(house: House) -> None:
    dozing, awake = await house.process(), await house.process()
    assert await dozing.claim() == []
    await asyncio.sleep(0.05)
    published = await awake.submit(*[submission() for _ in range(3)])
    assert sorted(ids(await awake.gets(3, within=SOON_SECONDS))) == sorted(ids(published))


async def test_to_go_twice_is_no_error(house: House) -> None:
    process = await house.process()
    await process.claim()
    await process.broker.close()
    await process.broker.close()


async def test_to_go_takes_hardly_any_time(house: House) -> None:
    process = await house.process()
    await process.claim()
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.9):
        await process.broker.close()
