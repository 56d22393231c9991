"""Jobs: submit, look up, list, cancel."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from foliot.domain.errors import Conflict, FoliotError, KeyConflict, NotFound
from foliot.domain.event import Event
from foliot.domain.identity import Identity, Role
from foliot.domain.job import Job
from foliot.domain.page import Page, PageRequest, page_of
from foliot.domain.run import Queued, Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import (
    Broker,
    CancelRequest,
    Clock,
    ExtraRun,
    JobFilter,
    Meter,
    Steering,
    Store,
    Submission,
    Submitted,
    Topic,
    Wakeup,
)
from foliot.service.admission import Admission, JobRequest
from foliot.service.audit import Audit
from foliot.service.catalogue import Catalogue
from foliot.service.group_commit import GroupCommit
from foliot.service.steering import paused, resumed

LARGEST_BATCH = 10_000
"""The most jobs in one call of `submit_many`."""

_LARGEST_WRITE = 2_000
_AT_A_STRETCH = 500


class Ticket(msgspec.Struct, frozen=True):
    """The receipt for a submission: the ids to ask by. `run_id` is None for a job that recurs, whose runs come later.

    `created` is False where the submission key was known: the ids are then those of the first submission.
    """

    job_id: str
    run_id: str | None
    created: bool


class Jobs:
    """The use cases around definitions."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        catalogue: Catalogue,
        admission: Admission,
        audit: Audit,
        clock: Clock,
        wakeup: Wakeup,
        meter: Meter,
    ) -> None:
        self._store = store
        self._broker = broker
        self._catalogue = catalogue
        self._admission = admission
        self._audit = audit
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._submissions: GroupCommit[Submission, Submitted] = GroupCommit(self._write, _LARGEST_WRITE)

    async def submit(self, identity: Identity, request: JobRequest) -> Ticket:
        """Store a job. Once this has answered, the job survives any crash.

        Raises:
            InvalidRequest: something in it must change; nothing is stored.
            KeyConflict: its key was used for another job.
            Unavailable: the store cannot take it now; nothing is stored.
        """
        [answer] = await self.submit_many(identity, [request])
        if isinstance(answer, FoliotError):
            raise answer
        return answer

    async def submit_many(
        self,
        identity: Identity,
        requests: Sequence[JobRequest],
        *,
        all_or_none: bool = False,
        connection: object = None,
    ) -> list[Ticket | FoliotError]:
        """Store many jobs at once: a ticket for each, or the error that kept it out.

        With `all_or_none` one bad request keeps out all, and its error is raised. With a `connection` they are stored
        in the transaction that is open on it.
        """
        identity.require(Role.OPERATOR)
        now = self._clock.now()
        answers: list[Ticket | FoliotError | None] = []
        submissions: list[Submission] = []
        for position, request in enumerate(requests, 1):
            if not position % _AT_A_STRETCH:
                await asyncio.sleep(0)  # thousands at once must not hold up the other callers
            try:
                job_type = self._catalogue.known(request.type) or await self._catalogue.find(request.type)
                submissions.append(self._admission.admit(identity, request, job_type, now))
                answers.append(None)
            except FoliotError as error:
                self._meter.rejected(error.code)
                if all_or_none:
                    raise
                answers.append(error)
        told: Sequence[Submitted] = ()
        if submissions and connection is not None:
            told = await self._store.submit_in(connection, submissions)
        elif submissions:
            told = await self._submissions.ask(submissions)
        stored = iter(zip(submissions, told, strict=True))
        return [_ticket(*next(stored)) if answer is None else answer for answer in answers]

    async def _write(self, batch: Sequence[Submission]) -> list[Submitted]:
        answers = await self._store.submit(batch)
        await self._tell(batch)
        return answers

    async def _tell(self, batch: Sequence[Submission]) -> None:
        counts: dict[str, int] = {}
        due = []
        for submission in batch:
            counts[submission.job.type] = counts.get(submission.job.type, 0) + 1
            if submission.run is not None and submission.run.state is RunState.QUEUED:
                due.append(Queued.of(submission.run))
        for job_type, count in counts.items():
            self._meter.submitted(job_type, count)
        if due:
            await self._broker.publish(due)
        if len(due) < len(batch):
            self._wakeup.notify(Topic.SCHEDULED)

    async def get(self, identity: Identity, job_id: str) -> Job:
        """One job.

        Raises:
            NotFound: this tenant has none of that id.
        """
        identity.require(Role.VIEWER)
        job = await self._store.job(identity.tenant_id, job_id)
        if job is None:
            raise NotFound(f"There is no job {job_id}.")
        return job

    async def page(self, identity: Identity, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """The tenant's jobs, newest first.

        Raises:
            InvalidCursor: the cursor was not made here.
        """
        identity.require(Role.VIEWER)
        found = await self._store.jobs(identity.tenant_id, wanted, request.before(), request.limit + 1)
        return page_of(found, request.limit)

    async def events(self, identity: Identity, job_id: str) -> list[Event]:
        """What happened to a job itself, oldest first; what happened to its runs is told by each run.

        Raises:
            NotFound: this tenant has none of that id.
        """
        job = await self.get(identity, job_id)
        created = Event(
            id=job.id,
            tenant_id=job.tenant_id,
            job_id=job.id,
            run_id=None,
            type=EventType.JOB_CREATED,
            at=job.created_at,
            data={"by": job.user_id},
        )
        return [created, *await self._store.job_events(identity.tenant_id, job_id)]

    async def cancel(self, identity: Identity, job_id: str) -> Job:
        """End a job: no more occurrences; runs that have not started are cancelled, running ones are asked to stop.

        Cancelling an ended job changes nothing.

        Raises:
            NotFound: this tenant has none of that id.
        """
        identity.require(Role.OPERATOR)
        job = await self.get(identity, job_id)
        if job.state in (JobState.ACTIVE, JobState.PAUSED):
            if job.recurs:
                event = self._audit.asked(identity, EventType.JOB_CANCELLED, job_id)
                await self._store.cancel_job(identity.tenant_id, job_id, event)
            await self._cancel_live_runs(identity, job_id)
        return await self.get(identity, job_id)

    async def pause(self, identity: Identity, job_id: str) -> Job:
        """Plan no more occurrences of a recurring job until it is resumed; runs that exist go on.

        Pausing a paused job changes nothing.

        Raises:
            NotFound: this tenant has none of that id.
            Conflict: the job does not recur, or has ended.
        """
        return await self._steer(identity, job_id, JobState.PAUSED, EventType.JOB_PAUSED, paused)

    async def resume(self, identity: Identity, job_id: str) -> Job:
        """Let a paused job go on with its first occurrence from now on; the event tells how many were passed over.

        Resuming an active job changes nothing.

        Raises:
            NotFound: this tenant has none of that id.
            Conflict: the job does not recur, or has ended.
        """
        return await self._steer(identity, job_id, JobState.ACTIVE, EventType.JOB_RESUMED, resumed)

    async def _steer(
        self,
        identity: Identity,
        job_id: str,
        wanted: JobState,
        told: EventType,
        steering: Callable[[Job, Event], Steering],
    ) -> Job:
        identity.require(Role.OPERATOR)
        while (job := await self._recurring(identity, job_id)).state is not wanted:
            event = self._audit.asked(identity, told, job_id)
            if (await self._store.steer([steering(job, event)]))[0]:  # else it was planned just now: look again
                self._wakeup.notify(Topic.SCHEDULED)
                return await self.get(identity, job_id)
        return job

    async def run_now(self, identity: Identity, job_id: str) -> Run:
        """Run a recurring job once more, now, beside its schedule, whatever else of it runs.

        Raises:
            NotFound: this tenant has none of that id.
            Conflict: the job does not recur, or has ended.
        """
        identity.require(Role.OPERATOR)
        job = await self._recurring(identity, job_id)
        run = self._admission.extra_run(job, self._clock.now())
        event = self._audit.asked(identity, EventType.RUN_REQUESTED, job_id, run.id)
        if not (await self._store.add_runs([ExtraRun(run=run, event=event)]))[0]:
            raise Conflict(f"The job {job_id} has just ended.")
        await self._broker.publish([Queued.of(run)])
        return run

    async def _recurring(self, identity: Identity, job_id: str) -> Job:
        job = await self.get(identity, job_id)
        if not job.recurs:
            raise Conflict(f"The job {job_id} runs once. Cancel it, or submit it again with another time.")
        if job.next_at is None or job.state not in (JobState.ACTIVE, JobState.PAUSED):
            raise Conflict(f"The job {job_id} has no more occurrences; submit it again.")
        return job

    async def _cancel_live_runs(self, identity: Identity, job_id: str) -> None:
        live = await self._store.live_runs(identity.tenant_id, job_id)
        if live:
            events = [self._audit.asked(identity, EventType.RUN_CANCEL_REQUESTED, job_id, run_id) for run_id in live]
            await self._store.cancel(
                [
                    CancelRequest(run_id=run_id, tenant_id=identity.tenant_id, at=event.at, event=event)
                    for run_id, event in zip(live, events, strict=True)
                ]
            )
            self._wakeup.notify(Topic.CANCELLING)
            self._wakeup.notify(Topic.CHANGED, live)


def _ticket(asked: Submission, got: Submitted) -> Ticket | FoliotError:
    if not got.created and got.fingerprint != asked.fingerprint:
        return KeyConflict(
            f"The submission key {asked.key!r} belongs to job {got.job_id}, which was asked for otherwise. "
            "Use a new key for a new job.",
            "key",
        )
    return Ticket(got.job_id, got.run_id, got.created)
