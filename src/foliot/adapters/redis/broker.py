"""Handing out queued runs by Redis Streams: `ports.HintBroker`."""

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import msgspec

from foliot.adapters.redis.consumer import Consumer
from foliot.adapters.redis.dead_letters import DeadLetters
from foliot.adapters.redis.entries import Taken, divided
from foliot.adapters.redis.link import DOWN, Link
from foliot.adapters.redis.listener import Listener
from foliot.adapters.redis.names import Cell, Names
from foliot.adapters.redis.scripts import Scripts
from foliot.adapters.redis.streams import Streams
from foliot.adapters.redis.window import Window
from foliot.domain.errors import Unavailable
from foliot.domain.priority import Priority
from foliot.domain.run import Claimed, Queued
from foliot.ports import ClaimRequest, Clock, EngineStore, Gap, RunRef, Topic, Waiting, Wakeup

_MOST_ENTRIES: Final = 20_000
_MOST_READS: Final = 10
_INSTANT: Final = timedelta(microseconds=1)
_PATIENCE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.25

Answer = TypeVar("Answer")


class RedisBroker:
    """A stream for each queue and priority; one group of consumers, of which each worker is one.

    An entry is a hint: the run is leased from the store, by its id, and the entry is acknowledged and deleted soon
    after. So whatever happens to Redis, no run is lost, none is executed by two, and none starts early; and while Redis
    is away, workers claim from the store.

    Args:
        url: `redis://…`.
        prefix: of all keys.
        consumer: the name of this process among all consumers; no other ever has it.
        most: how many entries a stream has at most.
    """

    def __init__(
        self, url: str, prefix: str, consumer: str, store: EngineStore, wakeup: Wakeup, clock: Clock,
        *, most: int = _MOST_ENTRIES,
    ) -> None:  # fmt: skip
        self._store = store
        self._wakeup = wakeup
        self._clock = clock
        self._link = Link(url, self._recover, self._call_everybody)
        redis, names = self._link.redis, Names(prefix)
        scripts = Scripts(redis)
        self._consumer = Consumer(redis, scripts, names, consumer)
        self._streams = Streams(redis, self._link.waiter, scripts, names, self._consumer, most)
        self._listener = Listener(self._link, self._streams, self._call, self._call_everybody, self._call_others)
        self._window = Window(redis, scripts, names, most)
        self._dead = DeadLetters(redis, scripts, names)

    @property
    def patience(self) -> float:
        return _PATIENCE_SECONDS if self._link.is_up else min(_POLL_SECONDS, self._wakeup.patience)

    # -- handing out

    async def publish(self, runs: Sequence[Queued]) -> None:
        if any(run.remote for run in runs):
            self._wakeup.notify(Topic.REMOTE)  # workers outside have no part in Redis
            runs = [run for run in runs if not run.remote]
        if runs and not await self._did(self._streams.publish(runs, self._clock.now())):
            self._call_others()  # who do without Redis, as we do

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        if not self._link.is_up:
            return await self._store.claim(request)
        if not request.limit or not request.queues or request.types == []:
            return []
        claimed: list[Claimed] = []
        for number in range(_MOST_READS):
            # Each has an instant of its own: by that the store knows again what it leased and nobody heard of.
            now = request.now + number * _INSTANT
            wanted = msgspec.structs.replace(request, limit=request.limit - len(claimed), now=now)
            try:
                taken = await self._take(wanted)
            except DOWN as error:
                self._link.failed(error)
                return claimed or await self._store.claim(request)
            try:
                claimed += await self._lease(wanted, taken)
            except Exception:
                if not claimed:
                    raise
                return claimed  # those are leased, and must not wait
            if len(claimed) == request.limit:
                return claimed
            if sum(len(each.runs) for each in taken) < wanted.limit:
                break
        self._listener.listen(msgspec.structs.replace(request, limit=request.limit - len(claimed)))
        return claimed

    async def _take(self, wanted: ClaimRequest) -> list[Taken]:
        """Entries for as many runs as are wanted, if there are as many."""
        taken = self._listener.fetch(wanted)
        if taken:
            taken, others = divided(taken, wanted.limit)
            await self._streams.give_back(others)
            return taken
        taken, has_left = await self._streams.read(wanted)
        if has_left:
            self._call_others()
        return taken

    async def _lease(self, wanted: ClaimRequest, taken: Sequence[Taken]) -> list[Claimed]:
        runs = [ref for each in taken for ref in each.runs]
        if not runs:
            return []
        try:
            claimed = await self._store.claim(msgspec.structs.replace(wanted, runs=runs))
        except Exception:
            await self._did(self._streams.give_back(taken))
            raise
        except BaseException:
            self._consumer.begin_anew()
            raise
        self._streams.use(taken)
        return claimed

    # -- calling

    def _call(self) -> None:
        """The worker in this process is to claim."""
        self._wakeup.stir(Topic.QUEUED)

    def _call_others(self) -> None:
        """All workers are to claim."""
        self._wakeup.notify(Topic.QUEUED)

    def _call_everybody(self) -> None:
        """What Redis held may be gone: it is to be looked for, and to be worked on."""
        self._wakeup.stir(Topic.UNPUBLISHED)
        self._wakeup.stir(Topic.QUEUED)

    # -- upkeep

    async def _recover(self) -> None:
        """Redis is back. What it told us last may not have arrived: our former self has it."""
        self._listener.forget()
        self._consumer.begin_anew()
        await self._consumer.tidy()
        await self._dead.admit()

    async def tidy(self) -> None:
        if await self._did(self._streams.acknowledge()):
            await self._did(self._consumer.tidy())

    async def may_look(self) -> bool:
        return self._link.is_up and await self._asked(self._window.take_turn())

    async def gap(self, queue: str, priority: Priority) -> Gap | None:
        return await self._asked(self._window.gap(Cell(priority, queue), self._clock.now()))

    async def republish(self, queue: str, priority: Priority, gap: Gap, lost: Sequence[Waiting]) -> None:
        await self._asked(self._window.republish(Cell(priority, queue), gap, lost, self._clock.now()))

    # -- dead letters

    async def bury(self, runs: Sequence[Queued]) -> None:
        if runs and not await self._did(self._dead.add(runs)):
            self._dead.miss()

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        if runs and not await self._did(self._dead.remove(runs)):
            self._dead.miss()

    async def mirrors_dead(self, count: int | None) -> bool:
        return await self._asked(self._dead.is_whole(count))

    async def forget_dead(self) -> None:
        await self._asked(self._dead.clear())

    # -- with Redis, if it is there

    async def _did(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether it could be done."""
        if not self._link.is_up:
            work.close()
            return False
        try:
            await work
        except DOWN as error:
            self._link.failed(error)
            return False
        return True

    async def _asked(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """The answer.

        Raises:
            Unavailable: Redis is away.
        """
        if not self._link.is_up:
            work.close()
            raise Unavailable("Redis is away.")
        try:
            return await work
        except DOWN as error:
            self._link.failed(error)
            raise Unavailable(f"Redis is away ({error}).") from error

    async def close(self) -> None:
        """Give back what is in hand, and be no consumer any more."""
        await self._listener.close()
        if await self._did(self._streams.acknowledge()):
            await self._did(self._consumer.leave())
        await self._link.close()
