"""A handle on a submitted job: ask how it stands, wait for its result, edit it, cancel it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Generic, TypeVar, Unpack

import msgspec

from foliot.domain.errors import Conflict, FoliotError, RunCancelled, RunFailed
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.job import Job
from foliot.domain.page import LARGEST_PAGE, PageRequest
from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.ports import RunFilter
from foliot.sdk.editing import Edits, changes_of
from foliot.service.face import Face
from foliot.service.jobs import Ticket

R = TypeVar("R")


class Handle(Generic[R]):
    """A job that was submitted. `run_id` is None for one that recurs; `runs()` has its runs.

    `created` is False where the submission key was known: this is then the handle of the first submission. `updated` is
    True where that one is debounced, and does now what was asked for last.
    """

    def __init__(
        self,
        services: Face,
        identity: Identity,
        job_id: str,
        run_id: str | None,
        result_type: Any,
        created: bool,
        updated: bool = False,
    ) -> None:
        self.job_id = job_id
        self.run_id = run_id
        self.created = created
        self.updated = updated
        self._services = services
        self._identity = identity
        self._result_type = result_type

    def __repr__(self) -> str:
        return f"<Handle job_id={self.job_id} run_id={self.run_id}>"

    async def run(self) -> Run:
        """The run as it stands.

        Raises:
            NotFound: it ended so long ago that it was pruned.
            Conflict: the job recurs.
        """
        return await self._services.runs.get(self._identity, self._one_run())

    async def status(self) -> RunState:
        """The state of the run."""
        return (await self.run()).state

    async def result(self, timeout: timedelta | float | None = None) -> R:
        """What the handler returned, once the run is over, read as the type that the handler is annotated with.

        Args:
            timeout: how long to wait, in seconds or as a timedelta; for ever when None.

        Raises:
            RunFailed: the run failed for good.
            RunCancelled: it was cancelled, skipped or expired.
            ResultTimeout: it is not over in time; it goes on.
        """
        run = await self.wait(timeout)
        if run.state is RunState.SUCCEEDED:
            return msgspec.json.decode(run.result or b"null", type=self._result_type)  # type: ignore[no-any-return]  # R
        message = run.error.message if run.error is not None else f"The run was {run.state}."
        if run.state is RunState.EXPIRED:
            message = "The run expired: it had not started in time."
        if run.state is RunState.FAILED:
            raise RunFailed(message)
        raise RunCancelled(message)

    async def wait(self, timeout: timedelta | float | None = None) -> Run:
        """The run once it is over, however it ended.

        Args:
            timeout: how long to wait, in seconds or as a timedelta; for ever when None.

        Raises:
            ResultTimeout: it is not over in time; it goes on.
        """
        limit = timeout if isinstance(timeout, timedelta) or timeout is None else timedelta(seconds=timeout)
        return await self._services.watch.ended(self._identity, self._one_run(), limit)

    async def job(self) -> Job:
        """The job as it is defined by now.

        Raises:
            NotFound: it ended so long ago that it was pruned.
        """
        return await self._services.jobs.get(self._identity, self.job_id)

    async def update(self, **edits: Unpack[Edits]) -> Job:
        """Make the job otherwise: what is not given stays. It is as the answer says then.

        A job that recurs follows its new schedule from now on; all else applies to runs that wait. A job that runs once
        can be edited while its run waits, its time until that is started.

        Args:
            payload: the arguments, all of them, by their names.
            at, delay, every, cron, rrule, timezone, start, end, count, jitter, gap, fold, month_end, exclude: when, as
                in `JobFunction.options`; they make a whole new schedule.
            queue: another queue.
            priority: another priority.
            timeout: how long one attempt may take, in seconds or as a timedelta.
            retry: another policy.
            misfire, overlap: other policies, as in `JobFunction.options`.
            expires_in, expires_at: by when runs that wait must have started, as in `JobFunction.options`; None: they do
                not expire.
            if_revision: the revision of the job that was seen, as `job()` has it: whoever edited it since wins.

        Raises:
            NotFound: it ended so long ago that it was pruned.
            RevisionConflict: it has another revision than that.
            Conflict: it has ended, its run has started, or it would recur instead of run once, or the other way round.
            InvalidRequest: something cannot be used.
        """
        changes = changes_of(edits)
        return await self._services.jobs.update(self._identity, self.job_id, changes, edits.get("if_revision"))

    async def cancel(self, *, if_revision: int | None = None) -> None:
        """Cancel the job: what has not started never will, what runs is asked to stop. Harmless when it is over.

        Raises:
            RevisionConflict: it has another revision than `if_revision`.
        """
        await self._services.jobs.cancel(self._identity, self.job_id, if_revision)

    async def events(self) -> list[Event]:
        """All that happened to the run so far, oldest first; for a job that recurs, to the job itself."""
        if self.run_id is None:
            return await self._services.jobs.events(self._identity, self.job_id)
        return await self._services.runs.events(self._identity, self.run_id)

    async def watch(self) -> AsyncIterator[Event]:
        """The events of the run, those that were and those to come, until it is over."""
        async for event in self._services.watch.events(self._identity, self._one_run()):
            yield event

    async def runs(self) -> list[Run]:
        """The latest runs of the job, newest first, at most 500."""
        wanted = RunFilter(job_id=self.job_id)
        return list((await self._services.runs.page(self._identity, wanted, PageRequest(LARGEST_PAGE))).items)

    def _one_run(self) -> str:
        if self.run_id is None:
            raise Conflict(f"Job {self.job_id} recurs; `await handle.runs()` has its runs.")
        return self.run_id


def handle_for(services: Face, identity: Identity, answer: Ticket | FoliotError, result_type: Any) -> Handle[Any]:
    """A handle on what a submission was answered with, or its error raised."""
    if isinstance(answer, FoliotError):
        raise answer
    return Handle(services, identity, answer.job_id, answer.run_id, result_type, answer.created, answer.updated)
