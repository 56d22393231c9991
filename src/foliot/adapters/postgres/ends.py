"""The order in which runs end: that of the time of their ends, which is not quite the one in which they are stored."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

from foliot.adapters.postgres import rows
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.session import Row
from foliot.domain.instant import LATEST, from_microseconds, to_microseconds
from foliot.ports import Ends, RunRef

LATE: Final = timedelta(seconds=5)
"""How much later than its time an end may be stored, or told of by a clock that goes ahead, and still be found."""

_WIDER: Final = 4
_SLOW_SECONDS: Final = 0.05
_by_time: Final = itemgetter(2, 1)


class ByTime:
    """`ports.ReadStore`: the ends. A mark is a time in microseconds."""

    _database: Database

    async def end_mark(self, now: datetime) -> int:
        return to_microseconds(now - LATE)

    async def ends(self, tenant_ids: Sequence[str], mark: int, now: datetime, limit: int) -> Ends:
        tenants, start, width = (
            [rows.known(each) for each in tenant_ids], from_microseconds(min(mark, to_microseconds(now))), LATE,
        )  # fmt: skip
        found: list[Row] = []
        while (end := start + width) < now:
            stretch = await self._between(tenants, start, end)
            found += stretch
            start = end
            if len(found) >= limit:
                return Ends(_refs(found), to_microseconds(start), is_all=False)
            if len(stretch) * _WIDER < limit:
                width *= _WIDER
        found += await self._between(tenants, start, LATEST)
        return Ends(_refs(found), max(to_microseconds(start), to_microseconds(now - LATE)), is_all=True)

    async def _between(self, tenants: Sequence[str], start: datetime, end: datetime) -> list[Row]:
        clock = asyncio.get_running_loop().time
        begun = clock()
        found = await self._database.fetch("ends", tenants, start, end, plans=Plans.SEEK)
        if clock() - begun > _SLOW_SECONDS:  # PostgreSQL itself gets to that once a minute
            await self._sum_up()
        return sorted(found, key=_by_time)

    async def _sum_up(self) -> None:
        await self._database.fetch("ends_summed_up", plans=Plans.SEEK)


def _refs(found: Sequence[Row]) -> list[RunRef]:
    return [RunRef(row[0], row[1]) for row in found]
