"""Looking things up: `ports.ReadStore` on SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.database import Database
from foliot.adapters.sqlite.statements import statement
from foliot.domain.event import Event
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.job import Job
from foliot.domain.lineage import MOST_DESCENDANTS, Descendant
from foliot.domain.ripple import Link
from foliot.domain.run import Attempt, Run
from foliot.domain.states import RunState
from foliot.ports import Ends, JobFilter, Occurrence, QueueDepth, Root, RunFilter, RunRef, Standing, Stats

_AFTER_ALL_IDS: Final = "g"
_ids = msgspec.json.Decoder(list[str])
_places = msgspec.json.Decoder(list[tuple[int, str, str]])
_marks = msgspec.json.Decoder(list[tuple[str, str, str]])
_keys = msgspec.json.Decoder(list[tuple[str, str, str, str, str | None]])


class _StatsRow(msgspec.Struct):
    depths: list[tuple[str, RunState, int, int]]
    dead_letters: int


_stats = msgspec.json.Decoder(_StatsRow)


class Reading:
    """The reads."""

    _database: Database

    async def job(self, tenant_id: str, job_id: str) -> Job | None:
        text = await self._one("job", tenant_id=tenant_id, job_id=job_id)
        return None if text is None else documents.job(text)

    async def jobs(self, tenant_id: str, wanted: JobFilter, before: str | None, limit: int) -> list[Job]:
        return documents.jobs(
            await self._all(
                "jobs", tenant_id=tenant_id, before=before or _AFTER_ALL_IDS, limit=limit, state=wanted.state,
                type=wanted.type, queue=wanted.queue, priority=wanted.priority,
            )
        )  # fmt: skip

    async def run(self, tenant_id: str, run_id: str) -> Run | None:
        text = await self._one("run", tenant_id=tenant_id, run_id=run_id)
        return None if text is None else documents.run(text)

    async def runs(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        place = {"tenant_id": tenant_id, "before": before or _AFTER_ALL_IDS, "limit": limit, "state": wanted.state}
        kind = {"type": wanted.type, "queue": wanted.queue, "priority": wanted.priority}
        if wanted.job_id is not None:
            found = documents.runs(await self._all("runs_of_job", job_id=wanted.job_id, **place))
            return [run for run in found if wanted.is_of_kind(run)]
        if wanted.state is None:
            both = documents.runs(await self._all("runs_live", **place, **kind))
            both += documents.runs(await self._all("runs_ended", **place, **kind))
            return sorted({run.id: run for run in both}.values(), key=lambda run: run.id, reverse=True)[:limit]
        return documents.runs(await self._all("runs_ended" if wanted.state.is_over else "runs_live", **place, **kind))

    async def occurrences(
        self, tenant_id: str, job_id: str, since: datetime, until: datetime, limit: int
    ) -> list[Occurrence]:
        place = {"since": to_microseconds(since), "until": to_microseconds(until), "limit": limit}
        return documents.occurrences(await self._all("occurrences", tenant_id=tenant_id, job_id=job_id, **place))

    async def job_of_key(self, tenant_id: str, key: str) -> str | None:
        found = _keys.decode(await self._all("keys_read", rows=rows.as_json([(tenant_id, key)])))
        return found[0][3] if found else None

    async def live_runs(self, tenant_id: str, job_id: str) -> list[str]:
        return _ids.decode(await self._all("live_runs_of_job", tenant_id=tenant_id, job_id=job_id))

    async def known_runs(self, refs: Sequence[RunRef]) -> list[Run]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return list({run.id: run for run in documents.runs(await self._all("runs_known", rows=asked))}.values())

    async def ended(self, refs: Sequence[RunRef]) -> list[Run]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return documents.runs_with_results(await self._all("ended", rows=asked))

    async def look_up(self, refs: Sequence[RunRef]) -> list[Run]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return documents.runs(await self._all("look_up", rows=asked))

    async def end_mark(self, now: datetime) -> int:
        """The place of the last end: they are numbered in the order in which they are committed."""
        found = await self._database.read(lambda connection: connection.execute(statement("end_mark")).fetchone())
        return int(found[0])

    async def ends(self, tenant_ids: Sequence[str], mark: int, now: datetime, limit: int) -> Ends:
        last = await self.end_mark(now)
        if last < mark:  # all was pruned, and the numbers began anew
            mark = 0
        asked = {"tenants": rows.as_json(list(tenant_ids)), "mark": mark, "limit": limit}
        found = _places.decode(await self._all("ends", **asked))
        refs = [RunRef(tenant_id, run_id) for _, tenant_id, run_id in found]
        is_all = len(found) < limit
        return Ends(refs, max(last, found[-1][0] if found else 0) if is_all else found[-1][0], is_all)

    async def children(self, refs: Sequence[RunRef]) -> list[Link]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return documents.links(await self._all("links", rows=asked))

    async def links_to(self, refs: Sequence[RunRef]) -> list[Link]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return documents.links(await self._all("links_to", rows=asked))

    async def roots(self, tenant_id: str, job_ids: Sequence[str]) -> list[Root]:
        asked = {"tenant_id": tenant_id, "job_ids": rows.as_json(job_ids), "most": MOST_DESCENDANTS + 1}
        return documents.roots(await self._all("roots", **asked))

    async def descendants(self, tenant_id: str, root_id: str) -> list[Descendant]:
        return documents.descendants(await self._all("descendants", rows=rows.as_json([(tenant_id, root_id)])))

    async def latest(self, tenant_id: str, job_ids: Sequence[str]) -> dict[str, Standing]:
        text = await self._all("latest", tenant_id=tenant_id, job_ids=rows.as_json(job_ids))
        return documents.latest(text, tenant_id)

    async def standing(self, refs: Sequence[RunRef]) -> list[Standing]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        return documents.standing(await self._all("standing", rows=asked))

    async def marks(self, refs: Sequence[RunRef]) -> dict[RunRef, str]:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
        found = _marks.decode(await self._all("marks", rows=asked))
        return {RunRef(tenant_id, run_id): mark for tenant_id, run_id, mark in found}

    async def attempts(self, tenant_id: str, run_id: str) -> list[Attempt]:
        return documents.attempts(await self._all("attempts", tenant_id=tenant_id, run_id=run_id))

    async def run_events(self, tenant_id: str, run_id: str) -> list[Event]:
        return documents.events(await self._all("run_events", tenant_id=tenant_id, run_id=run_id))

    async def job_events(self, tenant_id: str, job_id: str) -> list[Event]:
        return documents.events(await self._all("job_events", tenant_id=tenant_id, job_id=job_id))

    async def dead_letters(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        return documents.runs(
            await self._all(
                "dead_letters", tenant_id=tenant_id, before=before or _AFTER_ALL_IDS, limit=limit, type=wanted.type,
                queue=wanted.queue, job_id=wanted.job_id,
            )
        )  # fmt: skip

    async def stats(self) -> Stats:
        row = _stats.decode(await self._all("stats"))
        return Stats(
            [QueueDepth(queue, state, count, from_microseconds(due)) for queue, state, count, due in row.depths],
            row.dead_letters,
        )

    async def _one(self, name: str, **asked: Any) -> str | None:
        found = await self._database.read(lambda connection: connection.execute(statement(name), asked).fetchone())
        return None if found is None else found[0]

    async def _all(self, name: str, **asked: Any) -> str:
        text: str = await self._database.read(
            lambda connection: connection.execute(statement(name), asked).fetchone()[0]
        )
        return text
