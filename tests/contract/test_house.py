"""What holds for every method: empty batches are harmless, and a store opens, answers and closes."""

import asyncio

import pytest

from foliot.domain.errors import Unavailable
from foliot.domain.states import RunState
from foliot.ports import Pulse, RunFilter, Store
from tests.contract.builders import ACME, NOW, after, found, started, submission, submitted, wish


async def test_empty_batches_do_nothing(store: Store) -> None:
    claimed = await started(store)
    before = await found(store, claimed)
    assert await store.submit([]) == []
    assert (await store.cancel([])).before == []
    assert await store.retry_now([], NOW) == []
    assert await store.replay([]) == []
    assert await store.discard([]) == []
    assert await store.edit([]) == []
    assert await store.claim(wish(queues=[])) == []
    assert await store.pulse([], after(60)) == Pulse(frozenset(), frozenset())
    assert await store.pulse([], None) == Pulse(frozenset(), frozenset())
    assert (await store.finish([])).lost == frozenset()
    await store.note([])
    assert (await store.plan([])).kept == []
    assert await store.ended([]) == []
    await store.save_types([], NOW)
    assert await store.types() == []
    assert await found(store, claimed) == before


async def test_limits_of_zero_do_nothing(store: Store) -> None:
    made = await submitted(store)
    await submitted(store, delay=1)
    assert await store.claim(wish(limit=0)) == []
    assert len((await store.promote(after(60), 0)).runs) == 0
    assert await store.due_jobs(after(60), 0) == []
    assert await store.expired(after(60), 0) == []
    assert await store.prune(after(60), 0) == 0
    assert await store.runs(ACME, RunFilter(), None, 0) == []
    assert (await found(store, made)).state is RunState.QUEUED


async def test_a_ready_store_answers_a_ping(store: Store) -> None:
    await store.ping()


async def test_what_is_written_is_read_at_once_by_everybody(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    for _ in range(20):
        made = await submitted(one)
        assert await other.run(ACME, made.id) == made


async def test_reads_and_writes_at_once_see_whole_batches(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores

    async def write() -> None:
        for _ in range(30):
            await one.submit([submission() for _ in range(10)])

    async def read() -> None:
        for _ in range(30):
            assert sum(depth.count for depth in (await other.stats()).depths) % 10 == 0

    await asyncio.gather(write(), read(), read())


async def test_closing_finishes_what_is_under_way(store: Store) -> None:
    writing = [asyncio.ensure_future(store.submit([submission()])) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert all(answer.created for [answer] in await asyncio.gather(*writing))


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(Unavailable):
        await store.submit([submission()])
    with pytest.raises(Unavailable):
        await store.run(ACME, "01890000-0000-7000-8000-000000000000")
    with pytest.raises(Unavailable):
        await store.ping()
