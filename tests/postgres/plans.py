"""Databases to explain statements on, and what PostgreSQL's plans say."""

import asyncio
import re
from collections.abc import Callable, Iterator, Set
from datetime import timedelta
from importlib.resources import files
from typing import Any, Final

import msgspec
import psycopg

from foliot.adapters.postgres import PostgresStore
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.statements import statement
from tests.contract.builders import NOW

BACKLOG: Final = 200_000
_FEWER: Final = 20_000

_TENANT: Final = "'01890000-0000-7000-8000-00000000acee'::uuid"
_ID: Final = "lpad(to_hex(n), 32, '0')::uuid"
_OWNER: Final = "lpad(to_hex(case when n % 10 = 0 then n / 100 * 100 + 1 else n end), 32, '0')::uuid"
_AT: Final = f"'{NOW:%Y-%m-%d %H:%M}Z'::timestamptz + n * interval '800 microseconds'"

_PAST_RUN: Final = {
    "tenant_id": _TENANT, "id": _ID, "job_id": _OWNER, "type": "'mail'", "queue": "'default'", "priority": "2",
    "state": "'succeeded'", "cause": "'returned'", "due_at": _AT, "finished_at": _AT, "attempt": "1",
    "max_attempts": "3", "lease": "1",
}  # fmt: skip
_ATTEMPT: Final = {
    "tenant_id": _TENANT, "run_id": _ID, "lease": "1", "number": "1", "worker": "'w'", "state": "'retrying'",
    "cause": "'raised'", "due_at": _AT, "queued_at": _AT, "started_at": _AT, "ended_at": _AT,
}  # fmt: skip
_EVENT: Final = {
    "tenant_id": _TENANT, "job_id": _ID, "run_id": f"case when n % 2 = 0 then {_ID} end", "id": _ID,
    "type": "'run.logged'", "at": _AT, "data": "'{}'",
}  # fmt: skip
_FILLS: Final = {
    "jobs": {
        "tenant_id": _TENANT, "id": _ID, "user_id": "'u'", "type": "'mail'", "queue": "'default'",
        "priority": "n % 4", "payload": "'{}'", "max_attempts": "3", "state": "'active'", "created_at": _AT,
        "next_at": f"case when n % 10 = 0 then {_AT} end", "root_id": f"case when n % 10 = 1 then {_OWNER} end",
    },
    "live": {
        "tenant_id": _TENANT, "id": _ID, "job_id": _OWNER, "type": "'mail'", "queue": "'default'",
        "priority": "n % 4", "due_at": _AT, "max_attempts": "3",
        "state": "case n % 100 when 0 then 'pending' when 1 then 'running' when 2 then 'retrying' else 'queued' end",
        "queued_at": f"case when n % 100 not in (0, 2) then {_AT} end",
        "lease_until": f"case when n % 100 = 1 then {_AT} end", "expires_at": f"case when n % 20 = 0 then {_AT} end",
        "remote": "case when n % 10 < 4 then true end",
    },
    "links": {
        "tenant_id": _TENANT, "parent_id": _OWNER, "child_id": _ID, "wait_for": "'failed'", "join_by": "'all'",
        "parent_job_id": f"case when n % 10 = 1 then {_OWNER} end",
    },
    "finished": _PAST_RUN,
}  # fmt: skip
_SMALLER_FILLS: Final = {
    "attempts": _ATTEMPT,
    "events": _EVENT,
    "finished_kept": _PAST_RUN,
    "attempts_kept": _ATTEMPT,
    "events_kept": _EVENT,
    "dead_letters": {"tenant_id": _TENANT, "run_id": _ID, "type": "'mail'", "queue": "'default'"},
    "calendars": {
        "tenant_id": _TENANT, "name": "n::text", "dates": "'[]'", "description": "''", "updated_at": _AT,
    },
    "occurrences": {"job_id": _ID, "planned_at": _AT, "fate": "'run'", "run_id": _ID},
    "submission_keys": {
        "tenant_id": _TENANT, "key": "n::text", "fingerprint": "'f'", "job_id": _ID, "run_id": _ID,
        "expires_at": f"case when n % 10 <> 0 then {_AT} end",
    },
}  # fmt: skip

Connection = psycopg.Connection[tuple[Any, ...]]


# -- situations


def _fill(connection: Connection, rows: int = _FEWER) -> None:
    for fills, count in ((_FILLS, rows), (_SMALLER_FILLS, rows // 10)):
        for table, columns in fills.items():
            _execute(
                connection,
                f"insert into {table} ({', '.join(columns)}) "
                f"select {', '.join(columns.values())} from generate_series(1, {count}) as n",
            )


def _empty(connection: Connection) -> None:
    for table in (*_FILLS, *_SMALLER_FILLS):
        _execute(connection, f"delete from {table}")


def _full(connection: Connection) -> None:
    _fill(connection, BACKLOG)


def _full_and_told_so(connection: Connection) -> None:
    _fill(connection)
    _execute(connection, "analyze")


def _full_but_told_empty(connection: Connection) -> None:
    _execute(connection, "vacuum (analyze)")
    _fill(connection)


def _full_but_told_that_its_pages_are_empty(connection: Connection) -> None:
    _empty_but_told_full(connection)
    _execute(connection, "vacuum (analyze, truncate off)")
    _fill(connection)


def _empty_but_told_full(connection: Connection) -> None:
    _full_and_told_so(connection)
    _empty(connection)


SITUATIONS: Final[dict[str, Callable[[Connection], None]]] = {
    "full": _full,
    "empty": lambda connection: None,
    "full, told so": _full_and_told_so,
    "full, told empty": _full_but_told_empty,
    "full, told that its pages are empty": _full_but_told_that_its_pages_are_empty,
    "empty, told full": _empty_but_told_full,
}


def prepare(url: str, situation: str) -> None:
    """Migrate an empty database, and bring it into that situation."""
    asyncio.run(_migrate(url))
    with psycopg.connect(url, autocommit=True) as connection:
        SITUATIONS[situation](connection)


async def _migrate(url: str) -> None:
    """With three pieces, which hold what `_fill` makes."""
    store = PostgresStore(url, piece=timedelta(minutes=1))
    await store.migrate(NOW)
    await store._database.run(lambda session: store._pieces.make(session, [NOW]), atomic=True)
    await store.close()


# -- statements

STATEMENTS: Final = frozenset(
    file.name.removesuffix(".sql") for file in files("foliot.adapters.postgres").joinpath("sql").iterdir()
)
WALKING: Final = frozenset({
    "attempts", "backlogs", "calendar_jobs", "calendar_remove", "calendars", "claim", "claim_remote", "dead_letters",
    "dead_runs", "descendants", "due_jobs", "expire_choose", "expire_next", "expired", "fact", "job", "job_events",
    "jobs", "key_by_prefix", "keys_of_tenant", "latest", "live_runs_of_job", "next_expiry", "next_planned",
    "occurrences", "promote", "promote_next", "run", "run_events", "runs_ended", "runs_live", "runs_of_job", "sought",
    "stats", "stats_dead", "tenants", "types", "waiting", "zoned_jobs",
})  # fmt: skip
"""The statements that run where rows are walked; all others seek."""

_WALKING_AND_SEEKING: Final = frozenset({"claim_found", "transaction"})
_PIECE_OF: Final = {"prune_runs": "finished", "prune_attempts": "attempts", "prune_events": "events"}


def kinds_of(name: str) -> list[Plans]:
    """On which kinds of connections a statement runs."""
    if name in _WALKING_AND_SEEKING:
        return [Plans.WALK, Plans.SEEK]
    return [Plans.WALK if name in WALKING else Plans.SEEK]


# -- plans


class Step(msgspec.Struct, frozen=True):
    """A node of a plan."""

    kind: str = msgspec.field(name="Node Type")
    role: str = msgspec.field(name="Parent Relationship", default="")
    table: str = msgspec.field(name="Relation Name", default="")
    index: str = msgspec.field(name="Index Name", default="")
    key: str = msgspec.field(name="Index Cond", default="")
    below: list["Step"] = msgspec.field(name="Plans", default_factory=list)

    def all(self) -> Iterator["Step"]:
        """This step and those below it."""
        yield self
        for step in self.below:
            yield from step.all()

    def __str__(self) -> str:
        line = " ".join(filter(None, (self.kind, self.table, self.index, self.key)))
        return "\n  ".join([line, *(text for step in self.below for text in str(step).splitlines())])


class _Explained(msgspec.Struct):
    plan: Step = msgspec.field(name="Plan")


class Index(msgspec.Struct, frozen=True):
    """An index; one of a piece goes by the name and the table of its parent."""

    name: str
    table: str
    columns: list[str]

    def finds(self, key: str) -> bool:
        """Whether a condition is enough of the key to find a few rows; that of a tenant or a queue alone is not."""
        needed = 2 if self.columns[0] in ("tenant_id", "queue") else 1
        return set(self.columns[:needed]) <= set(re.findall(r"\((\w+) = ", key))


_INDEXES: Final = """
select c.relname, p.relname, t.relname, array(
    select a.attname::text from pg_attribute as a where a.attrelid = c.oid order by a.attnum)
from pg_class as c
left join pg_inherits as h on h.inhrelid = c.oid
join pg_index as i on i.indexrelid = coalesce(h.inhparent, c.oid)
join pg_class as p on p.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
where c.relnamespace = 'public'::regnamespace
"""
_PIECES: Final = """
select p.relname, min(c.relname::text)
from pg_inherits as h join pg_class as c on c.oid = h.inhrelid join pg_class as p on p.oid = h.inhparent
where p.relkind = 'p' group by p.relname
"""


class Explainer:
    """Explains statements as they are run: prepared, with a generic plan, under the settings of their connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        found = self._connection.execute(_INDEXES)
        self._indexes = {index: Index(name, table, columns) for index, name, table, columns in found}
        self._pieces: dict[str, str] = dict(self._connection.execute(_PIECES).fetchall())
        self._plans: dict[tuple[str, Plans], Step] = {}

    @property
    def indexes(self) -> Set[str]:
        """The names of all indexes."""
        return {index.name for index in self._indexes.values()}

    def plan(self, name: str, plans: Plans) -> Step:
        """The plan of a statement."""
        if (name, plans) not in self._plans:
            self.prepare(name, plans)
            self._plans[name, plans] = self.explain(name)
        return self._plans[name, plans]

    def prepare(self, name: str, plans: Plans) -> None:
        """Prepare a statement under its own name, and forget any other."""
        text = statement(name).replace("a_piece", self._pieces[_PIECE_OF.get(name, "finished")])
        settings = [f"set {setting} = '{value}'" for setting, value in plans.value.items()]
        for command in ("discard all", *settings, f"prepare {name} as {text}"):
            _execute(self._connection, command)

    def explain(self, name: str, arguments: str = "") -> Step:
        """The plan of the statement that is prepared, with nulls, which find nothing, unless there are arguments."""
        call = f"{name} ({arguments})" if arguments else _call(name)
        [(told,)] = self._connection.execute(f"explain (format json) execute {call}".encode())
        return msgspec.convert(told, list[_Explained])[0].plan

    def execute(self, name: str) -> None:
        """Execute the statement that is prepared, with nulls, which find nothing."""
        _execute(self._connection, f"execute {_call(name)}")

    def index(self, step: Step) -> Index | None:
        """The index of ours that a step goes by."""
        return self._indexes.get(step.index)

    def table(self, step: Step) -> str:
        """The table of ours that a step looks at, '' if none; that of a piece is its parent."""
        if index := self.index(step):
            return index.table
        if step.table.startswith("pg_"):
            return ""
        return step.table.partition("_2")[0]

    def faults(self, name: str, plans: Plans, may_walk: Set[str] = frozenset()) -> list[str]:
        """What is wrong with the plan of a statement: that it walks or sorts tables, but for those that it may."""

        def look(step: Step, is_limited: bool) -> Iterator[str]:
            table, index = self.table(step), self.index(step)
            if table and table not in may_walk:
                if step.kind == "Seq Scan":
                    yield f"reads all of {table}"
                if index and not index.finds(step.key) and not (is_limited and step.key):
                    yield f"goes along {index.name} by ({step.key})"
                if step.kind in _NOT_WANTED[plans]:
                    yield f"{step.kind} of {index.name if index else table}"
            if step.kind.endswith("Sort"):
                yield from (f"sorts {name}" for name in self._unlimited(step) if name not in may_walk)
            for below in step.below:
                passes = step.kind in _PASSING and below.role in ("Outer", "Member", "Subquery")
                yield from look(below, step.kind == "Limit" or (is_limited and passes))

        return sorted(set(look(self.plan(name, plans), False)))

    def _unlimited(self, step: Step) -> Iterator[str]:
        """The tables below a step, as far as no limit is between."""
        for below in step.below:
            if below.kind != "Limit":
                yield from filter(None, [self.table(below)])
                yield from self._unlimited(below)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


_NOT_WANTED: Final = {
    Plans.SEEK: {"Index Scan", "Index Only Scan"},
    Plans.WALK: {"Bitmap Heap Scan", "Bitmap Index Scan"},
}
_PASSING: Final = {"Append", "Merge Append", "Result", "LockRows", "Nested Loop", "Subquery Scan", "ModifyTable"}
"""Steps that ask those below them for no more rows than they are asked for."""


def _call(name: str) -> str:
    count = max((int(number) for number in re.findall(r"\$(\d+)", statement(name))), default=0)
    return f"{name} ({', '.join(['null'] * count)})" if count else name


def _execute(connection: Connection, text: str) -> None:
    connection.execute(text.encode())
