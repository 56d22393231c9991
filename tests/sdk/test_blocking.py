"""The blocking twin: from plain code, from many threads, and from handlers."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foliot import App, Conflict, ResultTimeout, RunFailed, RunState
from foliot.sdk.job import JobFunction
from tests.engine.house import ONCE, PATIENCE, app_in


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An application that is used without an event loop."""
    made = app_in(tmp_path)
    yield made
    made.blocking.close()


@pytest.fixture
def double(app: App) -> JobFunction[[int], int]:
    @app.job(retry=ONCE)
    async def double(a: int) -> int:
        if a < 0:
            raise ValueError("negative")
        return 2 * a

    return double


async def _work_off(app: App, place: Path) -> None:
    """Be a worker of another process until nothing is left."""
    worker = app_in(place)
    for handler in app.handlers:
        worker.job(handler.job_type.name, retry=ONCE)(handler.function)
    async with worker, worker.working():
        system = await worker.system()
        async with asyncio.timeout(PATIENCE):
            while (await system.store.stats()).depths:
                await asyncio.sleep(0.01)


def test_plain_code_submits_and_waits(app: App, double: JobFunction[[int], int], tmp_path: Path) -> None:
    handle = app.blocking.submit(double, 4)
    assert (handle.status(), handle.created) == (RunState.QUEUED, True)
    asyncio.run(_work_off(app, tmp_path))
    assert handle.result(timeout=PATIENCE) == 8
    assert handle.run().state is RunState.SUCCEEDED
    assert [event.type.value for event in handle.events()][-1] == "run.succeeded"
    assert [run.id for run in handle.runs()] == [handle.run_id]


def test_plain_code_submits_many(app: App, double: JobFunction[[int], int], tmp_path: Path) -> None:
    handles = app.blocking.submit_many([double.call(number) for number in range(10)])
    asyncio.run(_work_off(app, tmp_path))
    assert [handle.result(PATIENCE) for handle in handles] == [2 * number for number in range(10)]


def test_errors_come_through(app: App, double: JobFunction[[int], int], tmp_path: Path) -> None:
    handle = app.blocking.submit(double, -1)
    asyncio.run(_work_off(app, tmp_path))
    with pytest.raises(RunFailed, match="negative"):
        handle.result(PATIENCE)


def test_a_result_that_is_not_there_in_time_is_not_waited_for(app: App, double: JobFunction[[int], int]) -> None:
    with pytest.raises(ResultTimeout):
        app.blocking.submit(double, 1).result(timeout=0.05)


def test_cancel_works(app: App, double: JobFunction[[int], int]) -> None:
    handle = app.blocking.submit(double, 1)
    handle.cancel()
    assert handle.status() is RunState.CANCELLED


def test_a_handle_is_found_by_its_id(app: App, double: JobFunction[[int], int]) -> None:
    run_id = app.blocking.submit(double, 1).run_id
    assert run_id is not None
    assert app.blocking.handle(run_id, double).status() is RunState.QUEUED


def test_many_threads_submit_at_once(app: App, double: JobFunction[[int], int]) -> None:
    with ThreadPoolExecutor(16) as threads:
        handles = list(threads.map(lambda number: app.blocking.submit(double, number), range(200)))
    assert len({handle.run_id for handle in handles}) == 200


def test_it_may_be_closed_and_used_again(app: App, double: JobFunction[[int], int]) -> None:
    with app.blocking:
        run_id = app.blocking.submit(double, 1).run_id
    assert run_id is not None
    assert app.blocking.handle(run_id).status() is RunState.QUEUED


def test_a_plain_handler_submits_through_it(app: App, double: JobFunction[[int], int]) -> None:
    @app.job()
    def spread(number: int) -> list[int]:
        handles = app.blocking.submit_many([double.call(n) for n in range(number)])
        return [handle.result(PATIENCE) for handle in handles]

    async def main() -> None:
        async with app, app.working():
            assert await (await app.submit(spread, 3)).result(PATIENCE) == [0, 2, 4]

    asyncio.run(main())


def test_many_plain_handlers_submit_through_it_at_once(app: App, double: JobFunction[[int], int]) -> None:
    @app.job()
    def spread(number: int) -> list[int]:
        return [app.blocking.submit(double, n).result(PATIENCE) for n in range(number)]

    async def main() -> None:
        async with app, app.working():
            handles = await app.submit_many([spread.call(5) for _ in range(10)])
            assert [await handle.result(PATIENCE) for handle in handles] == [[0, 2, 4, 6, 8]] * 10

    asyncio.run(main())


def test_blocking_the_event_loop_that_is_waited_for_is_refused(app: App, double: JobFunction[[int], int]) -> None:
    async def main() -> None:
        async with app:
            with pytest.raises(Conflict, match="await"):
                app.blocking.submit(double, 1)

    asyncio.run(main())


def test_a_script_that_never_closes_it_ends_quietly(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import foliot\n"
        f"app = foliot.App('sqlite:///{tmp_path}/foliot.db')\n"
        "@app.job()\n"
        "async def rest() -> None: ...\n"
        "print(app.blocking.submit(rest).status())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "default", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "queued\n", "")
