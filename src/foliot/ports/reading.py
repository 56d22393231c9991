"""Looking things up: `ReadStore`, and what is asked of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.lineage import Descendant
from foliot.domain.priority import Priority
from foliot.domain.ripple import Link
from foliot.domain.run import Attempt, Run
from foliot.domain.schedule import Fate
from foliot.domain.states import JobState, RunState
from foliot.ports.claiming import RunRef


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs to list; absent members do not restrict."""

    state: JobState | None = None
    type: str | None = None
    queue: str | None = None
    priority: Priority | None = None


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; absent members do not restrict."""

    state: RunState | None = None
    type: str | None = None
    queue: str | None = None
    job_id: str | None = None
    priority: Priority | None = None

    def is_of_kind(self, run: Run) -> bool:
        """Whether a run has the wanted type, queue and priority."""
        asked, has = (self.type, self.queue, self.priority), (run.type, run.queue, run.priority)
        return all(wanted in (None, found) for wanted, found in zip(asked, has, strict=True))


class Occurrence(msgspec.Struct, frozen=True):
    """A planned instant that has come, what became of it, and the run that stands for it, if one does."""

    planned_at: datetime
    fate: Fate
    run: Run | None


class Standing(msgspec.Struct, frozen=True):
    """How a run stands, in short."""

    tenant_id: str
    run_id: str
    type: str
    state: RunState


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A recurring job, or the one that a job comes after: whether it may still have runs, and how many jobs come after
    it (at most one more than there may be)."""

    job_id: str
    root_id: str
    is_alive: bool
    descendants: int


class Ends(msgspec.Struct, frozen=True):
    """Runs that ended, the earliest first, and the mark after which to go on; `is_all` if there are no more yet."""

    refs: Sequence[RunRef]
    mark: int
    is_all: bool


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

    async def job_of_key(self, tenant_id: str, key: str) -> str | None:
        """The id of the job that was submitted with this key, if it is still remembered."""
        ...

    async def live_runs(self, tenant_id: str, job_id: str) -> list[str]:
        """The ids of a job's runs that are not over."""
        ...

    async def known_runs(self, refs: Sequence[RunRef]) -> list[Run]:
        """Those of these runs that there are, live or over, in no order, without their results."""
        ...

    async def ended(self, refs: Sequence[RunRef]) -> list[Run]:
        """Those of these runs that are over, with their results."""
        ...

    async def look_up(self, refs: Sequence[RunRef]) -> list[Run]:
        """Those of these runs that there are, live or over, without their results, in no order."""
        ...

    async def end_mark(self, now: datetime) -> int:
        """A mark before which all ends are that are stored now, and some that are not: those from here on come after
        it, or were stored so late that `ends` tells them all the same."""
        ...

    async def ends(self, tenant_ids: Sequence[str], mark: int, now: datetime, limit: int) -> Ends:
        """Runs of these tenants that ended after the mark: some `limit` of them, or all there are.

        Going on from mark to mark leaves none out, whichever order they were stored in. Those close to the end may be
        told again. 0 is the mark before all that is kept.
        """
        ...

    async def children(self, refs: Sequence[RunRef]) -> list[Link]:
        """Which jobs wait, or waited, for these; a job that runs once is named by its run."""
        ...

    async def links_to(self, refs: Sequence[RunRef]) -> list[Link]:
        """The links between runs and their parents, of those runs whose jobs come after a recurring one."""
        ...

    async def roots(self, tenant_id: str, job_ids: Sequence[str]) -> list[Root]:
        """Those of these jobs that recur, or come after a recurring one, in no order."""
        ...

    async def descendants(self, tenant_id: str, root_id: str) -> list[Descendant]:
        """The jobs that come after a recurring one, directly or not, and have not been cancelled, the oldest first."""
        ...

    async def latest(self, tenant_id: str, job_ids: Sequence[str]) -> dict[str, Standing]:
        """How the newest run of each of these jobs stands; without those that have none."""
        ...

    async def standing(self, refs: Sequence[RunRef]) -> list[Standing]:
        """Those of these runs that there are, live or over, in no order."""
        ...

    async def marks(self, refs: Sequence[RunRef]) -> dict[RunRef, str]:
        """For those of these runs that there are, a text that is another one whenever something happened to it."""
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
