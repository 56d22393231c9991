"""A worker that has no handler for a type gives the run back, and burns no attempt."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from foliot import App, Handle, RunState
from foliot.domain.states import EventType
from foliot.service.admission import JobRequest
from tests.engine.house import PATIENCE, app_in, until


@pytest.fixture
def front(tmp_path: Path) -> App:
    """Knows `double`, and does not work."""
    app = app_in(tmp_path)

    @app.job("double")
    async def double(a: int) -> int:
        return 2 * a

    return app


async def test_the_run_is_deferred_and_no_attempt_is_burned(front: App, app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    [handler] = front.handlers
    async with front, app, app.working():
        system = await front.system()
        ticket = await system.services.jobs.submit(
            system.identity, JobRequest(type=handler.job_type.name, payload=b'{"a":4}')
        )
        handle: Handle[Any] = await front.handle(ticket.run_id or "")
        events = await until(handle.events, lambda events: EventType.RUN_DEFERRED in [event.type for event in events])
        run = await handle.run()
        assert (run.state, run.attempt) == (RunState.PENDING, 0)
        assert run.due_at > run.created_at + timedelta(seconds=5)
        [deferred] = [event for event in events if event.type is EventType.RUN_DEFERRED]
        assert deferred.data["error"]["code"] == "no_handler"


async def test_it_runs_as_soon_as_a_worker_that_has_the_handler_takes_it(
    front: App, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.engine.worker._UNKNOWN_TYPE_WAIT", timedelta(seconds=0.2))

    @app.job()
    async def rest() -> None: ...

    @front.job(retry=1)
    async def treble(a: int) -> int:
        return 3 * a

    async with front, app:
        async with app.working():
            handle = await front.submit(treble, 4)
            await until(handle.events, lambda events: len([e for e in events if e.type is EventType.RUN_DEFERRED]) > 1)
        async with front.working():
            assert await handle.result(PATIENCE) == 12
        assert (await handle.run()).attempt == 1
