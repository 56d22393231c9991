"""Jobs that wait until nobody has asked for them for a while; the latest who asked says what they do."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import InvalidDebounce

LONGEST_DEBOUNCE_SECONDS: Final = 366 * 24 * 3600.0


class Debounce(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The run is due when it has been quiet for so long: each further submission puts it off, until `max_wait_seconds`
    have passed since the first."""

    quiet_seconds: float
    max_wait_seconds: float | None = None

    def checked(self) -> "Debounce":
        """This, if it makes sense.

        Raises:
            InvalidDebounce: naming what to change.
        """
        if not 0 < self.quiet_seconds <= LONGEST_DEBOUNCE_SECONDS:
            raise InvalidDebounce("debounce_seconds must be above 0 and at most a year.", "debounce_seconds")
        if self.max_wait_seconds is not None and not (
            self.quiet_seconds <= self.max_wait_seconds <= LONGEST_DEBOUNCE_SECONDS
        ):
            raise InvalidDebounce(
                "debounce_max_wait_seconds must be at least debounce_seconds and at most a year.",
                "debounce_max_wait_seconds",
            )
        return self

    def due_at(self, first_at: datetime, now: datetime) -> datetime:
        """When the run is due, if nobody asks again after now."""
        quiet = now + timedelta(seconds=self.quiet_seconds)
        if self.max_wait_seconds is None:
            return quiet
        return min(quiet, first_at + timedelta(seconds=self.max_wait_seconds))
