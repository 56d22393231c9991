"""Exclusion calendars: dates on which nothing runs that names them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.schedule import Calendar
from foliot.domain.time.exclusion import MOST_DATES
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.wire import Instant

ICALENDAR: Final = "text/calendar"


class NewCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar as it is to be."""

    dates: Annotated[
        Sequence[date],
        msgspec.Meta(description=f"Up to {MOST_DATES:,} local dates.", examples=[["2026-12-25", "2026-12-26"]]),
    ]
    description: str = ""


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar with its dates, in order."""

    name: str
    description: str
    dates: Sequence[date]
    updated_at: Instant | None


class StoredCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar as it is stored now, and how many jobs have another next instant by it, or none any more."""

    calendar: CalendarView
    replanned: int


class CalendarItem(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar without its dates: how many there are, the first and the last."""

    name: str
    description: str
    count: int
    first: date | None
    last: date | None
    updated_at: Instant


class CalendarList(msgspec.Struct, frozen=True):
    """The tenant's calendars, by name."""

    items: Sequence[CalendarItem]


@endpoint("GET", "/v1/calendars", "List exclusion calendars", tag="Calendars")
async def list_calendars(services: Services, identity: Identity) -> CalendarList:
    """The tenant's calendars without their dates, by name."""
    found = await services.calendars.all(identity)
    return CalendarList([CalendarItem(**msgspec.structs.asdict(summary)) for summary in found])


@endpoint("GET", "/v1/calendars/{name}", "Show an exclusion calendar", tag="Calendars")
async def show_calendar(services: Services, identity: Identity, name: str) -> CalendarView:
    """A calendar with its dates."""
    return _view(await services.calendars.get(identity, name))


@endpoint(
    "PUT", "/v1/calendars/{name}", "Put an exclusion calendar", tag="Calendars", refuses=(409,), text_type=ICALENDAR
)
async def put_calendar(
    services: Services, identity: Identity, name: str, body: NewCalendar | None, text: str | None
) -> StoredCalendar:
    """Stores a calendar or replaces it: a list of dates, or an iCalendar file (RFC 5545), whose all-day events are
    taken from last year to ten years ahead. Jobs that name it in `exclude` of their schedules never run on these dates,
    by the clocks of their zones; when this answers, their next planned instants have followed, as their events tell."""
    if body is None:
        put = await services.calendars.put_icalendar(identity, name, text or "")
    else:
        put = await services.calendars.put(identity, name, body.dates, body.description)
    return StoredCalendar(calendar=_view(put.calendar), replanned=put.replanned)


@endpoint("DELETE", "/v1/calendars/{name}", "Delete an exclusion calendar", tag="Calendars", status=204, refuses=(409,))
async def delete_calendar(services: Services, identity: Identity, name: str) -> None:
    """Forgets a calendar that no active or paused job excludes; the refusal names some of those that do."""
    await services.calendars.delete(identity, name)


ENDPOINTS: Final = (list_calendars, show_calendar, put_calendar, delete_calendar)


def _view(calendar: Calendar) -> CalendarView:
    return CalendarView(
        name=calendar.name,
        description=calendar.description,
        dates=sorted(calendar.dates),
        updated_at=calendar.updated_at,
    )
