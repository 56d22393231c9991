"""What was acknowledged survives the death of its process, however it dies."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from foliot.adapters.sqlite import SqliteStore
from foliot.domain.states import RunState
from foliot.ports import RunRef
from tests.contract.builders import ACME, NOW, after, wish

ROOT = Path(__file__).parents[2]


async def _killed_after(path: Path, lines: int) -> tuple[set[str], set[str]]:
    """The ids that a writer said were stored and finished until it was killed, after so many words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sqlite.writer", str(path),
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(lines)]
    process.kill()
    said += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    told = [line.decode().split() for line in said if line.endswith(b"\n")]
    return {words[1] for words in told if words[0] == "stored"}, {words[1] for words in told if words[0] == "finished"}


@pytest.mark.parametrize("lines", [1, 500, 2_000])
async def test_a_killed_writer_leaves_an_intact_file_with_all_that_was_acknowledged(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "foliot.db"
    stored, finished = await _killed_after(path, lines)
    assert stored
    with sqlite3.connect(path) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()
    store = SqliteStore(path)
    assert await store.migrate(NOW) == []
    ended = await store.ended([RunRef(ACME, run_id) for run_id in stored | finished])
    assert finished <= {run.id for run in ended if run.state is RunState.SUCCEEDED and run.result == b'"done"'}
    for run_id in stored - {run.id for run in ended}:
        run = await store.run(ACME, run_id)
        assert run is not None, f"{run_id} was acknowledged and is gone"
        assert run.state in (RunState.QUEUED, RunState.RUNNING)
    await store.close()


async def test_what_a_killed_worker_held_expires_and_runs_again(tmp_path: Path) -> None:
    path = tmp_path / "foliot.db"
    stored, _ = await _killed_after(path, 300)
    store = SqliteStore(path)
    expired = await store.expired(after(3600), 10_000)
    queued = sum(depth.count for depth in (await store.stats()).depths if depth.state is RunState.QUEUED)
    claimed = await store.claim(wish(limit=10_000))
    assert len(claimed) == queued
    assert len(stored) <= len(claimed) + len(expired) + len(await store.ended([RunRef(ACME, i) for i in stored]))
    await store.close()
