"""Moving work on: `EngineStore`, and what the loops say to it and hear from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.lineage import Descendant
from foliot.domain.parents import After
from foliot.domain.policy import NO_OVERRIDES, Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.run import Claimed, Note, Outcome, Queued, Run
from foliot.domain.schedule import Calendar, Decision, Fate, Schedule
from foliot.domain.states import RunState
from foliot.ports.claiming import ClaimRequest, Gap, Waiting
from foliot.ports.moved import Moved


class Held(msgspec.Struct, frozen=True):
    """A lease that a worker believes it holds."""

    run_id: str
    tenant_id: str
    lease: int


class Pulse(msgspec.Struct, frozen=True):
    """What the store says of held leases: which are gone, and which runs are to be cancelled."""

    lost: frozenset[str]
    cancelling: frozenset[str]


class InHand(msgspec.Struct, frozen=True, kw_only=True):
    """A remote run under a lease that is held, and what is needed to end its attempt."""

    run_id: str
    job_id: str
    tenant_id: str
    type: str
    queue: str
    priority: Priority
    attempt: int
    max_attempts: int
    lease: int
    started_at: datetime
    cancel_requested_at: datetime | None = None
    overrides: Overrides = NO_OVERRIDES


class Wanted(msgspec.Struct, frozen=True):
    """What workers outside wait for: remote runs of a tenant, of a type and a queue."""

    tenant_id: str
    type: str
    queue: str


class Promoted(msgspec.Struct, frozen=True):
    """The runs that became due, and when the next one will be (None: nothing waits)."""

    runs: Sequence[Queued]
    next_due_at: datetime | None


class Lapsed(msgspec.Struct, frozen=True):
    """The runs that expired as they had not started in time, with their types; when the next one will (None: none
    waits that can); and what their end meant for those that waited for them."""

    runs: Sequence[tuple[str, str]] = ()
    next_at: datetime | None = None
    moved: Moved = Moved()


class Finished(msgspec.Struct, frozen=True):
    """What came of ending attempts: the ids of runs whose lease was not held any more, for which nothing was written,
    and what it meant for those that waited for the others."""

    lost: frozenset[str]
    moved: Moved = Moved()


MOST_LIVE: Final = 100
"""The most live runs of a job of which the planner is told."""


class Live(msgspec.Struct, frozen=True):
    """A run of a recurring job that is not over."""

    run_id: str
    state: RunState


class DueJob(msgspec.Struct, frozen=True, kw_only=True):
    """A recurring job whose next planned instant has come, with the policy of its type, some of its live runs, and the
    calendars that it excludes, as they are now. `remote` is whether workers outside do it; `descendants` are the jobs
    that have a run after each of its runs."""

    job: Job
    schedule: Schedule
    next_at: datetime
    policy: Policy = Policy()
    live: Sequence[Live] = ()
    remote: bool = False
    calendars: Sequence[Calendar] = ()
    descendants: Sequence[Descendant] = ()


class PlacedJob(msgspec.Struct, frozen=True):
    """A recurring job, since when nothing else of it is planned (its last instant that is not forgotten, or when it was
    resumed or edited), and the calendars that it excludes."""

    job: Job
    since: datetime | None
    calendars: Sequence[Calendar] = ()


class Account(msgspec.Struct, frozen=True):
    """What becomes of a planned instant: which run stands for it, if one does."""

    planned_at: datetime
    fate: Fate
    run_id: str | None


class PlannedRun(msgspec.Struct, frozen=True):
    """A run to be stored, and the runs that it waits for. One that is not blocked waits for none."""

    run: Run
    after: After | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the occurrences of a job that have come, and where its schedule goes on.

    Runs come in the order in which they wait for one another. `decided` is what was decided about the wall time of
    `following`. Valid only while the job's next instant is `expected`, and its revision `revision`.
    """

    tenant_id: str
    job_id: str
    expected: datetime
    revision: int
    following: datetime | None
    count: int
    accounts: Sequence[Account]
    runs: Sequence[PlannedRun] = ()
    decided: Sequence[Decision] = ()
    events: Sequence[Event] = ()


class Laid(msgspec.Struct, frozen=True):
    """What came of plans: the places of those that were still expected, and the runs that are due or wait by them."""

    kept: Sequence[int]
    moved: Moved = Moved()


class Expired(msgspec.Struct, frozen=True, kw_only=True):
    """A running run whose lease has run out."""

    run_id: str
    tenant_id: str
    lease: int
    attempt: int
    max_attempts: int
    worker: str
    type: str
    queue: str
    priority: Priority
    cancelling: bool
    remote: bool = False


class EngineStore(Protocol):
    """Moving work on. Every method is one transaction, idempotent, and safe in any number of processes at once."""

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        """Lease queued runs, by priority and age. Each gets the next attempt number and a new lease."""
        ...

    async def sought(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Those of which at least one run is queued."""
        ...

    async def in_hand(self, held: Sequence[Held]) -> list[InHand]:
        """Those of these leases that are held, of remote runs, in no order."""
        ...

    async def pulse(self, held: Sequence[Held], lease_until: datetime | None) -> Pulse:
        """Renew leases (unless `lease_until` is None) and hear which are lost or to be cancelled."""
        ...

    async def finish(self, outcomes: Sequence[Outcome]) -> Finished:
        """End attempts. In the transaction that ends a run, those that waited for it are queued, or skipped if what
        they wait for can never be, and so on with those that wait for these.

        An attempt whose cause is that its lease was lost ends only if that lease was over before it ended.
        """
        ...

    async def finish_in(self, connection: object, outcome: Outcome) -> None:
        """End a run in the transaction that the caller has open on a connection of its own to the same database, with
        all that this means for those that wait for it.

        Raises:
            LeaseLost: its lease is not held any more; nothing was written.
            InvalidRequest: it is no connection of a kind that this store knows.
            Conflict: no transaction is open.
        """
        ...

    async def has_ended(self, outcome: Outcome) -> bool:
        """Whether that very outcome is stored, for all to see."""
        ...

    async def note(self, notes: Sequence[Note]) -> None:
        """Append what running attempts say; notes of a lost lease are dropped."""
        ...

    async def backlogs(self) -> list[tuple[str, Priority]]:
        """The queues and priorities in which runs wait for a worker."""
        ...

    async def waiting(self, queue: str, priority: Priority, gap: Gap, limit: int) -> list[Waiting]:
        """Queued runs in a gap of what a broker holds, the oldest due first."""
        ...

    async def count_dead(self) -> int:
        """How many dead letters there are, of all tenants."""
        ...

    async def dead_runs(self, after: str | None, limit: int) -> list[Queued]:
        """Dead letters of all tenants whose run id is greater than `after`, in the order of their ids."""
        ...

    async def promote(self, now: datetime, limit: int) -> Promoted:
        """Queue pending and retrying runs whose time has come, oldest first."""
        ...

    async def due_jobs(self, now: datetime, limit: int) -> list[DueJob]:
        """Recurring jobs with a planned instant that has come, oldest first."""
        ...

    async def next_planned_at(self) -> datetime | None:
        """The earliest planned instant of any recurring job."""
        ...

    async def zoned_jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[PlacedJob]:
        """Jobs that recur by the clocks of a zone and are active, in the order of (next planned instant, id)."""
        ...

    async def fact(self, name: str) -> str | None:
        """What was noted last under that name."""
        ...

    async def note_fact(self, name: str, value: str) -> None:
        """Note it, for all processes."""
        ...

    async def plan(self, batch: Sequence[Plan]) -> Laid:
        """Store occurrences and their runs, and move their jobs' schedules on."""
        ...

    async def expired(self, now: datetime, limit: int) -> list[Expired]:
        """Running runs whose lease ended before `now`."""
        ...

    async def next_expiry(self) -> datetime | None:
        """When the first of all leases ends, unless it is renewed."""
        ...

    async def expire(self, now: datetime, limit: int) -> Lapsed:
        """End runs as expired that have not started though their time to do so has passed, the first to expire first.
        One that another has in hand at the moment is left for the next call."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget runs that ended before that, oldest first, with all that belongs to them; dead letters stay.

        One bounded step: some `limit` runs are gone through. 0 when nothing is left to do. A store that keeps its
        history in pieces may keep runs up to one piece longer.
        """
        ...
