"""Each statement has one plan, by the indexes that its comment names, whatever statistics say: ADR 11."""

import re
import time
from collections.abc import Awaitable, Iterator
from typing import TYPE_CHECKING, TypeVar

import pytest

from foliot.adapters.postgres import PostgresStore
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.statements import statement
from tests.contract.builders import ACME, NOW, after, succeeded, wish
from tests.postgres.plans import BACKLOG, SITUATIONS, STATEMENTS, Explainer, kinds_of, prepare

if TYPE_CHECKING:
    from servers.postgres import Postgres

Answer = TypeVar("Answer")

WALKS: dict[str, set[str]] = {
    # Asked for seldom
    "stats": {"live"},
    "stats_dead": {"dead_letters"},
    "dead_runs": {"dead_letters"},
    "tenants": {"tenants"},
    "types": {"job_types"},
    "keys_of_tenant": {"api_keys"},
    "calendars": {"calendars"},
    "calendar_save": {"calendars"},
    "calendar_jobs": {"jobs"},
    "prune_kept": {"finished_kept"},
    "prune_keys": {"submission_keys"},
    "prune_occurrences": {"occurrences"},
    # The first of an index
    "next_expiry": {"live"},
    "expire_next": {"live"},
    "next_planned": {"jobs"},
    "promote_next": {"live"},
    "backlogs": {"live"},
    # A stretch of time
    "ends": {"finished"},
}
"""The tables that a statement may go through."""

ALL = [(name, plans) for name in sorted(STATEMENTS) for plans in kinds_of(name)]


@pytest.fixture(scope="module", params=SITUATIONS)
def explainer(postgres: "Postgres", request: pytest.FixtureRequest) -> Iterator[Explainer]:
    """Explains in a database in one of the situations."""
    url = postgres.database()
    prepare(url, request.param)
    made = Explainer(url)
    yield made
    made.close()
    postgres.drop(url)


def _comment(name: str) -> str:
    return " ".join(line[2:].strip() for line in statement(name).splitlines() if line.startswith("--"))


@pytest.mark.parametrize(("name", "plans"), ALL)
def test_a_statement_goes_through_no_table(explainer: Explainer, name: str, plans: Plans) -> None:
    assert explainer.faults(name, plans, WALKS.get(name, set())) == [], str(explainer.plan(name, plans))


@pytest.mark.parametrize(("name", "plans"), ALL)
def test_a_statement_uses_the_indexes_that_it_names(explainer: Explainer, name: str, plans: Plans) -> None:
    comment, plan = _comment(name), explainer.plan(name, plans)
    used = {index.name for index in map(explainer.index, plan.all()) if index}
    if not used:
        return
    named = explainer.indexes & set(re.findall(r"\w+", comment))
    by_key = re.search(r"[Pp]rimary key|[Uu]nique index", comment) is not None
    assert named or by_key, f"{name}.sql does not say which index serves it"
    assert named <= used, str(plan)
    if by_key:
        assert any(index.endswith(("_pkey", "_key")) for index in used), str(plan)


@pytest.mark.parametrize("explainer", ["full", "full, told so"], indirect=True)
def test_ends_are_found_by_their_time(explainer: Explainer) -> None:
    explainer.prepare("ends", Plans.SEEK)
    told = explainer.explain("ends", f"array['{ACME}']::uuid[], '{NOW}', '{after(5)}'")
    used = {index.name for index in map(explainer.index, told.all()) if index}
    assert used == {"finished_end"}
    assert "Seq Scan" not in {step.kind for step in told.all()}


def test_a_claim_goes_along_what_is_ready_by_queue_and_priority(explainer: Explainer) -> None:
    keys = [step.key for step in explainer.plan("claim", Plans.WALK).all() if step.index == "live_ready"]
    assert len(keys) == 2
    assert all("queue = " in key and "priority = " in key and "due_at >= " in key for key in keys)


@pytest.mark.parametrize("explainer", ["full"], indirect=True)
@pytest.mark.parametrize(("name", "plans"), [(name, plans) for name, plans in ALL if name not in WALKS])
def test_a_plan_is_kept_when_a_statement_was_run_a_hundred_times(explainer: Explainer, name: str, plans: Plans) -> None:
    if not any(map(explainer.index, explainer.plan(name, plans).all())):
        return
    explainer.prepare(name, plans)
    first = explainer.explain(name)  # not that of an earlier test: a vacuum may have come by since
    for _ in range(100):
        explainer.execute(name)
    assert explainer.explain(name) == first


@pytest.mark.parametrize("explainer", ["full"], indirect=True)
async def test_claims_and_finishes_are_quick_under_a_backlog_that_the_planner_was_not_told_of(
    explainer: Explainer,
) -> None:
    store = PostgresStore(explainer.url)
    assert sum(depth.count for depth in (await store.stats()).depths) == BACKLOG
    claims, finishes = [], []
    for _ in range(5):  # the first also opens connections and plans
        claimed, seconds = await _timed(store.claim(wish(limit=500, now=after(3600))))
        assert len(claimed) == 500
        claims.append(seconds)
        finished, seconds = await _timed(store.finish([succeeded(each) for each in claimed]))
        assert not finished.lost
        finishes.append(seconds)
    await store.close()
    assert min(claims) < 0.1, claims
    assert min(finishes) < 0.1, finishes


async def _timed(call: Awaitable[Answer]) -> tuple[Answer, float]:
    begun = time.perf_counter()
    return await call, time.perf_counter() - begun
