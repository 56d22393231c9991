"""What became of the planned instants of a job, and those to come, in one list."""

from datetime import UTC, datetime, timedelta

import pytest

from foliot import RunState
from foliot.domain.errors import Conflict, InvalidRequest, InvalidTime
from foliot.domain.policy import Overlap
from foliot.domain.schedule import CatchUp, Cron, Every, Schedule
from foliot.engine.planner import Planner
from foliot.service.occurrences import Told
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock

SECONDS = timedelta(seconds=1)


async def _plan(system: System) -> None:
    planner = Planner(system.store, CountingBroker(), system._ids, system.clock, system._wakeup)
    while await planner.step() == 0.0:
        pass


async def _told(system: System, limit: int = 100, **window: datetime | None) -> list[Told]:
    job = await hands.the_job(system)
    since, until = window.get("since"), window.get("until")
    return (await system.services.occurrences.between(system.identity, job.id, since, until, limit)).items


async def test_each_says_why_it_is_as_it_is(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=10, count=8))
    start = clock.now()
    clock.advance(10)
    await _plan(system)
    ran = await hands.claim(system)
    clock.advance(10)
    await _plan(system)
    await hands.succeed(system, ran)
    clock.advance(25)
    await _plan(system)
    clock.advance(20)
    await hands.succeed(system, await hands.claim(system))
    await _plan(system)
    told = await _told(system)
    assert [(each.reason, each.state) for each in told] == [
        ("ran", RunState.SUCCEEDED),
        ("skipped: overlap", RunState.SKIPPED),
        ("late 35 s", RunState.SUCCEEDED),
        ("merged: coalesce", RunState.SUCCEEDED),
        ("waiting", RunState.QUEUED),
        ("merged: coalesce", RunState.QUEUED),
        ("planned", None),
        ("planned", None),
    ]
    assert [each.planned_at for each in told] == [start + 10 * n * SECONDS for n in range(1, 9)]
    assert told[2].run_id == told[3].run_id


async def test_what_a_policy_left_out_says_so(system: System, clock: HandClock) -> None:
    policy = CatchUp(limit=1, stagger_seconds=0)
    ticket = await hands.recur(system, Every(seconds=10, count=3), misfire=policy, overlap=Overlap.ALLOW)
    clock.advance(30)
    await _plan(system)
    await system.services.jobs.cancel(system.identity, ticket.job_id)
    assert [each.reason for each in await _told(system)] == ["skipped: misfire", "skipped: misfire", "cancelled"]


async def test_those_to_come_tell_what_the_clocks_do(system: System, clock: HandClock) -> None:
    clock.at = datetime(2027, 3, 12, 12, tzinfo=UTC)
    await hands.recur(system, Cron("30 2 * * *", "America/New_York"))
    told = await _told(system, until=datetime(2027, 3, 16, tzinfo=UTC))
    assert [each.local.isoformat() for each in told] == [
        "2027-03-13T02:30:00-05:00", "2027-03-14T03:00:00-04:00", "2027-03-15T02:30:00-04:00",
    ]  # fmt: skip
    assert [each.note is not None for each in told] == [False, True, False]


async def test_jitter_is_told_before_it_comes(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=60, jitter_seconds=30))
    planned = (await _told(system))[0]
    assert timedelta(0) < planned.due_at - planned.planned_at < 30 * SECONDS
    clock.at = planned.planned_at
    await _plan(system)
    [run] = await hands.runs(system)
    assert run.due_at == planned.due_at
    clock.at = run.due_at
    await hands.promote(system)
    await hands.succeed(system, await hands.claim(system))
    assert (await _told(system))[0].reason == "ran"


async def test_a_long_list_comes_in_pages(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=10))
    for _ in range(5):
        clock.advance(10)
        await _plan(system)
        await hands.succeed(system, await hands.claim(system))
    job = await hands.the_job(system)
    seen: list[datetime] = []
    since = clock.now() - timedelta(hours=1)
    for _ in range(4):
        page = await system.services.occurrences.between(system.identity, job.id, since, None, 3)
        seen += [each.planned_at for each in page.items]
        assert page.next_from is not None
        since = page.next_from
    assert seen == [job.created_at + 10 * n * SECONDS for n in range(1, 13)]


@pytest.mark.parametrize(
    "schedule", [Every(seconds=1.0), Cron("* * * * * *", "Europe/Berlin"), Cron("* * * * * *", count=1000)]
)
async def test_a_look_far_ahead_costs_no_more(system: System, clock: HandClock, schedule: Schedule) -> None:
    await hands.recur(system, schedule)
    ahead = timedelta(seconds=900) if getattr(schedule, "count", None) else timedelta(days=36_500)
    [first, second] = await _told(system, 2, since=clock.now() + ahead)
    assert second.planned_at - first.planned_at == SECONDS
    assert timedelta(0) <= first.planned_at - clock.now() - ahead <= SECONDS


async def test_a_paused_job_has_none_to_come(system: System, clock: HandClock) -> None:
    ticket = await hands.recur(system, Every(seconds=10))
    await system.services.jobs.pause(system.identity, ticket.job_id)
    assert await _told(system) == []


async def test_what_makes_no_sense_is_refused(system: System, clock: HandClock) -> None:
    await hands.recur(system, Every(seconds=10))
    with pytest.raises(InvalidRequest, match=r"1 to 1,000"):
        await _told(system, 1_001)
    with pytest.raises(InvalidTime, match="later than from"):
        await _told(system, since=clock.now(), until=clock.now())
    counted = await hands.recur(system, Every(seconds=10, count=3))
    page = await system.services.occurrences.between(system.identity, counted.job_id, None, None, 10)
    assert (len(page.items), page.next_from) == (3, None)
    once = await hands.submit(system)
    with pytest.raises(Conflict, match="runs once"):
        await system.services.occurrences.between(system.identity, once, None, None, 10)
