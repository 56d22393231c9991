"""Exclusion calendars: put, list, show, delete."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from foliot.domain.errors import Conflict, InvalidCalendar, NotFound
from foliot.domain.identity import Identity, Role
from foliot.domain.schedule import Calendar
from foliot.domain.time.exclusion import check_calendar_name, dates_of_icalendar, is_calendar_name
from foliot.ports import MOST_CALENDARS_KEPT, CalendarStore, CalendarSummary, Clock
from foliot.service.known_calendars import advice
from foliot.service.replanning import Replanning

YEARS_BEFORE: Final = 1
YEARS_AHEAD: Final = 10
"""A file is read from the begin of last year to the end of the tenth year from now; what repeats is expanded so far."""

_MOST_TOLD: Final = 5


class PutCalendar(msgspec.Struct, frozen=True):
    """A calendar as it is stored now, and how many jobs are planned otherwise by it."""

    calendar: Calendar
    replanned: int


class Calendars:
    """The use cases around dates on which nothing runs."""

    def __init__(self, store: CalendarStore, clock: Clock, replanning: Replanning) -> None:
        self._store = store
        self._clock = clock
        self._replanning = replanning

    async def put(self, identity: Identity, name: str, dates: Iterable[date], description: str = "") -> PutCalendar:
        """Store a calendar, or replace the one of that name; jobs that exclude it follow before this returns.

        Raises:
            InvalidCalendar: the name, the description or the dates cannot be used; nothing is stored.
            Conflict: the tenant has too many calendars.
        """
        identity.require(Role.OPERATOR)
        given = frozenset(dates)
        calendar = Calendar(name=name, dates=given, description=description).checked()
        now = self._clock.now()
        if not await self._store.save_calendar(identity.tenant_id, calendar, now):
            raise Conflict(
                f"This tenant has {MOST_CALENDARS_KEPT} calendars, which is the most; delete one, or put these dates "
                "into another.",
                "calendar.name",
            )
        replanned = await self._replanning.follow(identity, name)
        return PutCalendar(msgspec.structs.replace(calendar, updated_at=now), replanned)

    async def put_icalendar(self, identity: Identity, name: str, text: str, description: str = "") -> PutCalendar:
        """The same with the days that all-day events of an iCalendar file cover, from last year to ten years ahead.

        Raises:
            InvalidCalendar: the file cannot be read, or covers no day in that time; nothing is stored.
            Conflict: the tenant has too many calendars.
        """
        identity.require(Role.OPERATOR)
        check_calendar_name(name)
        today = self._clock.now().date()
        first, last = date(today.year - YEARS_BEFORE, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
        dates = dates_of_icalendar(text, first, last)
        if not dates:
            raise InvalidCalendar(f"No all-day event of the file covers a day from {first} to {last}.", "calendar")
        return await self.put(identity, name, dates, description)

    async def all(self, identity: Identity) -> list[CalendarSummary]:
        """The tenant's calendars without their dates, by name."""
        identity.require(Role.VIEWER)
        return await self._store.calendars(identity.tenant_id)

    async def get(self, identity: Identity, name: str) -> Calendar:
        """One calendar with its dates.

        Raises:
            NotFound: this tenant has none of that name.
        """
        identity.require(Role.VIEWER)
        found = await self._store.calendars_named(identity.tenant_id, [name]) if is_calendar_name(name) else []
        if not found:
            raise await self._missing(identity, name)
        return found[0]

    async def delete(self, identity: Identity, name: str) -> None:
        """Forget a calendar.

        Raises:
            NotFound: this tenant has none of that name.
            Conflict: an active or paused job excludes it.
        """
        identity.require(Role.OPERATOR)
        if not is_calendar_name(name):
            raise await self._missing(identity, name)
        removal = await self._store.remove_calendar(identity.tenant_id, name, _MOST_TOLD + 1)
        if removal.named_by:
            told = ", ".join(removal.named_by[:_MOST_TOLD])
            more = " and more" if len(removal.named_by) > _MOST_TOLD else ""
            raise Conflict(
                f"The calendar {name} is excluded by the jobs {told}{more}; cancel them, or let them exclude others.",
                "calendar.name",
            )
        if not removal.was_there:
            raise await self._missing(identity, name)

    async def _missing(self, identity: Identity, name: str) -> NotFound:
        names = [summary.name for summary in await self._store.calendars(identity.tenant_id)]
        return NotFound(f"There is no calendar {name[:100]!r}. {advice(name, names)}")
