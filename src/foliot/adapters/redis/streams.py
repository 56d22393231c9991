"""The streams: what is put into them, and what a consumer takes in hand, uses or gives back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from redis.exceptions import ResponseError

from foliot.adapters.redis.consumer import ALIVE_SECONDS, Consumer
from foliot.adapters.redis.entries import Taken, entries_of, read, written
from foliot.adapters.redis.link import BLOCK_SECONDS
from foliot.adapters.redis.names import GROUP, Cell, Names
from foliot.adapters.redis.scripts import Scripts
from foliot.domain.instant import to_microseconds
from foliot.domain.run import Queued
from foliot.ports import ClaimRequest

_LOG: Final = structlog.get_logger(__name__)
_LATE: Final = timedelta(seconds=1)
"""A run may be published so long after it was due."""

Place = tuple[str, str]
"""A stream, and the id of one of its entries."""


class Streams:
    """What one consumer does with the streams."""

    def __init__(self, redis: Any, waiter: Any, scripts: Scripts, names: Names, consumer: Consumer, most: int) -> None:
        self._redis = redis
        self._waiter = waiter
        self._scripts = scripts
        self._names = names
        self._consumer = consumer
        self._most = most
        self._used: list[Place] = []
        self._left: dict[str, frozenset[str]] = {}
        self._waiting_id: int | None = None

    async def publish(self, runs: Iterable[Queued], now: datetime) -> None:
        """Append runs, each to the stream of its cell."""
        cells: dict[Cell, list[Queued]] = {}
        for run in runs:
            cells.setdefault(Cell(run.priority, run.queue), []).append(run)
        keys = [key for cell in cells for key in (self._names.stream(cell), self._names.window(cell))]
        told = [[(some[0].type, written(some)) for some in entries_of(of_cell)] for of_cell in cells.values()]
        since = to_microseconds(now - _LATE)
        await self._scripts.run("publish", keys, self._most, to_microseconds(now), msgspec.json.encode(told), since)

    # -- reading

    async def read(self, wanted: ClaimRequest, held: Sequence[Place] = ()) -> tuple[list[Taken], bool]:
        """Take in hand what is wanted, `held` first; and whether something was left to workers of other types.

        What was used is acknowledged along the way.
        """
        taken: list[Taken] = []
        has_left = False
        while True:
            cells = self._cells(wanted)
            room = wanted.limit - sum(len(each.runs) for each in taken)
            count_left, left, *entries = await self._ask(wanted, room, cells, held)
            taken += await self._checked([(cells[number].returned, *words) for number, *words in entries])
            has_left |= bool(count_left)
            if not self._learn(wanted, left):
                return taken, has_left
            held = ()

    async def _ask(self, wanted: ClaimRequest, room: int, cells: Sequence["_Cell"], held: Sequence[Place]) -> Any:
        used, self._used = self._used, []
        ask = _Ask(
            consumer=self._consumer.name, limit=room, types=wanted.types, cells=cells, used=used, held=held,
            most=self._most, alive_seconds=ALIVE_SECONDS,
        )  # fmt: skip
        lives = self._names.consumer(self._consumer.name)
        keys = [self._names.malformed, lives, *map(self._names.left_types, wanted.queues)]
        return await self._scripts.run("read", keys, msgspec.json.encode(ask))

    async def _checked(self, entries: Iterable[tuple[Any, ...]]) -> list[Taken]:
        """Entries that were taken; those that do not name runs are set aside."""
        taken, bad = [], []
        for returned, stream, identifier, job_type, at, runs in entries:
            place = stream.decode(), identifier.decode()
            try:
                taken.append(Taken(*place, returned, job_type.decode(), at.decode(), read(runs)))
            except ValueError:
                bad.append(place)
        if bad:
            _LOG.warning("entries are set aside", stream=bad[0][0], count=len(bad))
            await self._scripts.run("set_aside", [self._names.malformed], msgspec.json.encode(bad))
        return taken

    def _cells(self, wanted: ClaimRequest) -> list["_Cell"]:
        """What is to be read, the most urgent first."""
        cells = []
        for priority, (draw, weight) in sorted(wanted.handicaps.items()):
            for queue in wanted.queues:
                cell = Cell(priority, queue)
                before, after = self._names.left(cell)
                returned = self._names.returned(cell)
                left = [before + job_type + after for job_type in self._left_to(queue, wanted)]
                streams = [returned, *left, self._names.stream(cell)]
                self._consumer.reads(streams, returned)
                cells.append(_Cell(draw, weight, streams, returned, (before, after, self._names.left_types(queue))))
        return cells

    def _left_to(self, queue: str, wanted: ClaimRequest) -> list[str]:
        left = self._left.get(queue, frozenset())
        return sorted(left if wanted.types is None else left.intersection(wanted.types))

    def _learn(self, wanted: ClaimRequest, left: Sequence[Sequence[bytes]]) -> bool:
        """Remember which types were left; whether there is more to read than was known."""
        is_news = False
        for queue, job_types in zip(wanted.queues, left, strict=True):
            known = self._left_to(queue, wanted)
            self._left[queue] = self._left.get(queue, frozenset()).union(each.decode() for each in job_types)
            is_news |= self._left_to(queue, wanted) != known
        return is_news

    async def wait(self, wanted: ClaimRequest) -> list[Place] | None:
        """The first entry of each stream, as soon as there is one in any; none if none came for a while.

        None at all: Redis has forgotten the groups, and so perhaps everything. They are made again.
        """
        streams = {stream: ">" for cell in self._cells(wanted) for stream in cell.streams}
        try:
            self._waiting_id = self._waiting_id or await self._waiter.client_id()
            answer = await self._waiter.xreadgroup(
                GROUP, self._consumer.name, streams, count=1, block=int(BLOCK_SECONDS * 1000)
            )
        except ResponseError as error:
            if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                raise
            await self._consumer.make_groups()
            return None
        except BaseException:
            self._waiting_id = None
            raise
        return [(stream.decode(), entry.decode()) for stream, entries in answer for entry, _ in entries]

    async def stop_waiting(self) -> None:
        """Let a wait that is under way return."""
        if self._waiting_id is not None:
            await self._redis.client_unblock(self._waiting_id)

    # -- what was read

    def use(self, taken: Iterable[Taken]) -> None:
        """Their runs are leased, or need not be: acknowledge them, with the next read or by and by."""
        self._used += [each.place for each in taken]

    async def acknowledge(self) -> None:
        """Acknowledge what was used, now."""
        if self._used:
            used, self._used = self._used, []
            await self._scripts.run("use", [], msgspec.json.encode(used))

    async def give_back(self, taken: Iterable[Taken]) -> None:
        """Give runs in hand to whoever has free slots."""
        told = [(*each.place, each.returned, each.type, each.at, written(each.runs)) for each in taken]
        if told:
            await self._scripts.run("give_back", [self._names.malformed], msgspec.json.encode(told))


class _Cell(msgspec.Struct, frozen=True):
    """What is read for a queue and priority. `left`: before and after the type, where foreign runs go; their types."""

    draw: float
    weight: float
    streams: Sequence[str]
    returned: str
    left: tuple[str, str, str]


class _Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    consumer: str
    limit: int
    cells: Sequence[_Cell]
    used: Sequence[Place]
    held: Sequence[Place]
    most: int
    alive_seconds: int
    types: Sequence[str] | None = None
