"""`ReadStore`'s lists: newest first, by keyset, filtered, and stable while rows come and go."""

from typing import Any
from uuid import UUID

import pytest

from foliot.domain.job import Job
from foliot.domain.priority import Priority
from foliot.domain.run import Run
from foliot.domain.states import EventType, JobState, RunState
from foliot.ports import JobFilter, RunFilter, RunRef, Store
from tests.contract.builders import (
    ACME,
    BROKEN,
    OTHER,
    after,
    cancelling,
    event,
    failed,
    found,
    occurrence,
    recurring,
    retried,
    said,
    started,
    submission,
    submitted,
    succeeded,
    the_run,
    wish,
)


def _ids(rows: list[Run] | list[Job]) -> list[str]:
    return [row.id for row in rows]


async def _jobs(store: Store, **wanted: Any) -> list[str]:
    return _ids(await store.jobs(ACME, JobFilter(**wanted), None, 100))


async def _runs(store: Store, **wanted: Any) -> list[str]:
    return _ids(await store.runs(ACME, RunFilter(**wanted), None, 100))


async def test_what_is_unknown_is_none(store: Store) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    assert await store.job(ACME, unknown) is None
    assert await store.run(ACME, unknown) is None
    assert await store.live_runs(ACME, unknown) == []
    assert await store.attempts(ACME, unknown) == []
    assert await store.run_events(ACME, unknown) == []
    assert await store.job_events(ACME, unknown) == []


async def test_an_empty_store_lists_nothing(store: Store) -> None:
    assert await _jobs(store) == await _runs(store) == []
    assert (await store.stats()).depths == []


async def test_jobs_are_listed_newest_first_in_pages(store: Store) -> None:
    batch = [submission() for _ in range(5)]
    await store.submit(batch)
    ids = [made.job.id for made in batch][::-1]
    first = _ids(await store.jobs(ACME, JobFilter(), None, 2))
    second = _ids(await store.jobs(ACME, JobFilter(), first[-1], 2))
    third = _ids(await store.jobs(ACME, JobFilter(), second[-1], 2))
    assert [*first, *second, *third] == ids
    assert await store.jobs(ACME, JobFilter(), ids[-1], 2) == []


async def test_listed_jobs_are_whole(store: Store) -> None:
    made = [recurring(payload='{"ü": 1}'.encode()), submission(delay=5)]
    await store.submit(made)
    assert await store.jobs(ACME, JobFilter(), None, 10) == [each.job for each in made[::-1]]


async def test_jobs_are_filtered(store: Store) -> None:
    mail, video, both = submission(type="mail"), submission(queue="b"), submission(type="mail", queue="b")
    await store.submit([mail, video, both])
    assert await _jobs(store, type="mail") == [both.job.id, mail.job.id]
    assert await _jobs(store, queue="b") == [both.job.id, video.job.id]
    assert await _jobs(store, type="mail", queue="b") == [both.job.id]
    assert await _jobs(store, type="nothing") == []


async def test_jobs_and_runs_are_filtered_by_priority(store: Store) -> None:
    done, high, low = [submission(priority=priority) for priority in (Priority.HIGH, Priority.HIGH, Priority.LOW)]
    await store.submit([done])
    await store.finish([succeeded(run) for run in await store.claim(wish())])
    await store.submit([high, low])
    assert await _jobs(store, priority=Priority.HIGH) == [high.job.id, done.job.id]
    assert await _runs(store, priority=Priority.HIGH) == [high.job.id, done.job.id]
    assert await _runs(store, priority=Priority.LOW) == [low.job.id]
    assert await _runs(store, priority=Priority.CRITICAL) == []
    assert await _runs(store, job_id=low.job.id, priority=Priority.HIGH) == []


async def test_runs_are_looked_up_together(store: Store) -> None:
    over, live = await started(store), await submitted(store)
    await store.finish([succeeded(over)])
    asked = [RunRef(ACME, over.run_id), RunRef(ACME, live.id), RunRef(ACME, str(UUID(int=7))), RunRef(OTHER, live.id)]
    found = {run.id: run for run in await store.known_runs(asked)}
    listed = {run.id: run for run in await store.runs(ACME, RunFilter(), None, 10)}
    assert found == listed
    assert found.keys() == {over.run_id, live.id}


async def test_whatever_happens_to_a_run_changes_its_mark(store: Store) -> None:
    run, still = await submitted(store), await submitted(store, delay=60)
    refs = [RunRef(ACME, run.id), RunRef(ACME, still.id), RunRef(OTHER, run.id)]
    marks = [await store.marks(refs)]
    assert marks[0].keys() == {*refs[:2]}
    [claimed] = await store.claim(wish())
    marks.append(await store.marks(refs))
    await store.note([said(claimed, "half", 0.5)])
    marks.append(await store.marks(refs))
    await store.note([said(claimed, "on it")])
    marks.append(await store.marks(refs))
    await store.cancel([cancelling(claimed)])
    marks.append(await store.marks(refs))
    await store.finish([succeeded(claimed)])
    marks.append(await store.marks(refs))
    assert len({mark[refs[0]] for mark in marks}) == len(marks)
    assert len({mark[refs[1]] for mark in marks}) == 1


async def test_a_job_is_found_by_its_key(store: Store) -> None:
    made = submission(key="invoice-7")
    await store.submit([made])
    assert await store.job_of_key(ACME, "invoice-7") == made.job.id
    assert await store.job_of_key(ACME, "invoice-8") is None
    assert await store.job_of_key(OTHER, "invoice-7") is None


async def test_jobs_are_filtered_by_where_they_stand(store: Store) -> None:
    done, dead, dropped = [await started(store) for _ in range(3)]
    await store.finish([succeeded(done), failed(dead)])
    await store.cancel([cancelling(dropped)])
    await store.finish([retried(dropped, after(9))])
    running, waiting, again = await started(store), await submitted(store, delay=60), recurring()
    ended = recurring()
    await store.submit([again, ended])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=ended.job.id)])
    assert await _jobs(store, state=JobState.ACTIVE) == [again.job.id, waiting.id, running.run_id]
    assert await _jobs(store, state=JobState.COMPLETED) == [dead.run_id, done.run_id]
    assert await _jobs(store, state=JobState.CANCELLED) == [ended.job.id, dropped.run_id]
    assert await _jobs(store, state=JobState.PAUSED) == []


async def test_runs_live_and_over_are_one_list(store: Store) -> None:
    ids = []
    for number in range(9):
        claimed = await started(store)
        ids.append(claimed.run_id)
        if number % 3:
            await store.finish([succeeded(claimed)])
    ids.reverse()
    assert await _runs(store) == ids
    pages, before = [], None
    while page := _ids(await store.runs(ACME, RunFilter(), before, 2)):
        pages += page
        before = page[-1]
    assert pages == ids


async def test_a_page_stays_right_while_rows_come_and_go(store: Store) -> None:
    ids = [(await submitted(store)).id for _ in range(6)][::-1]
    first = _ids(await store.runs(ACME, RunFilter(), None, 2))
    await store.finish([succeeded(run) for run in await store.claim(wish(limit=3))])
    newer = [(await submitted(store)).id for _ in range(3)]
    second = _ids(await store.runs(ACME, RunFilter(), first[-1], 2))
    third = _ids(await store.runs(ACME, RunFilter(), second[-1], 2))
    assert [*first, *second, *third] == ids
    assert _ids(await store.runs(ACME, RunFilter(), None, 3)) == newer[::-1]


async def test_runs_are_filtered_by_state(store: Store) -> None:
    expected: dict[RunState, str] = {}
    for end in (lambda run: retried(run, after(60)), succeeded, failed):
        claimed = await started(store)
        outcome = end(claimed)
        await store.finish([outcome])
        expected[outcome.state] = claimed.run_id
    dropped = await submitted(store)
    await store.cancel([cancelling(dropped)])
    expected[RunState.CANCELLED] = dropped.id
    expected[RunState.RUNNING] = (await started(store)).run_id
    expected[RunState.PENDING] = (await submitted(store, delay=60)).id
    expected[RunState.BLOCKED] = (await submitted(store, delay=60, state=RunState.BLOCKED)).id
    expected[RunState.QUEUED] = (await submitted(store)).id
    for state in RunState:
        assert await _runs(store, state=state) == ([expected[state]] if state in expected else []), state


async def test_runs_are_filtered_by_type_and_queue(store: Store) -> None:
    over = await started(store, type="mail", queue="a")
    await store.finish([succeeded(over)])
    live = await submitted(store, type="mail", queue="b")
    other = await submitted(store, type="video", queue="b")
    assert await _runs(store, type="mail") == [live.id, over.run_id]
    assert await _runs(store, queue="b") == [other.id, live.id]
    assert await _runs(store, type="mail", queue="b", state=RunState.QUEUED) == [live.id]
    assert await _runs(store, type="mail", state=RunState.SUCCEEDED) == [over.run_id]
    assert await _runs(store, type="video", state=RunState.SUCCEEDED) == []


async def test_the_runs_of_a_job_are_listed_in_pages(store: Store) -> None:
    made = recurring(type="tick", queue="q")
    await store.submit([made, submission(type="tick", queue="q")])
    ids = []
    for number in range(1, 7):
        planned = occurrence(
            made.job, expected=after(60 * number), following=after(60 * number + 60), count=number,
            state=RunState.SKIPPED if number % 2 else RunState.QUEUED,
        )  # fmt: skip
        assert (await store.plan([planned])).kept == [0]
        ids.append(the_run(planned).id)
    ids.reverse()
    of_job = RunFilter(job_id=made.job.id)
    assert _ids(await store.runs(ACME, of_job, None, 100)) == ids
    assert _ids(await store.runs(ACME, of_job, None, 4)) == ids[:4]
    assert _ids(await store.runs(ACME, of_job, ids[3], 4)) == ids[4:]
    assert await _runs(store, job_id=made.job.id, state=RunState.SKIPPED) == ids[1::2]
    assert await _runs(store, job_id=made.job.id, type="tick", queue="q") == ids
    assert await _runs(store, job_id=made.job.id, type="other") == []
    assert sorted(await store.live_runs(ACME, made.job.id)) == sorted(ids[::2])


async def test_the_run_of_a_job_that_runs_once_is_listed_live_and_over(store: Store) -> None:
    claimed = await started(store)
    assert await _runs(store, job_id=claimed.job_id) == [claimed.run_id]
    assert await store.live_runs(ACME, claimed.job_id) == [claimed.run_id]
    await store.finish([succeeded(claimed)])
    assert await _runs(store, job_id=claimed.job_id) == [claimed.run_id]
    assert await store.live_runs(ACME, claimed.job_id) == []


@pytest.mark.parametrize("by", ["tenant", "job", "state"])
async def test_listed_runs_are_whole_but_for_their_results(store: Store, by: str) -> None:
    claimed = await started(store)
    await store.note([said(claimed, "half", 0.5)])
    await store.finish([succeeded(claimed, result=b'"large"')])
    wanted = {
        "tenant": RunFilter(), "job": RunFilter(job_id=claimed.job_id), "state": RunFilter(state=RunState.SUCCEEDED),
    }[by]  # fmt: skip
    [listed] = await store.runs(ACME, wanted, None, 10)
    run = await found(store, claimed)
    assert run.result == b'"large"'
    assert listed.result is None
    assert {name for name in run.__struct_fields__ if getattr(run, name) != getattr(listed, name)} == {"result"}


async def test_a_failed_run_is_listed_with_its_error(store: Store) -> None:
    claimed = await started(store)
    await store.finish([failed(claimed)])
    assert [run.error for run in await store.runs(ACME, RunFilter(), None, 10)] == [BROKEN]


async def test_depths_tell_how_many_wait_and_since_when(store: Store) -> None:
    await store.submit([submission(queue="a", created_at=after(n)) for n in (3, 1.000001, 2)])
    await store.submit([submission(queue="b", delay=60), submission(queue="b", delay=50)])
    await started(store, queue="c", tenant=OTHER)
    depths = {(depth.queue, depth.state): (depth.count, depth.oldest_due_at) for depth in (await store.stats()).depths}
    assert depths == {
        ("a", RunState.QUEUED): (3, after(1.000001)),
        ("b", RunState.PENDING): (2, after(50)),
        ("c", RunState.RUNNING): (1, after(0)),
    }
