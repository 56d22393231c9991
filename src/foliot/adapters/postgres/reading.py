"""Looking things up: `ports.ReadStore` on PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.ends import ByTime
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.session import Row
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.lineage import MOST_DESCENDANTS, Descendant
from foliot.domain.ripple import Link
from foliot.domain.run import Attempt, Run
from foliot.domain.states import RunState
from foliot.ports import JobFilter, Occurrence, QueueDepth, Root, RunFilter, RunRef, Standing, Stats


class Reading(ByTime):
    """The reads."""

    _database: Database

    async def job(self, tenant_id: str, job_id: str) -> Job | None:
        found = await self._database.fetch("job", rows.known(tenant_id), rows.known(job_id))
        return records.job(found[0]) if found else None

    async def jobs(self, tenant_id: str, wanted: JobFilter, before: str | None, limit: int) -> list[Job]:
        found = await self._database.fetch(
            "jobs", rows.known(tenant_id), before or rows.AFTER_ALL, limit, wanted.state, wanted.type, wanted.queue,
            wanted.priority,
        )  # fmt: skip
        return [records.job(row) for row in found]

    async def run(self, tenant_id: str, run_id: str) -> Run | None:
        found = await self._database.fetch("run", rows.known(tenant_id), rows.known(run_id))
        return records.run(found[0]) if found else None

    async def runs(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        place = rows.known(tenant_id), before or rows.AFTER_ALL, limit
        if wanted.job_id is not None:
            job_id = rows.known(wanted.job_id)
            of_job = [records.run(r) for r in await self._database.fetch("runs_of_job", *place, job_id, wanted.state)]
            return [run for run in of_job if wanted.is_of_kind(run)]
        kind = wanted.state, wanted.type, wanted.queue, wanted.priority
        found: list[Row] = []
        if wanted.state is None or not wanted.state.is_over:
            found += await self._database.fetch("runs_live", *place, *kind)
        if wanted.state is None or wanted.state.is_over:
            found += await self._database.fetch("runs_ended", *place, *kind)
        runs = {row[0]: records.run(row) for row in found}
        return sorted(runs.values(), key=lambda run: run.id, reverse=True)[:limit]

    async def occurrences(
        self, tenant_id: str, job_id: str, since: datetime, until: datetime, limit: int
    ) -> list[Occurrence]:
        place = rows.known(tenant_id), rows.known(job_id), since, until, limit
        found = await self._database.fetch("occurrences", *place)
        return [
            Occurrence(row[0], row[1], None if row[3] is None else records.run(row[3:]))
            for row in map(tuple, found)
            if row[3] is not None or not row[2]
        ]

    async def job_of_key(self, tenant_id: str, key: str) -> str | None:
        found = await self._database.fetch("keys_read", [rows.known(tenant_id)], [key], plans=Plans.SEEK)
        return found[0][3] if found else None

    async def live_runs(self, tenant_id: str, job_id: str) -> list[str]:
        return [
            row[0] for row in await self._database.fetch("live_runs_of_job", rows.known(tenant_id), rows.known(job_id))
        ]

    async def known_runs(self, refs: Sequence[RunRef]) -> list[Run]:
        found = await self._database.fetch("runs_known", *rows.refs(refs), plans=Plans.SEEK)
        return list({row[0]: records.run(row) for row in found}.values())

    async def ended(self, refs: Sequence[RunRef]) -> list[Run]:
        return [records.run(row) for row in await self._database.fetch("ended", *rows.refs(refs), plans=Plans.SEEK)]

    async def look_up(self, refs: Sequence[RunRef]) -> list[Run]:
        return [records.run(row) for row in await self._database.fetch("look_up", *rows.refs(refs), plans=Plans.SEEK)]

    async def children(self, refs: Sequence[RunRef]) -> list[Link]:
        return [records.link(row) for row in await self._database.fetch("links", *rows.refs(refs), plans=Plans.SEEK)]

    async def links_to(self, refs: Sequence[RunRef]) -> list[Link]:
        return [records.link(row) for row in await self._database.fetch("links_to", *rows.refs(refs), plans=Plans.SEEK)]

    async def roots(self, tenant_id: str, job_ids: Sequence[str]) -> list[Root]:
        keys = rows.keys([(tenant_id, job_id) for job_id in job_ids])
        found = await self._database.fetch("roots", *keys, MOST_DESCENDANTS + 1, plans=Plans.SEEK)
        return [records.root(row) for row in found]

    async def descendants(self, tenant_id: str, root_id: str) -> list[Descendant]:
        return records.descendants(await self._database.fetch("descendants", *rows.keys([(tenant_id, root_id)])))

    async def latest(self, tenant_id: str, job_ids: Sequence[str]) -> dict[str, Standing]:
        asked = rows.known(tenant_id), [rows.known(job_id) for job_id in job_ids]
        found = await self._database.fetch("latest", *asked)
        return {row[0]: Standing(tenant_id, row[1], row[2], RunState(row[3])) for row in found}

    async def standing(self, refs: Sequence[RunRef]) -> list[Standing]:
        found = await self._database.fetch("standing", *rows.refs(refs), plans=Plans.SEEK)
        return [records.standing(row) for row in found]

    async def marks(self, refs: Sequence[RunRef]) -> dict[RunRef, str]:
        found = await self._database.fetch("marks", *rows.refs(refs), plans=Plans.SEEK)
        return {RunRef(tenant_id, run_id): mark for tenant_id, run_id, mark in found}

    async def attempts(self, tenant_id: str, run_id: str) -> list[Attempt]:
        found = await self._database.fetch("attempts", rows.known(tenant_id), rows.known(run_id))
        return [records.attempt(row) for row in found]

    async def run_events(self, tenant_id: str, run_id: str) -> list[Event]:
        return [
            records.event(row)
            for row in await self._database.fetch("run_events", rows.known(tenant_id), rows.known(run_id))
        ]

    async def job_events(self, tenant_id: str, job_id: str) -> list[Event]:
        return [
            records.event(row)
            for row in await self._database.fetch("job_events", rows.known(tenant_id), rows.known(job_id))
        ]

    async def dead_letters(self, tenant_id: str, wanted: RunFilter, before: str | None, limit: int) -> list[Run]:
        found = await self._database.fetch(
            "dead_letters", rows.known(tenant_id), before or rows.AFTER_ALL, limit, wanted.type, wanted.queue,
            None if wanted.job_id is None else rows.known(wanted.job_id),
        )  # fmt: skip
        return [records.run(row) for row in found]

    async def stats(self) -> Stats:
        depths = await self._database.fetch("stats")
        dead = await self._database.fetch("stats_dead")
        return Stats([QueueDepth(queue, RunState(state), n, due) for queue, state, n, due in depths], dead[0][0])
