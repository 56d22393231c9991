"""Jobs: submit, look up, list, edit, cancel."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from foliot.domain.errors import Conflict, FoliotError, InvalidParents, KeyConflict, NotFound, ParentEnded
from foliot.domain.event import Event
from foliot.domain.identity import Identity, Role
from foliot.domain.job import Job
from foliot.domain.lineage import ends_with
from foliot.domain.page import Page, PageRequest, page_of
from foliot.domain.run import Queued, Run
from foliot.domain.schedule import Calendar
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import (
    Broker,
    CancelRequest,
    Clock,
    ExtraRun,
    JobFilter,
    Meter,
    Root,
    RunRef,
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
from foliot.service.editing import Editing, JobChanges, changed_meanwhile
from foliot.service.group_commit import GroupCommit
from foliot.service.known_calendars import known_calendars
from foliot.service.linking import Linking
from foliot.service.replanning import Replanning
from foliot.service.runs import as_seen_by
from foliot.service.steering import paused, resumed

LARGEST_BATCH = 10_000
"""The most jobs in one call of `submit_many`."""

_LARGEST_WRITE = 2_000
_AT_A_STRETCH = 500


class Ticket(msgspec.Struct, frozen=True):
    """The receipt for a submission: the ids to ask by. `run_id` is None for a job that recurs, whose runs come later.

    `created` is False where the submission key was known: the ids are then those of the first submission. `updated` is
    True where that one is debounced, and does now what this one asks for. `repeated` is True where the first was this
    very request, by its `repeat_key`.
    """

    job_id: str
    run_id: str | None
    created: bool
    updated: bool = False
    repeated: bool = False


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
        replanning: Replanning,
    ) -> None:
        self._store = store
        self._broker = broker
        self._catalogue = catalogue
        self._admission = admission
        self._audit = audit
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._replanning = replanning
        self._editing = Editing(store, broker, catalogue, admission, audit, wakeup, replanning)
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

        Jobs that wait for others of the call are stored with these, or refused with them. With `all_or_none` one bad
        request keeps out all, and its error is raised. With a `connection` they are stored
        in the transaction that is open on it.
        """
        identity.require(Role.OPERATOR)
        now = self._clock.now()
        schedules = [request.schedule for request in requests]
        calendars = await known_calendars(self._store, identity.tenant_id, schedules)
        admitted: list[Submission | FoliotError] = []
        for position, request in enumerate(requests, 1):
            if not position % _AT_A_STRETCH:
                await asyncio.sleep(0)  # thousands at once must not hold up the other callers
            try:
                known = self._catalogue.known(identity.tenant_id, request.type)
                job_type = known or await self._catalogue.find(identity.tenant_id, request.type)
                admitted.append(self._admission.admit(identity, request, job_type, now, calendars))
            except FoliotError as error:
                self._meter.rejected(error.code)
                if all_or_none:
                    raise
                admitted.append(error)
        graphs: list[list[int]] = []
        if any(request.parents for request in requests):
            roots = await self._roots_outside(identity, requests)
            graphs = self._link(Linking(requests, admitted, roots), admitted, all_or_none)
        told = await self._stored(admitted, graphs, all_or_none, connection)
        if calendars.held:
            await self._replanning.look_again(identity, calendars)
        return [
            answer if isinstance(answer, FoliotError) else _ticket(requests[position], answer, told[position])
            for position, answer in enumerate(admitted)
        ]

    async def _roots_outside(self, identity: Identity, requests: Sequence[JobRequest]) -> Mapping[str, Root]:
        """Those parents that are stored already and recur, or come after a job that does."""
        outside = {parent.job_id for request in requests for parent in request.parents if parent.job_id is not None}
        found = await self._store.roots(identity.tenant_id, sorted(outside)) if outside else []
        return {each.job_id: each for each in found}

    def _link(self, linking: Linking, admitted: list[Submission | FoliotError], all_or_none: bool) -> list[list[int]]:
        """Let jobs know their parents, or refuse all that belong together; where those are that may be stored."""
        taken = []
        for graph in linking.graphs():
            try:
                for position, submission in zip(graph, linking.linked(graph), strict=True):
                    admitted[position] = submission
                taken.append(graph)
            except FoliotError as error:
                if all_or_none:
                    raise
                self._refuse(admitted, graph, error)
        return taken

    def _refuse(self, admitted: list[Submission | FoliotError], graph: Sequence[int], error: FoliotError) -> None:
        """None of a graph is stored if one of its jobs cannot be; those that are bad themselves say why."""
        self._meter.rejected(error.code)
        for position in graph:
            if not isinstance(admitted[position], FoliotError):
                admitted[position] = error

    async def _stored(
        self,
        admitted: list[Submission | FoliotError],
        graphs: Sequence[Sequence[int]],
        all_or_none: bool,
        connection: object,
    ) -> Mapping[int, Submitted]:
        """What became of the submissions, by their positions; those that are refused now are errors from then on."""
        those = {n: item for n, item in enumerate(admitted) if not isinstance(item, FoliotError)}
        if not those:
            return {}
        if connection is not None:
            return dict(zip(those, await self._store.submit_in(connection, [*those.values()]), strict=True))
        if not graphs:
            return dict(zip(those, await self._submissions.ask([*those.values()]), strict=True))
        if all_or_none:
            return dict(zip(those, await self._write([*those.values()]), strict=True))
        told: dict[int, Submitted] = {}
        in_graphs = {position for graph in graphs for position in graph}
        if plain := [position for position in those if position not in in_graphs]:
            told |= zip(plain, await self._submissions.ask([those[position] for position in plain]), strict=True)
        together = [position for graph in graphs for position in graph]
        try:
            told |= zip(together, await self._write([those[position] for position in together]), strict=True)
        except (InvalidParents, ParentEnded):  # one of them is refused: let each graph stand for itself
            for graph in graphs:
                try:
                    told |= zip(graph, await self._write([those[position] for position in graph]), strict=True)
                except (InvalidParents, ParentEnded) as error:
                    self._refuse(admitted, graph, error)
        return told

    async def _write(self, batch: Sequence[Submission]) -> list[Submitted]:
        answers = await self._store.submit(batch)
        await self._tell(batch, answers)
        return answers

    async def _tell(self, batch: Sequence[Submission], answers: Sequence[Submitted]) -> None:
        counts: dict[str, int] = {}
        due, blocked, known, expires = [], 0, 0, False
        for submission, answer in zip(batch, answers, strict=True):
            counts[submission.job.type] = counts.get(submission.job.type, 0) + 1
            run = submission.run
            if not answer.created and not answer.updated:
                known += 1
                continue
            if run is None:
                continue
            expires = expires or run.expires_at is not None
            if run.state is RunState.PENDING:
                continue
            if run.state is RunState.QUEUED or (answer.is_free and run.due_at <= submission.job.created_at):
                due.append(Queued.of(run))
            elif not answer.is_free:
                blocked += 1
        for job_type, count in counts.items():
            self._meter.submitted(job_type, count)
        if due:
            await self._broker.publish(due)
        if len(due) + blocked + known < len(batch):
            self._wakeup.notify(Topic.SCHEDULED)
        if expires:
            self._wakeup.notify(Topic.EXPIRING)
        if blocked:
            self._wakeup.notify(Topic.QUEUED)  # a worker may have passed over a parent that was locked just then

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

    async def id_of_key(self, identity: Identity, key: str) -> str:
        """The id of the job that was submitted with this key.

        Raises:
            NotFound: this tenant has none, or it was too long ago.
        """
        identity.require(Role.VIEWER)
        found = await self._store.job_of_key(identity.tenant_id, key)
        if found is None:
            raise NotFound("There is no job with this submission key, or it is not remembered any more.")
        return found

    async def page(self, identity: Identity, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        """The tenant's jobs, newest first.

        Raises:
            InvalidCursor: the cursor was not made here.
        """
        identity.require(Role.VIEWER)
        found = await self._store.jobs(identity.tenant_id, wanted, request.before(), request.limit + 1)
        return page_of(found, request.limit)

    async def latest_runs(self, identity: Identity, jobs: Sequence[Job]) -> list[Run | None]:
        """The run of each of these jobs, without its result; None for one that recurs, or whose run is forgotten."""
        identity.require(Role.VIEWER)
        refs = [RunRef(identity.tenant_id, job.id) for job in jobs if not job.recurs]
        found = {run.id: as_seen_by(identity, run) for run in await self._store.known_runs(refs)} if refs else {}
        return [found.get(job.id) for job in jobs]

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

    async def update(
        self,
        identity: Identity,
        job_id: str,
        changes: JobChanges | Callable[[Job], JobChanges],
        expected: int | None = None,
    ) -> Job:
        """Make a job otherwise; as it is then. Nothing happens if it is as wanted already.

        Another schedule of a job that recurs is followed from its first occurrence after now; occurrences that were due
        and not planned yet are passed over, and the event `job.updated` tells how many. Runs that were planned already
        stay. `count` bounds all occurrences that the job has ever had, those before the edit included.

        All else applies to its runs that wait: for others, for their time, for a worker, or for another attempt. A run
        that is in a worker's hands goes on as it was begun; should it be tried again, that attempt has the new payload
        and overrides, in the old queue. A claim that is under way while the edit is stored comes before it or after it;
        on PostgreSQL with Redis, one that names its runs may still take the payload and overrides from before, with the
        run as edited. Claims that begin after the edit was answered have the new ones.

        A job that runs once can be edited while its run waits; its time, until that run is started.

        Args:
            changes: what is to be otherwise, or how to tell from the job what is.
            expected: the revision that the caller has seen; it must be the present one then.

        Raises:
            NotFound: this tenant has none of that id.
            RevisionConflict: it has another revision than the expected one.
            Conflict: it has ended, its run has started, or it would recur instead of run once, or the other way round.
            InvalidRequest: something in it must change; nothing is stored.
        """
        await self._editing.edit(identity, job_id, changes if callable(changes) else lambda job: changes, expected)
        return await self.get(identity, job_id)

    async def cancel(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        """End a job: no more occurrences; runs that have not started are cancelled, running ones are asked to stop.

        All that comes after it, directly or not, and has not started is cancelled too, but for what waits for a parent
        to be cancelled or just finished. With a job that recurs, or comes after one that does, those jobs end that
        cannot do without its runs. An ended job stays as it is. `expected` is as in `update`, when the cancel begins.

        Raises:
            NotFound: this tenant has none of that id.
            RevisionConflict: it has another revision than the expected one.
        """
        identity.require(Role.OPERATOR)
        job = _as_expected(await self.get(identity, job_id), expected)
        if job.recurs and job.state in (JobState.ACTIVE, JobState.PAUSED):
            await self._end(identity, job)
        live = await self._store.live_runs(identity.tenant_id, job_id)
        # Others may wait for a job that runs once, also when it is over itself.
        await self._cancel_runs(identity, job_id, live if job.recurs else list(dict.fromkeys([*live, job_id])))
        return await self.get(identity, job_id)

    async def _end(self, identity: Identity, job: Job) -> None:
        """Let a job that recurs, or comes after one that does, have no more runs; nor those that need its runs."""
        root_id = job.root_id or job.id
        events = []
        for each in ends_with(job.id, root_id, await self._store.descendants(job.tenant_id, root_id)):
            if each.id != job.id:
                event = self._audit.asked(identity, EventType.JOB_CANCELLED, each.id)
                events.append(msgspec.structs.replace(event, data=event.data | {"ancestor": job.id}))
        # Last, as those that come after it are active only as long as it is.
        await self._store.cancel_jobs([*events, self._audit.asked(identity, EventType.JOB_CANCELLED, job.id)])

    async def pause(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        """Plan no more occurrences of a recurring job until it is resumed; runs that exist go on.

        Pausing a paused job changes nothing. `expected` is as in `update`.

        Raises:
            NotFound: this tenant has none of that id.
            RevisionConflict: it has another revision than the expected one.
            Conflict: the job does not recur, or has ended.
        """
        return await self._steer(identity, job_id, JobState.PAUSED, EventType.JOB_PAUSED, paused, expected)

    async def resume(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        """Let a paused job go on with its first occurrence from now on; the event tells how many were passed over.

        Resuming an active job changes nothing. `expected` is as in `update`.

        Raises:
            NotFound: this tenant has none of that id.
            RevisionConflict: it has another revision than the expected one.
            Conflict: the job does not recur, or has ended.
        """
        return await self._steer(identity, job_id, JobState.ACTIVE, EventType.JOB_RESUMED, resumed, expected)

    async def _steer(
        self,
        identity: Identity,
        job_id: str,
        wanted: JobState,
        told: EventType,
        steering: Callable[[Job, Event, Sequence[Calendar]], Steering],
        expected: int | None,
    ) -> Job:
        identity.require(Role.OPERATOR)
        while True:
            job = _as_expected(await self._recurring(identity, job_id), expected)
            if job.state is wanted:
                return job
            event = self._audit.asked(identity, told, job_id)
            asked = steering(job, event, await self.calendars_of(job))
            if (await self._store.steer([asked]))[0]:  # else it was planned just now: look again
                self._wakeup.notify(Topic.SCHEDULED)
                return await self.get(identity, job_id)

    async def calendars_of(self, job: Job) -> Sequence[Calendar]:
        """The calendars that a job excludes, as they are now."""
        return await self._store.calendars_named(job.tenant_id, job.exclude) if job.exclude else ()

    async def run_now(self, identity: Identity, job_id: str, expected: int | None = None) -> Run:
        """Run a recurring job once more, now, beside its schedule, whatever else of it runs.

        `expected` is as in `update`, when the run is made.

        Raises:
            NotFound: this tenant has none of that id.
            RevisionConflict: it has another revision than the expected one.
            Conflict: the job does not recur, or has ended.
        """
        identity.require(Role.OPERATOR)
        job = _as_expected(await self._recurring(identity, job_id), expected)
        job_type = await self._catalogue.sought(identity.tenant_id, job.type)
        run = self._admission.extra_run(job, self._clock.now(), remote=job_type is not None and job_type.is_remote)
        event = self._audit.asked(identity, EventType.RUN_REQUESTED, job_id, run.id)
        after = self._admission.runs_after(run, await self._store.descendants(job.tenant_id, job.id))
        if not (await self._store.add_runs([ExtraRun(run=run, event=event, followed_by=after)])).stored[0]:
            raise Conflict(f"The job {job_id} has just ended.")
        await self._broker.publish([Queued.of(run)])
        return run

    async def _recurring(self, identity: Identity, job_id: str) -> Job:
        job = await self.get(identity, job_id)
        if job.root_id is not None:
            raise Conflict(f"The job {job_id} comes after each run of job {job.root_id}; do that to this one.")
        if not job.recurs:
            raise Conflict(f"The job {job_id} runs once. Cancel it, or give it another time.")
        if job.next_at is None or job.state not in (JobState.ACTIVE, JobState.PAUSED):
            raise Conflict(f"The job {job_id} has no more occurrences; submit it again.")
        return job

    async def _cancel_runs(self, identity: Identity, job_id: str, run_ids: Sequence[str]) -> None:
        events = [self._audit.asked(identity, EventType.RUN_CANCEL_REQUESTED, job_id, run_id) for run_id in run_ids]
        cancelled = await self._store.cancel(
            [
                CancelRequest(run_id=run_id, tenant_id=identity.tenant_id, at=event.at, event=event)
                for run_id, event in zip(run_ids, events, strict=True)
            ]
        )
        self._wakeup.notify(Topic.CANCELLING)
        self._wakeup.notify(Topic.CHANGED, run_ids)
        await cancelled.moved.tell(self._broker, self._wakeup)


def _as_expected(job: Job, expected: int | None) -> Job:
    if expected is not None and job.revision != expected:
        raise changed_meanwhile(job)
    return job


def _ticket(request: JobRequest, asked: Submission, got: Submitted) -> Ticket | FoliotError:
    if not got.created and got.fingerprint != asked.fingerprint:
        return KeyConflict(
            f"The submission key {asked.key!r} belongs to job {got.job_id}, which was asked for otherwise. "
            "Use a new key for a new job.",
            "key",
        )
    repeated = not got.created and asked.key is not None and asked.key == request.repeat_key
    return Ticket(got.job_id, got.run_id, got.created, got.updated, repeated)
