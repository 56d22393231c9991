"""A store that is away for a while: nothing is lost, and the worker goes on when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from foliot import App, Context, RunState, Unavailable
from foliot.domain.states import EventType
from foliot.ports import Store
from tests.engine.house import ONCE, PATIENCE, Fault, app_in, away, until, until_state


@asynccontextmanager
async def _outage(store: Store, *names: str, seconds: float = 0.5) -> AsyncIterator[Fault]:
    """The methods raise Unavailable from now on until so long after the end of the block."""
    fault = Fault(store, names, away)
    fault.is_on = True
    yield fault
    await until(lambda: _hits(fault), lambda hits: hits > 0)
    await asyncio.sleep(seconds)
    fault.is_on = False


async def _hits(fault: Fault) -> int:
    return fault.hits


@pytest.mark.parametrize("name", ["claim", "finish", "promote", "note"])
async def test_a_write_that_fails_for_a_while_loses_nothing(app: App, name: str) -> None:
    runs = []

    @app.job(retry=ONCE)
    async def double(ctx: Context, a: int) -> int:
        runs.append(a)
        ctx.log("doubling")
        await asyncio.sleep(0.05)
        return 2 * a

    async with app, app.working():
        async with _outage((await app.system()).store, name):
            handles = await app.submit_many([double.options(delay=0.05 * (n % 2)).call(n) for n in range(30)])
        assert [await handle.result(PATIENCE) for handle in handles] == [2 * n for n in range(30)]
        assert sorted(runs) == list(range(30))


async def test_a_lease_outlasts_renewals_that_fail_for_a_while(tmp_path: Path) -> None:
    app = app_in(tmp_path, lease_seconds=3)
    go = asyncio.Event()

    @app.job(retry=ONCE)
    async def wait() -> None:
        await go.wait()

    async with app, app.working():
        handle = await app.submit(wait)
        await until_state(handle, RunState.RUNNING)
        lease = (await handle.run()).lease_until
        async with _outage((await app.system()).store, "pulse"):
            pass
        await until(handle.run, lambda run: run.lease_until != lease)
        go.set()
        await handle.result(PATIENCE)
        assert (await handle.run()).attempt == 1


async def test_everything_may_fail_at_once(app: App) -> None:
    runs = []

    @app.job(retry=ONCE)
    async def double(a: int) -> int:
        runs.append(a)
        return 2 * a

    async with app, app.working():
        handles = await app.submit_many([double.options(delay=0.2).call(n) for n in range(50)])
        names = (
            "claim",
            "finish",
            "pulse",
            "promote",
            "expired",
            "note",
            "due_jobs",
            "next_planned_at",
            "ended",
            "run",
        )
        async with _outage((await app.system()).store, *names):
            pass
        assert [await handle.result(PATIENCE) for handle in handles] == [2 * n for n in range(50)]
        assert sorted(runs) == list(range(50))


async def test_a_submit_is_told_and_nothing_is_stored(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        system = await app.system()
        fault = Fault(system.store, ["submit"], away)
        fault.is_on = True
        with pytest.raises(Unavailable):
            await app.submit(rest)
        fault.is_on = False
        handle = await app.submit(rest)
        assert [run.id for run in await handle.runs()] == [handle.run_id]


async def test_a_wait_for_a_result_outlasts_it(app: App) -> None:
    @app.job()
    async def rest() -> str:
        await asyncio.sleep(0.2)
        return "rested"

    async with app, app.working():
        handle = await app.submit(rest)
        waiting = asyncio.create_task(handle.result(PATIENCE))
        await until_state(handle, RunState.RUNNING)
        async with _outage((await app.system()).store, "ended"):
            pass
        assert await waiting == "rested"


async def test_an_outcome_that_cannot_be_stored_does_not_hold_up_the_others(app: App) -> None:
    @app.job(retry=ONCE)
    async def double(a: int) -> int:
        return 2 * a

    async with app:
        system = await app.system()
        handles = await app.submit_many([double.call(n) for n in range(20)])
        poisoned, finish = handles[7].run_id, system.store.finish

        async def refuse(outcomes):  # type: ignore[no-untyped-def]  # stands for store.finish
            if any(outcome.run_id == poisoned for outcome in outcomes):
                raise ValueError("this one has no place here")
            return await finish(outcomes)

        system.store.finish = refuse  # type: ignore[method-assign]
        async with app.working():
            for n, handle in enumerate(handles):
                if n != 7:
                    assert await handle.result(PATIENCE) == 2 * n


async def test_a_line_that_cannot_be_stored_does_not_hold_up_the_others(app: App) -> None:
    @app.job(retry=ONCE)
    async def speak(ctx: Context, word: str) -> None:
        ctx.log(word)

    async with app:
        system = await app.system()
        note = system.store.note

        async def refuse(notes):  # type: ignore[no-untyped-def]  # stands for store.note
            if any(note.message == "taboo" for note in notes):
                raise ValueError("this one has no place here")
            await note(notes)

        system.store.note = refuse  # type: ignore[method-assign]
        async with app.working():
            handles = await app.submit_many([speak.call(word) for word in ("one", "taboo", "two")])
            for handle in handles:
                await handle.result(PATIENCE)
            spoken = [
                [event.data["message"] for event in await handle.events() if event.type is EventType.RUN_LOGGED]
                for handle in handles
            ]
    assert spoken == [["one"], [], ["two"]]


async def test_a_loop_that_stumbles_goes_on(app: App) -> None:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app, app.working():
        store = (await app.system()).store
        fault = Fault(store, ["claim", "promote", "pulse", "expired", "prune"], lambda: RuntimeError("a bug"))
        fault.is_on = True
        handle = await app.submit(double.options(delay=0.05), 4)
        await until(lambda: _hits(fault), lambda hits: hits > 3)
        fault.is_on = False
        assert await handle.result(PATIENCE) == 8
