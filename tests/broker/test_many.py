"""Many workers at once: each run is handed out to one of them."""

import asyncio
from collections import Counter

import pytest

from tests.broker.brokers import House, Process, ids, ids_of
from tests.contract.builders import submission
from tests.engine.house import PATIENCE


@pytest.mark.parametrize("limit", [1, 7])
async def test_no_run_is_handed_out_twice(house: House, limit: int) -> None:
    processes = [await house.process() for _ in range(3)]
    batch = [submission(queue=queue) for queue in ("a", "b") for _ in range(100)]
    await processes[0].submit(*batch)
    claimed = await _claim_until(len(batch), processes, limit)
    assert sorted(claimed) == sorted(ids_of(batch))


async def test_what_is_published_while_workers_claim_is_handed_out_once(house: House) -> None:
    processes = [await house.process() for _ in range(2)]
    batches = [[submission(queue="a") for _ in range(10)] for _ in range(20)]

    async def submit() -> None:
        for number, batch in enumerate(batches):
            await processes[number % 2].submit(*batch)

    _, claimed = await asyncio.gather(submit(), _claim_until(200, processes, 4))
    assert Counter(claimed) == Counter(run_id for batch in batches for run_id in ids_of(batch))


async def _claim_until(count: int, processes: list[Process], limit: int) -> list[str]:
    """What nine workers, spread over the processes, get together until they have so many."""
    claimed: list[str] = []

    async def work(number: int) -> None:
        queues = ["a", "b"] if number % 2 else ["b", "a"]
        process = processes[number % len(processes)]
        while len(claimed) < count:
            claimed.extend(ids(await process.claim(worker=f"worker-{number}", queues=queues, limit=limit)))
            await asyncio.sleep(0.001)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(work(number) for number in range(9)))
    return claimed
