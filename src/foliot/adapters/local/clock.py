"""The clock of the machine."""

from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` on the system's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)
