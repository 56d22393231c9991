"""kill -9, at the worst moments: nothing is lost, and every job ends exactly once."""

import asyncio
import sys
import time
from collections import Counter

from foliot import RetryPolicy, RunState
from foliot.domain.states import EventType
from foliot.ports import RunRef
from tests.crash.application import work
from tests.crash.processes import LEASE_SECONDS, ROOT, Site, check_stories, counts, until_over
from tests.engine.house import kinds, until, until_state

RUNNING, QUEUED = 500, 5_000
A_LITTLE_SECONDS = 6.0


async def test_a_killed_worker_with_500_running_and_5000_queued_loses_nothing(site: Site) -> None:
    site.hold()
    app = site.app()
    place = str(site.folder)
    async with app:
        system = await app.system()
        await system.services.catalogue.register([work.handler.job_type])
        handles = await app.submit_many([work.call(place, number) for number in range(RUNNING + QUEUED)])

        worker = await site.work(concurrency=RUNNING)
        await until(lambda: counts(app), lambda c: c == {RunState.RUNNING: RUNNING, RunState.QUEUED: QUEUED})
        await _until_executed(site, RUNNING)
        await worker.kill()
        killed_at = time.time()
        assert site.is_sound()

        site.release()
        await site.work(concurrency=RUNNING)
        await until_over(app, within=60)

        # One outcome for each in the store, a success
        refs = [RunRef(system.identity.tenant_id, handle.run_id or "") for handle in handles]
        ended = await system.store.ended(refs)
        assert len(ended) == len({run.id for run in ended}) == RUNNING + QUEUED
        assert {run.state for run in ended} == {RunState.SUCCEEDED}
        assert sorted(int(run.result or b"") for run in ended) == list(range(RUNNING + QUEUED))

        # Only what ran when it was killed ran again, once, and soon
        executions = site.executions
        times = Counter(execution.run_id for execution in executions)
        assert Counter(times.values()) == {2: RUNNING, 1: QUEUED}
        again = [execution for execution in executions if execution.attempt == 2]
        assert len(again) == RUNNING
        assert max(execution.at for execution in again) - killed_at < LEASE_SECONDS + A_LITTLE_SECONDS
        assert min(execution.at for execution in again) > killed_at

        # And every story is a legal one
        await check_stories(handles)
        rerun = [handle for handle in handles if times[handle.run_id or ""] == 2]
        assert (await kinds(rerun[0])).count("run.lease_lost") == 1


async def _until_executed(site: Site, times: int) -> None:
    """Wait until handlers have begun so often."""

    async def look() -> int:
        return len(site.executions)

    await until(look, lambda seen: seen >= times)


async def test_what_was_acknowledged_survives_the_kill_of_its_submitter(site: Site) -> None:
    submitter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUBMITTER, str(site.folder), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    receipts = site.folder / "receipts"

    async def acknowledged() -> list[str]:
        text = receipts.read_text() if receipts.exists() else ""
        return text[: text.rfind("\n") + 1].split()

    await until(acknowledged, lambda ids: len(ids) > 1_000)
    submitter.kill()
    await submitter.wait()
    ids = await acknowledged()
    async with site.app() as app:
        for run_id in ids:
            assert await (await app.handle(run_id)).status() is RunState.QUEUED
        system = await app.system()
        stored = sum(depth.count for depth in (await system.store.stats()).depths)
    assert stored >= len(ids) == len(set(ids))


SUBMITTER = """
import asyncio, os, sys
from pathlib import Path
from tests.crash.application import work
from tests.engine.house import app_in

async def main(place):
    receipts = os.open(place + "/receipts", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(*handles):
        os.write(receipts, "".join(handle.run_id + "\\n" for handle in handles).encode())

    async def one_by_one(app):
        while True:
            note(await app.submit(work, place, 1))

    async def many_at_once(app):
        while True:
            note(*await app.submit_many([work.call(place, 1) for _ in range(50)]))

    async with app_in(Path(place)) as app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        await asyncio.gather(*(one_by_one(app) for _ in range(16)), many_at_once(app))

asyncio.run(main(sys.argv[1]))
"""


async def test_a_worker_that_is_killed_again_and_again_gets_it_done(site: Site) -> None:
    kills = 3
    app = site.app()
    site.hold()
    async with app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        patient = work.options(retry=RetryPolicy(max_attempts=10, base_seconds=0))
        handles = await app.submit_many([patient.call(str(site.folder), number) for number in range(50)])
        for round_ in range(1, kills + 1):
            worker = await site.work(concurrency=50, lease_seconds=0.5)
            await _until_executed(site, 50 * round_)
            await worker.kill()
        site.release()
        await site.work(concurrency=50, lease_seconds=0.5)
        await until_over(app, within=30)
        await check_stories(handles)
        for handle in handles:
            run, events = await handle.run(), await handle.events()
            lost = [event for event in events if event.type is EventType.RUN_LEASE_LOST]
            assert (run.state, run.attempt, len(lost)) == (RunState.SUCCEEDED, kills + 1, kills)


async def test_the_last_attempt_of_a_killed_worker_is_a_dead_letter(site: Site) -> None:
    app = site.app()
    site.hold()
    async with app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        once = work.options(retry=RetryPolicy(max_attempts=1))
        handle = await app.submit(once, str(site.folder), 1)
        worker = await site.work(lease_seconds=0.5)
        await _until_executed(site, 1)
        await worker.kill()
        await site.work(lease_seconds=0.5)
        await until_state(handle, RunState.FAILED)
        run = await handle.run()
        assert run.error is not None
        assert run.error.code == "lease_lost"
        assert len(site.executions) == 1
