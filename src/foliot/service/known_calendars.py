"""The calendars that schedules exclude, found by their names; an unknown one is refused with the nearest."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from foliot.domain.errors import UnknownCalendar
from foliot.domain.schedule import AskedSchedule, Calendar, Schedule
from foliot.domain.time.exclusion import is_calendar_name
from foliot.ports import MOST_CALENDARS_KEPT, CalendarStore


class KnownCalendars(msgspec.Struct, frozen=True):
    """Calendars of a tenant, as they were a moment ago; where one was missing, also the names of all."""

    held: Mapping[str, Calendar]
    names: Sequence[str] = ()

    def of(self, schedule: AskedSchedule) -> list[Calendar]:
        """Those that a schedule excludes.

        Raises:
            UnknownCalendar: one is not there; the message suggests the nearest name.
        """
        for name in schedule.exclude:
            if name not in self.held:
                raise UnknownCalendar(
                    f"There is no calendar {name[:100]!r}. {advice(name, self.names)}", "schedule.exclude"
                )
        return [self.held[name] for name in schedule.exclude]

    def some_of(self, schedule: Schedule) -> list[Calendar]:
        """Those that a schedule of a stored job excludes, as far as they are there."""
        return [self.held[name] for name in schedule.exclude if name in self.held]


NO_CALENDARS: Final = KnownCalendars({})


async def calendars_of(store: CalendarStore, tenant_id: str, schedule: AskedSchedule) -> list[Calendar]:
    """Those that one schedule excludes.

    Raises:
        UnknownCalendar: one is not there; the message suggests the nearest name.
    """
    return (await known_calendars(store, tenant_id, [schedule])).of(schedule)


async def known_calendars(
    store: CalendarStore, tenant_id: str, schedules: Iterable[AskedSchedule | None]
) -> KnownCalendars:
    """The calendars that these schedules exclude; nothing is looked up if they exclude none."""
    wanted = {name for schedule in schedules if schedule is not None for name in schedule.exclude}
    if not wanted:
        return NO_CALENDARS
    usable = sorted(name for name in wanted if is_calendar_name(name))
    names: list[str] = []
    if len(usable) < len(wanted) or len(usable) > MOST_CALENDARS_KEPT:
        names = [summary.name for summary in await store.calendars(tenant_id)]
        usable = sorted(wanted.intersection(names))
    held = {calendar.name: calendar for calendar in await store.calendars_named(tenant_id, usable)}
    if not names and len(held) < len(wanted):
        names = [summary.name for summary in await store.calendars(tenant_id)]
    return KnownCalendars(held, names)


def advice(name: str, names: Sequence[str]) -> str:
    """What to write instead of an unknown name."""
    if near := difflib.get_close_matches(name, names, n=1):
        return f"Did you mean {near[0]!r}?"
    return f"Known: {', '.join(names[:10])}." if names else "This tenant has none yet; put one first."
