"""One timer for all attempts in hand."""

import asyncio
from typing import cast

import pytest

from foliot.engine.attempt import Attempt
from foliot.engine.deadlines import Deadlines


class _Stub:
    """As much of an attempt as a deadline needs."""

    def __init__(self) -> None:
        self.is_settled = False


class _Watch:
    """Deadlines, and what passed when."""

    def __init__(self) -> None:
        self.passed: list[tuple[_Stub, float]] = []
        self.deadlines = Deadlines(self._note)
        self._loop = asyncio.get_running_loop()

    def set(self, seconds: float) -> tuple[_Stub, float]:
        stub, at = _Stub(), self._loop.time() + seconds
        self.deadlines.set(cast(Attempt, stub), at)
        return stub, at

    def _note(self, attempt: Attempt) -> None:
        self.passed.append((cast(_Stub, attempt), self._loop.time()))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.passed) < count:
                await asyncio.sleep(0.005)


@pytest.fixture
async def watch():  # type: ignore[no-untyped-def]  # an async generator of _Watch
    made = _Watch()
    running = asyncio.create_task(made.deadlines.run())
    yield made
    running.cancel()
    await asyncio.wait([running])


async def test_deadlines_pass_in_their_order_and_never_early(watch: _Watch) -> None:
    wanted = [watch.set(seconds) for seconds in (0.15, 0.05, 0.1)]
    await watch.until(3)
    assert [stub for stub, _ in watch.passed] == [wanted[1][0], wanted[2][0], wanted[0][0]]
    at = {id(stub): at for stub, at in wanted}
    assert all(when >= at[id(stub)] for stub, when in watch.passed)


async def test_an_earlier_deadline_that_comes_later_is_not_overslept(watch: _Watch) -> None:
    watch.set(60)
    await asyncio.sleep(0.02)
    soon, _ = watch.set(0.02)
    await watch.until(1)
    assert watch.passed[0][0] is soon


async def test_what_is_settled_has_no_deadline(watch: _Watch) -> None:
    settled, _ = watch.set(0.02)
    settled.is_settled = True
    other, _ = watch.set(0.05)
    await watch.until(1)
    assert [stub for stub, _ in watch.passed] == [other]


async def test_a_deadline_that_has_passed_already_passes_at_once(watch: _Watch) -> None:
    watch.set(-1)
    await watch.until(1)


async def test_settled_attempts_do_not_fill_memory(watch: _Watch) -> None:
    for _ in range(20_000):
        stub, _at = watch.set(300)
        stub.is_settled = True
    assert len(watch.deadlines._heap) <= 2_000
