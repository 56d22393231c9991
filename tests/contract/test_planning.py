"""`EngineStore.due_jobs`, `next_planned_at` and `plan`: each planned occurrence exists exactly once."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from foliot.domain.job_type import JobType
from foliot.domain.parents import After, Parent, WaitFor
from foliot.domain.policy import Overlap, Policy
from foliot.domain.run import Cause, Run
from foliot.domain.schedule import Cron, Decision, Every, Skip
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import Account, Plan, PlannedRun, RunFilter, Store, Submission
from tests.contract.builders import (
    ACME,
    NOW,
    OTHER,
    after,
    buried,
    event,
    failed,
    found,
    job,
    occurrence,
    pruned,
    recurring,
    replaying,
    started,
    submitted,
    succeeded,
    the_run,
    wish,
)


async def _recurring(store: Store, **of_job: Any) -> Submission:
    made = recurring(**of_job)
    await store.submit([made])
    return made


async def test_a_recurring_job_is_due_when_its_planned_instant_has_come(store: Store) -> None:
    made = await _recurring(store, first=after(60.000001))
    assert await store.due_jobs(after(60), 10) == []
    [due] = await store.due_jobs(after(60.000001), 10)
    assert due.job == made.job
    assert (due.schedule, due.next_at, due.live) == (made.job.schedule, after(60.000001), [])


async def test_jobs_are_due_oldest_first_and_only_so_many(store: Store) -> None:
    jobs = {first: (await _recurring(store, first=after(first))).job.id for first in (30, 10, 20)}
    assert [due.job.id for due in await store.due_jobs(after(60), 2)] == [jobs[10], jobs[20]]


async def test_jobs_that_run_once_are_never_due_again(store: Store) -> None:
    await submitted(store)
    await submitted(store, delay=10)
    assert await store.due_jobs(after(3600), 10) == []
    assert await store.next_planned_at() is None


async def test_the_next_planned_instant_is_the_earliest_of_all(store: Store) -> None:
    await _recurring(store, first=after(30))
    await _recurring(store, first=after(10.000001), tenant=OTHER)
    assert await store.next_planned_at() == after(10.000001)


async def test_a_planned_occurrence_is_a_queued_run(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=after(120.000001))
    assert (await store.plan([planned])).kept == [0]
    assert await found(store, the_run(planned)) == the_run(planned)
    [claimed] = await store.claim(wish(now=after(60)))
    assert (claimed.run_id, claimed.job_id, claimed.due_at) == (the_run(planned).id, made.job.id, after(60))


async def test_planning_moves_the_schedule_on(store: Store) -> None:
    made = await _recurring(store)
    await store.plan([occurrence(made.job, following=after(120.000001), count=3)])
    stored = await store.job(ACME, made.job.id)
    assert stored is not None
    assert (stored.next_at, stored.planned, stored.state) == (after(120.000001), 3, JobState.ACTIVE)
    assert await store.next_planned_at() == after(120.000001)
    assert await store.due_jobs(after(120), 10) == []


async def test_an_occurrence_may_wait_for_its_time(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=None, state=RunState.PENDING)
    await store.plan([planned])
    assert await found(store, the_run(planned)) == the_run(planned)
    assert len((await store.promote(after(60), 10)).runs) == 1


async def test_a_skipped_occurrence_is_in_the_history_and_never_runs(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=after(120), state=RunState.SKIPPED)
    assert (await store.plan([planned])).kept == [0]
    run = await found(store, the_run(planned))
    assert run == the_run(planned)
    assert (run.state, run.cause, run.finished_at) == (RunState.SKIPPED, Cause.OVERLAP, after(60))
    assert await store.claim(wish(now=after(600))) == []
    assert await store.dead_letters(ACME, RunFilter(), None, 10) == []


async def test_what_the_planner_decided_is_on_the_record(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=after(120))
    told = event(EventType.OCCURRENCES_MERGED, job_id=made.job.id, run_id=the_run(planned).id)
    await store.plan([msgspec.structs.replace(planned, events=[told])])
    assert await store.run_events(ACME, the_run(planned).id) == [told]


async def test_an_occurrence_that_is_not_expected_any_more_is_not_stored(store: Store) -> None:
    made = await _recurring(store)
    await store.plan([occurrence(made.job, following=after(120))])
    late = occurrence(made.job, following=after(180))
    told = event(EventType.OCCURRENCES_MERGED, job_id=made.job.id, run_id=the_run(late).id)
    assert (await store.plan([msgspec.structs.replace(late, events=[told])])).kept == []
    assert await store.run(ACME, the_run(late).id) is None
    assert await store.run_events(ACME, the_run(late).id) == []
    stored = await store.job(ACME, made.job.id)
    assert stored is not None
    assert stored.next_at == after(120)


async def test_a_batch_may_mix_expected_and_outdated_occurrences(store: Store) -> None:
    first, second = await _recurring(store), await _recurring(store, tenant=OTHER)
    await store.plan([occurrence(first.job, following=after(120))])
    batch = [
        occurrence(first.job, following=after(120)),
        occurrence(second.job, following=after(120), state=RunState.SKIPPED),
        occurrence(first.job, expected=after(120), following=after(180), count=2),
    ]
    assert (await store.plan(batch)).kept == [1, 2]
    assert (await found(store, the_run(batch[2]))).state is RunState.QUEUED
    assert (await found(store, the_run(batch[1]))).state is RunState.SKIPPED


async def test_the_same_occurrence_twice_in_a_batch_is_stored_once(store: Store) -> None:
    made = await _recurring(store)
    batch = [occurrence(made.job, following=after(120)) for _ in range(2)]
    assert (await store.plan(batch)).kept == [0]
    assert [run.id for run in await store.runs(ACME, RunFilter(), None, 10)] == [the_run(batch[0]).id]


async def test_two_planners_store_an_occurrence_once(two_stores: tuple[Store, Store]) -> None:
    made = [await _recurring(two_stores[0]) for _ in range(10)]
    batches = [[occurrence(each.job, following=after(120)) for each in made] for _ in range(6)]
    laid = await asyncio.gather(*(two_stores[n % 2].plan(batch) for n, batch in enumerate(batches)))
    assert sorted(len(each.kept) for each in laid) == [0, 0, 0, 0, 0, 10]
    assert len(await two_stores[1].runs(ACME, RunFilter(), None, 100)) == 10


async def test_a_schedule_that_ends_completes_its_job_with_its_last_run(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=None)
    await store.plan([planned])
    assert await store.next_planned_at() is None
    states = [await _state(store, made.job.id)]
    [claimed] = await store.claim(wish(now=after(60)))
    await store.finish([succeeded(claimed)])
    assert [*states, await _state(store, made.job.id)] == [JobState.ACTIVE, JobState.COMPLETED]


async def test_a_due_job_tells_whether_a_run_of_it_is_live(store: Store) -> None:
    made = await _recurring(store)
    await store.plan([occurrence(made.job, following=after(120))])
    assert await _live(store) == [[RunState.QUEUED]]
    [claimed] = await store.claim(wish(now=after(120)))
    assert await _live(store) == [[RunState.RUNNING]]
    await store.finish([succeeded(claimed)])
    assert await _live(store) == [[]]


async def test_a_replay_is_a_live_run_of_its_job(store: Store) -> None:
    dead = await buried(store)
    await store.replay([replaying(dead)])
    assert len(await store.live_runs(ACME, dead.job_id)) == 1


async def test_a_thousand_jobs_are_planned_at_once(store: Store) -> None:
    made = [recurring() for _ in range(1_000)]
    await store.submit(made)
    due = await store.due_jobs(after(60), 1_000)
    assert [each.job.id for each in due] == [each.job.id for each in made]
    laid = await store.plan([occurrence(each.job, following=after(120)) for each in due])
    assert len(laid.kept) == len(laid.moved.queued) == 1_000
    assert len(await store.claim(wish(now=after(60), limit=2_000))) == 1_000


async def test_a_job_may_hold_the_shortest_and_the_oddest_interval(store: Store) -> None:
    schedule = Every(seconds=1.000001, start=after(1), count=3)
    given = job(schedule=schedule, next_at=after(1))
    await store.submit([Submission(job=given, run=None)])
    [due] = await store.due_jobs(after(1), 10)
    assert due.schedule == schedule


async def test_a_run_of_another_job_is_not_a_live_run_of_this_one(store: Store) -> None:
    await _recurring(store)
    await started(store)
    assert await _live(store) == [[]]


async def _live(store: Store) -> list[list[RunState]]:
    return [[live.state for live in due.live] for due in await store.due_jobs(after(120), 10)]


async def _state(store: Store, job_id: str) -> JobState:
    stored = await store.job(ACME, job_id)
    assert stored is not None
    return stored.state


async def test_the_occurrences_of_a_job_are_told_with_their_runs_the_earliest_first(store: Store) -> None:
    made = await _recurring(store)
    job, planned = made.job, []
    for minute in range(1, 5):
        state = RunState.SKIPPED if minute == 2 else RunState.QUEUED
        planned.append(occurrence(job, state=state, following=after(60 * minute + 60), count=minute))
        assert (await store.plan([planned[-1]])).kept == [0]
        job = msgspec.structs.replace(job, next_at=after(60 * minute + 60))
    told = await store.occurrences(ACME, job.id, after(60), after(240), 10)
    assert [each.planned_at for each in told] == [after(60), after(120), after(180)]
    assert [each.run for each in told] == [await found(store, the_run(each)) for each in planned[:3]]
    assert [each.planned_at for each in await store.occurrences(ACME, job.id, after(120), after(999), 1)] == [
        after(120)
    ]
    assert await store.occurrences(OTHER, job.id, after(0), after(999), 10) == []


async def test_an_occurrence_may_wait_until_another_run_of_its_job_is_over(store: Store) -> None:
    made = await _recurring(store)
    first = occurrence(made.job, following=after(120))
    await store.plan([first])
    [claimed] = await store.claim(wish(now=after(60)))
    second = await _behind(store, made, the_run(first))
    assert (await found(store, the_run(second))).state is RunState.BLOCKED
    moved = (await store.finish([failed(claimed, at=after(130))])).moved
    assert [queued.run_id for queued in moved.queued] == [the_run(second).id]
    assert (await found(store, the_run(second))).state is RunState.QUEUED
    [told] = [each for each in await store.run_events(ACME, the_run(second).id) if each.type is EventType.RUN_UNBLOCKED]
    assert told.job_id == made.job.id


async def test_an_occurrence_need_not_wait_for_what_is_over(store: Store) -> None:
    made = await _recurring(store)
    first = occurrence(made.job, following=after(120))
    await store.plan([first])
    [claimed] = await store.claim(wish(now=after(60)))
    await store.finish([succeeded(claimed)])
    second = await _behind(store, made, the_run(first))
    run = await found(store, the_run(second))
    assert (run.state, run.queued_at) == (RunState.QUEUED, after(120))


async def test_of_an_occurrence_and_the_end_of_the_run_it_waits_for_none_is_missed(
    two_stores: tuple[Store, Store],
) -> None:
    one, other = two_stores
    for _ in range(10):
        made = await _recurring(one)
        first = occurrence(made.job, following=after(120))
        await one.plan([first])
        [claimed] = await one.claim(wish(now=after(60)))
        second, _ = await asyncio.gather(
            _behind(one, made, the_run(first)), other.finish([succeeded(claimed, after(130))])
        )
        assert (await found(one, the_run(second))).state is RunState.QUEUED
        [_] = await one.claim(wish(now=after(3600)))


async def _behind(store: Store, made: Submission, first: Run) -> Plan:
    """The job's second occurrence, which waits for the first to be over."""
    second = occurrence(
        made.job, expected=after(120), following=after(180), state=RunState.BLOCKED, count=2,
    )  # fmt: skip
    run = msgspec.structs.replace(the_run(second), created_at=after(120))  # to the microsecond, as a planner makes it
    second = msgspec.structs.replace(second, runs=[PlannedRun(run, After((Parent(first.id, WaitFor.FINISHED),)))])
    assert (await store.plan([second])).kept == [0]
    return second


async def test_occurrences_without_a_run_of_their_own_are_accounted_for(store: Store) -> None:
    made = await _recurring(store)
    planned = occurrence(made.job, following=after(240))
    run_id = the_run(planned).id
    accounts = [
        Account(after(60), "late", run_id), Account(after(120), "merged", run_id), Account(after(180), "skipped", None),
    ]  # fmt: skip
    await store.plan([msgspec.structs.replace(planned, accounts=accounts)])
    told = await store.occurrences(ACME, made.job.id, after(0), after(999), 10)
    fates = [(each.planned_at, each.fate, each.run and each.run.id) for each in told]
    assert fates == [(after(60), "late", run_id), (after(120), "merged", run_id), (after(180), "skipped", None)]


async def test_what_was_decided_about_the_next_instant_is_kept_with_the_job(store: Store) -> None:
    decided = (Decision("gap_next_valid", datetime(2026, 3, 8, 2, 30)),)  # noqa: DTZ001, a wall time
    made = recurring()
    await store.submit([msgspec.structs.replace(made, job=msgspec.structs.replace(made.job, decided=decided))])
    [due] = await store.due_jobs(after(60), 10)
    assert due.job.decided == decided
    await store.plan([occurrence(made.job, following=after(120))])
    [due] = await store.due_jobs(after(120), 10)
    assert due.job.decided == ()
    await store.plan([occurrence(due.job, following=after(180), decided=decided, count=2)])
    stored = await store.job(ACME, made.job.id)
    assert stored is not None
    assert stored.decided == decided


async def test_a_due_job_brings_the_policy_of_its_type(store: Store) -> None:
    policy = Policy(overlap=Overlap.ALLOW, misfire=Skip(grace_seconds=5))
    await store.save_types([JobType(name="tick", policy=policy, schema={}, description="")], NOW)
    await _recurring(store, type="tick")
    assert [due.policy for due in await store.due_jobs(after(60), 10)] == [policy]


async def test_occurrences_of_long_ago_are_forgotten(store: Store) -> None:
    made = await _recurring(store)
    await store.plan([occurrence(made.job, following=after(120), state=RunState.SKIPPED)])
    await store.plan([occurrence(made.job, expected=after(120), following=after(180), count=2)])
    await pruned(store, after(100))
    told = await store.occurrences(ACME, made.job.id, after(0), after(999), 10)
    assert [each.planned_at for each in told] == [after(120)]


async def test_jobs_in_zones_are_told_in_the_order_of_their_next_instants_with_their_last_ones(store: Store) -> None:
    await _recurring(store)
    cron = Cron("* * * * *", "Europe/Berlin")
    made = [job(schedule=cron, next_at=after(minute)) for minute in (180, 60, 120, 60)]
    await store.submit([Submission(job=each, run=None) for each in made])
    planned = occurrence(made[2], following=after(240))
    await store.plan([planned])
    found = await store.zoned_jobs(None, 10)
    assert [(each.job.id, each.since) for each in found] == [
        (made[1].id, None), (made[3].id, None), (made[0].id, None), (made[2].id, after(120)),
    ]  # fmt: skip
    page = await store.zoned_jobs((after(60), made[1].id), 2)
    assert [each.job.id for each in page] == [made[3].id, made[0].id]
    assert page[0].job == made[3]


async def test_a_fact_is_what_was_noted_last(store: Store) -> None:
    assert await store.fact("zones") is None
    for value in ("one", "two"):
        await store.note_fact("zones", value)
    assert await store.fact("zones") == "two"
