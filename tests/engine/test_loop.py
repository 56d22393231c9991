"""The one shape of everything that runs by itself."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from random import Random

from foliot import Unavailable
from foliot.adapters.local.wakeup import LocalWakeup
from foliot.engine.loop import keep_stepping
from foliot.ports import Topic


class _Loop:
    """Steps as it is told."""

    name = "test"
    topic = Topic.IDLE

    def __init__(self, deed: Callable[[int], Awaitable[float]]) -> None:
        self.steps: list[float] = []
        self._deed = deed

    async def step(self) -> float:
        self.steps.append(time.monotonic())
        return await self._deed(len(self.steps))


async def _run(loop: _Loop, count: int, wakeup: LocalWakeup | None = None) -> None:
    """Let it step so often."""
    stepping = asyncio.create_task(keep_stepping(loop, wakeup or LocalWakeup(), Random(7)))
    try:
        async with asyncio.timeout(20):
            while len(loop.steps) < count:
                await asyncio.sleep(0.005)
                assert not stepping.done()
    finally:
        stepping.cancel()
        await asyncio.wait([stepping])


async def test_it_steps_again_after_the_time_that_the_step_asked_for() -> None:
    async def deed(_: int) -> float:
        return 0.05

    loop = _Loop(deed)
    await _run(loop, 4)
    pauses = [later - earlier for earlier, later in pairwise(loop.steps)]
    assert min(pauses) >= 0.039


async def test_a_wake_up_ends_its_sleep() -> None:
    async def deed(_: int) -> float:
        return 60.0

    loop, wakeup = _Loop(deed), LocalWakeup()
    asyncio.get_running_loop().call_later(0.02, wakeup.notify, Topic.IDLE)
    await _run(loop, 2, wakeup)


async def test_a_wake_up_during_a_step_is_not_lost() -> None:
    wakeup = LocalWakeup()

    async def deed(step: int) -> float:
        if step == 1:
            wakeup.notify(Topic.IDLE)
        return 60.0

    await _run(_Loop(deed), 2, wakeup)


async def test_a_step_that_fails_is_tried_again_each_time_later() -> None:
    async def deed(_: int) -> float:
        raise Unavailable("away")

    loop = _Loop(deed)
    await _run(loop, 3)
    first, second = (later - earlier for earlier, later in pairwise(loop.steps))
    assert 0.15 < first < second


async def test_any_error_is_survived() -> None:
    async def deed(step: int) -> float:
        if step == 1:
            raise ZeroDivisionError
        return 0.0

    await _run(_Loop(deed), 3)


async def test_it_listens_no_more_when_it_has_ended() -> None:
    async def deed(_: int) -> float:
        return 0.0

    wakeup = LocalWakeup()
    await _run(_Loop(deed), 2, wakeup)
    assert not wakeup.has_ears


async def test_it_sleeps_no_longer_than_hints_can_be_trusted() -> None:
    class Impatient(LocalWakeup):
        @property
        def patience(self) -> float:
            return 0.05

    async def deed(_: int) -> float:
        return math.inf

    loop = _Loop(deed)
    loop.topic = Topic.QUEUED
    async with asyncio.timeout(20):
        await _run(loop, 3, Impatient())
