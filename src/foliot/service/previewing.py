"""A look at a schedule before anything is created."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from foliot.domain.errors import InvalidSchedule
from foliot.domain.identity import Identity, Role
from foliot.domain.schedule import AskedSchedule, Calendar, Previewed, check_previewed, upcoming
from foliot.ports import CalendarStore, Clock
from foliot.service.known_calendars import calendars_of

_AT_ONCE: Final = 2
_LONGEST_SECONDS: Final = 5.0


class Previewing:
    """Expands schedules in threads, few at a time and none for long, so that an awkward rule does not hold up what else
    is served."""

    def __init__(self, store: CalendarStore, clock: Clock, longest_seconds: float = _LONGEST_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._longest = longest_seconds
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def preview(
        self, identity: Identity, schedule: AskedSchedule, from_: datetime | None, count: int
    ) -> list[Previewed]:
        """The first `count` occurrences of a job that were created at `from_`, or now if that is None; but for those on
        dates of the calendars that the schedule excludes.

        Raises:
            InvalidRequest: fewer than 1 or more than 1,000 are asked for.
            InvalidSchedule: the schedule cannot be followed, or not be expanded so far within five seconds.
            InvalidTimezone: no such zone; the nearest name is suggested.
            UnknownCalendar: no such calendar; the nearest name is suggested.
            InvalidTime: an instant has no offset or is absurd.
        """
        identity.require(Role.VIEWER)
        check_previewed(count)
        calendars = await calendars_of(self._store, identity.tenant_id, schedule)
        async with self._turn:
            return await asyncio.to_thread(self._expand, schedule, calendars, from_ or self._clock.now(), count)

    def _expand(
        self, schedule: AskedSchedule, calendars: Sequence[Calendar], from_: datetime, count: int
    ) -> list[Previewed]:
        until = time.monotonic() + self._longest
        found = []
        for each in islice(upcoming(schedule, from_, calendars), count):
            found.append(each)
            if time.monotonic() > until and len(found) < count:
                raise InvalidSchedule(
                    f"This schedule takes long to expand: {len(found):,} of {count:,} were found in "
                    f"{self._longest:g} s. Ask for fewer, or write it more plainly.",
                    "schedule",
                )
        return found
