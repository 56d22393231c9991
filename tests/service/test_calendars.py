"""Exclusion calendars: put, list, show, delete; and the jobs that exclude them follow each change."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    InvalidCalendar,
    InvalidSchedule,
    NotFound,
    UnknownCalendar,
)
from foliot.domain.schedule import Calendar, Cron, Every, Schedule
from foliot.domain.states import EventType, JobState
from foliot.service.admission import JobRequest
from foliot.service.editing import JobChanges
from foliot.wiring import System
from tests.engine import hands
from tests.engine.house import HandClock

DAY = timedelta(days=1)
NINE = Cron("0 9 * * *", exclude=("holidays",))


@pytest.fixture
def clock() -> HandClock:
    """It is a Friday, the first of May 2026, at 08:00."""
    return HandClock()


async def _put(system: System, *days: int, name: str = "holidays") -> int:
    """How many jobs follow a calendar of these days of May."""
    dates = [date(2026, 5, day) for day in days]
    return (await system.services.calendars.put(system.identity, name, dates)).replanned


async def _next(system: System, job_id: str) -> str:
    at = await hands.the_next(system, job_id)
    return "never" if at is None else f"{at:%d %H:%M}"


async def _told(system: System, job_id: str) -> list[tuple[EventType, dict[str, Any]]]:
    """What happened to a job since it was created."""
    return [(each.type, each.data) for each in (await system.services.jobs.events(system.identity, job_id))[1:]]


async def test_a_calendar_is_put_shown_listed_and_deleted(system: System, clock: HandClock) -> None:
    calendars, ours = system.services.calendars, system.identity
    dates = frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    put = await calendars.put(ours, "holidays", dates, "Christmas")
    kept = Calendar(name="holidays", dates=dates, description="Christmas", updated_at=clock.now())
    assert (put.calendar, put.replanned) == (kept, 0)
    assert await calendars.get(ours, "holidays") == kept
    [listed] = await calendars.all(ours)
    assert (listed.name, listed.count, listed.first, listed.last) == ("holidays", 2, min(dates), max(dates))
    await calendars.delete(ours, "holidays")
    assert await calendars.all(ours) == []


async def test_an_icalendar_file_is_read_for_ten_years(system: System) -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20000501\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"
    put = await system.services.calendars.put_icalendar(system.identity, "mayday", text)
    assert sorted(put.calendar.dates) == [date(year, 5, 1) for year in range(2025, 2037)]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a b", "BEGIN:VCALENDAR", "letters, digits"),
        ("a", "no calendar", "no iCalendar file"),
        ("a", "BEGIN:VCALENDAR\nEND:VCALENDAR", "No all-day event"),
    ],
)
async def test_a_file_that_cannot_be_used_changes_nothing(system: System, name: str, text: str, says: str) -> None:
    with pytest.raises(InvalidCalendar, match=says):
        await system.services.calendars.put_icalendar(system.identity, name, text)
    assert await system.services.calendars.all(system.identity) == []


@pytest.mark.parametrize("name", ["holydays", "a/b", "\0", "x" * 1000])
async def test_a_calendar_that_is_not_there_is_not_found(system: System, name: str) -> None:
    await _put(system)
    for deed in (system.services.calendars.get, system.services.calendars.delete):
        with pytest.raises(NotFound, match="holidays"):
            await deed(system.identity, name)


async def test_an_unknown_calendar_is_refused_with_the_nearest_name(system: System) -> None:
    with pytest.raises(UnknownCalendar, match="has none yet"):
        await hands.recur(system, NINE)
    await _put(system, 2)
    with pytest.raises(UnknownCalendar, match="Did you mean 'holidays'") as refused:
        await hands.recur(system, Cron("0 9 * * *", exclude=("holidays", "hollidays")))
    assert refused.value.field == "schedule.exclude"
    with pytest.raises(UnknownCalendar):
        await hands.recur(system, Cron("0 9 * * *", exclude=("\0",)))


async def test_in_a_batch_only_who_excludes_the_unknown_is_refused(system: System) -> None:
    await _put(system, 1)
    schedules: list[Schedule | None] = [NINE, Cron("0 9 * * *", exclude=("unknown",)), None, Every(seconds=60)]
    requests = [JobRequest(type="rest", schedule=schedule) for schedule in schedules]
    answers = await system.services.jobs.submit_many(system.identity, requests)
    assert [isinstance(answer, FoliotError) for answer in answers] == [False, True, False, False]


async def test_the_first_occurrence_is_one_that_is_not_excluded(system: System) -> None:
    await _put(system, 1, 2)
    assert await _next(system, (await hands.recur(system, NINE)).job_id) == "03 09:00"
    interval = Every(seconds=12 * 3600, exclude=("holidays",))
    assert await _next(system, (await hands.recur(system, interval)).job_id) == "03 08:00"


async def test_calendars_that_leave_nothing_are_refused(system: System) -> None:
    await _put(system, *range(1, 32))
    once_a_year = Cron("0 9 * 5 *", exclude=("holidays",), end=datetime(2026, 12, 31, tzinfo=UTC))
    with pytest.raises(InvalidSchedule, match="holidays leave no occurrence"):
        await hands.recur(system, once_a_year)
    assert (await hands.runs(system)) == []


async def test_jobs_follow_a_calendar_that_changes(system: System) -> None:
    await _put(system, 9)
    daily = (await hands.recur(system, NINE)).job_id
    hourly = (await hands.recur(system, Every(seconds=3600, exclude=("holidays",)))).job_id
    other = (await hands.recur(system, Cron("0 9 * * *"))).job_id
    assert await _put(system, 1, 2) == 2
    assert [await _next(system, job_id) for job_id in (daily, hourly, other)] == ["03 09:00", "03 00:00", "01 09:00"]
    assert await _told(system, daily) == [
        (
            EventType.JOB_REPLANNED,
            {
                "by": system.identity.user_id, "because": "calendar", "calendar": "holidays",
                "from": "2026-05-01T09:00:00+00:00", "to": "2026-05-03T09:00:00+00:00",
            },
        )
    ]  # fmt: skip
    assert await _put(system, 2) == 2
    assert [await _next(system, job_id) for job_id in (daily, hourly, other)] == ["01 09:00", "01 09:00", "01 09:00"]
    assert await _put(system, 2, 3) == 0
    assert await _told(system, other) == []
    assert (await system.services.jobs.get(system.identity, daily)).revision == 1


async def test_what_passed_while_it_was_excluded_does_not_come_back(system: System, clock: HandClock) -> None:
    await _put(system, 1, 2)
    job_id = (await hands.recur(system, NINE)).job_id
    clock.advance(DAY.total_seconds() + 2 * 3600)
    assert await _put(system) == 1 - 1  # 09:00 of today has passed, and the next is tomorrow's all the same
    assert await _next(system, job_id) == "03 09:00"


async def test_an_instant_that_has_come_is_left_to_the_planner(system: System, clock: HandClock) -> None:
    await _put(system)
    job_id = (await hands.recur(system, NINE)).job_id
    clock.advance(2 * 3600)
    assert await _put(system, 1) == 0
    assert await _next(system, job_id) == "01 09:00"


async def test_a_paused_job_follows_too_and_stays_paused(system: System) -> None:
    await _put(system)
    job_id = (await hands.recur(system, NINE)).job_id
    await system.services.jobs.pause(system.identity, job_id)
    assert await _put(system, 1) == 1
    job = await system.services.jobs.get(system.identity, job_id)
    assert (job.state, job.next_at) == (JobState.PAUSED, datetime(2026, 5, 2, 9, tzinfo=UTC))


async def test_a_resumed_job_goes_on_at_what_is_not_excluded(system: System, clock: HandClock) -> None:
    await _put(system)
    job_id = (await hands.recur(system, NINE)).job_id
    await system.services.jobs.pause(system.identity, job_id)
    clock.advance(2 * DAY.total_seconds())
    await _put(system, 3, 4)
    await system.services.jobs.resume(system.identity, job_id)
    assert await _next(system, job_id) == "05 09:00"


@pytest.mark.parametrize("is_paused", [False, True])
async def test_a_job_of_which_a_calendar_leaves_nothing_has_ended(system: System, is_paused: bool) -> None:
    await _put(system)
    schedule = Cron("0 9 * * *", exclude=("holidays",), end=datetime(2026, 5, 4, tzinfo=UTC))
    job_id = (await hands.recur(system, schedule)).job_id
    if is_paused:
        await system.services.jobs.pause(system.identity, job_id)
    assert await _put(system, 1, 2, 3) == 1
    job = await system.services.jobs.get(system.identity, job_id)
    assert (job.state, job.next_at) == (JobState.COMPLETED, None)
    kind, data = (await _told(system, job_id))[-1]
    assert kind is EventType.JOB_ENDED
    assert data["because"] == "calendar"
    await system.services.calendars.delete(system.identity, "holidays")


async def test_a_calendar_that_jobs_exclude_stays(system: System) -> None:
    await _put(system)
    jobs = [(await hands.recur(system, NINE)).job_id for _ in range(7)]
    with pytest.raises(Conflict, match=f"{jobs[0]}, .*{jobs[4]} and more"):
        await system.services.calendars.delete(system.identity, "holidays")
    for job_id in jobs:
        await system.services.jobs.cancel(system.identity, job_id)
    await system.services.calendars.delete(system.identity, "holidays")


async def test_more_jobs_than_a_page_follow(system: System) -> None:
    await _put(system)
    requests = [JobRequest(type="rest", schedule=NINE) for _ in range(2_003)]
    await system.services.jobs.submit_many(system.identity, requests)
    assert await _put(system, 1) == 2_003


async def test_a_change_between_a_look_and_a_submission_is_not_missed(system: System) -> None:
    await _put(system)
    submit = system.store.submit

    async def late(batch: Any) -> Any:
        with patch.object(system.store, "submit", submit):
            await _put(system, 1)
            return await submit(batch)

    with patch.object(system.store, "submit", late):
        job_id = (await hands.recur(system, NINE)).job_id
    assert await _next(system, job_id) == "02 09:00"


async def test_of_two_that_change_calendars_at_once_neither_is_forgotten(system: System) -> None:
    for name in ("one", "other"):
        await _put(system, name=name)
    schedule = Cron("0 9 * * *", exclude=("one", "other"))
    jobs = [(await hands.recur(system, schedule)).job_id for _ in range(20)]
    await asyncio.gather(_put(system, 1, 3, name="one"), _put(system, 2, 4, name="other"))
    assert {await _next(system, job_id) for job_id in jobs} == {"05 09:00"}


async def test_an_edit_observes_the_calendars_of_the_new_schedule(system: System) -> None:
    await _put(system, 1, 2)
    job_id = (await hands.recur(system, Cron("0 9 * * *"))).job_id

    async def edit(schedule: Schedule) -> None:
        await system.services.jobs.update(system.identity, job_id, lambda job: JobChanges(schedule=schedule))

    with pytest.raises(UnknownCalendar):
        await edit(Cron("0 9 * * *", exclude=("unknown",)))
    assert await _next(system, job_id) == "01 09:00"
    await edit(NINE)
    assert await _next(system, job_id) == "03 09:00"
    assert await _put(system, 3) == 1
    assert await _next(system, job_id) == "01 09:00"


async def test_occurrences_to_come_are_told_without_what_is_excluded(system: System) -> None:
    await _put(system, 2, 4)
    job_id = (await hands.recur(system, NINE)).job_id

    async def told(since: datetime | None = None) -> list[int]:
        found = await system.services.occurrences.between(system.identity, job_id, since, None, 3)
        return [each.planned_at.day for each in found.items]

    assert await told() == [1, 3, 5]
    assert await told(datetime(2026, 5, 4, tzinfo=UTC)) == [5, 6, 7]


async def test_what_is_excluded_is_not_backfilled(system: System, clock: HandClock) -> None:
    await _put(system)
    job_id = (await hands.recur(system, NINE)).job_id
    clock.advance(4 * DAY.total_seconds())
    await system.services.jobs.pause(system.identity, job_id)
    await _put(system, 2, 3)
    await system.services.jobs.resume(system.identity, job_id)
    since = datetime(2026, 4, 30, tzinfo=UTC)
    found = await system.services.backfilling.backfill(system.identity, job_id, since, None)
    assert [run.planned_at.day for run in found if run.planned_at is not None] == [30, 1, 4]
