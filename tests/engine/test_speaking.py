"""Progress and log lines, from wherever a handler runs, seen while it runs."""

from pathlib import Path

import pytest

from foliot import App, Context
from foliot.domain.run import Progress
from foliot.domain.states import EventType
from foliot.engine.handler import Execution
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import ONCE, PATIENCE, until

everywhere = pytest.mark.parametrize("execution", EXECUTIONS)


@everywhere
async def test_progress_is_seen_while_the_handler_runs(app: App, execution: Execution, tmp_path: Path) -> None:
    speak = declare(app, "speak", execution)
    async with app, app.working():
        handle = await app.submit(speak, str(tmp_path / "go"))
        run = await until(handle.run, lambda run: run.progress is not None)
        assert run.progress == Progress(0.25, "a quarter")
        (tmp_path / "go").touch()
        await handle.result(PATIENCE)
        assert (await handle.run()).progress == Progress(1)


@everywhere
async def test_lines_stand_on_the_event_log_in_order(app: App, execution: Execution, tmp_path: Path) -> None:
    speak = declare(app, "speak", execution)
    async with app, app.working():
        handle = await app.submit(speak, str(tmp_path / "go"))
        await until(handle.events, lambda events: any(event.type is EventType.RUN_LOGGED for event in events))
        (tmp_path / "go").touch()
        await handle.result(PATIENCE)
        events = await handle.events()
    logged = [event.data for event in events if event.type is EventType.RUN_LOGGED]
    assert logged == [
        {"message": "first", "number": 1, "share": 0.5, "fine": True, "nothing": None, "word": "ä"},
        {"message": "second"},
    ]
    assert [event.type for event in events][-1] is EventType.RUN_SUCCEEDED


@everywhere
async def test_what_has_no_json_form_is_kept_as_text_and_harms_nobody(app: App, execution: Execution) -> None:
    mumble = declare(app, "mumble", execution, retry=ONCE)
    async with app, app.working():
        handle = await app.submit(mumble)
        await handle.result(PATIENCE)
        [logged] = [event.data for event in await handle.events() if event.type is EventType.RUN_LOGGED]
        assert logged["path"] == "/"
        assert logged["what"].startswith("<object object")
        assert logged["number"] == str(2**200)
        assert logged["text"] == logged["message"].removeprefix("odd ") == "?"
        await (await app.submit(mumble)).result(PATIENCE)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
async def test_a_fraction_out_of_range_is_the_handlers_mistake(app: App, fraction: float) -> None:
    @app.job(retry=ONCE)
    async def overstate(ctx: Context) -> str:
        with pytest.raises(ValueError, match="from 0 to 1"):
            ctx.progress(fraction)
        return "told"

    async with app, app.working():
        assert await (await app.submit(overstate)).result(PATIENCE) == "told"


async def test_thousands_of_lines_are_all_kept(app: App) -> None:
    @app.job()
    async def chatter(ctx: Context) -> None:
        for number in range(3_000):
            ctx.log("line", number=number)

    async with app, app.working():
        handle = await app.submit(chatter)
        await handle.result(PATIENCE)
        numbers = [event.data["number"] for event in await handle.events() if event.type is EventType.RUN_LOGGED]
    assert numbers == list(range(3_000))


async def test_a_long_line_is_clipped(app: App) -> None:
    @app.job()
    async def drone(ctx: Context) -> None:
        ctx.log("x" * 10_000)

    async with app, app.working():
        handle = await app.submit(drone)
        await handle.result(PATIENCE)
        [message] = [event.data["message"] for event in await handle.events() if event.type is EventType.RUN_LOGGED]
    assert len(message) == 2_000
