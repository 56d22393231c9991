"""Exclusion calendars: `CalendarStore`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Protocol

import msgspec

from foliot.domain.schedule import Calendar
from foliot.ports.moving import PlacedJob

MOST_CALENDARS_KEPT: Final = 200
"""The most calendars that a tenant may have."""


class CalendarSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar without its dates: how many there are, the first and the last."""

    name: str
    description: str
    count: int
    first: date | None
    last: date | None
    updated_at: datetime


class CalendarRemoval(msgspec.Struct, frozen=True):
    """Whether a calendar was there, and some of the active and paused jobs that name it: then it stays."""

    was_there: bool
    named_by: Sequence[str] = ()


class CalendarStore(Protocol):
    """Exclusion calendars, always within a tenant."""

    async def save_calendar(self, tenant_id: str, calendar: Calendar, at: datetime) -> bool:
        """Store a calendar, or replace the one of its name. False where the tenant has too many already."""
        ...

    async def calendars(self, tenant_id: str) -> list[CalendarSummary]:
        """All calendars, by name."""
        ...

    async def calendars_named(self, tenant_id: str, names: Sequence[str]) -> list[Calendar]:
        """Those of these calendars that there are, in no order."""
        ...

    async def remove_calendar(self, tenant_id: str, name: str, show: int) -> CalendarRemoval:
        """Forget a calendar, unless an active or paused job names it; up to `show` of these are told."""
        ...

    async def jobs_excluding(self, tenant_id: str, name: str, after: str, limit: int) -> list[PlacedJob]:
        """Active and paused jobs that exclude a calendar and whose id is greater than `after`, in the order of ids."""
        ...
