"""A worker has no more in hand than it has slots for, and fills those that it has."""

import asyncio
import threading
import time
from contextlib import AsyncExitStack
from pathlib import Path

from foliot import RunState
from foliot.ports import RunFilter
from tests.engine.house import PATIENCE, app_in, until


class _Gauge:
    """How many are inside at once, and how many were at most."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


async def test_coroutines_fill_the_slots_and_no_more(tmp_path: Path) -> None:
    app, gauge = app_in(tmp_path, concurrency=7), _Gauge()

    @app.job()
    async def enter() -> None:
        with gauge:
            await asyncio.sleep(0.02)

    async with app, app.working():
        for handle in await app.submit_many([enter.call() for _ in range(60)]):
            await handle.result(PATIENCE)
    assert gauge.most == 7


async def test_threads_fill_the_slots_and_no_more(tmp_path: Path) -> None:
    app, gauge = app_in(tmp_path, concurrency=7), _Gauge()

    @app.job()
    def enter() -> None:
        with gauge:
            time.sleep(0.02)

    async with app, app.working():
        for handle in await app.submit_many([enter.call() for _ in range(60)]):
            await handle.result(PATIENCE)
    assert gauge.most == 7


async def test_what_has_no_slot_stays_in_the_queue(tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency=3)
    go = asyncio.Event()

    @app.job()
    async def wait() -> None:
        await go.wait()

    async with app, app.working():
        handles = await app.submit_many([wait.call() for _ in range(10)])
        system = await app.system()

        async def running() -> int:
            wanted = RunFilter(state=RunState.RUNNING)
            return len(await system.store.runs(system.identity.tenant_id, wanted, None, 100))

        assert await until(running, lambda count: count == 3) == 3
        await asyncio.sleep(0.3)
        assert await running() == 3
        go.set()
        for handle in handles:
            await handle.result(PATIENCE)


async def test_a_slot_that_is_freed_is_filled_at_once(tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency=1)

    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        handles = await app.submit_many([rest.call() for _ in range(200)])
        begun = time.monotonic()
        for handle in handles:
            await handle.result(PATIENCE)
        assert time.monotonic() - begun < 200 * 0.25 / 2


async def test_several_workers_share_the_work(tmp_path: Path) -> None:
    runs: list[int] = []

    async def note(n: int) -> None:
        runs.append(n)
        await asyncio.sleep(0.001)

    apps = [app_in(tmp_path, concurrency=5) for _ in range(4)]
    jobs = [app.job()(note) for app in apps]
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app)
            await stack.enter_async_context(app.working())
        for handle in await apps[0].submit_many([jobs[0].call(n) for n in range(300)]):
            await handle.result(PATIENCE)
    assert sorted(runs) == list(range(300))
