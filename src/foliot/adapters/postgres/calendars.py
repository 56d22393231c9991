"""Exclusion calendars: `ports.CalendarStore` on PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from foliot.adapters.observing import Found, Key, dates_of, dates_text, named_by, observing
from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.session import Session
from foliot.domain.schedule import Calendar
from foliot.ports import MOST_CALENDARS_KEPT, CalendarRemoval, CalendarSummary, PlacedJob


class Calendars:
    """On which dates what does not run."""

    _database: Database

    async def save_calendar(self, tenant_id: str, calendar: Calendar, at: datetime) -> bool:
        row = (
            rows.known(tenant_id), calendar.name, dates_text(calendar.dates), calendar.description, at,
            MOST_CALENDARS_KEPT,
        )  # fmt: skip
        return await self._database.run(lambda session: session.execute("calendar_save", *row)) == 1

    async def calendars(self, tenant_id: str) -> list[CalendarSummary]:
        found = await self._database.fetch("calendars", rows.known(tenant_id), MOST_CALENDARS_KEPT)
        return [
            CalendarSummary(
                name=name, description=description, count=count, first=_date(first), last=_date(last), updated_at=at
            )
            for name, description, count, first, last, at in found
        ]

    async def calendars_named(self, tenant_id: str, names: Sequence[str]) -> list[Calendar]:
        return list((await self._held([(tenant_id, name) for name in names])).values())

    async def remove_calendar(self, tenant_id: str, name: str, show: int) -> CalendarRemoval:
        async def work(session: Session) -> CalendarRemoval:
            found = await session.fetch("calendar_jobs", rows.known(tenant_id), rows.NOBODY, name, show)
            if found:
                return CalendarRemoval(True, [row[0] for row in found])
            return CalendarRemoval(await session.execute("calendar_remove", rows.known(tenant_id), name) == 1)

        return await self._database.run(work, plans=Plans.WALK, atomic=True)

    async def jobs_excluding(self, tenant_id: str, name: str, after: str, limit: int) -> list[PlacedJob]:
        place = rows.known(tenant_id), after or rows.NOBODY, name, limit
        return await self._observed(records.placed_jobs(await self._database.fetch("calendar_jobs", *place)))

    async def _observed(self, found: Sequence[Found]) -> list[Found]:
        """Jobs with the calendars that they exclude."""
        keys = named_by(each.job for each in found)
        return observing(found, await self._held(keys)) if keys else list(found)

    async def _held(self, keys: Iterable[Key]) -> dict[Key, Calendar]:
        asked = [(rows.known(tenant_id), name) for tenant_id, name in keys]
        found = await self._database.fetch(
            "calendars_named", [tenant_id for tenant_id, _ in asked], [name for _, name in asked], plans=Plans.SEEK
        )
        return {
            (row[0], row[1]): Calendar(name=row[1], dates=dates_of(row[2]), description=row[3], updated_at=row[4])
            for row in found
        }


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
