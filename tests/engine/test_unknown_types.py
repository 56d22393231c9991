"""A worker leaves the runs of types that it has no handler for to those who have one."""

from pathlib import Path

import pytest

from foliot import App, RunState
from tests.engine.house import PATIENCE, app_in


@pytest.fixture
def front(tmp_path: Path) -> App:
    """An app on the same database, which has a type of its own."""
    return app_in(tmp_path)


async def test_a_worker_runs_its_own_types_and_leaves_the_others_alone(front: App, app: App) -> None:
    @app.job()
    async def known() -> int:
        return 1

    @front.job(retry=1)
    async def treble(a: int) -> int:
        return 3 * a

    async with front, app:
        async with app.working():
            foreign = await front.submit(treble, 4)
            own = await app.submit(known)
            assert await own.result(PATIENCE) == 1
            run = await foreign.run()
            assert (run.state, run.attempt, run.lease) == (RunState.QUEUED, 0, 0)
        async with front.working():
            assert await foreign.result(PATIENCE) == 12
        assert (await foreign.run()).due_at == run.due_at


async def test_a_worker_without_handlers_takes_nothing(front: App, app: App) -> None:
    @front.job()
    async def treble(a: int) -> int:
        return 3 * a

    async with front, app, app.working():
        handle = await front.submit(treble, 4)
        async with front.working():
            assert await handle.result(PATIENCE) == 12
