"""`SubmitStore.submit` of debounced jobs: until it has been quiet for a while the latest says what is done."""

import asyncio

import pytest

from foliot.domain.job import Job
from foliot.domain.policy import Overrides
from foliot.domain.priority import Priority
from foliot.domain.run import Run
from foliot.domain.schedule import At
from foliot.domain.states import EventType, RunState
from foliot.ports import Store, Submission
from tests.contract.builders import (
    ACME,
    after,
    cancelling,
    child,
    debounced,
    found,
    succeeded,
    wish,
)


async def test_a_further_submission_replaces_what_is_done_and_puts_it_off(store: Store) -> None:
    first = debounced(payload=b"[1]")
    [made] = await store.submit([first])
    assert (made.job_id, made.created, made.updated) == (first.job.id, True, False)
    second = debounced(
        payload=b"[2]", created_at=after(6), queue="other", priority=Priority.HIGH, max_attempts=9,
        overrides=Overrides(timeout_seconds=3), expires_at=after(99),
    )  # fmt: skip
    [again] = await store.submit([second])
    assert (again.job_id, again.run_id, again.created, again.updated) == (first.job.id, first.job.id, False, True)
    job, run = await _job(store, first), await _run_of(store, first)
    assert (job.payload, job.queue, job.priority, job.max_attempts) == (b"[2]", "other", Priority.HIGH, 9)
    assert (job.overrides, job.schedule, job.created_at) == (second.job.overrides, At(after(16)), after(0))
    assert job.revision == 2
    assert (run.state, run.due_at, run.queue, run.priority) == (RunState.PENDING, after(16), "other", Priority.HIGH)
    assert (run.max_attempts, run.expires_at) == (9, after(99))
    assert await store.job(ACME, second.job.id) is None
    assert (await store.promote(after(15.999999), 10)).next_due_at == after(16)
    await store.promote(after(16), 10)
    [claimed] = await store.claim(wish(queues=["other"], now=after(16)))
    assert (claimed.payload, claimed.run_id) == ("[2]", first.job.id)


async def test_each_replacement_is_told(store: Store) -> None:
    first = debounced()
    await store.submit([first])
    await store.submit([debounced(created_at=after(2))])
    await store.submit([debounced(created_at=after(5))])
    told = await store.job_events(ACME, first.job.id)
    assert [(event.type, event.at, event.run_id) for event in told] == [
        (EventType.JOB_DEBOUNCED, after(at), None) for at in (2, 5)
    ]
    assert [event.data for event in told] == [
        {"by": "ada", "due_at": "2026-05-01T08:00:12.123457Z"}, {"by": "ada", "due_at": "2026-05-01T08:00:15.123457Z"}
    ]  # fmt: skip


async def test_it_is_put_off_no_longer_than_it_may_be(store: Store) -> None:
    first = debounced(max_wait=15)
    await store.submit([first])
    for at in (4, 8, 12):
        await store.submit([debounced(max_wait=15, created_at=after(at))])
    due_at = (await _run_of(store, first)).due_at
    assert after(14.998) < due_at <= after(15)
    assert [event.data["due_at"] for event in await store.job_events(ACME, first.job.id)][-1].startswith(
        "2026-05-01T08:00:15.12"
    )


@pytest.mark.parametrize("starts", [False, True], ids=["is due", "has started"])
async def test_what_is_due_is_left_alone_and_another_job_is_made(store: Store, starts: bool) -> None:
    first = debounced(payload=b"[1]")
    await store.submit([first])
    await store.promote(after(10), 10)
    if starts:
        assert len(await store.claim(wish(now=after(10)))) == 1
    second = debounced(payload=b"[2]", created_at=after(11))
    [answer] = await store.submit([second])
    assert (answer.job_id, answer.created, answer.updated) == (second.job.id, True, False)
    assert (await _job(store, first)).payload == b"[1]"
    assert (await _run_of(store, second)).due_at == after(21)
    [third] = await store.submit([debounced(payload=b"[3]", created_at=after(12))])
    assert (third.job_id, third.updated) == (second.job.id, True)


async def test_after_a_cancel_another_job_is_made(store: Store) -> None:
    first, second = debounced(), debounced()
    await store.submit([first])
    assert first.run is not None
    await store.cancel([cancelling(first.run)])
    assert (await store.submit([second]))[0].created


async def test_of_one_batch_the_last_says_what_is_done(store: Store) -> None:
    batch = [debounced(payload=b"[%d]" % at, created_at=after(at)) for at in range(3)]
    answers = await store.submit(batch)
    assert [(answer.job_id, answer.created, answer.updated) for answer in answers] == [
        (batch[0].job.id, True, False), (batch[0].job.id, False, True), (batch[0].job.id, False, True)
    ]  # fmt: skip
    job, run = await _job(store, batch[0]), await _run_of(store, batch[0])
    assert (job.payload, job.created_at, run.due_at) == (b"[2]", after(0), after(12))
    assert [event.at for event in await store.job_events(ACME, job.id)] == [after(1), after(2)]
    batch = [debounced(payload=b"[%d]" % at, created_at=after(at)) for at in range(3, 6)]
    assert [answer.updated for answer in await store.submit(batch)] == [True] * 3
    assert (await _job(store, job)).payload == b"[5]"
    assert len(await store.job_events(ACME, job.id)) == 5


async def test_others_of_the_batch_are_stored_beside_it(store: Store) -> None:
    first, plain = debounced(), debounced("another")
    await store.submit([first])
    again = debounced(created_at=after(1))
    waiting = child(plain)
    answers = await store.submit([again, plain, waiting])
    assert [answer.created for answer in answers] == [False, True, True]
    assert (await _run_of(store, waiting)).state is RunState.BLOCKED


async def test_what_was_said_to_be_taken_is_what_runs(two_stores: tuple[Store, Store]) -> None:
    """Each is told to have been taken by a job, and each job does what the last of those asked for: also where a worker
    takes it at the same moment."""
    one, other = two_stores
    for _ in range(3):
        taken: dict[str, bytes] = {}
        ran: dict[str, str] = {}

        async def ask(taken: dict[str, bytes] = taken) -> None:
            for number in range(40):
                made = debounced(payload=b"%d" % number, created_at=after(number / 1000), quiet=0.01)
                [answer] = await one.submit([made])
                assert answer.created or answer.updated
                taken[answer.job_id] = made.job.payload

        asking = asyncio.create_task(ask())
        while not asking.done():
            ran |= await _work(other)
        await asking
        ran |= await _work(other)
        assert {job_id: payload.decode() for job_id, payload in taken.items()} == ran


async def _work(store: Store) -> dict[str, str]:
    """What the runs did that were due."""
    now = after(60)
    await store.promote(now, 10)
    claimed = await store.claim(wish(now=now))
    await store.finish([succeeded(run, at=now) for run in claimed])
    return {run.run_id: run.payload for run in claimed}


async def _job(store: Store, of: Submission | Job) -> Job:
    job = await store.job(ACME, of.id if isinstance(of, Job) else of.job.id)
    assert job is not None
    return job


async def _run_of(store: Store, of: Submission) -> Run:
    assert of.run is not None
    return await found(store, of.run)
