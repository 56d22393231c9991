"""SIGTERM: the process ends in time, with code 0, and burns no attempt."""

import signal
from typing import Any

import pytest

from foliot import RunState
from foliot.sdk.job import JobFunction
from tests.crash import application
from tests.crash.processes import Site, counts
from tests.engine.house import kinds, until, until_gone

COMMANDS = (("worker", "tests.crash.application:app"), ("up", "tests.crash.application:app", "--port", "0"))
MARGIN_SECONDS = 15.0
"""What a busy machine may take beside the grace period."""


async def _executions(site: Site) -> int:
    return len(site.executions)


@pytest.mark.parametrize("command", COMMANDS, ids=["worker", "up"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stopped_process_hands_back_what_it_cannot_finish(
    site: Site, command: tuple[str, ...], number: signal.Signals
) -> None:
    site.hold()
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([application.work.handler.job_type])
        handles = await app.submit_many([application.work.call(str(site.folder), n) for n in range(50)])
        process = await site.start(*command, concurrency=30, grace_seconds=0.3)
        await until(lambda: _executions(site), lambda seen: seen == 30)
        process.send(number)
        assert await process.ended(within=0.3 + MARGIN_SECONDS) == 0
        assert await counts(app) == {RunState.QUEUED: 50}
        assert [(await handle.run()).attempt for handle in handles] == [0] * 50
        assert [line for line in process.log if line.get("level") in ("error", "critical")] == []


async def test_a_stopped_process_finishes_what_it_can(site: Site) -> None:
    site.hold()
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([application.work.handler.job_type])
        handles = await app.submit_many([application.work.call(str(site.folder), n) for n in range(30)])
        process = await site.start(*COMMANDS[0], concurrency=30, grace_seconds=60)
        await until(lambda: _executions(site), lambda seen: seen == 30)
        process.send(signal.SIGTERM)
        await process.until_logged("finishing")
        site.release()
        assert await process.ended(within=30) == 0
        assert [await handle.status() for handle in handles] == [RunState.SUCCEEDED] * 30


async def test_a_second_signal_ends_the_grace(site: Site) -> None:
    site.hold()
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([application.work.handler.job_type])
        handles = await app.submit_many([application.work.call(str(site.folder), n) for n in range(30)])
        process = await site.start(*COMMANDS[0], concurrency=30, grace_seconds=600)
        await until(lambda: _executions(site), lambda seen: seen == 30)
        process.send(signal.SIGTERM)
        await process.until_logged("finishing")
        process.send(signal.SIGTERM)
        assert await process.ended(within=MARGIN_SECONDS) == 0
        assert [(await handle.run()).attempt for handle in handles] == [0] * 30


@pytest.mark.parametrize(
    "job",
    [application.wait_in_a_thread, application.wait_in_a_process, application.refuse_to_stop],
    ids=["thread", "process", "defiant"],
)
async def test_no_handler_holds_up_the_end(site: Site, job: JobFunction[Any, Any]) -> None:
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([job.handler.job_type])
        handle = await app.submit(job, str(site.folder))
        process = await site.start(*COMMANDS[0], grace_seconds=0.2)
        await until(lambda: _executions(site), lambda seen: seen == 1)
        process.send(signal.SIGTERM)
        assert await process.ended(within=0.2 + MARGIN_SECONDS) == 0
        assert (await handle.status(), (await handle.run()).attempt) == (RunState.QUEUED, 0)
        assert (await kinds(handle))[-1] == "run.handed_back"
        [execution] = site.executions
        await until_gone(execution.pid)


async def test_an_idle_process_stops_at_once(site: Site) -> None:
    process = await site.work(grace_seconds=60)
    process.send(signal.SIGTERM)
    assert await process.ended(within=MARGIN_SECONDS) == 0
    assert process.log[-1]["event"] == "stopped"
