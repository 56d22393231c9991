"""Databases that have our tables and nothing in them. Making one takes longer than most tests: they are used again."""

import time
from typing import Final

import psycopg

from foliot.adapters.postgres.migrations import script
from servers.postgres import Postgres

_OTHERS: Final = """
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
_EMPTY: Final = """
do $$
declare
    one regclass;
    has_rows boolean;
begin
    for one in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relispartition
    loop
        execute format('drop table %s', one);
    end loop;
    for one in
        select oid from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'foliot_migrations'
    loop
        execute format('select exists (select from %s)', one) into has_rows;
        if has_rows then
            execute format('truncate %s', one);
        end if;
    end loop;
end $$
"""
_SCHEMA: Final = """
select relname::text, relkind::text from pg_class where relnamespace = 'public'::regnamespace order by 1
"""
_PATIENCE_SECONDS: Final = 10.0


class Databases:
    """Those of one server. Which are used by a pooler is known: it keeps connections for those who come after."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._template = postgres.database()
        with psycopg.connect(self._template, autocommit=True) as connection:
            connection.execute(script().encode())
            self._schema = connection.execute(_SCHEMA).fetchall()
        self._janitors: dict[str, psycopg.Connection] = {}
        self._used: dict[bool, list[str]] = {False: [], True: []}

    def take(self, *, is_pooled: bool = False) -> str:
        """The URL of one that nobody else has."""
        while used := self._used[is_pooled]:
            url = used.pop()
            if self._is_as_new(url, is_pooled):
                return url
            self._janitors.pop(url).close()
            self._postgres.drop(url)
        url = self._postgres.database(template=self._template)
        self._janitors[url] = psycopg.connect(url, autocommit=True)
        return url

    def give_back(self, url: str, *, is_pooled: bool = False) -> None:
        """Let the next one have it, who finds it empty."""
        self._used[is_pooled].append(url)

    def _is_as_new(self, url: str, is_pooled: bool) -> bool:
        """Whether it could be emptied. Who is still connected is cut off, or with a pooler waited for."""
        janitor = self._janitors[url]
        if not is_pooled:
            janitor.execute(f"select pg_terminate_backend(pid) {_OTHERS}".encode())
        busy = f"select {_OTHERS} and state <> 'idle' limit 1" if is_pooled else f"select {_OTHERS} limit 1"
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while janitor.execute(busy.encode()).fetchone():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        janitor.execute(_EMPTY)
        return janitor.execute(_SCHEMA).fetchall() == self._schema

    def close(self) -> None:
        """Let go of all of them."""
        for janitor in self._janitors.values():
            janitor.close()
