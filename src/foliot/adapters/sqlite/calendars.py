"""Exclusion calendars: `ports.CalendarStore` on SQLite."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from foliot.adapters.observing import Found, Key, dates_of, dates_text, named_by, observing
from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.database import Database
from foliot.adapters.sqlite.statements import statement
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.schedule import Calendar
from foliot.ports import MOST_CALENDARS_KEPT, CalendarRemoval, CalendarSummary, PlacedJob

_summaries = msgspec.json.Decoder(list[tuple[str, str, int, date | None, date | None, int]])
_calendars = msgspec.json.Decoder(list[tuple[str, str, str, str, int]])


class Calendars:
    """On which dates what does not run."""

    _database: Database

    async def save_calendar(self, tenant_id: str, calendar: Calendar, at: datetime) -> bool:
        row = {
            "tenant_id": tenant_id, "name": calendar.name, "dates": dates_text(calendar.dates),
            "description": calendar.description, "updated_at": to_microseconds(at), "most": MOST_CALENDARS_KEPT,
        }  # fmt: skip
        return await self._database.write(
            lambda connection: connection.execute(statement("calendar_save"), row).rowcount == 1
        )

    async def calendars(self, tenant_id: str) -> list[CalendarSummary]:
        asked = {"tenant_id": tenant_id}
        text = await self._database.read(
            lambda connection: connection.execute(statement("calendars"), asked).fetchone()[0]
        )
        return [
            CalendarSummary(
                name=name,
                description=description,
                count=count,
                first=first,
                last=last,
                updated_at=from_microseconds(at),
            )
            for name, description, count, first, last, at in _summaries.decode(text)
        ]

    async def calendars_named(self, tenant_id: str, names: Sequence[str]) -> list[Calendar]:
        keys = [(tenant_id, name) for name in names]
        return list((await self._database.read(lambda connection: _held(connection, keys))).values())

    async def remove_calendar(self, tenant_id: str, name: str, show: int) -> CalendarRemoval:
        asked = {"tenant_id": tenant_id, "name": name}

        def work(connection: sqlite3.Connection) -> CalendarRemoval:
            found = _jobs(connection, tenant_id, name, "", show)
            if found:
                return CalendarRemoval(True, [each.job.id for each in found])
            return CalendarRemoval(connection.execute(statement("calendar_remove"), asked).rowcount == 1)

        return await self._database.write(work)

    async def jobs_excluding(self, tenant_id: str, name: str, after: str, limit: int) -> list[PlacedJob]:
        return await self._database.read(
            lambda connection: observed(connection, _jobs(connection, tenant_id, name, after, limit))
        )


def observed(connection: sqlite3.Connection, found: Sequence[Found]) -> list[Found]:
    """Jobs with the calendars that they exclude."""
    keys = named_by(each.job for each in found)
    return observing(found, _held(connection, keys)) if keys else list(found)


def _held(connection: sqlite3.Connection, keys: Iterable[Key]) -> dict[Key, Calendar]:
    text = connection.execute(statement("calendars_named"), {"rows": rows.as_json(list(keys))}).fetchone()[0]
    return {
        (tenant_id, name): Calendar(
            name=name, dates=dates_of(dates), description=description, updated_at=from_microseconds(at)
        )
        for tenant_id, name, dates, description, at in _calendars.decode(text)
    }


def _jobs(connection: sqlite3.Connection, tenant_id: str, name: str, after: str, limit: int) -> list[PlacedJob]:
    asked = {"tenant_id": tenant_id, "name": name, "after": after, "limit": limit}
    return documents.placed_jobs(connection.execute(statement("calendar_jobs"), asked).fetchone()[0])
