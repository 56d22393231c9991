"""Dead letters: runs that failed for good, to be run again or put away, one by one or all that fit a filter."""

from collections.abc import Sequence

import msgspec

from foliot.domain.errors import InvalidRequest, NotFound
from foliot.domain.identity import Identity, Role
from foliot.domain.ids import IdSequence
from foliot.domain.page import LARGEST_PAGE, Page, PageRequest, page_of
from foliot.domain.run import Queued, Run
from foliot.domain.states import EventType, RunState
from foliot.ports import Broker, Clock, Discard, Replay, RunFilter, RunRef, Store
from foliot.service.audit import Audit
from foliot.service.catalogue import Catalogue
from foliot.service.runs import as_seen_by


class DeadLetters:
    """The use cases around runs that failed for good."""

    def __init__(
        self, store: Store, broker: Broker, catalogue: Catalogue, audit: Audit, ids: IdSequence, clock: Clock
    ) -> None:
        self._store = store
        self._broker = broker
        self._catalogue = catalogue
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def page(self, identity: Identity, wanted: RunFilter, request: PageRequest) -> Page[Run]:
        """The tenant's dead letters, newest first; `wanted.state` is not looked at.

        Raises:
            InvalidCursor: the cursor was not made here.
        """
        identity.require(Role.VIEWER)
        found = await self._store.dead_letters(identity.tenant_id, wanted, request.before(), request.limit + 1)
        return page_of([as_seen_by(identity, run) for run in found], request.limit)

    async def replay(self, identity: Identity, run_id: str) -> Run:
        """A new run of a dead letter, which is none any more. The new run names the old one.

        Raises:
            NotFound: it is no dead letter of this tenant.
        """
        identity.require(Role.OPERATOR)
        fresh = await self._replay(identity, [await self._dead(identity, run_id)])
        if not fresh:
            raise _not_dead(run_id)
        return fresh[0]

    async def discard(self, identity: Identity, run_id: str) -> None:
        """Take a run off the dead letters. It stays in the history.

        Raises:
            NotFound: it is no dead letter of this tenant.
        """
        identity.require(Role.OPERATOR)
        if not await self._discard(identity, [await self._dead(identity, run_id)]):
            raise _not_dead(run_id)

    async def replay_all(self, identity: Identity, wanted: RunFilter, limit: int) -> Sequence[str]:
        """Replay up to `limit` (1 to 500) dead letters that fit, oldest of the newest page first; the new runs' ids.

        Raises:
            InvalidRequest: a limit out of range.
        """
        identity.require(Role.OPERATOR)
        return [run.id for run in await self._replay(identity, await self._some(identity, wanted, limit))]

    async def discard_all(self, identity: Identity, wanted: RunFilter, limit: int) -> int:
        """Discard up to `limit` (1 to 500) dead letters that fit; how many.

        Raises:
            InvalidRequest: a limit out of range.
        """
        identity.require(Role.OPERATOR)
        return await self._discard(identity, await self._some(identity, wanted, limit))

    async def _dead(self, identity: Identity, run_id: str) -> Run:
        run = await self._store.run(identity.tenant_id, run_id)
        if run is None or run.state is not RunState.FAILED:
            raise _not_dead(run_id)
        return run

    async def _some(self, identity: Identity, wanted: RunFilter, limit: int) -> list[Run]:
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidRequest(f"limit must be from 1 to {LARGEST_PAGE}; call again while there are more.", "limit")
        return (await self._store.dead_letters(identity.tenant_id, wanted, None, limit))[::-1]

    async def _replay(self, identity: Identity, dead: Sequence[Run]) -> list[Run]:
        now = self._clock.now()
        replays = []
        remote = {name: await self._is_remote(identity, name) for name in {run.type for run in dead}}
        for run, fresh_id in zip(dead, self._ids.take(now, len(dead)), strict=True):
            fresh = Run(
                id=fresh_id,
                job_id=run.job_id,
                tenant_id=run.tenant_id,
                type=run.type,
                queue=run.queue,
                priority=run.priority,
                state=RunState.QUEUED,
                due_at=now,
                queued_at=now,
                attempt=0,
                max_attempts=run.max_attempts,
                lease=0,
                created_at=now,
                replay_of=run.id,
                planned_at=run.planned_at,
                remote=remote[run.type],
            )
            event = self._audit.asked(identity, EventType.RUN_REPLAYED, run.job_id, run.id)
            event = msgspec.structs.replace(event, data=event.data | {"run_id": fresh_id})
            replays.append(Replay(tenant_id=run.tenant_id, dead_id=run.id, run=fresh, event=event))
        done = await self._store.replay(replays) if replays else []
        replayed = [replay.run for replay, was_dead in zip(replays, done, strict=True) if was_dead]
        await self._broker.publish([Queued.of(run) for run in replayed])
        await self._broker.dig_up([RunRef(run.tenant_id, run.replay_of or "") for run in replayed])
        return replayed

    async def _is_remote(self, identity: Identity, name: str) -> bool:
        job_type = await self._catalogue.sought(identity.tenant_id, name)
        return job_type is not None and job_type.is_remote

    async def _discard(self, identity: Identity, dead: Sequence[Run]) -> int:
        discards = [
            Discard(
                tenant_id=run.tenant_id,
                dead_id=run.id,
                event=self._audit.asked(identity, EventType.RUN_DISCARDED, run.job_id, run.id),
            )
            for run in dead
        ]
        done = await self._store.discard(discards) if discards else []
        gone = [discard for discard, was_dead in zip(discards, done, strict=True) if was_dead]
        await self._broker.dig_up([RunRef(discard.tenant_id, discard.dead_id) for discard in gone])
        return len(gone)


def _not_dead(run_id: str) -> NotFound:
    return NotFound(f"There is no dead letter {run_id}; it never failed for good, or was replayed or discarded.")
