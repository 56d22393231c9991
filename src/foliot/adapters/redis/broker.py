"""Handing out queued runs by Redis Streams: `ports.HintBroker`."""

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog

from foliot.adapters.redis.dead_letters import DeadLetters
from foliot.adapters.redis.hand import Hand
from foliot.adapters.redis.hints import Cell, Entry, entries_of, entry
from foliot.adapters.redis.link import DOWN, Link
from foliot.adapters.redis.names import Names
from foliot.adapters.redis.streams import Streams
from foliot.domain.errors import Unavailable
from foliot.domain.priority import Priority
from foliot.domain.run import Claimed, Queued
from foliot.ports import ClaimRequest, Clock, EngineStore, Gap, RunRef, Topic, Waiting, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_BLOCK_MILLISECONDS: Final = 2_000
_KEPT_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.25

Answer = TypeVar("Answer")


class RedisBroker:
    """A stream for each queue and priority; one group of consumers, of which each worker is one.

    An entry is a hint: the run is leased from the store, by its id, and the entry is acknowledged and deleted as soon
    as that is done. So whatever happens to Redis, no run is lost, none is executed by two, and none starts early; and
    while Redis is away, workers claim from the store.

    Args:
        url: `redis://…`.
        prefix: of all keys.
        consumer: the name of this process among all consumers; no other ever has it.
    """

    def __init__(self, url: str, prefix: str, consumer: str, store: EngineStore, wakeup: Wakeup, clock: Clock) -> None:
        self._store = store
        self._wakeup = wakeup
        self._clock = clock
        self._link = Link(url, self._start_anew)
        self._streams = Streams(self._link.redis, Names(prefix), consumer)
        self._dead = DeadLetters(self._link.redis, Names(prefix))
        self._hand = Hand()
        self._types: frozenset[str] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._put_down: asyncio.Task[None] | None = None

    @property
    def patience(self) -> float:
        return _PATIENCE_SECONDS if self._link.is_up else min(_POLL_SECONDS, self._wakeup.patience)

    # -- publishing

    async def publish(self, runs: Sequence[Queued]) -> None:
        if not runs:
            return
        if self._link.is_up:
            try:
                await self._streams.append(entries_of(runs, self._clock.now()))
            except DOWN as error:
                self._link.failed(error)
            else:
                return
        self._wakeup.notify(Topic.QUEUED)  # whoever does without Redis, as we do

    # -- claiming

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        if not self._link.is_up:
            return await self._store.claim(request)
        self._types = None if request.types is None else frozenset(request.types)
        try:
            cells = await self._streams.of(request.queues, list(request.handicaps), self._types)
            await self._read(request, cells)
        except DOWN as error:
            self._link.failed(error)
            return await self._store.claim(request)
        claimed = await self._claim_dealt(request, cells)
        if len(claimed) < request.limit:
            self._listen(cells)
        if len(self._hand) and self._put_down is None:
            self._put_down = asyncio.create_task(self._put_down_later(), name="redis-put-down")
        return claimed

    async def _claim_dealt(self, request: ClaimRequest, cells: Mapping[str, Cell]) -> list[Claimed]:
        hints, used = self._hand.deal(request, set(cells.values()))
        if not hints:
            return []
        runs = [RunRef(hint.tenant_id, hint.run_id) for hint in hints]
        try:
            claimed = await self._store.claim(msgspec.structs.replace(request, runs=runs))
        except BaseException:
            self._start_anew()  # these hints are gone; the store still knows the runs
            raise
        await self._quietly(self._streams.acknowledge(used))
        return claimed

    async def _read(self, request: ClaimRequest, cells: Mapping[str, Cell]) -> None:
        """Take in hand what the claim needs: of each stream its share, then of any what there is."""
        weights = {stream: request.handicaps[cell.priority][1] for stream, cell in cells.items()}
        whole = sum(weights.values())
        wanted = {stream: math.ceil(request.limit * weight / whole) for stream, weight in weights.items()}
        there = set(cells)
        while there and len(self._hand) < request.limit:
            counts = {
                stream: self._hand.entries_for(cells[stream], missing)
                for stream in there
                if (missing := wanted[stream] - self._hand.depth(cells[stream])) > 0
            }
            for stream, answer in zip(counts, await self._streams.read(counts) if counts else (), strict=True):
                if await self._take(cells, answer) < counts[stream]:
                    there.discard(stream)
            wanted = dict.fromkeys(cells, request.limit)

    async def _take(self, cells: Mapping[str, Cell], answer: Any) -> int:
        """Take entries in hand; how many there were. What cannot be read is set aside, what is not for us is left."""
        count = 0
        for name, items in answer or ():
            stream = name.decode()
            for identifier, content in items:
                count += 1
                try:
                    read = entry(stream, identifier, content)
                except ValueError as error:
                    _LOG.warning("an entry is set aside", error=str(error))
                    await self._streams.set_aside(stream, identifier, content)
                    continue
                if self._types is not None and not self._types.issuperset(hint.type for hint in read.hints):
                    read = await self._leave_foreign(cells[stream], read, self._types)
                if read.hints:
                    self._hand.add(cells[stream], read)
                else:
                    await self._streams.acknowledge([read])
        return count

    async def _leave_foreign(self, cell: Cell, read: Entry, types: frozenset[str]) -> Entry:
        """Leave what only others can do to those others, who are woken for it."""
        foreign = [hint for hint in read.hints if hint.type not in types]
        await self._streams.leave(cell, foreign, read.published_at)
        self._wakeup.notify(Topic.QUEUED)
        own = [hint for hint in read.hints if hint.type in types]
        return Entry(stream=read.stream, id=read.id, published_at=read.published_at, hints=own)

    # -- waiting for work

    def _listen(self, cells: Mapping[str, Cell]) -> None:
        if self._listener is None:
            self._listener = asyncio.create_task(self._wait(dict(cells)), name="redis-listener")

    async def _wait(self, cells: Mapping[str, Cell]) -> None:
        """One blocking read over all priorities, until there is something; a worker without free slots does not ask."""
        try:
            while self._link.is_up:
                answer = await self._streams.wait(list(cells), _BLOCK_MILLISECONDS)
                if answer:
                    await self._take(cells, answer)
                    return
        except DOWN as error:
            self._link.failed(error)
        finally:
            self._listener = None
            self._wakeup.stir(Topic.QUEUED)

    async def _put_down_later(self) -> None:
        """What is in hand and was not used for a while is given back: others may have free slots."""
        await asyncio.sleep(_KEPT_SECONDS)
        self._put_down = None
        await self._quietly(self._streams.give_back(self._hand.put_down()))

    async def _quietly(self, work: Any) -> None:
        try:
            await work
        except DOWN as error:
            self._link.failed(error)

    def _start_anew(self) -> None:
        """What Redis held may be gone, or may be there again: everybody look."""
        self._streams.forget()
        self._hand.put_down()
        for topic in (Topic.UNPUBLISHED, Topic.QUEUED):
            self._wakeup.stir(topic)

    # -- upkeep

    async def tidy(self) -> None:
        await self._asked(self._streams.take_over_from_the_dead())

    async def may_look(self) -> bool:
        return await self._asked(self._streams.may_look())

    async def gap(self, queue: str, priority: Priority) -> Gap:
        return await self._asked(self._streams.gap(Cell(queue, priority), self._clock.now()))

    async def republish(self, queue: str, priority: Priority, lost: Sequence[Waiting]) -> None:
        async def again() -> None:
            entries = entries_of((waiting.run for waiting in lost), self._clock.now())
            await self._streams.mark(Cell(queue, priority), lost[-1], await self._streams.append(entries))

        await self._asked(again())

    async def _asked(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        if not self._link.is_up:
            work.close()
            raise Unavailable("Redis is away.")
        try:
            return await work
        except DOWN as error:
            self._link.failed(error)
            raise Unavailable(f"Redis is away ({error}).") from error

    # -- dead letters

    async def bury(self, runs: Sequence[Queued]) -> None:
        if runs and self._link.is_up:
            await self._quietly(self._dead.add(runs))

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        if runs and self._link.is_up:
            await self._quietly(self._dead.remove(runs))

    async def count_dead(self) -> int:
        return await self._asked(self._dead.count())

    async def forget_dead(self) -> None:
        await self._asked(self._dead.clear())

    async def close(self) -> None:
        """Give back what is in hand, and be no consumer any more."""
        for task in (self._listener, self._put_down):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._link.is_up:
            with contextlib.suppress(*DOWN):
                await self._streams.leave_group()
        await self._link.close()
