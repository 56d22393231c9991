"""The streams themselves: their groups, what is read from them and what is put back."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from foliot.adapters.redis.hints import Cell, Entry, Hint, entry, fields
from foliot.adapters.redis.names import GROUP, Names
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.priority import Priority
from foliot.ports import Gap, Waiting

_LOG: Final = structlog.get_logger(__name__)
_MOST_ENTRIES: Final = 200_000
_MOST_MALFORMED: Final = 1_000
_ALIVE_SECONDS: Final = 10
_TURN_SECONDS: Final = 1
_IDLE_MILLISECONDS: Final = 5_000
_AT_A_TIME: Final = 200
_SLACK: Final = timedelta(seconds=1)


class Streams:
    """What one consumer does with the streams."""

    def __init__(self, redis: Any, names: Names, consumer: str) -> None:
        self._redis = redis
        self._names = names
        self._consumer = consumer
        self._known: dict[str, Cell] = {}
        self._making = asyncio.Lock()

    def forget(self) -> None:
        """Redis may be another one: groups are made again."""
        self._known.clear()

    async def of(
        self, queues: Iterable[str], priorities: Iterable[Priority], types: frozenset[str] | None
    ) -> dict[str, Cell]:
        """The streams that a worker reads: those of its queues, and what others left there that only it can do."""
        priorities = list(priorities)
        cells: dict[str, Cell] = {}
        for queue in queues:
            of_queue = [Cell(queue, priority) for priority in priorities]
            cells |= {self._names.stream(cell): cell for cell in of_queue}
            if types is not None:
                left = {name.decode() for name in await self._redis.smembers(self._names.left(queue))}
                cells |= {self._names.of_type(cell, name): cell for cell in of_queue for name in left & types}
        new = {stream: cell for stream, cell in cells.items() if stream not in self._known}
        if new:
            await self._make_groups(new)
            self._known |= new
        return cells

    async def _make_groups(self, streams: Iterable[str]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for stream in streams:
                pipeline.xgroup_create(stream, GROUP, id="0", mkstream=True)
            pipeline.set(self._names.consumer(self._consumer), 1, ex=_ALIVE_SECONDS)
            for answer in await pipeline.execute(raise_on_error=False):
                if isinstance(answer, Exception) and "BUSYGROUP" not in str(answer):
                    raise answer

    # -- in and out

    async def append(self, entries: Iterable[tuple[Cell, Mapping[Any, Any]]]) -> bytes:
        """Append entries to the streams of their cells; the id of the last one."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for cell, content in entries:
                pipeline.xadd(self._names.stream(cell), content, maxlen=_MOST_ENTRIES, approximate=True)
            ids: list[bytes] = await pipeline.execute()
            return ids[-1]

    async def read(self, counts: Mapping[str, int]) -> list[Any]:
        """What is in each stream, up to so many entries, without waiting."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for stream, count in counts.items():
                pipeline.xreadgroup(GROUP, self._consumer, {stream: ">"}, count=count)
            answers: list[Any] = await pipeline.execute()
            return answers

    async def wait(self, streams: Iterable[str], milliseconds: int) -> Any:
        """The first entry of each stream, as soon as there is one in any."""
        return await self._redis.xreadgroup(
            GROUP, self._consumer, dict.fromkeys(streams, ">"), count=1, block=milliseconds
        )

    async def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Delete entries that were used."""
        if entries:
            async with self._redis.pipeline(transaction=False) as pipeline:
                _delete(pipeline, entries)
                await pipeline.execute()

    async def give_back(self, entries: Sequence[tuple[Cell, Entry]]) -> None:
        """Put what is left of entries into their streams again, for any worker."""
        if entries:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for _, read in entries:
                    pipeline.xadd(read.stream, fields(read.hints, read.published_at))
                _delete(pipeline, [read for _, read in entries])
                await pipeline.execute()

    async def leave(self, cell: Cell, hints: Sequence[Hint], published_at: datetime) -> None:
        """Leave runs to workers that have handlers for them."""
        by_type: dict[str, list[Hint]] = {}
        for hint in hints:
            by_type.setdefault(hint.type, []).append(hint)
        async with self._redis.pipeline(transaction=True) as pipeline:
            for name, some in by_type.items():
                pipeline.xadd(self._names.of_type(cell, name), fields(some, published_at), maxlen=_MOST_ENTRIES)
            pipeline.sadd(self._names.left(cell.queue), *by_type)
            await pipeline.execute()

    async def set_aside(self, stream: str, identifier: bytes, content: Mapping[Any, Any] | None) -> None:
        """Keep what cannot be read where it is in nobody's way."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            told = {b"stream": stream.encode(), b"id": identifier} | dict(content or {})
            pipeline.xadd(self._names.malformed, told, maxlen=_MOST_MALFORMED, approximate=True)
            pipeline.xack(stream, GROUP, identifier)
            pipeline.xdel(stream, identifier)
            await pipeline.execute()

    # -- consumers

    async def take_over_from_the_dead(self) -> None:
        """Say that we live; what those held who do not say so any more goes back into the streams."""
        await self._redis.set(self._names.consumer(self._consumer), 1, ex=_ALIVE_SECONDS)
        for stream in list(self._known):
            consumers = await self._redis.xinfo_consumers(stream, GROUP)
            others = [each for each in consumers if each["name"].decode() != self._consumer]
            dead = [each for each in others if not await self._lives(each["name"].decode())]
            if any(each["pending"] for each in dead):
                await self._take_over(stream)
            for each in dead:
                if not each["pending"]:
                    await self._redis.xgroup_delconsumer(stream, GROUP, each["name"])

    async def _lives(self, consumer: str) -> bool:
        return bool(await self._redis.exists(self._names.consumer(consumer)))

    async def _take_over(self, stream: str) -> None:
        """What has been pending for long: a worker that lives uses an entry, or gives it back, within a second."""
        _, items = await self._redis.xautoclaim(
            stream, GROUP, self._consumer, min_idle_time=_IDLE_MILLISECONDS, count=_AT_A_TIME
        )
        await self._return(stream, items)

    async def _return(self, stream: str, items: Iterable[tuple[bytes, dict[bytes, bytes] | None]]) -> None:
        for identifier, content in items:
            try:
                read = entry(stream, identifier, content)
            except ValueError:
                await self.set_aside(stream, identifier, content)
                continue
            await self.give_back([(self._known[stream], read)])

    async def leave_group(self) -> None:
        """Give back what is pending with us, and go."""
        for stream in self._known:
            while answer := await self._redis.xreadgroup(GROUP, self._consumer, {stream: "0"}, count=_AT_A_TIME):
                [(_, items)] = answer
                if not items:
                    break
                await self._return(stream, items)
            await self._redis.xgroup_delconsumer(stream, GROUP, self._consumer)
        await self._redis.delete(self._names.consumer(self._consumer))

    # -- what was lost

    async def may_look(self) -> bool:
        """Whether it is ours to look for what was lost; one process at a time does."""
        mine: bool | None = await self._redis.set(self._names.upkeep, self._consumer, nx=True, ex=_TURN_SECONDS)
        return bool(mine)

    async def gap(self, cell: Cell, now: datetime) -> Gap:
        """Which runs of a cell must have been lost, if they still wait."""
        stream = self._names.stream(cell)
        head, marker, left = (
            await self._redis.xrange(stream, count=1),
            await self._redis.hgetall(self._names.republished(cell)),
            await self._redis.smembers(self._names.left(cell.queue)),
        )
        before = now
        if head:
            before = _published(stream, head[0])
        after = None
        if marker and head and _order(head[0][0]) <= _order(marker[b"entry"]):
            after = (from_microseconds(int(marker[b"due_at"])), marker[b"run_id"].decode())
        held = [name.decode() for name in left if await self._redis.xlen(self._names.of_type(cell, name.decode()))]
        return Gap(before=before - _SLACK, after=after, other_than=held)

    async def mark(self, cell: Cell, last: Waiting, identifier: bytes) -> None:
        """Remember how far lost runs were published again: until that entry is used up, they are not lost."""
        content = {"due_at": to_microseconds(last.due_at), "run_id": last.run.run_id, "entry": identifier}
        await self._redis.hset(self._names.republished(cell), mapping=content)


def _delete(pipeline: Any, entries: Iterable[Entry]) -> None:
    by_stream: dict[str, list[bytes]] = {}
    for read in entries:
        by_stream.setdefault(read.stream, []).append(read.id)
    for stream, ids in by_stream.items():
        pipeline.xack(stream, GROUP, *ids)
        pipeline.xdel(stream, *ids)


def _published(stream: str, head: tuple[bytes, dict[bytes, bytes]]) -> datetime:
    try:
        return entry(stream, *head).published_at
    except ValueError:
        return from_microseconds(_order(head[0])[0] * 1000)


def _order(identifier: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = identifier.partition(b"-")
    return int(milliseconds), int(sequence)
