"""Child processes: one handler at a time, replaced when they die, and none outlives its worker."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from foliot import App, RunState
from foliot.domain.run import Cause
from foliot.domain.states import EventType
from tests.engine.handlers import declare
from tests.engine.house import (
    ONCE,
    PATIENCE,
    app_in,
    is_alive,
    until,
    until_buried,
    until_gone,
    until_state,
    until_there,
)


async def test_a_handler_runs_in_a_process_of_its_own(app: App) -> None:
    where = declare(app, "where", "process")
    async with app, app.working():
        pid, parent = await (await app.submit(where)).result(PATIENCE)
    assert parent == os.getpid() != pid


async def test_a_child_serves_one_run_after_another(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    where = declare(app, "where", "process")
    async with app, app.working():
        handles = await app.submit_many([where.call() for _ in range(10)])
        pids = {(await handle.result(PATIENCE))[0] for handle in handles}
    assert len(pids) == 1


async def test_there_are_no_more_children_than_allowed(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=2)
    where = declare(app, "where", "process")
    async with app, app.working():
        handles = await app.submit_many([where.call() for _ in range(20)])
        pids = {(await handle.result(PATIENCE))[0] for handle in handles}
    assert 1 <= len(pids) <= 2


async def test_a_child_that_ends_by_itself_is_an_outcome(app: App) -> None:
    die = declare(app, "die", "process", retry=ONCE)
    async with app, app.working():
        run = await until((await app.submit(die, 7)).run, lambda run: run.state.is_over)
    assert run.error is not None
    assert (run.state, run.cause, run.error.code) == (RunState.FAILED, Cause.CRASHED, "process_died")
    assert "exit code 7" in run.error.message


async def test_a_child_that_was_killed_is_replaced(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    insist, where = declare(app, "insist", "process", retry=ONCE), declare(app, "where", "process")
    async with app, app.working():
        handle = await app.submit(insist, str(tmp_path / "pid"), 60)
        os.kill(pid := int(await until_there(tmp_path / "pid")), signal.SIGKILL)
        run = await until(handle.run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.FAILED, Cause.CRASHED)
        assert (await (await app.submit(where)).result(PATIENCE))[0] != pid


async def test_a_child_that_dies_while_it_waits_costs_no_attempt(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    where = declare(app, "where", "process", retry=ONCE)
    async with app, app.working():
        pid, _ = await (await app.submit(where)).result(PATIENCE)
        os.kill(pid, signal.SIGKILL)
        await until_buried(pid)
        assert (await (await app.submit(where)).result(PATIENCE))[0] != pid


async def test_children_end_with_their_worker(app: App) -> None:
    where = declare(app, "where", "process")
    async with app, app.working():
        pid, _ = await (await app.submit(where)).result(PATIENCE)
        assert is_alive(pid)
    await until_gone(pid)


async def test_what_a_handler_prints_is_not_taken_for_its_answer(app: App) -> None:
    shout = declare(app, "shout", "process")
    async with app, app.working():
        handles = [await app.submit(shout) for _ in range(2)]
        assert [await handle.result(PATIENCE) for handle in handles] == ["", ""]


async def test_a_thread_left_behind_does_not_speak_for_the_next_run(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=1)
    haunt, listen = declare(app, "haunt", "process"), declare(app, "listen", "process")
    async with app, app.working():
        haunted = await app.submit(haunt)
        listened = await app.submit(listen, 0.3)
        await haunted.result(PATIENCE)
        await listened.result(PATIENCE)
        assert EventType.RUN_LOGGED not in [event.type for event in await listened.events()]


async def test_a_handler_that_no_child_can_find_fails_for_good(app: App) -> None:
    @app.job(execution="process")
    def hidden() -> None: ...

    async with app, app.working():
        run = await until((await app.submit(hidden)).run, lambda run: run.state.is_over)
    assert run.error is not None
    assert (run.state, run.attempt) == (RunState.FAILED, 1)
    assert "define it at the top level of a module" in run.error.message


SCRIPT = """
import asyncio, os, sys
import foliot
import neighbour

app = foliot.App(sys.argv[1])

@app.job(execution="process")
def tell(word: str) -> list[object]:
    return [neighbour.double(word), os.getpid(), __name__]

async def main() -> None:
    async with app, app.working():
        word, pid, name = await (await app.submit(tell, "ab")).result(30)
        print(word, pid != os.getpid(), name)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_handler_of_a_script_runs_in_a_process(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "neighbour.py").write_text("def double(word): return word * 2\n")
    (tmp_path / "folder" / "script.py").write_text(SCRIPT)
    ended = subprocess.run(
        [sys.executable, tmp_path / "folder" / "script.py", f"sqlite:///{tmp_path}/foliot.db"],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "abab True __foliot_child__\n", "")


async def test_a_child_does_not_outlive_a_worker_that_was_killed(tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.engine.handlers import declare\n"
        "from tests.engine.house import app_in\n"
        "async def main(place):\n"
        "    app = app_in(Path(place))\n"
        "    insist = declare(app, 'insist', 'process')\n"
        "    async with app, app.working():\n"
        "        await (await app.submit(insist, place + '/pid', 600)).result()\n"
        "asyncio.run(main(sys.argv[1]))\n",
        str(tmp_path), cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    pid = int(await until_there(tmp_path / "pid"))
    worker.kill()
    await worker.wait()
    await until_gone(pid)


async def test_stopping_leaves_no_child_behind(tmp_path: Path) -> None:
    app = app_in(tmp_path, processes=2, grace_seconds=0)
    insist = declare(app, "insist", "process")
    async with app:
        handles = await app.submit_many([insist.call(str(tmp_path / str(n)), 60) for n in range(6)])
        async with app.working():
            pids = [int(await until_there(tmp_path / str(n))) for n in range(2)]
        for handle in handles:
            assert await until_state(handle, RunState.QUEUED)
            assert (await handle.run()).attempt == 0
    for pid in pids:
        await until_gone(pid)
