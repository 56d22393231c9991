"""Jobs that come after each run of a recurring one, from Python, in virtual time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest

from foliot import (
    App,
    Conflict,
    Context,
    InvalidParents,
    InvalidRequest,
    ParentEnded,
    Priority,
    RunState,
    Unique,
    Until,
    chain,
    group,
)
from foliot.domain.errors import InvalidExpiry, InvalidUnique
from foliot.domain.run import Run
from foliot.domain.states import JobState
from foliot.sdk.job import Call
from foliot.service.services import Services
from foliot.testing import World, in_virtual_time

START: Final = datetime(2027, 3, 1, tzinfo=UTC)
HOUR: Final = 3600.0

app = App()


@app.job(retry=1)
async def collect(ctx: Context, word: str = "") -> str:
    if word == "fail at two" and ctx.planned_at is not None and ctx.planned_at.hour == 2:
        raise ValueError("no")
    return "now" if ctx.planned_at is None else f"{ctx.planned_at:%d %H:%M}"


@app.job()
async def report(ctx: Context) -> list[Any]:
    return [parent.result if parent.state is RunState.SUCCEEDED else parent.state for parent in ctx.parents]


@app.job(timeout=2 * HOUR)
async def long_report(ctx: Context) -> None:
    await asyncio.sleep(1.5 * HOUR)


async def _told(world: World, runs: list[Run]) -> list[Any]:
    system = await world.app.system()
    whole = [await system.services.runs.get(system.identity, run.id) for run in runs]
    return [None if run.result is None else msgspec.json.decode(run.result) for run in whole]


async def _services(world: World) -> tuple[Services, Any]:
    system = await world.app.system()
    return system.services, system.identity


@in_virtual_time(app, start=START)
async def test_a_child_has_a_run_after_each_run_and_learns_of_that_one(world: World) -> None:
    daily = await app.submit(collect.options(cron="0 8 * * *"))
    child = await app.submit(report.options(after=[daily]))
    assert (child.run_id, (await child.job()).root_id) == (None, daily.job_id)
    await world.clock.advance(days=3)
    runs = await world.runs(report)
    assert await _told(world, runs) == [["01 08:00"], ["02 08:00"], ["03 08:00"]]
    assert {run.job_id for run in runs} == {child.job_id}
    assert [run.planned_at for run in runs] == [START + timedelta(days=n, hours=8) for n in range(3)]


@in_virtual_time(app, start=START)
async def test_a_graph_hangs_on_a_recurring_job(world: World) -> None:
    head = collect.options(every=HOUR).call()
    await app.submit_graph(chain(head, group(report.call(), collect.call("beside")), report.call()))
    await world.clock.advance(hours=3.5)
    told = await _told(world, await world.runs(report))
    hours = [f"01 0{n}:00" for n in (1, 2, 3)]
    assert sorted(told, key=str) == sorted([each for at in hours for each in ([at], [[at], at])], key=str)


@in_virtual_time(app, start=START)
async def test_a_run_that_fails_lets_its_own_children_be_skipped(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR), "fail at two")
    await app.submit(report.options(after=[hourly]))
    rescue = await app.submit(report.options(after=[hourly], wait_for="failed"))
    await world.clock.advance(hours=3.5)
    after_success = [run for run in await world.runs(report) if run.job_id != rescue.job_id]
    assert [run.state for run in after_success] == [RunState.SUCCEEDED, RunState.SKIPPED, RunState.SUCCEEDED]
    after_failure = (await rescue.runs())[::-1]
    assert [run.state for run in after_failure] == [RunState.SKIPPED, RunState.SUCCEEDED, RunState.SKIPPED]


@in_virtual_time(app, start=START)
async def test_an_occurrence_that_is_left_out_has_no_children(world: World) -> None:
    hourly = await app.submit(long_report.options(every=HOUR))
    await app.submit(report.options(after=[hourly]))
    await world.clock.advance(hours=5.9)
    states = [run.state for run in await world.runs(long_report)]
    assert states == [RunState.SUCCEEDED, RunState.SKIPPED, RunState.SUCCEEDED, RunState.SKIPPED, RunState.RUNNING]
    assert [run.state for run in await world.runs(report)] == [RunState.SUCCEEDED] * 2 + [RunState.BLOCKED]


@in_virtual_time(app, start=START)
async def test_children_may_overlap(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    await app.submit(long_report.options(after=[hourly]))
    await world.clock.advance(hours=2.1)
    assert [run.state for run in await world.runs(long_report)] == [RunState.RUNNING] * 2


@in_virtual_time(app, start=START)
async def test_a_run_beside_the_schedule_and_those_backfilled_have_children_too(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    await world.clock.advance(hours=2.5)
    await app.submit(report.options(after=[hourly]))
    services, me = await _services(world)
    await services.jobs.run_now(me, hourly.job_id)
    await world.drained()
    assert await _told(world, await world.runs(report)) == [["now"]]
    paused = await services.jobs.pause(me, hourly.job_id)
    assert paused.state is JobState.PAUSED
    await world.clock.advance(hours=2)
    await services.jobs.resume(me, hourly.job_id)
    await services.backfilling.backfill(me, hourly.job_id, START + timedelta(hours=2.9), None)
    await world.drained()
    assert (await _told(world, await world.runs(report)))[1:] == [["01 03:00"], ["01 04:00"]]


@in_virtual_time(app, start=START)
async def test_cancelling_a_child_ends_what_needs_its_runs(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    child = await app.submit(collect.options(after=[hourly]), "child")
    grandchild = await app.submit(report.options(after=[child]))
    either = await app.submit(report.options(after=[hourly, child], join="any"))
    await world.clock.advance(hours=1.5)
    await child.cancel()
    states = {each: (await each.job()).state for each in (hourly, child, grandchild, either)}
    assert [*states.values()] == [JobState.ACTIVE, JobState.CANCELLED, JobState.CANCELLED, JobState.ACTIVE]
    [told] = [event for event in await grandchild.events() if event.type == "job.cancelled"]
    assert told.data["ancestor"] == child.job_id
    await world.clock.advance(hours=1)
    assert [len(await each.runs()) for each in (hourly, child, grandchild, either)] == [2, 1, 1, 2]


@in_virtual_time(app, start=START)
async def test_cancelling_the_root_ends_all_and_what_waits(world: World) -> None:
    hourly = await app.submit(long_report.options(every=HOUR))
    child = await app.submit(report.options(after=[hourly]))
    await world.clock.advance(hours=1.5)
    await hourly.cancel()
    await world.drained()
    assert [(await each.job()).state for each in (hourly, child)] == [JobState.CANCELLED] * 2
    assert [run.state for run in await child.runs()] == [RunState.CANCELLED]
    with pytest.raises(ParentEnded, match="will have no more runs"):
        await app.submit(report.options(after=[hourly]))


@in_virtual_time(app, start=START)
async def test_what_has_no_time_of_its_own_is_steered_by_its_root(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    child = await app.submit(report.options(after=[hourly]))
    services, me = await _services(world)
    for refused in (
        services.jobs.pause(me, child.job_id),
        services.jobs.run_now(me, child.job_id),
        services.backfilling.backfill(me, child.job_id, START, None),
        services.occurrences.between(me, child.job_id, None, None, 10),
        child.update(every=60),
    ):
        with pytest.raises(Conflict, match=hourly.job_id):
            await refused
    await child.update(priority=Priority.HIGH)
    await world.clock.advance(hours=1)
    assert [run.priority.label for run in await child.runs()] == ["high"]


@in_virtual_time(app, start=START)
async def test_the_tree_is_told_with_the_newest_runs(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    child = await app.submit(collect.options(after=[hourly]), "child")
    last = await app.submit(report.options(after=[hourly, child]))
    services, me = await _services(world)
    graph = await services.graphs.graph(me, hourly.job_id)
    assert {each.job_id: each.state for each in graph.members.values()} == dict.fromkeys(
        (hourly.job_id, child.job_id, last.job_id)
    )
    await world.clock.advance(hours=1)
    graph = await services.graphs.graph(me, hourly.job_id)
    assert {each.state for each in graph.members.values()} == {RunState.SUCCEEDED}
    assert {(link.parent_id, link.child_id) for link in graph.links} == {
        (hourly.job_id, child.job_id), (hourly.job_id, last.job_id), (child.job_id, last.job_id),
    }  # fmt: skip
    family = await services.graphs.family(me, await child.job())
    assert [(each.job_id, each.type, each.state) for each in family.parents] == [
        (hourly.job_id, "collect", RunState.SUCCEEDED)
    ]
    assert [each.job_id for each in family.children] == [last.job_id]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"delay": 5}, InvalidParents, "no time of its own"),
        ({"every": 60}, InvalidParents, "cannot wait for others"),
        ({"expires_at": START + timedelta(days=1)}, InvalidExpiry, "expires_in_seconds"),
        ({"unique": Unique(until=Until.STARTED), "expires_in": 5}, InvalidUnique, "until it has ended"),
    ],
)
@in_virtual_time(app, start=START)
async def test_what_does_not_fit_is_refused(
    world: World, options: dict[str, Any], error: type[InvalidRequest], words: str
) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    with pytest.raises(error, match=words):
        await app.submit(report.options(after=[hourly], **options))
    head = collect.options(every=HOUR).call()
    with pytest.raises(error, match=words):
        await app.submit_graph(chain(head, report.options(**options).call()))
    assert len(await world.runs()) == 0


@in_virtual_time(app, start=START)
async def test_parents_of_two_kinds_do_not_go_together(world: World) -> None:
    hourly, other = await app.submit(collect.options(every=HOUR)), await app.submit(collect.options(every=HOUR))
    once = await app.submit(collect.options(delay=HOUR))
    child = await app.submit(report.options(after=[other]))
    for parents in ([hourly, once], [hourly, other], [hourly, child], [once, child]):
        with pytest.raises(InvalidParents, match="do not go together"):
            await app.submit(report.options(after=parents))
    calls: list[Call[Any]] = [collect.options(every=HOUR).call(), collect.call()]
    with pytest.raises(InvalidParents, match="do not go together"):
        await app.submit_graph(chain(group(*calls), report.call()))


@in_virtual_time(app, start=START)
async def test_it_expires_counted_from_when_its_root_was_due(world: World) -> None:
    slow = await app.submit(long_report.options(every=4 * HOUR))
    child = await app.submit(report.options(after=[slow], expires_in=HOUR))
    await world.clock.advance(hours=6)
    assert [run.state for run in await child.runs()] == [RunState.EXPIRED]


@in_virtual_time(app, start=START)
async def test_no_more_can_come_after_one_than_are_planned_in_one_go(world: World) -> None:
    hourly = await app.submit(collect.options(every=HOUR))
    await app.submit_many([report.options(after=[hourly]).call() for _ in range(1_000)])
    with pytest.raises(InvalidParents, match="At most 1,000"):
        await app.submit(report.options(after=[hourly]))
    await world.clock.advance(hours=1)
    assert sum(run.state is RunState.SUCCEEDED for run in await world.runs(report)) == 1_000
