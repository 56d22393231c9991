"""Runs: look up, list, cancel, retry now, and their attempts and events."""

from typing import TypeVar

import msgspec

from foliot.domain.errors import IllegalTransition, NotFound
from foliot.domain.event import Event, attempts_of, story
from foliot.domain.identity import Identity, Role
from foliot.domain.page import Page, PageRequest, page_of
from foliot.domain.run import Attempt, Queued, Run
from foliot.domain.states import EventType, RunState
from foliot.ports import Broker, CancelRequest, RunFilter, RunRef, Store, Topic, Wakeup
from foliot.service.audit import Audit

Failed = TypeVar("Failed", Run, Attempt)

_WAITING = (RunState.PENDING, RunState.RETRYING)


class Runs:
    """The use cases around executions."""

    def __init__(self, store: Store, broker: Broker, audit: Audit, wakeup: Wakeup) -> None:
        self._store = store
        self._broker = broker
        self._audit = audit
        self._wakeup = wakeup

    async def get(self, identity: Identity, run_id: str) -> Run:
        """One run. Where in the handler's code an error was raised is shown to admins only.

        Raises:
            NotFound: this tenant has none of that id.
        """
        identity.require(Role.VIEWER)
        run = await self._store.run(identity.tenant_id, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        return as_seen_by(identity, run)

    async def page(self, identity: Identity, wanted: RunFilter, request: PageRequest) -> Page[Run]:
        """The tenant's runs, newest first, without their results.

        Raises:
            InvalidCursor: the cursor was not made here.
            NotFound: those of a job are wanted that this tenant does not have.
        """
        identity.require(Role.VIEWER)
        found = await self._store.runs(identity.tenant_id, wanted, request.before(), request.limit + 1)
        if not found and wanted.job_id is not None and not await self._store.job(identity.tenant_id, wanted.job_id):
            raise NotFound(f"There is no job {wanted.job_id}.")
        return page_of([as_seen_by(identity, run) for run in found], request.limit)

    async def attempts(self, identity: Identity, run_id: str) -> list[Attempt]:
        """All tries of a run, oldest first, the present one included.

        Raises:
            NotFound: this tenant has none of that id.
        """
        run = await self.get(identity, run_id)
        earlier = await self._store.attempts(identity.tenant_id, run_id)
        return [as_seen_by(identity, attempt) for attempt in attempts_of(run, earlier)]

    async def events(self, identity: Identity, run_id: str) -> list[Event]:
        """All that happened to a run, oldest first.

        Raises:
            NotFound: this tenant has none of that id.
        """
        return (await self.story(identity, run_id))[1]

    async def story(self, identity: Identity, run_id: str) -> tuple[Run, list[Event]]:
        """A run and all that happened to it, oldest first.

        Raises:
            NotFound: this tenant has none of that id.
        """
        run = await self.get(identity, run_id)
        earlier = await self._store.attempts(identity.tenant_id, run_id)
        return run, story(run, earlier, await self._store.run_events(identity.tenant_id, run_id))

    async def cancel(self, identity: Identity, run_id: str) -> Run:
        """Cancel a run that has not started, or ask the worker of a running one to stop it.

        Cancelling a run that is over changes nothing; the answer says how it stands.

        Raises:
            NotFound: this tenant has none of that id.
        """
        identity.require(Role.OPERATOR)
        run = await self.get(identity, run_id)
        if not run.state.is_over:
            event = self._audit.asked(identity, EventType.RUN_CANCEL_REQUESTED, run.job_id, run_id)
            cancelled = await self._store.cancel(
                [CancelRequest(run_id=run_id, tenant_id=identity.tenant_id, at=event.at, event=event)]
            )
            await cancelled.moved.tell(self._broker, self._wakeup)
            self._wakeup.notify(Topic.CANCELLING)
            self._wakeup.notify(Topic.CHANGED, [run_id])
        return await self.get(identity, run_id)

    async def retry_now(self, identity: Identity, run_id: str) -> Run:
        """Make a run that waits for its time or its next attempt due now.

        Raises:
            NotFound: this tenant has none of that id.
            IllegalTransition: it does not wait; a dead letter is replayed instead.
        """
        identity.require(Role.OPERATOR)
        run = await self.get(identity, run_id)
        event = self._audit.asked(identity, EventType.RUN_RETRY_REQUESTED, run.job_id, run_id)
        [before] = await self._store.retry_now([(RunRef(identity.tenant_id, run_id), event)], event.at)
        if before not in _WAITING:
            hint = " Replay it instead." if run.state is RunState.FAILED else ""
            raise IllegalTransition(
                f"Run {run_id} is {before or run.state}; only one that is pending or retrying can be made due.{hint}"
            )
        await self._broker.publish([Queued.of(run)])
        self._wakeup.notify(Topic.REMOTE)  # a stored run does not say whether workers outside do it
        self._wakeup.notify(Topic.CHANGED, [run_id])
        return await self.get(identity, run_id)


def as_seen_by(identity: Identity, item: Failed) -> Failed:
    """What this identity may see of it: a trace tells of the code of whoever runs the workers."""
    if item.error is None or not item.error.trace or identity.has(Role.ADMIN):
        return item
    return msgspec.structs.replace(item, error=msgspec.structs.replace(item.error, trace=""))
