"""What bare PostgreSQL can do with the same rows: Foliot's own tables, pinned plans, and plain batched SQL.

One process submits and others work, as in a fleet. Each has one connection: with more of them two cores do less. No
tenants' checks, no retries, no leases to renew, no handlers.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench.bare.payload import PAYLOAD, RESULT
from bench.board import Board, Figure, Phase
from foliot.domain.ids import IdSequence

_BATCH: Final = 500
_AHEAD: Final = 5_000
_NAP_SECONDS: Final = 0.001
_TENANT: Final = UUID("00000000-0000-7000-8000-000000000000")
_LEASE: Final = timedelta(seconds=15)

_PLANNER: Final = {
    "plan_cache_mode": "force_generic_plan", "jit": "off", "enable_seqscan": "off", "enable_bitmapscan": "off",
    "enable_sort": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
}  # fmt: skip
"""Otherwise the planner turns, under a backlog, to plans that are a hundred times slower. Foliot pins its plans too."""

_JOBS: Final = (
    "tenant_id", "id", "user_id", "type", "queue", "priority", "payload", "max_attempts", "state", "created_at",
)  # fmt: skip
_LIVE: Final = (
    "tenant_id", "id", "job_id", "type", "queue", "priority", "state", "due_at", "queued_at", "max_attempts",
)  # fmt: skip

_CLAIM: Final = """
with oldest as materialized (
    select tenant_id, id from live
    where state = 'queued' and queue = 'default' and priority = 2
    order by due_at, id limit $1 for update skip locked
),
taken as (
    update live as r
    set state = 'running', attempt = attempt + 1, lease = lease + 1, worker = 'bare', started_at = $2, lease_until = $3
    from oldest where r.tenant_id = oldest.tenant_id and r.id = oldest.id
    returning r.tenant_id, r.id
)
select taken.id, j.payload from taken join jobs as j on j.tenant_id = taken.tenant_id and j.id = taken.id
"""
_FINISH: Final = """
with ended as (
    delete from live as r using unnest($1::uuid[], $2::uuid[], $3::json[]) as said (tenant_id, id, result)
    where r.tenant_id = said.tenant_id and r.id = said.id and r.worker = 'bare'
    returning r.*, said.result
)
insert into finished (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at,
                      finished_at, attempt, max_attempts, lease, worker, result)
select tenant_id, id, job_id, type, queue, priority, 'succeeded', 'returned', due_at, queued_at, started_at,
       $4, attempt, max_attempts, lease, worker, result from ended
"""


async def submit(board: Board, place: int, url: str) -> None:
    """A process that submits, some 5,000 jobs ahead of the workers."""
    ids = IdSequence(Random())
    async with _connected(url) as connection:
        await _begin(board, place)
        while board.phase < Phase.CEASE:
            if board.total(Figure.SENT) - board.total(Figure.STORED) > _AHEAD:
                await asyncio.sleep(_NAP_SECONDS)
                continue
            await _copy(connection, [UUID(text) for text in ids.take(datetime.now(UTC), _BATCH)])
            board.add(place, Figure.SENT, _BATCH)


async def work(board: Board, place: int, url: str) -> None:
    """A process that claims and ends."""
    async with _connected(url) as connection:
        claim, finish = await connection.prepare(_CLAIM), await connection.prepare(_FINISH)
        await _begin(board, place)
        while board.phase < Phase.STOP:
            now = datetime.now(UTC)
            claimed = [row[0] for row in await claim.fetch(_BATCH, now, now + _LEASE)]
            count = len(claimed)
            if not count:
                await asyncio.sleep(_NAP_SECONDS)
                continue
            await finish.fetch([_TENANT] * count, claimed, [RESULT] * count, datetime.now(UTC))
            board.add(place, Figure.STORED, count)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, server_settings=_PLANNER)
    try:
        yield connection
    finally:
        connection.terminate()


async def _begin(board: Board, place: int) -> None:
    board.add(place, Figure.READY)
    await board.until(Phase.GO)


async def _copy(connection: Any, ids: list[UUID]) -> None:
    now = datetime.now(UTC)
    jobs = [(_TENANT, each, "bare", "noop", "default", 2, PAYLOAD, 3, "active", now) for each in ids]
    live = [(_TENANT, each, each, "noop", "default", 2, "queued", now, now, 3) for each in ids]
    async with connection.transaction():
        await connection.copy_records_to_table("jobs", records=jobs, columns=_JOBS)
        await connection.copy_records_to_table("live", records=live, columns=_LIVE)
