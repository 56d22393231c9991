"""Each hot statement is served by the index that its comment names, whatever the tables hold and statistics say."""

import re
import sqlite3
from collections.abc import Iterator
from importlib.resources import files

import pytest

from foliot.adapters.sqlite.statements import statement
from tests.sqlite.plans import SITUATIONS, database, plan, scans

HOT = [
    "submit_runs", "claim_ready", "claim_these", "claim_lease", "claim_read", "waiting",
    "claim_remote", "sought", "in_hand",
    "pulse_read", "pulse_renew",
    "finish_append", "finish_attempts", "finish_bury", "finish_continue", "finish_held", "finish_ids", "finish_remove",
    "note_events", "note_progress", "cancel_append", "cancel_ask", "cancel_remove", "cancel_states", "retry_now",
    "promote", "promote_next", "expired", "next_expiry", "finish_known",
    "expire_next", "expire_choose", "expire_append",
    "links_to", "replay_links", "roots", "descendants", "latest", "prune_descendants",
    "finish_parents", "links", "followers", "follow", "rule_out", "standing", "submit_parents",
    "look_up", "ends", "end_mark",
    "edit_found", "edit_job", "edit_runs", "steer",
    "due_jobs", "next_planned", "plan_advance", "plan_expected",
    "keys_expire", "keys_read", "keys_free", "debounce_jobs", "debounce_runs", "prune_job_keys",
    "dead_among", "dead_remove", "dead_letters",
    "job", "jobs", "run", "runs_known", "runs_live", "runs_ended", "runs_of_job", "live_runs_of_job", "ended",
    "attempts", "run_events", "job_events", "marks",
    "prune_choose", "prune_runs", "prune_attempts", "prune_events", "prune_jobs", "prune_job_events", "prune_keys",
    "prune_occurrences", "prune_links",
]  # fmt: skip

FREE = {
    # With statistics of a large table, a handful of occurrences is found by either index.
    ("plan_expected", "full, told so"),
    ("plan_expected", "empty, told full"),
    # A table believed to hold one row is read by tenant: a page of a job's runs is slow until ANALYZE is run again.
    ("runs_of_job", "full, told of one row"),
}
"""Where SQLite may choose another index than the one that is named."""

UNINDEXED = {"stats", "tenants", "types", "dead_count", "dead_runs", "backlogs", "finish_any_parents"}
"""Statements that read a whole table, and are asked for seldom; or the first row of an index, which looks the same."""


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, sqlite3.Connection]]:
    made = {situation: database(situation) for situation in SITUATIONS}
    yield made
    for connection in made.values():
        connection.close()


def _comment(name: str) -> str:
    return " ".join(line[2:].strip() for line in statement(name).splitlines() if line.startswith("--"))


def _indexes(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("select name from sqlite_schema where type = 'index'")}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_never_walks_a_table(
    databases: dict[str, sqlite3.Connection], name: str, situation: str
) -> None:
    steps = plan(databases[situation], name)
    assert steps
    assert scans(steps) == [], "\n".join(steps)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_uses_the_index_that_it_names(
    databases: dict[str, sqlite3.Connection], name: str, situation: str
) -> None:
    if (name, situation) in FREE:
        return
    comment, steps = _comment(name), "\n".join(plan(databases[situation], name))
    named = _indexes(databases[situation]) & set(re.findall(r"\w+", comment))
    by_key = re.search(r"[Pp]rimary key", comment) is not None
    by_rowid = re.search(r"\b[Bb]y (seq|rowid)", comment) is not None
    assert named or by_key or by_rowid, f"{name}.sql does not say which index serves it"
    for index in named:
        assert f"INDEX {index}" in steps, steps
    if by_key:
        assert re.search(r"USING PRIMARY KEY|INDEX sqlite_autoindex_\w+_1\b", steps), steps
    if by_rowid:
        assert "USING INTEGER PRIMARY KEY" in steps, steps


def test_the_order_of_a_claim_is_that_of_the_index(databases: dict[str, sqlite3.Connection]) -> None:
    steps = plan(databases["full"], "claim_ready")
    assert sum("INDEX live_ready (queue=? AND priority=?)" in step for step in steps) == 4


def test_every_other_statement_that_reads_is_served_by_an_index(databases: dict[str, sqlite3.Connection]) -> None:
    names = {file.name.removesuffix(".sql") for file in files("foliot.adapters.sqlite").joinpath("sql").iterdir()}
    for name in sorted(names - set(HOT) - UNINDEXED):
        steps = plan(databases["full"], name)
        assert scans(steps) == [], f"{name}: {steps}"


def test_every_statement_says_what_it_does() -> None:
    for file in files("foliot.adapters.sqlite").joinpath("sql").iterdir():
        assert file.read_text().startswith("-- "), file.name


def test_no_statement_is_there_for_nothing() -> None:
    package = files("foliot.adapters.sqlite")
    source = "".join(file.read_text() for file in package.iterdir() if file.name.endswith(".py"))
    for file in package.joinpath("sql").iterdir():
        assert f'"{file.name.removesuffix(".sql")}"' in source, file.name
