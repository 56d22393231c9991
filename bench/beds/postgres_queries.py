"""What a database on PostgreSQL is asked. The counts are read from another database, so that reading is not counted."""

from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

_CALLS: Final = """
from pg_stat_statements as s join pg_database as d on d.oid = s.dbid where d.datname = %s
"""


class Statements:
    """By pg_stat_statements."""

    source = "pg_stat_statements"

    def __init__(self, from_url: str, url: str) -> None:
        self._url = from_url
        self._name = urlsplit(url).path.removeprefix("/")
        self._ask("create extension if not exists pg_stat_statements")

    def begin(self) -> None:
        self._ask("select pg_stat_statements_reset()")

    def queries(self) -> int | None:
        return int(self._ask(f"select coalesce(sum(s.calls), 0) {_CALLS}", self._name)[0][0])

    def top(self) -> list[str]:
        found = self._ask(f"select s.calls, s.query {_CALLS} order by s.calls desc limit 8", self._name)
        return [f"{calls:>6} × {' '.join(query.split())[:100]}" for calls, query in found]

    def _ask(self, statement: str, *values: str) -> list[Any]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            answer = connection.execute(statement.encode(), values)
            return answer.fetchall() if answer.description else []


class Commits:
    """By the transactions that were committed: statements outside of transactions are one each."""

    source = "commits; pg_stat_statements is not installed"

    def __init__(self, from_url: str, url: str) -> None:
        self._url = from_url
        self._name = urlsplit(url).path.removeprefix("/")
        self._before = 0

    def begin(self) -> None:
        self._before = self._committed()

    def queries(self) -> int | None:
        return self._committed() - self._before

    def top(self) -> list[str]:
        return []

    def _committed(self) -> int:
        with psycopg.connect(self._url, autocommit=True) as connection:
            found = connection.execute("select xact_commit from pg_stat_database where datname = %s", [self._name])
            return sum(int(row[0]) for row in found)
