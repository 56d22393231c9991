"""A look at a schedule before anything is created."""

import asyncio
from datetime import datetime
from typing import Final

from foliot.domain.identity import Identity, Role
from foliot.domain.schedule import AskedSchedule, Previewed, preview
from foliot.ports import Clock

_AT_ONCE: Final = 2


class Previewing:
    """Expands schedules in threads, so that an awkward rule does not hold up what else is served, few at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def preview(
        self, identity: Identity, schedule: AskedSchedule, from_: datetime | None, count: int
    ) -> list[Previewed]:
        """The first `count` occurrences of a job that were created at `from_`, or now if that is None.

        Raises:
            InvalidRequest: fewer than 1 or more than 1,000 are asked for.
            InvalidSchedule: the schedule cannot be followed.
            InvalidTimezone: no such zone; the nearest name is suggested.
            InvalidTime: an instant has no offset or is absurd.
        """
        identity.require(Role.VIEWER)
        async with self._turn:
            return await asyncio.to_thread(preview, schedule, self._clock.now() if from_ is None else from_, count)
