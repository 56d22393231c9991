"""Handing runs to workers outside: each gets those of its own tenant, and may wait for the next."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any, Final

import msgspec
import structlog

from foliot.domain.errors import Conflict, FoliotError, InvalidRequest, Unavailable, UnknownJobType
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import check_name
from foliot.domain.priority import WEIGHTS
from foliot.domain.run import Claimed
from foliot.ports import ClaimRequest, Clock, Meter, Store, Subscription, Topic, Wakeup, Wanted
from foliot.ports.parents import ParentResult, results_of_parents
from foliot.service.catalogue import Catalogue
from foliot.service.group_commit import GroupCommit
from foliot.service.holding import Holding

_LOG: Final = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 200
"""The most runs in one lease."""

MOST_SOUGHT: Final = 500
"""The most types times queues that one worker asks for."""

LONGEST_WAIT_SECONDS: Final = 60.0

_LARGEST_LOOK: Final = 2_000
_CLAIMS_AT_ONCE: Final = 4
_KNOWN_EVERYWHERE_SECONDS: Final = 1.1
_AFTER_FAILURE_SECONDS: Final = 0.5


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a worker's hands: until `lease_until`, unless it is renewed. An attempt may take `timeout_seconds`."""

    claimed: Claimed
    timeout_seconds: float
    lease_until: datetime
    parents: Sequence[ParentResult] = ()


class _Wish:
    """A worker that waits. `sought` is what it would take."""

    def __init__(self, request: ClaimRequest, sought: Sequence[Wanted]) -> None:
        self.request = request
        self.sought = sought
        self.answer: asyncio.Future[Sequence[Claimed]] = asyncio.get_running_loop().create_future()
        self.is_busy = False
        self.is_stale = False
        self.is_leaving = False

    def reply(self, claimed: Sequence[Claimed]) -> bool:
        """Whether anybody heard it."""
        if self.answer.done():
            return False
        self.answer.set_result(claimed)
        return True


class Leasing:
    """One look at the store serves all who wait, however many they are: when a remote run is queued, and now and then.

    Claims go to the store, not through a broker: a broker hands out the runs of all tenants.
    """

    def __init__(
        self,
        store: Store,
        holding: Holding,
        catalogue: Catalogue,
        clock: Clock,
        wakeup: Wakeup,
        meter: Meter,
        random: Random,
    ) -> None:
        self._store = store
        self._holding = holding
        self._catalogue = catalogue
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._random = random
        self._looks: GroupCommit[Wanted, bool] = GroupCommit(self._look, _LARGEST_LOOK)
        self._claims = asyncio.Semaphore(_CLAIMS_AT_ONCE)
        self._parked: dict[_Wish, None] = {}  # in the order in which they came
        self._ear: Subscription | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def lease(
        self,
        identity: Identity,
        worker: str,
        types: Sequence[str],
        *,
        queues: Sequence[str] = (),
        limit: int = 1,
        wait_seconds: float = 0.0,
    ) -> list[Leased]:
        """Up to `limit` queued runs of the tenant, of these types and queues, under a lease each; none if none is
        queued within `wait_seconds`. If the caller is cancelled, no lease is left behind.

        Args:
            worker: what the worker is called in the history of the runs.
            queues: those of the types' policies, if none is given.

        Raises:
            UnknownJobType: no worker outside has registered a type for this tenant.
            Conflict: the system's own workers do a type.
            InvalidRequest: a name or a number is out of range.
            Unavailable: the store is away.
        """
        identity.require(Role.OPERATOR)
        check_name(worker, "worker")
        if not 1 <= limit <= MOST_AT_ONCE:
            raise InvalidRequest(f"limit must be from 1 to {MOST_AT_ONCE}.", "limit")
        if not 0 <= wait_seconds <= LONGEST_WAIT_SECONDS:
            raise InvalidRequest(f"wait_seconds must be from 0 to {LONGEST_WAIT_SECONDS:.0f}.", "wait_seconds")
        known = [await self._type(identity, name) for name in dict.fromkeys(types)]
        queues = list(dict.fromkeys(queues or [each.policy.queue for each in known]))
        for queue in queues:
            check_name(queue, "queues")
        if not 1 <= len(known) * len(queues) <= MOST_SOUGHT:
            raise InvalidRequest(
                f"Ask for at least one type, and for at most {MOST_SOUGHT} types times queues.", "types"
            )
        wish = self._wish(identity, worker, known, queues, limit)
        return await self._told(wish, await self._granted(wish, wait_seconds), known)

    async def hand_back(self, leased: Iterable[Leased]) -> None:
        """Queue runs again that did not reach their worker."""
        await self._holding.hand_back([each.claimed for each in leased])

    # -- one worker

    async def _type(self, identity: Identity, name: str) -> JobType:
        try:
            found = await self._catalogue.find(identity.tenant_id, name)
        except UnknownJobType:  # another process may have registered it just now
            await asyncio.sleep(_KNOWN_EVERYWHERE_SECONDS)
            found = await self._catalogue.find(identity.tenant_id, name)
        if not found.is_remote:
            raise Conflict(f"The type {name} is done by the system's own workers.", "types")
        return found

    def _wish(
        self, identity: Identity, worker: str, types: Sequence[JobType], queues: Sequence[str], limit: int
    ) -> _Wish:
        now = self._clock.now()
        request = ClaimRequest(
            worker=worker,
            queues=self._random.sample(queues, len(queues)),
            limit=limit,
            now=now,
            lease_until=now,
            handicaps={},
            types=self._random.sample([each.name for each in types], len(types)),
            tenant_id=identity.tenant_id,
        )
        return _Wish(request, [Wanted(identity.tenant_id, each.name, queue) for each in types for queue in queues])

    async def _granted(self, wish: _Wish, wait_seconds: float) -> Sequence[Claimed]:
        self._park(wish)
        try:
            first = self._spawn(self._try_at_once(wish))
            try:
                async with asyncio.timeout(wait_seconds or None):
                    if not wait_seconds:
                        await asyncio.shield(first)
                        wish.reply(())
                    return await asyncio.shield(wish.answer)
            except TimeoutError:
                wish.is_leaving = True
                if not wish.is_busy:
                    wish.reply(())
                return await asyncio.shield(wish.answer)
        except asyncio.CancelledError:
            if not wish.answer.cancel() and wish.answer.exception() is None:
                self._spawn(self._return(wish.answer.result()))
            raise
        finally:
            self._parked.pop(wish, None)

    async def _told(self, wish: _Wish, claimed: Sequence[Claimed], types: Sequence[JobType]) -> list[Leased]:
        """What the worker needs to know of its runs. Should that fail they are handed back."""
        if not claimed:
            return []
        try:
            parents = await results_of_parents(self._store, claimed)
        except BaseException:
            self._spawn(self._return(claimed))
            raise
        usual = {each.name: each.policy.timeout_seconds for each in types}
        return [
            Leased(
                claimed=run,
                timeout_seconds=run.overrides.timeout_seconds or usual[run.type],
                lease_until=wish.request.lease_until,
                parents=results,
            )
            for run, results in zip(claimed, parents, strict=True)
        ]

    # -- claiming

    async def _try_at_once(self, wish: _Wish) -> None:
        """Whoever comes looks for itself; those who come together look together."""
        try:
            if any(await self._looks.ask(wish.sought)):
                await self._try(wish)
        except Exception as error:
            self._fail(wish, error)

    async def _try(self, wish: _Wish) -> bool:
        """Claim for a worker that waits; whether there may be more for those like it."""
        if wish.is_busy:
            wish.is_stale = True
            return False
        wish.is_busy, wish.is_stale = True, True
        claimed: Sequence[Claimed] = ()
        try:
            while wish.is_stale and not claimed and not wish.answer.done():
                wish.is_stale = False
                async with self._claims:
                    claimed = await self._claim(wish)
        except Exception as error:
            self._fail(wish, error)
            return False
        finally:
            wish.is_busy = False
        if (claimed or wish.is_leaving) and not wish.reply(claimed):
            await self._return(claimed)  # it has gone
            return bool(claimed)
        return len(claimed) == wish.request.limit

    async def _claim(self, wish: _Wish) -> Sequence[Claimed]:
        now = self._clock.now()
        wish.request = msgspec.structs.replace(
            wish.request,
            now=now,
            lease_until=now + self._holding.lease,
            handicaps={priority: (self._random.random(), weight) for priority, weight in WEIGHTS.items()},
        )
        claimed = await self._store.claim(wish.request)
        if claimed:
            lateness: dict[str, list[float]] = {}
            for run in claimed:
                lateness.setdefault(run.type, []).append((now - run.due_at).total_seconds())
            for job_type, seconds in lateness.items():
                self._meter.started(job_type, seconds)
            self._wakeup.notify(Topic.CHANGED, [run.run_id for run in claimed])
        return claimed

    async def _return(self, claimed: Sequence[Claimed]) -> None:
        try:
            await self._holding.hand_back(claimed)
        except Unavailable as error:
            _LOG.warning("runs reached no worker; their leases will run out", error=error.message)

    def _fail(self, wish: _Wish, error: Exception) -> None:
        if not isinstance(error, FoliotError):
            _LOG.error("a claim for a worker outside failed", worker=wish.request.worker, exc_info=error)
        if not wish.answer.done():
            wish.answer.set_exception(error)

    # -- all who wait

    def _park(self, wish: _Wish) -> None:
        """From here on what is queued for it is heard of."""
        self._parked[wish] = None
        if self._ear is None:
            self._ear = self._wakeup.subscribe(Topic.REMOTE)
            self._spawn(self._serve(self._ear))

    async def _serve(self, ear: Subscription) -> None:
        """Look for all who wait, when something stirs, and now and then."""
        try:
            while self._parked:
                await ear.wait(self._wakeup.patience)
                try:
                    await self._serve_once()
                except Exception as error:  # those who wait are to go on waiting
                    known = isinstance(error, Unavailable)
                    _LOG.warning("cannot look for remote runs", error=str(error), exc_info=not known)
                    await asyncio.sleep(_AFTER_FAILURE_SECONDS)
        finally:
            ear.close()
            self._ear = None

    async def _serve_once(self) -> None:
        groups: dict[tuple[str, frozenset[Wanted]], list[_Wish]] = {}
        for wish in self._parked:
            groups.setdefault((wish.request.tenant_id or "", frozenset(wish.sought)), []).append(wish)
        wanted = list(dict.fromkeys(each for _, sought in groups for each in sought))
        if not wanted:
            return
        there = {each for each, found in zip(wanted, await self._looks.ask(wanted), strict=True) if found}
        await asyncio.gather(*(self._serve_in_turn(group) for (_, sought), group in groups.items() if sought & there))

    async def _serve_in_turn(self, wishes: Sequence[_Wish]) -> None:
        """Those who want the same are served in the order in which they came, for as long as there is more."""
        for wish in wishes:
            if not wish.answer.done() and not wish.is_leaving and not await self._try(wish) and not wish.is_stale:
                return

    async def _look(self, wanted: Sequence[Wanted]) -> list[bool]:
        found = set(await self._store.sought(list(dict.fromkeys(wanted))))
        return [each in found for each in wanted]

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name="leasing")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
