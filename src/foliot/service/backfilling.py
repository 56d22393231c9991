"""Backfilling: occurrences of the past that had no run of their own get one, now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

import msgspec

from foliot.domain.errors import Conflict, InvalidRequest, InvalidTime
from foliot.domain.identity import Identity, Role
from foliot.domain.instant import as_instant
from foliot.domain.job import Job
from foliot.domain.parents import After, Parent, WaitFor
from foliot.domain.policy import Overlap
from foliot.domain.run import Run
from foliot.domain.schedule import At, Calendar, Every, Schedule, observing
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Broker, Clock, ExtraRun, Store, Topic, Wakeup
from foliot.service.admission import Admission
from foliot.service.audit import Audit
from foliot.service.catalogue import Catalogue
from foliot.service.jobs import Jobs

LARGEST_BACKFILL: Final = 1_000
"""The most occurrences in the range of one call."""


class Backfilling:
    """The use case of making good what was missed."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        jobs: Jobs,
        catalogue: Catalogue,
        admission: Admission,
        audit: Audit,
        clock: Clock,
        wakeup: Wakeup,
    ) -> None:
        self._store = store
        self._broker = broker
        self._jobs = jobs
        self._catalogue = catalogue
        self._admission = admission
        self._audit = audit
        self._clock = clock
        self._wakeup = wakeup

    async def backfill(self, identity: Identity, job_id: str, since: datetime, until: datetime | None) -> list[Run]:
        """Give each occurrence at `since` or later and before `until` (now when left out) a run, if none stands for it:
        it was skipped, merged into another, or came before the job did.

        The runs are due now, in the order of their planned instants, one after the other, and after what of the job is
        not over, unless the job's overlaps are allowed. Each has its planned instant, and the job's payload of today.

        Raises:
            NotFound: this tenant has no such job.
            Conflict: the job does not recur, or has ended.
            InvalidRequest: more than 1,000 occurrences lie in that range.
            InvalidTime: an instant is absurd or to come, or `until` is not after `since`.
        """
        identity.require(Role.OPERATOR)
        job = await self._jobs.get(identity, job_id)
        if job.root_id is not None:
            raise Conflict(f"The job {job_id} comes after each run of job {job.root_id}; backfill that one.")
        if job.schedule is None or not job.recurs or job.next_at is None or job.state is JobState.CANCELLED:
            raise Conflict(f"The job {job_id} does not recur, or has ended. Submit one that recurs, and backfill that.")
        now = self._clock.now()
        since, until = _range(since, until, now)
        planned = _instants(job.schedule, await self._jobs.calendars_of(job), job.next_at, since, until)
        while True:
            missing = await self._missing(job, planned)
            batch = await self._batch(identity, job, missing, now)
            try:
                added = await self._store.add_runs(batch)
            except Conflict:  # the planner, or somebody else, was faster: look again
                continue
            if batch and not added.stored[0]:
                raise Conflict(f"The job {job_id} has just ended.")
            if added.moved.queued:
                await self._broker.publish(added.moved.queued)
            if batch:
                self._wakeup.notify(Topic.QUEUED)  # a worker may have passed over a run that was locked just then
            return [item.run for item in batch]

    async def _missing(self, job: Job, planned: Sequence[datetime]) -> list[datetime]:
        if not planned:
            return []
        after_all = planned[-1] + timedelta(microseconds=1)
        came = await self._store.occurrences(job.tenant_id, job.id, planned[0], after_all, LARGEST_BACKFILL)
        taken = {each.planned_at for each in came if each.fate not in ("merged", "skipped")}
        return [at for at in planned if at not in taken]

    async def _batch(self, identity: Identity, job: Job, missing: Sequence[datetime], now: datetime) -> list[ExtraRun]:
        job_type = await self._catalogue.find(identity.tenant_id, job.type)
        waits = (job.overrides.overlap or job_type.policy.overlap) is not Overlap.ALLOW
        before = await self._store.live_runs(job.tenant_id, job.id) if waits and missing else []
        descendants = await self._store.descendants(job.tenant_id, job.id) if missing else []
        batch: list[ExtraRun] = []
        for at in missing:
            run = self._admission.extra_run(job, now, remote=job_type.is_remote, planned_at=at)
            event = self._audit.asked(identity, EventType.RUN_REQUESTED, job.id, run.id)
            event = msgspec.structs.replace(event, data=event.data | {"backfill": at.isoformat()})
            if before:
                run = msgspec.structs.replace(run, state=RunState.BLOCKED, queued_at=None)
            after = After(tuple(Parent(each, WaitFor.FINISHED) for each in before)) if before else None
            followed_by = self._admission.runs_after(run, descendants)
            batch.append(ExtraRun(run=run, event=event, after=after, followed_by=followed_by))
            before = [run.id] if waits else []
        return batch


def _range(since: datetime, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    since = as_instant(since, "from")
    until = now if until is None else as_instant(until, "to")
    for name, instant in (("from", since), ("to", until)):
        if instant > now:
            raise InvalidTime(
                f"{name} lies in the future (it is {now.isoformat()}); what is to come runs by itself.", name
            )
    if until <= since:
        raise InvalidTime("to must be later than from.", "to")
    return since, until


def _instants(
    schedule: Schedule, calendars: Sequence[Calendar], next_at: datetime, since: datetime, until: datetime
) -> list[datetime]:
    """The instants of a schedule in a range of the past, whatever its start, end and count, before the next one, but
    for those that calendars exclude now."""
    if isinstance(schedule, At):
        return []
    whole: Schedule = msgspec.structs.replace(schedule, count=None, end=None)
    if isinstance(whole, Every):
        step = timedelta(seconds=whole.seconds)
        whole = msgspec.structs.replace(whole, start=next_at - step * max(0, (next_at - since) // step))
    last = min(until, next_at)
    found = takewhile(lambda each: each.at < last, observing(whole, calendars, next_at).occurrences(since))
    instants = [each.at for each in islice(found, LARGEST_BACKFILL + 1)]
    if len(instants) > LARGEST_BACKFILL:
        raise InvalidRequest(
            f"More than {LARGEST_BACKFILL:,} occurrences lie in that range; backfill it in pieces.", "to"
        )
    return instants
