"""Once, at an instant."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec

from foliot.domain.instant import as_instant
from foliot.domain.time.resolve import Planned

Instant = Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class At(msgspec.Struct, frozen=True, tag_field="kind", tag="at", forbid_unknown_fields=True):
    """Once, at an instant. One that has passed is due at once."""

    at: Instant

    @property
    def recurs(self) -> bool:
        return False

    @property
    def exclude(self) -> tuple[str, ...]:
        return ()

    def checked(self) -> "At":
        """The same in UTC.

        Raises:
            InvalidTime: the instant has no offset or is absurd.
        """
        return At(as_instant(self.at, "schedule.at"))

    def first(self, now: datetime) -> datetime:
        return self.at

    def after(self, planned: datetime, count: int) -> datetime | None:
        return None

    def occurrence_after(self, planned: datetime, count: int) -> Planned | None:
        return None

    def following(self, planned: datetime, count: int) -> Iterator[Planned]:
        return iter(())

    def occurrences(self, start: datetime) -> Iterator[Planned]:
        """The instant, if it lies at `start` or later."""
        if self.at >= start:
            yield Planned(self.at, self.at)
