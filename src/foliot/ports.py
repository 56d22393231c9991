"""What the inside needs from the outside. Everything that is stored goes in and comes out in batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.priority import Priority
from foliot.domain.ripple import Link
from foliot.domain.run import Attempt, Cause, Claimed, Note, Outcome, Queued, Run
from foliot.domain.schedule import Schedule
from foliot.domain.states import JobState, RunState

# -- time and signals


class Clock(Protocol):
    """Where now comes from. Sleeping is asyncio's: a virtual clock brings an event loop of its own."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class Topic(StrEnum):
    """What a wake-up is about."""

    QUEUED = "queued"
    UNPUBLISHED = "unpublished"
    SCHEDULED = "scheduled"
    CHANGED = "changed"
    CANCELLING = "cancelling"
    IDLE = "idle"


class Wakeup(Protocol):
    """Hints that something happened, so that nobody needs to poll fast. A lost hint costs time, nothing else."""

    @property
    def patience(self) -> float:
        """How many seconds one may sleep, at present, without looking for oneself: the more, the less gets lost."""
        ...

    def notify(self, topic: Topic, run_ids: Sequence[str] = ()) -> None:
        """Say that the topic stirred; `run_ids` are those that changed, where the topic is about runs."""
        ...

    def stir(self, topic: Topic) -> None:
        """Say so in this process only."""
        ...

    def subscribe(self, topic: Topic) -> "Subscription":
        """Hear of a topic from now on, until closed."""
        ...


class Subscription(Protocol):
    """One listener's ear on a topic. Hints that come while it is busy are kept."""

    async def wait(self, seconds: float) -> frozenset[str]:
        """Return on the next hint, or after `seconds`; the ids are those told of since the last call."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


# -- what goes into the store


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be stored, with its first run unless it recurs (the planner makes those runs).

    `key` dedupes within the tenant: the first submission with it wins, later ones with the same `fingerprint`
    get its job, and until `key_expires_at` it is remembered.
    """

    job: Job
    run: Run | None
    key: str | None = None
    fingerprint: str | None = None
    key_expires_at: datetime | None = None


class Submitted(msgspec.Struct, frozen=True):
    """What became of a submission. `created` is False where its key was known; `fingerprint` is then the winner's.

    `is_free` is True where a job has parents, but need not wait for any: what it waits for has been.
    """

    job_id: str
    run_id: str | None
    created: bool
    fingerprint: str | None = None
    is_free: bool = False


class RunRef(msgspec.Struct, frozen=True):
    """A run of a tenant."""

    tenant_id: str
    run_id: str


class ClaimRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's wish: at most `limit` queued runs of these queues, of the types that it has handlers for (None: any).

    `handicaps` order the priorities against one another (ADR 6): the k-th oldest run of a priority comes at
    `(k - draw) / weight`, for which the pair `(draw, weight)` is given. Where all else is equal the queue that is named
    first may get all, so they are named in another order each time. With `runs`, only these are looked at, in whichever
    queue they are. Runs of a queue and priority that were due before `since` may be overlooked (ADR 15).
    """

    worker: str
    queues: Sequence[str]
    limit: int
    now: datetime
    lease_until: datetime
    handicaps: Mapping[Priority, tuple[float, float]]
    types: Sequence[str] | None = None
    runs: Sequence[RunRef] | None = None
    since: Mapping[tuple[str, Priority], datetime] = {}


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Of the runs of a queue and priority those that a broker must have lost, if they still wait.

    They were due and queued before `before`, come after `after` in the order of (due_at, id), and are of no type in
    `other_than`. There is `room` for so many of them at present.
    """

    before: datetime
    room: int
    after: tuple[datetime, str] | None = None
    other_than: Sequence[str] = ()


class Waiting(msgspec.Struct, frozen=True):
    """A queued run, and when it was due."""

    run: Queued
    due_at: datetime


class Held(msgspec.Struct, frozen=True):
    """A lease that a worker believes it holds."""

    run_id: str
    tenant_id: str
    lease: int


class Pulse(msgspec.Struct, frozen=True):
    """What the store says of held leases: which are gone, and which runs are to be cancelled."""

    lost: frozenset[str]
    cancelling: frozenset[str]


class Promoted(msgspec.Struct, frozen=True):
    """The runs that became due, and when the next one will be (None: nothing waits)."""

    runs: Sequence[Queued]
    next_due_at: datetime | None


class Moved(msgspec.Struct, frozen=True):
    """What became of runs that waited for others which ended: those that are due, those that are over (skipped, as
    what they waited for can never be, or cancelled), and whether some wait for their time."""

    queued: Sequence[Queued] = ()
    over: Sequence[str] = ()
    has_pending: bool = False

    @classmethod
    def all(cls, moves: "Iterable[Moved]") -> "Moved":
        """These together."""
        those = list(moves)
        return cls(
            [run for moved in those for run in moved.queued],
            [run_id for moved in those for run_id in moved.over],
            any(moved.has_pending for moved in those),
        )

    async def tell(self, broker: "Broker", wakeup: Wakeup) -> None:
        """Let all know of it that wait to hear of it."""
        if self.queued:
            await broker.publish(self.queued)
        if self.queued or self.over:
            wakeup.notify(Topic.CHANGED, [*(run.run_id for run in self.queued), *self.over])
        if self.has_pending:
            wakeup.notify(Topic.SCHEDULED)


class Finished(msgspec.Struct, frozen=True):
    """What came of ending attempts: the ids of runs whose lease was not held any more, for which nothing was written,
    and what it meant for those that waited for the others."""

    lost: frozenset[str]
    moved: Moved = Moved()


class Cancelled(msgspec.Struct, frozen=True):
    """The state each run had before (None: no such run), and what the cancels meant for those that waited for them."""

    before: Sequence[RunState | None]
    moved: Moved = Moved()


class DueJob(msgspec.Struct, frozen=True, kw_only=True):
    """A recurring job whose next planned instant has come."""

    job: Job
    schedule: Schedule
    next_at: datetime
    has_live_run: bool


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence to be stored: its run (queued, or skipped), and where the job's schedule goes on.

    Valid only while the job's next instant is `expected`.
    """

    tenant_id: str
    job_id: str
    expected: datetime
    run: Run
    following: datetime | None
    count: int
    events: Sequence[Event] = ()


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


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel a run: at once if it has not started, else by asking its worker. `event` tells who asked."""

    run_id: str
    tenant_id: str
    at: datetime
    event: Event


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """Pause a recurring job, or let it go on: its state, next planned instant and count of occurrences become these.

    Valid only while it is `expected`, and its next planned instant `expected_next`. `event` is appended to it.
    """

    tenant_id: str
    job_id: str
    expected: JobState
    expected_next: datetime
    state: JobState
    next_at: datetime | None
    planned: int
    event: Event


class ExtraRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a recurring job beside its schedule. `event` is appended to it."""

    run: Run
    event: Event


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Run a dead letter again: `run` is the new run, `event` is appended to the dead one."""

    tenant_id: str
    dead_id: str
    run: Run
    event: Event


class Discard(msgspec.Struct, frozen=True, kw_only=True):
    """Take a run off the dead letters; it stays in the history. `event` is appended to it."""

    tenant_id: str
    dead_id: str
    event: Event


# -- what is asked of the store


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs to list; absent members do not restrict."""

    state: JobState | None = None
    type: str | None = None
    queue: str | None = None


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; absent members do not restrict."""

    state: RunState | None = None
    type: str | None = None
    queue: str | None = None
    job_id: str | None = None


class Occurrence(msgspec.Struct, frozen=True):
    """A planned instant that has come, and the run that stands for it."""

    planned_at: datetime
    run: Run


class Standing(msgspec.Struct, frozen=True):
    """How a run stands, in short."""

    tenant_id: str
    run_id: str
    type: str
    state: RunState


class QueueDepth(msgspec.Struct, frozen=True):
    """How many runs of a queue and state there are, and when the oldest became due."""

    queue: str
    state: RunState
    count: int
    oldest_due_at: datetime


class Stats(msgspec.Struct, frozen=True):
    """Figures for gauges."""

    depths: Sequence[QueueDepth]
    dead_letters: int


# -- the store, by what is done with it


class SubmitStore(Protocol):
    """Taking work in. Every method is one transaction."""

    async def submit(self, batch: Sequence[Submission]) -> list[Submitted]:
        """Store jobs and first runs; answers in the order of the batch. All are stored, or none.

        The parents of a job are of its tenant, and in the batch or stored already. While it waits for one its run is
        blocked; if it need not wait, it is queued, or pending until its time.

        Raises:
            UnknownParent: a parent is neither, has no run of its own as it recurs, or is forgotten.
            ParentEnded: what a job waits for can never be.
        """
        ...

    async def submit_in(self, connection: object, batch: Sequence[Submission]) -> list[Submitted]:
        """Store them in the transaction that the caller has open on a connection of its own to the same database.

        Whoever is to know of the runs hears of them when that transaction is committed.

        Raises:
            InvalidRequest: it is no connection of a kind that this store knows.
            Conflict: no transaction is open.
        """
        ...

    async def cancel(self, batch: Sequence[CancelRequest]) -> Cancelled:
        """Running runs are asked to stop, waiting ones are cancelled, ended ones are left alone.

        All that comes only after such a run, directly or not, and has not started, is cancelled too; what waits for a
        parent to be cancelled or finished, or for any of several, is not, unless nothing is left to wait for.
        """
        ...

    async def cancel_job(self, tenant_id: str, job_id: str, event: Event) -> JobState | None:
        """End a job's schedule; its runs are cancelled one by one. The state it had, None: no such job."""
        ...

    async def steer(self, batch: Sequence[Steering]) -> list[bool]:
        """Whether each job was still as expected; it is as wanted then."""
        ...

    async def add_runs(self, batch: Sequence[ExtraRun]) -> list[bool]:
        """Whether the job of each recurs and has not ended; its run is stored then."""
        ...

    async def retry_now(self, batch: Sequence[tuple[RunRef, Event]], now: datetime) -> list[RunState | None]:
        """Make waiting runs (pending, retrying) due now. The state each had before; None: no such live run."""
        ...

    async def replay(self, batch: Sequence[Replay]) -> list[bool]:
        """Whether each was a dead letter; its new run is then stored and it is none any more."""
        ...

    async def discard(self, batch: Sequence[Discard]) -> list[bool]:
        """Whether each was a dead letter; it is none any more."""
        ...


class EngineStore(Protocol):
    """Moving work on. Every method is one transaction, idempotent, and safe in any number of processes at once."""

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        """Lease queued runs, by priority and age. Each gets the next attempt number and a new lease."""
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

    async def plan(self, batch: Sequence[Planned]) -> int:
        """Store occurrences and move their jobs' schedules on; how many were still expected."""
        ...

    async def expired(self, now: datetime, limit: int) -> list[Expired]:
        """Running runs whose lease ended before `now`."""
        ...

    async def next_expiry(self) -> datetime | None:
        """When the first of all leases ends, unless it is renewed."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget runs that ended before that, oldest first, with all that belongs to them; dead letters stay.

        One bounded step: some `limit` runs are gone through. 0 when nothing is left to do. A store that keeps its
        history in pieces may keep runs up to one piece longer.
        """
        ...


class ReadStore(Protocol):
    """Looking things up, always within a tenant."""

    async def job(self, tenant_id: str, job_id: str) -> Job | None:
        """One job."""
        ...

    async def jobs(self, tenant_id: str, wanted: JobFilter, before: str | None, limit: int) -> list[Job]:
        """Jobs whose id is less than `before`, newest first."""
        ...

    async def run(self, tenant_id: str, run_id: str) -> Run | None:
        """One run, live or ended."""
        ...

    async def runs(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        """Runs whose id is less than `before`, newest first, without their results."""
        ...

    async def occurrences(
        self, tenant_id: str, job_id: str, since: datetime, until: datetime, limit: int
    ) -> list[Occurrence]:
        """Occurrences of a job from `since` on and before `until`, the earliest first; forgotten runs are left out."""
        ...

    async def live_runs(self, tenant_id: str, job_id: str) -> list[str]:
        """The ids of a job's runs that are not over."""
        ...

    async def ended(self, refs: Sequence[RunRef]) -> list[Run]:
        """Those of these runs that are over, with their results."""
        ...

    async def children(self, refs: Sequence[RunRef]) -> list[Link]:
        """Which jobs wait, or waited, for these; a job that runs once is named by its run."""
        ...

    async def standing(self, refs: Sequence[RunRef]) -> list[Standing]:
        """Those of these runs that there are, live or over, in no order."""
        ...

    async def attempts(self, tenant_id: str, run_id: str) -> list[Attempt]:
        """The attempts of a run that were followed by another, oldest first."""
        ...

    async def run_events(self, tenant_id: str, run_id: str) -> list[Event]:
        """The events appended to a run."""
        ...

    async def job_events(self, tenant_id: str, job_id: str) -> list[Event]:
        """The events appended to a job itself."""
        ...

    async def dead_letters(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        """Dead letters whose run id is less than `before`, newest first."""
        ...

    async def stats(self) -> Stats:
        """Counts over all tenants, for gauges."""
        ...


class AccessStore(Protocol):
    """Tenants, keys and job types."""

    async def create_tenant(self, tenant: Tenant) -> bool:
        """Whether the name was free; it is stored then."""
        ...

    async def tenants(self) -> list[Tenant]:
        """All tenants, oldest first."""
        ...

    async def create_key(self, key: ApiKey) -> None:
        """Store a key."""
        ...

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        """A tenant's keys, oldest first, revoked ones too."""
        ...

    async def key_by_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this public prefix."""
        ...

    async def revoke_key(self, tenant_id: str, key_id: str, at: datetime) -> bool:
        """Whether there was such a key; it opens nothing from now on."""
        ...

    async def save_types(self, types: Sequence[JobType], at: datetime) -> None:
        """Register job types, replacing what was known under their names."""
        ...

    async def types(self) -> list[JobType]:
        """All job types that were ever registered, by name."""
        ...


class Store(SubmitStore, EngineStore, ReadStore, AccessStore, Protocol):
    """The truth. One adapter a database; `tests/contract` is what each must do."""

    async def ping(self) -> None:
        """Return if the store can read and write now.

        Raises:
            Unavailable: with what is wrong.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go."""
        ...


class Broker(Protocol):
    """How queued runs reach workers. The store is the truth; a broker may lose everything and costs only time."""

    @property
    def patience(self) -> float:
        """How many seconds a worker with free slots may wait, at present, without asking."""
        ...

    async def publish(self, runs: Sequence[Queued]) -> None:
        """Say that runs wait for a worker. It never fails: the store knows them."""
        ...

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        """Lease due runs for a worker."""
        ...

    async def bury(self, runs: Sequence[Queued]) -> None:
        """Say that runs have become dead letters. It never fails."""
        ...

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        """Say that runs are dead letters no more. It never fails."""
        ...

    async def close(self) -> None:
        """Give back what is in hand, and let go."""
        ...


class HintBroker(Broker, Protocol):
    """A broker with a memory of its own, which may forget: it is rebuilt from the store."""

    async def tidy(self) -> None:
        """Show that we live, and take over from those that do not. It never fails."""
        ...

    async def may_look(self) -> bool:
        """Whether it is there, and it is up to this process to look for what was lost, not to another just now.

        Raises:
            Unavailable: it went away; so do the others here.
        """
        ...

    async def gap(self, queue: str, priority: Priority) -> Gap | None:
        """Where a run that waits must have been lost. None while there is no room for it."""
        ...

    async def republish(self, queue: str, priority: Priority, gap: Gap, lost: Sequence[Waiting]) -> None:
        """Publish again what waits in a gap; it is not lost until these hints are used up.

        `lost` are the first `gap.room` of these runs: all of them, if they are fewer.
        """
        ...

    async def mirrors_dead(self, count: int | None) -> bool:
        """Whether it has all dead letters, of which there are `count`; None: as far as it knows without."""
        ...

    async def forget_dead(self) -> None:
        """Have none, to be told of all anew."""
        ...


class Meter(Protocol):
    """Where figures go. Labels are bounded: types, states, causes; never ids."""

    def submitted(self, job_type: str, count: int) -> None:
        """Jobs were accepted."""
        ...

    def started(self, job_type: str, lateness_seconds: Sequence[float]) -> None:
        """Attempts began, this late."""
        ...

    def ended(self, job_type: str, state: RunState, cause: Cause, durations_seconds: Sequence[float]) -> None:
        """Attempts ended, having taken this long."""
        ...

    def leases_lost(self, count: int) -> None:
        """Leases ran out under their workers."""
        ...

    def rejected(self, code: str) -> None:
        """A request was refused."""
        ...
