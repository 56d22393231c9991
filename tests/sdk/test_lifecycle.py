"""Opening and closing an application, several of them on one file, and tenants that are kept apart."""

import asyncio
from pathlib import Path

import pytest

from foliot import App, Handle, NotFound, RunState
from foliot.domain.errors import InvalidSettings
from foliot.settings import Settings
from foliot.wiring.system import OWNER
from tests.engine.house import PATIENCE, app_in


def test_an_app_may_be_closed_and_opened_in_another_event_loop(tmp_path: Path) -> None:
    app = app_in(tmp_path)

    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async def use(number: int) -> int:
        async with app, app.working():
            handles = await asyncio.gather(*(app.submit(double, number) for _ in range(20)))
            return await handles[-1].result(PATIENCE)

    assert [asyncio.run(use(1)), asyncio.run(use(2))] == [2, 4]


def test_what_was_submitted_is_there_when_the_app_is_opened_again(tmp_path: Path) -> None:
    app = app_in(tmp_path)

    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async def submit() -> str:
        async with app:
            handle = await app.submit(double, 4)
            assert handle.run_id is not None
            return handle.run_id

    async def work(run_id: str) -> int:
        async with app, app.working():
            return await (await app.handle(run_id, double)).result(PATIENCE)

    assert asyncio.run(work(asyncio.run(submit()))) == 8


async def test_an_app_opens_itself_on_first_use(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    assert await (await app.submit(rest)).status() is RunState.QUEUED


async def test_an_app_opens_once_however_many_use_it_first(app: App) -> None:
    systems = await asyncio.gather(*(app.system() for _ in range(20)))
    assert len(set(map(id, systems))) == 1


async def test_closing_twice_is_harmless(app: App) -> None:
    await app.system()
    await app.close()
    await app.close()


async def test_one_app_submits_what_another_works_off(tmp_path: Path) -> None:
    front, back = app_in(tmp_path), app_in(tmp_path)

    @front.job("double")
    async def declared(a: int) -> int:
        raise NotImplementedError

    @back.job("double")
    async def double(a: int) -> int:
        return 2 * a

    async with front, back, back.working():
        handles = [await front.submit(declared, number) for number in range(10)]
        assert [await handle.result(PATIENCE) for handle in handles] == [2 * number for number in range(10)]


async def test_a_handler_submits_jobs_itself(app: App) -> None:
    @app.job()
    async def leaf(number: int) -> int:
        return number * number

    @app.job()
    async def tree(numbers: list[int]) -> int:
        handles = await app.submit_many([leaf.call(number) for number in numbers])
        return sum([await handle.result(PATIENCE) for handle in handles])

    async with app, app.working():
        assert await (await app.submit(tree, [1, 2, 3])).result(PATIENCE) == 14


async def test_a_database_in_memory_does_all_but_stay(tmp_path: Path) -> None:
    app = App("sqlite://:memory:")

    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app, app.working():
        run_id = (handle := await app.submit(double, 4)).run_id
        assert await handle.result(PATIENCE) == 8
    assert run_id is not None
    async with app:
        with pytest.raises(NotFound):
            await app.handle(run_id)


class TestTenants:
    """Two applications in two tenants of one file."""

    @staticmethod
    async def _make(place: Path, name: str) -> App:
        async with app_in(place) as landlord:
            system = await landlord.system()
            await system.services.access.create_tenant(OWNER, name)
        return app_in(place, tenant=name)

    async def test_a_tenant_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="acme"):
            await app_in(tmp_path, tenant="acme").system()

    async def test_a_run_of_one_is_not_found_by_the_other(self, tmp_path: Path) -> None:
        acme, globex = await self._make(tmp_path, "acme"), await self._make(tmp_path, "globex")

        @acme.job()
        async def rest() -> None: ...

        async with acme, globex:
            handle = await acme.submit(rest)
            assert handle.run_id is not None
            with pytest.raises(NotFound):
                await globex.handle(handle.run_id)

    async def test_a_handle_of_one_does_nothing_to_the_other(self, tmp_path: Path) -> None:
        acme, globex = await self._make(tmp_path, "acme"), await self._make(tmp_path, "globex")

        @acme.job()
        async def rest() -> None: ...

        async with acme, globex:
            handle = await acme.submit(rest)
            other = await globex.system()
            forged: Handle[None] = Handle(other.services, other.identity, handle.job_id, handle.run_id, None, False)
            for deed in (forged.status, forged.cancel, forged.events, forged.result, forged.runs):
                with pytest.raises(NotFound):
                    await deed()
            assert await handle.status() is RunState.QUEUED

    async def test_a_submission_key_is_of_one_tenant(self, tmp_path: Path) -> None:
        acme, globex = await self._make(tmp_path, "acme"), await self._make(tmp_path, "globex")
        created = []
        for app in (acme, globex):

            @app.job()
            async def rest() -> None: ...

            async with app:
                created.append((await app.submit(rest.options(key="k"))).created)
        assert created == [True, True]

    async def test_one_worker_serves_all_tenants(self, tmp_path: Path) -> None:
        acme = await self._make(tmp_path, "acme")
        worker = app_in(tmp_path)

        async def double(a: int) -> int:
            return 2 * a

        declared = acme.job()(double)
        worker.job()(double)
        async with acme, worker, worker.working():
            assert await (await acme.submit(declared, 4)).result(PATIENCE) == 8


def test_an_environment_that_cannot_be_used_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLIOT_DATABASE_URL", "mysql://somewhere")
    with pytest.raises(InvalidSettings, match="FOLIOT_DATABASE_URL"):
        App()


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLIOT_DATABASE_URL", "sqlite:///environment.db")
    monkeypatch.setenv("FOLIOT_CONCURRENCY", "7")
    settings = App("sqlite:///argument.db").settings
    assert (settings.sqlite_path(), settings.concurrency) == (Path("argument.db"), 7)
    assert isinstance(settings, Settings)
