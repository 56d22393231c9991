"""What a handle tells and does."""

import asyncio
from uuid import UUID

import pytest

from foliot import App, Context, NotFound, RunState
from foliot.domain.states import EventType
from tests.engine.house import AT_ONCE, PATIENCE, kinds, until_state


async def test_status_follows_the_run(app: App) -> None:
    go = asyncio.Event()

    @app.job()
    async def wait() -> None:
        await go.wait()

    async with app:
        handle = await app.submit(wait)
        assert await handle.status() is RunState.QUEUED
        async with app.working():
            await until_state(handle, RunState.RUNNING)
            go.set()
            await until_state(handle, RunState.SUCCEEDED)


async def test_events_tell_the_story_of_a_plain_run(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        handle = await app.submit(rest)
        await handle.result(PATIENCE)
        events = await handle.events()
    assert [event.type for event in events] == [
        EventType.RUN_CREATED, EventType.RUN_QUEUED, EventType.RUN_STARTED, EventType.RUN_SUCCEEDED,
    ]  # fmt: skip
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {event.run_id for event in events} == {handle.run_id}


async def test_events_tell_of_each_attempt(app: App) -> None:
    @app.job(retry=AT_ONCE)
    async def stumble(ctx: Context) -> None:
        if ctx.attempt < 3:
            raise ValueError(f"attempt {ctx.attempt}")

    async with app, app.working():
        handle = await app.submit(stumble)
        await handle.result(PATIENCE)
        events = await handle.events()
    retries = [event for event in events if event.type is EventType.RUN_RETRY_SCHEDULED]
    assert [event.data["error"]["message"] for event in retries] == ["attempt 1", "attempt 2"]
    assert [event.data["attempt"] for event in events if event.type is EventType.RUN_STARTED] == [1, 2, 3]


async def test_watch_tells_what_was_and_what_comes_and_ends_with_the_run(app: App) -> None:
    go = asyncio.Event()

    @app.job()
    async def speak(ctx: Context) -> None:
        ctx.log("one")
        await go.wait()
        ctx.log("two")

    async with app, app.working():
        handle = await app.submit(speak)
        seen = []
        async with asyncio.timeout(PATIENCE):
            async for event in handle.watch():
                seen.append((event.type, event.data.get("message")))
                if event.data.get("message") == "one":
                    go.set()
    told = [kind for kind, message in seen if message is None]
    assert told == [EventType.RUN_CREATED, EventType.RUN_QUEUED, EventType.RUN_STARTED, EventType.RUN_SUCCEEDED]
    assert [message for _, message in seen if message] == ["one", "two"]


async def test_watch_may_be_left_early(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest.options(delay=60))
        async for event in handle.watch():
            assert event.type is EventType.RUN_CREATED
            break


async def test_cancel_ends_what_has_not_started(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        handle = await app.submit(rest.options(delay=60))
        await handle.cancel()
        assert await handle.status() is RunState.CANCELLED
        assert (await kinds(handle))[-1] == "run.cancelled"


async def test_cancel_of_an_ended_run_changes_nothing(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        handle = await app.submit(rest)
        await handle.result(PATIENCE)
        before = await handle.events()
        await handle.cancel()
        assert await handle.status() is RunState.SUCCEEDED
        assert await handle.events() == before


async def test_runs_of_a_plain_job_is_its_one_run(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handle = await app.submit(rest)
        assert [run.id for run in await handle.runs()] == [handle.run_id]


async def test_a_handle_of_nothing_is_not_found(app: App) -> None:
    async with app:
        with pytest.raises(NotFound):
            await app.handle(str(UUID(int=7)))
