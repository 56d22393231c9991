"""Taking work in: `SubmitStore`, and what goes into it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from foliot.domain.debounce import Debounce
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.parents import After
from foliot.domain.run import Run
from foliot.domain.schedule import Decision
from foliot.domain.states import JobState, RunState
from foliot.domain.unique import Until
from foliot.ports.claiming import RunRef
from foliot.ports.editing import Edit, Edited
from foliot.ports.moved import Moved
from foliot.ports.moving import PlannedRun


class Debounced(msgspec.Struct, frozen=True):
    """How long a job waits until it has been quiet. `event` is appended to it if it is replaced; a store completes it
    with the job's id and when it is due."""

    debounce: Debounce
    event: Event


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be stored, with its first run unless it recurs (the planner makes those runs).

    `key` dedupes within the tenant: the first submission with it wins, later ones with the same `fingerprint`
    get its job, and until `key_expires_at` it is remembered. With `key_until` it is free as soon as the run that has it
    has started, or ended; then there need be no such time. With `debounced` it is free when that run is due, and until
    then each submission replaces what the job does, and when.
    """

    job: Job
    run: Run | None
    key: str | None = None
    fingerprint: str | None = None
    key_expires_at: datetime | None = None
    key_until: Until | None = None
    debounced: Debounced | None = None


class Submitted(msgspec.Struct, frozen=True):
    """What became of a submission. `created` is False where its key was known; `fingerprint` is then the winner's.

    `updated` is True where it has replaced what a debounced job does. `is_free` is True where a job has parents, but
    need not wait for any: what it waits for has been.
    """

    job_id: str
    run_id: str | None
    created: bool
    fingerprint: str | None = None
    is_free: bool = False
    updated: bool = False


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel a run: at once if it has not started, else by asking its worker. `event` tells who asked."""

    run_id: str
    tenant_id: str
    at: datetime
    event: Event


class Cancelled(msgspec.Struct, frozen=True):
    """The state each run had before (None: no such run), and what the cancels meant for those that waited for them."""

    before: Sequence[RunState | None]
    moved: Moved = Moved()


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """Pause a recurring job, or let it go on: its state, next planned instant and count of occurrences become these.

    Valid only while it is `expected`, its next planned instant `expected_next`, and its revision `expected_revision`,
    which does not matter if it is None. The revision becomes one more, but where only the plan follows something, which
    is nobody's edit (`raises_revision`). `event` is appended to it.
    """

    tenant_id: str
    job_id: str
    expected_revision: int | None = None
    raises_revision: bool = True
    expected: JobState
    expected_next: datetime
    state: JobState
    next_at: datetime | None
    planned: int
    decided: Sequence[Decision] = ()
    event: Event


class ExtraRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a recurring job beside its schedule, and the runs that it waits for. `event` is appended to it.

    One with a planned instant stands for that occurrence from then on. `followed_by` are the runs of the jobs that come
    after its own, stored with it or not at all.
    """

    run: Run
    event: Event
    after: After | None = None
    followed_by: Sequence[PlannedRun] = ()


class Added(msgspec.Struct, frozen=True):
    """Whether the job of each run recurs and has not ended, and what it means that the others are stored."""

    stored: Sequence[bool]
    moved: Moved = Moved()


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

    async def cancel_jobs(self, batch: Sequence[Event]) -> list[JobState | None]:
        """End recurring jobs, so that nothing more of them is planned; their runs are cancelled one by one.

        Each event names a job of its tenant, and is appended to it. The state that each had, None: no such job.
        """
        ...

    async def steer(self, batch: Sequence[Steering]) -> list[bool]:
        """Whether each job was still as expected; it is as wanted then."""
        ...

    async def edit(self, batch: Sequence[Edit]) -> list[Edited]:
        """Make jobs otherwise, and their runs that wait; answers in the order of the batch."""
        ...

    async def add_runs(self, batch: Sequence[ExtraRun]) -> Added:
        """Store the runs whose jobs recur and have not ended, in the order in which they wait for one another.

        Raises:
            Conflict: for an occurrence another run stands already; nothing is stored.
        """
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
