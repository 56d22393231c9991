"""`CalendarStore`: exclusion calendars, and the jobs that name them."""

from datetime import date
from typing import Any

import msgspec

from foliot.domain.job import Job
from foliot.domain.schedule import Calendar, Cron, Every
from foliot.domain.states import EventType, JobState
from foliot.ports import MOST_CALENDARS_KEPT, CalendarRemoval, CalendarSummary, PlacedJob, Store, Submission
from tests.contract.builders import ACME, NOW, OTHER, after, event, job, job_with, occurrence, recurring, steering

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
HOLIDAYS = Calendar(name="Feiertage-Köln", dates=frozenset({JUNE, MAY}), description="of Cologne ü")
NOTHING = Calendar(name="nothing", dates=frozenset())
NOBODY = ""


def _kept(calendar: Calendar, seconds: float = 0.000001) -> Calendar:
    return msgspec.structs.replace(calendar, updated_at=after(seconds))


async def _save(store: Store, *calendars: Calendar, tenant: str = ACME) -> None:
    for calendar in calendars:
        assert await store.save_calendar(tenant, calendar, after(0.000001))


async def _excluding(store: Store, *names: str, **of_job: Any) -> Job:
    """A stored job that excludes calendars."""
    first = after(60)
    made = Submission(
        job=job(schedule=Every(seconds=60, start=first, exclude=names), next_at=first, **of_job), run=None
    )
    await store.submit([made])
    return made.job


async def test_a_calendar_is_found_as_it_was_stored(store: Store) -> None:
    await _save(store, HOLIDAYS, NOTHING)
    await _save(store, Calendar(name="nothing", dates=frozenset({MAY})), tenant=OTHER)
    found = await store.calendars_named(ACME, ["nothing", "missing", HOLIDAYS.name])
    assert {each.name: each for each in found} == {each.name: _kept(each) for each in (HOLIDAYS, NOTHING)}
    assert await store.calendars_named(OTHER, [HOLIDAYS.name]) == []
    assert await store.calendars_named("nobody", ["nothing"]) == []
    assert await store.calendars_named(ACME, []) == []


async def test_calendars_are_listed_by_name_without_their_dates(store: Store) -> None:
    await _save(store, NOTHING, HOLIDAYS)
    at = after(0.000001)
    assert await store.calendars(ACME) == [
        CalendarSummary(name=HOLIDAYS.name, description="of Cologne ü", count=2, first=MAY, last=JUNE, updated_at=at),
        CalendarSummary(name="nothing", description="", count=0, first=None, last=None, updated_at=at),
    ]
    assert await store.calendars(OTHER) == []


async def test_a_calendar_is_replaced_whole(store: Store) -> None:
    await _save(store, HOLIDAYS)
    other = Calendar(name=HOLIDAYS.name, dates=frozenset({MAY}))
    assert await store.save_calendar(ACME, other, after(5))
    assert await store.calendars_named(ACME, [HOLIDAYS.name]) == [_kept(other, 5)]
    assert len(await store.calendars(ACME)) == 1


async def test_a_tenant_has_so_many_calendars_and_no_more(store: Store) -> None:
    for number in range(MOST_CALENDARS_KEPT):
        await _save(store, Calendar(name=f"c{number}", dates=frozenset()))
    assert not await store.save_calendar(ACME, HOLIDAYS, after(1))
    assert await store.save_calendar(ACME, Calendar(name="c7", dates=frozenset({MAY})), after(1))
    assert await store.save_calendar(OTHER, HOLIDAYS, after(1))
    assert len(await store.calendars(ACME)) == MOST_CALENDARS_KEPT


async def test_a_calendar_is_removed_unless_a_job_that_has_not_ended_names_it(store: Store) -> None:
    await _save(store, HOLIDAYS, NOTHING)
    active, paused = await _excluding(store, HOLIDAYS.name), await _excluding(store, HOLIDAYS.name)
    await store.steer([steering(paused, JobState.PAUSED)])
    await _excluding(store, HOLIDAYS.name, tenant=OTHER)
    assert await store.remove_calendar(ACME, HOLIDAYS.name, 1) == CalendarRemoval(True, [active.id])
    assert await store.remove_calendar(ACME, HOLIDAYS.name, 5) == CalendarRemoval(True, [active.id, paused.id])
    assert await store.remove_calendar(ACME, "missing", 5) == CalendarRemoval(False)
    assert await store.remove_calendar(OTHER, NOTHING.name, 5) == CalendarRemoval(False)
    assert await store.remove_calendar(ACME, NOTHING.name, 5) == CalendarRemoval(True)
    for each in (active, paused):
        await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=each.id)])
    assert await store.remove_calendar(ACME, HOLIDAYS.name, 5) == CalendarRemoval(True)
    assert await store.calendars(ACME) == []


async def test_the_jobs_that_name_a_calendar_come_page_by_page(store: Store) -> None:
    await _save(store, HOLIDAYS, NOTHING)
    jobs = [await _excluding(store, "nothing", HOLIDAYS.name, "missing") for _ in range(3)]
    await _excluding(store, "nothing")
    await store.submit([recurring()])
    await store.steer([steering(jobs[1], JobState.PAUSED)])
    await store.plan([occurrence(jobs[0], following=after(120))])
    held = [_kept(NOTHING), _kept(HOLIDAYS)]
    first = await store.jobs_excluding(ACME, HOLIDAYS.name, "", 2)
    assert first == [
        PlacedJob(job_with(jobs[0], next_at=after(120), planned=1), after(60), held),
        PlacedJob(job_with(jobs[1], state=JobState.PAUSED, revision=2), None, held),
    ]
    assert await store.jobs_excluding(ACME, HOLIDAYS.name, first[1].job.id, 2) == [PlacedJob(jobs[2], None, held)]
    assert await store.jobs_excluding(ACME, HOLIDAYS.name, jobs[2].id, 2) == []
    assert await store.jobs_excluding(OTHER, HOLIDAYS.name, "", 2) == []


async def test_due_jobs_come_with_their_calendars_as_they_are_now(store: Store) -> None:
    await _save(store, HOLIDAYS)
    await _save(store, NOTHING, tenant=OTHER)
    ours = await _excluding(store, HOLIDAYS.name, "nothing")
    theirs = await _excluding(store, "nothing", tenant=OTHER)
    await store.submit([recurring()])
    changed = Calendar(name=HOLIDAYS.name, dates=frozenset({MAY}))
    await store.save_calendar(ACME, changed, after(5))
    found = {due.job.id: list(due.calendars) for due in await store.due_jobs(after(60), 10)}
    assert found.pop(ours.id) == [_kept(changed, 5)]
    assert found.pop(theirs.id) == [_kept(NOTHING)]
    assert list(found.values()) == [[]]


async def test_jobs_by_the_clocks_of_a_zone_come_with_their_calendars(store: Store) -> None:
    await _save(store, HOLIDAYS)
    schedule = Cron("@daily", "Europe/Berlin", exclude=(HOLIDAYS.name,))
    made = Submission(job=job(schedule=schedule, next_at=after(60)), run=None)
    await store.submit([made])
    await store.steer([steering(made.job, JobState.ACTIVE)])
    assert await store.zoned_jobs(None, 10) == [PlacedJob(job_with(made.job, revision=2), NOW, [_kept(HOLIDAYS)])]
