"""Exclusion calendars from Python."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foliot import App, InvalidRequest
from foliot.domain.errors import InvalidCalendar, UnknownCalendar
from foliot.sdk.job import JobFunction

FILE = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20000501\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.fixture
def rest(app: App) -> JobFunction[[], None]:
    @app.job()
    async def rest() -> None: ...

    return rest


async def test_a_recurring_job_does_not_run_on_excluded_dates(app: App, rest: JobFunction[[], None]) -> None:
    today = datetime.now(UTC).date()
    async with app:
        with pytest.raises(UnknownCalendar):
            await app.submit(rest.options(every=3600, exclude=["holidays"]))
        put = await app.put_calendar("holidays", [today + timedelta(days=days) for days in range(3)], "a long one")
        assert len(put.dates) == 3
        handle = await app.submit(rest.options(every=3600, exclude=["holidays"]))
        system = await app.system()
        job = await system.services.jobs.get(system.identity, handle.job_id)
        assert job.next_at is not None
        assert job.next_at.date() == today + timedelta(days=3)


async def test_a_calendar_is_put_as_an_icalendar_file(app: App) -> None:
    async with app:
        assert date(datetime.now(UTC).year, 5, 1) in (await app.put_calendar("mayday", FILE)).dates
        with pytest.raises(InvalidCalendar):
            await app.put_calendar("mayday", "no file")


async def test_only_a_job_that_recurs_excludes(app: App, rest: JobFunction[[], None]) -> None:
    with pytest.raises(InvalidRequest, match="exclude goes with every, cron or rrule"):
        rest.options(exclude=["holidays"])


def test_a_blocking_app_puts_calendars_too(app: App) -> None:
    with app.blocking as blocking:
        assert blocking.put_calendar("holidays", [date(2030, 12, 25)]).name == "holidays"
