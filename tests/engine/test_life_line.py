"""A slow handler is not mistaken for a dead one, even where it blocks the event loop."""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from foliot import RunState
from foliot.adapters.local.clock import SystemClock
from foliot.engine.heartbeat import Heartbeat, LifeLine
from foliot.ports import Held, Pulse
from tests.engine.house import PATIENCE, app_in, kinds, until, until_state

BLOCKED_SECONDS = 2.4
LEASE_SECONDS = 0.8

WORKER = """
import asyncio, sys, time
from pathlib import Path
from tests.engine.house import app_in

app = app_in(Path(sys.argv[1]), lease_seconds=float(sys.argv[2]))

@app.job(retry=1)
async def block(seconds: float) -> str:
    time.sleep(seconds)
    return "done"

async def main():
    async with app, app.working():
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_worker_with_a_blocked_loop_keeps_its_leases(tmp_path: Path) -> None:
    watching = app_in(tmp_path, lease_seconds=LEASE_SECONDS)

    @watching.job("block")
    async def block(seconds: float) -> str:
        return "run by the wrong worker"

    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(tmp_path), str(LEASE_SECONDS), cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with watching:
            handle = await watching.submit(block.options(retry=None), BLOCKED_SECONDS)
            await until_state(handle, RunState.RUNNING)
            async with watching.working():  # its reaper looks for leases that ran out
                assert await handle.result(PATIENCE) == "done"
            assert "run.lease_lost" not in await kinds(handle)
            assert (await handle.run()).attempt == 1
    finally:
        worker.kill()
        await worker.wait()


class _Pulses:
    """A store of which only the pulse is asked."""

    def __init__(self) -> None:
        self.renewals: list[float] = []

    async def pulse(self, held: Sequence[Held], lease_until: datetime | None) -> Pulse:
        if lease_until is not None:
            self.renewals.append(time.monotonic())
        return Pulse(frozenset(), frozenset())


class _Holder:
    def __init__(self) -> None:
        self.held: list[Held] = [Held("run", "tenant", 1)]

    def heed(self, held: Sequence[Held], pulse: Pulse) -> None: ...


@pytest.fixture
def pulses() -> _Pulses:
    return _Pulses()


def _heartbeat(pulses: _Pulses, lease: timedelta, holder: _Holder | None = None) -> Heartbeat:
    return Heartbeat(holder or _Holder(), pulses, SystemClock(), lease)  # type: ignore[arg-type]  # see _Pulses


async def test_the_heartbeat_renews_every_third_of_a_lease(pulses: _Pulses) -> None:
    heartbeat = _heartbeat(pulses, timedelta(seconds=0.6))
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        await asyncio.sleep(await heartbeat.step())
    assert 2 <= len(pulses.renewals) <= 5


async def test_who_holds_nothing_renews_nothing(pulses: _Pulses) -> None:
    holder = _Holder()
    holder.held = []
    heartbeat = _heartbeat(pulses, timedelta(seconds=0.1), holder)
    await asyncio.sleep(0.1)
    await heartbeat.step()
    await heartbeat.renew()
    assert pulses.renewals == []


async def test_the_life_line_is_silent_while_the_loop_is_well(pulses: _Pulses) -> None:
    heartbeat = _heartbeat(pulses, timedelta(seconds=4))
    line = LifeLine(heartbeat, timedelta(seconds=0.4))
    line.start()
    for _ in range(20):
        await asyncio.sleep(0.02)
        heartbeat.renewed = time.monotonic()
    line.stop()
    assert pulses.renewals == []


async def test_the_life_line_renews_while_the_loop_is_blocked(pulses: _Pulses) -> None:
    lease = timedelta(seconds=0.8)
    line = LifeLine(_heartbeat(pulses, lease), lease)
    begun = time.monotonic()
    line.start()
    time.sleep(2.0)
    line.stop()
    moments = [begun, *pulses.renewals]
    assert len(moments) >= 3
    assert max(later - earlier for earlier, later in pairwise(moments)) < 0.8


async def test_the_life_line_survives_a_store_that_fails(pulses: _Pulses) -> None:
    failures = 0

    async def fail(held: Sequence[Held], lease_until: datetime | None) -> Pulse:
        nonlocal failures
        failures += 1
        raise RuntimeError("a bug")

    heartbeat = _heartbeat(pulses, timedelta(seconds=0.1))
    heartbeat._store.pulse = fail  # type: ignore[method-assign]
    line = LifeLine(heartbeat, timedelta(seconds=0.1))
    line.start()

    async def count() -> int:
        return failures

    await until(count, lambda count: count >= 3)
    line.stop()
    await asyncio.to_thread(line._thread.join)
