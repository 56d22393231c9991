"""The clock of a test: it stands still until it is advanced."""

from datetime import datetime, timedelta
from typing import Final

from foliot.domain.instant import as_instant
from foliot.testing.loop import VirtualLoop

_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST: Final = timedelta(days=50 * 366)
"""What the floats of an event loop's time hold to the microsecond."""


class VirtualClock:
    """`ports.Clock` on the time of a `VirtualLoop`."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop = loop
        self._start = as_instant(start, "start")

    def __repr__(self) -> str:
        return f"<VirtualClock {self.now().isoformat()}>"

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._start + timedelta(microseconds=self._loop.microseconds)

    async def advance(
        self,
        by: timedelta = timedelta(),
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Let so much time pass: all that is due on the way happens in its order, each at its own time.

        It returns when all is quiet at the new instant, what is due at that very instant included.

        Raises:
            ValueError: time does not go back, nor further than 50 years from the start.
            RuntimeError: the clock is being advanced already.
        """
        await self.advance_to(
            self.now() + by + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        )

    async def advance_to(self, at: datetime) -> None:
        """The same up to an instant, which has a UTC offset.

        Raises:
            InvalidTime: it has none.
            ValueError: time does not go back, nor further than 50 years from the start.
            RuntimeError: the clock is being advanced already.
        """
        at = as_instant(at, "at")
        if at < self.now():
            raise ValueError(f"Time does not go back: it is {self.now().isoformat()}, after {at.isoformat()}.")
        if at - self._start > _LONGEST:
            raise ValueError(f"{at.isoformat()} is more than 50 years from the start, {self._start.isoformat()}.")
        await self._loop.pass_time((at - self._start) // _MICROSECOND)
