"""Callers that ask at the same time are written together."""

import asyncio
from collections.abc import Sequence

import pytest

from foliot import App, Unavailable
from foliot.ports import Submission, Submitted
from foliot.service.group_commit import GroupCommit
from tests.engine.house import app_in


class _Writer:
    """Notes what it is to write; doubles numbers."""

    def __init__(self) -> None:
        self.writes: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def __call__(self, batch: Sequence[int]) -> list[int]:
        self.writes.append(list(batch))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return [2 * number for number in batch]


@pytest.fixture
def writer() -> _Writer:
    return _Writer()


async def test_callers_of_one_turn_share_a_write(writer: _Writer) -> None:
    group: GroupCommit[int, int] = GroupCommit(writer, 1_000)
    answers = await asyncio.gather(*(group.ask([number]) for number in range(64)))
    assert answers == [[2 * number] for number in range(64)]
    assert writer.writes == [list(range(64))]


async def test_who_comes_during_a_write_is_in_the_next(writer: _Writer) -> None:
    group: GroupCommit[int, int] = GroupCommit(writer, 1_000)
    writer.gate.clear()
    first = asyncio.create_task(group.ask([0]))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(group.ask([number])) for number in range(1, 20)]
    await asyncio.sleep(0.01)
    writer.gate.set()
    assert await asyncio.gather(first, *others) == [[2 * number] for number in range(20)]
    assert writer.writes == [[0], list(range(1, 20))]


async def test_a_write_is_bounded_and_no_callers_items_are_torn_apart(writer: _Writer) -> None:
    group: GroupCommit[int, int] = GroupCommit(writer, 10)
    await asyncio.gather(group.ask([1] * 6), group.ask([2] * 6), group.ask([3] * 4), group.ask([4] * 25))
    assert writer.writes == [[1] * 6, [2] * 6 + [3] * 4, [4] * 25]


async def test_an_error_is_told_to_all_callers_of_the_write_and_to_no_other(writer: _Writer) -> None:
    group: GroupCommit[int, int] = GroupCommit(writer, 1_000)
    writer.failure = Unavailable("away")
    answers = await asyncio.gather(group.ask([1]), group.ask([2]), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    writer.failure = None
    assert await group.ask([3]) == [6]


async def test_a_caller_that_gives_up_does_not_disturb_the_others(writer: _Writer) -> None:
    group: GroupCommit[int, int] = GroupCommit(writer, 1_000)
    writer.gate.clear()
    patient, impatient = asyncio.create_task(group.ask([1])), asyncio.create_task(group.ask([2]))
    await asyncio.sleep(0.01)
    impatient.cancel()
    writer.gate.set()
    assert await patient == [2]
    assert impatient.cancelled() or not impatient.done()
    await asyncio.wait([impatient])


async def test_64_concurrent_submits_take_few_writes(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        store = (await app.system()).store
        submit, writes = store.submit, []

        async def counted(batch: Sequence[Submission]) -> list[Submitted]:
            writes.append(len(batch))
            return await submit(batch)

        store.submit = counted  # type: ignore[method-assign]  # counts
        handles = await asyncio.gather(*(app.submit(rest) for _ in range(64)))
    assert len({handle.run_id for handle in handles}) == sum(writes) == 64
    assert len(writes) <= 3


@pytest.fixture
async def app(tmp_path):  # type: ignore[no-untyped-def]  # an async generator of App
    made = app_in(tmp_path)
    yield made
    await made.close()
