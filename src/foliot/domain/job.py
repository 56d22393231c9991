"""A job: a tenant's definition of what is to run and when."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from foliot.domain.errors import PayloadTooLarge
from foliot.domain.parents import After
from foliot.domain.policy import NO_OVERRIDES, Overrides
from foliot.domain.priority import Priority
from foliot.domain.run import Run
from foliot.domain.schedule import Decision, Schedule
from foliot.domain.states import JobState, RunState

EMPTY_PAYLOAD: Final = b"{}"
LARGEST_PAYLOAD_BYTES: Final = 256 * 1024


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A definition. `schedule` is None for a job that was due when it was submitted.

    `payload` is JSON. `after` says which other jobs it waits for. `next_at` is the next planned instant of a job that
    recurs, which a paused one keeps as its place, and `decided` what was decided about its wall time; `planned` is how
    many occurrences were planned so far. `revision` is one more each time that somebody edits, pauses or resumes it.
    `root_id` names the recurring job for each of whose runs this one has a run, after those of its parents.
    """

    id: str
    tenant_id: str
    user_id: str
    type: str
    queue: str
    priority: Priority
    payload: bytes
    state: JobState
    max_attempts: int
    created_at: datetime
    schedule: Schedule | None = None
    overrides: Overrides = NO_OVERRIDES
    next_at: datetime | None = None
    decided: tuple[Decision, ...] = ()
    planned: int = 0
    revision: int = 1
    after: After | None = None
    root_id: str | None = None

    @property
    def recurs(self) -> bool:
        """Whether it can have more than one run: by its schedule, or after each run of another that can."""
        return self.root_id is not None or (self.schedule is not None and self.schedule.recurs)

    def expiry_of(self, due_at: datetime) -> datetime | None:
        """When a run of it that is due at `due_at` expires unless it has started; None: never."""
        seconds = self.overrides.expires_in_seconds
        return self.overrides.expires_at if seconds is None else due_at + timedelta(seconds=seconds)

    def run(
        self, run_id: str, due_at: datetime, now: datetime, *, remote: bool = False, planned_at: datetime | None = None
    ) -> Run:
        """A new run of it: queued if it is due, else pending."""
        is_due = due_at <= now
        return Run(
            id=run_id, job_id=self.id, tenant_id=self.tenant_id, type=self.type, queue=self.queue,
            priority=self.priority, state=RunState.QUEUED if is_due else RunState.PENDING, due_at=due_at,
            queued_at=now if is_due else None, attempt=0, max_attempts=self.max_attempts, lease=0, created_at=now,
            expires_at=self.expiry_of(due_at), planned_at=planned_at, remote=remote,
        )  # fmt: skip

    @property
    def exclude(self) -> tuple[str, ...]:
        """The names of the calendars on whose dates it does not run."""
        return () if self.schedule is None else self.schedule.exclude

    @property
    def upcoming(self) -> datetime | None:
        """The planned instant that comes next, if one does."""
        return self.next_at if self.state is JobState.ACTIVE else None


def check_size(payload: bytes, largest: int = LARGEST_PAYLOAD_BYTES) -> None:
    """Refuse a payload that is too large, before anybody looks into it.

    Raises:
        PayloadTooLarge: more than `largest` bytes.
    """
    if len(payload) > largest:
        raise PayloadTooLarge(
            f"The payload has {len(payload):,} bytes, {largest:,} are allowed; pass a reference to the data instead.",
            "payload",
        )
