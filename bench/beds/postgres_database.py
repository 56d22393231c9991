"""A database on PostgreSQL: how it stands, and a past for it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from bench.bare.payload import PAYLOAD, RESULT
from bench.beds.bed import Look

_DAYS: Final = 4

_LOOK: Final = """
select (select xact_commit from pg_stat_database where datname = current_database()),
       (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint,
       (select n_dead_tup from pg_stat_user_tables where relname = 'live')
"""
_HISTORY: Final = """
from pg_partition_tree('finished') as part where part.isleaf
"""
_SIZES: Final = f"""
select 'live', pg_total_relation_size('live') union all
select 'jobs', pg_total_relation_size('jobs') union all
select 'finished', (select coalesce(sum(pg_total_relation_size(part.relid)), 0) {_HISTORY})
"""
_PIECE: Final = """
create table if not exists {name} partition of finished
for values from ('{start} 00:00:00+00') to ('{end} 00:00:00+00') with (autovacuum_enabled = false)
"""
_PAST: Final = """
create temp table past as
select t.id as tenant_id, p.at,
       (lpad(to_hex((extract(epoch from p.at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid as id
from generate_series(0, {runs} - 1) as n
cross join lateral (select now() - interval '{days} days' + n * (interval '{days} days' / {runs}) as at) as p
cross join tenants as t
where t.name = 'default' order by n;

insert into jobs (tenant_id, id, user_id, type, queue, priority, payload, max_attempts, state, created_at)
select tenant_id, id, 'history', 'noop', 'default', 2, '{payload}', 3, 'active', at from past order by at;

insert into finished (tenant_id, id, job_id, type, queue, priority, state, cause, due_at, queued_at, started_at,
                      finished_at, attempt, max_attempts, lease, worker, result)
select tenant_id, id, id, 'noop', 'default', 2, 'succeeded', 'returned', at, at, at, at, 1, 3, 1, 'history', '{result}'
from past order by at;

drop table past;
vacuum analyze;
checkpoint
"""


class PostgresDatabase:
    """Looked at over one connection, with one statement at a time: each is a commit that is not Foliot's."""

    def __init__(self, url: str, connection: psycopg.Connection[Any]) -> None:
        self.url = url
        self._connection = connection
        self._own_commits = 0

    def look(self) -> Look:
        own = self._own_commits
        [(commits, wal_bytes, dead_tuples)] = self._ask(_LOOK)
        return Look(commits=commits - own, wal_bytes=wal_bytes, dead_tuples=dead_tuples)

    def ended(self) -> int:
        return int(self._ask("select count(*) from finished")[0][0])

    def size(self) -> int:
        return int(self._ask("select pg_database_size(current_database())")[0][0])

    def sizes(self) -> Mapping[str, int]:
        return {name: int(size) for name, size in self._ask(_SIZES)}

    def partitions(self) -> int | None:
        return int(self._ask(f"select count(*) {_HISTORY}")[0][0])

    def fill(self, runs: int) -> None:
        now = datetime.now(UTC)
        self.make_pieces([now - timedelta(days=day) for day in range(_DAYS + 1)])
        for statement in _PAST.format(runs=runs, days=_DAYS, payload=PAYLOAD, result=RESULT).split(";"):
            self._ask(statement)

    def make_pieces(self, when: Sequence[datetime]) -> None:
        """Make the partitions for the days of these times, as Foliot does before it writes."""
        for start in sorted({at.date() for at in when}):
            self._ask(_PIECE.format(name=f"finished_{start:%Y%m%d}t000000", start=start, end=start + timedelta(days=1)))

    def _ask(self, statement: str) -> list[Any]:
        self._own_commits += 1
        answer = self._connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []
