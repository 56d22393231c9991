"""What bare PostgreSQL can do with the same rows: Foliot's own tables and planner settings, and plain batched SQL.

One process submits and others work, as in a fleet; each keeps two connections busy, so that one computes while the other
waits. No tenants' checks, no retries, no leases to renew, no handlers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench.bare.payload import PAYLOAD, RESULT
from bench.board import Board, Figure, Phase
from foliot.adapters.postgres.database import SETTINGS
from foliot.domain.ids import IdSequence

_BATCH: Final = 500
_AHEAD: Final = 5_000
_LANES: Final = 2
_NAP_SECONDS: Final = 0.001
_TENANT: Final = UUID("00000000-0000-7000-8000-000000000000")
_LEASE: Final = timedelta(seconds=15)

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
    delete from live as r using unnest($2::uuid[], $3::json[]) as said (id, result)
    where r.tenant_id = $1 and r.id = said.id and r.worker = 'bare'
    returning r.*, said.result
)
insert into finished (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at,
                      finished_at, attempt, max_attempts, lease, worker, result)
select tenant_id, id, job_id, type, queue, priority, 'succeeded', 'returned', due_at, queued_at, started_at, $4, attempt,
       max_attempts, lease, worker, result from ended
"""


async def submit(board: Board, place: int, url: str) -> None:
    """A process that submits; some 5,000 jobs ahead of the workers."""
    ids = IdSequence(Random())

    async def lane(connection: Any) -> None:
        while board.phase < Phase.CEASE:
            if board.total(Figure.SENT) - board.total(Figure.STORED) > _AHEAD:
                await asyncio.sleep(_NAP_SECONDS)
                continue
            board.add(place, Figure.SENT, _BATCH)
            await _copy(connection, [UUID(text) for text in ids.take(datetime.now(UTC), _BATCH)])

    await _in_lanes(board, place, url, lane)


async def work(board: Board, place: int, url: str) -> None:
    """A process that claims and ends."""

    async def lane(connection: Any) -> None:
        claim, finish = await connection.prepare(_CLAIM), await connection.prepare(_FINISH)
        while board.phase < Phase.STOP:
            now = datetime.now(UTC)
            claimed = [row[0] for row in await claim.fetch(_BATCH, now, now + _LEASE)]
            if not claimed:
                await asyncio.sleep(_NAP_SECONDS)
                continue
            await finish.fetch(_TENANT, claimed, [RESULT] * len(claimed), datetime.now(UTC))
            board.add(place, Figure.STORED, len(claimed))

    await _in_lanes(board, place, url, lane)


async def _copy(connection: Any, ids: list[UUID]) -> None:
    now = datetime.now(UTC)
    jobs = [(_TENANT, each, "bare", "noop", "default", 2, PAYLOAD, 3, "active", now) for each in ids]
    live = [(_TENANT, each, each, "noop", "default", 2, "queued", now, now, 3) for each in ids]
    async with connection.transaction():
        await connection.copy_records_to_table("jobs", records=jobs, columns=_JOBS)
        await connection.copy_records_to_table("live", records=live, columns=_LIVE)


async def _in_lanes(board: Board, place: int, url: str, lane: Callable[[Any], Awaitable[None]]) -> None:
    connections = [await asyncpg.connect(url, server_settings=SETTINGS) for _ in range(_LANES)]
    try:
        board.add(place, Figure.READY)
        await board.until(Phase.GO)
        await asyncio.gather(*(lane(connection) for connection in connections))
    finally:
        for connection in connections:
            connection.terminate()
