"""SIGSTOP for longer than the lease: whoever wakes up late cannot change what another took over."""

import signal

from foliot import RunState
from tests.crash.application import wait_for_leave
from tests.crash.processes import Site
from tests.engine.house import PATIENCE, kinds, until


async def test_a_frozen_worker_cannot_finish_what_another_took_over(site: Site) -> None:
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([wait_for_leave.handler.job_type])
        handle = await app.submit(wait_for_leave, str(site.folder))
        frozen = await site.work(lease_seconds=0.6)
        await until(handle.run, lambda run: run.state is RunState.RUNNING)
        frozen.send(signal.SIGSTOP)

        other = await site.work(lease_seconds=0.6)
        taken = await until(handle.run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING)

        (site.folder / f"leave-{frozen.pid}").touch()  # it would like to finish as soon as it wakes up
        frozen.send(signal.SIGCONT)
        await frozen.until_logged(
            "leases lost; their attempts are stopped", "outcome came too late; the lease was lost"
        )
        run = await handle.run()
        assert (run.state, run.attempt, run.lease, run.worker) == (RunState.RUNNING, 2, taken.lease, taken.worker)

        (site.folder / f"leave-{other.pid}").touch()
        assert await handle.result(PATIENCE) == other.pid
        assert [kind for kind in await kinds(handle) if kind not in ("run.created", "run.queued")] == [
            "run.started", "run.lease_lost", "run.started", "run.succeeded",
        ]  # fmt: skip

        frozen.send(signal.SIGTERM)
        assert await frozen.ended(within=PATIENCE) == 0


async def test_a_frozen_worker_goes_on_if_nobody_took_over(site: Site) -> None:
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([wait_for_leave.handler.job_type])
        handle = await app.submit(wait_for_leave, str(site.folder))
        frozen = await site.work(lease_seconds=10)
        await until(handle.run, lambda run: run.state is RunState.RUNNING)
        frozen.send(signal.SIGSTOP)
        (site.folder / f"leave-{frozen.pid}").touch()
        frozen.send(signal.SIGCONT)
        assert await handle.result(PATIENCE) == frozen.pid
        assert (await handle.run()).attempt == 1
