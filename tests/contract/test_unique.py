"""`SubmitStore.submit` with keys that are free as soon as the job that has them has started, or ended."""

import asyncio

import msgspec
import pytest

from foliot.domain.states import EventType, RunState
from foliot.domain.unique import Until
from foliot.ports import JobFilter, Store, Submission
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    cancelling,
    child,
    event,
    failed,
    found,
    new_id,
    pruned,
    recurring,
    retried,
    submission,
    succeeded,
    unique,
    wish,
)


async def test_while_the_first_lives_the_others_get_its_job(store: Store) -> None:
    first = unique()
    assert await _submit(store, first) == (first.job.id, True)
    assert await _submit(store, unique(payload=b"[1]")) == (first.job.id, False)
    [claimed] = await store.claim(wish())
    assert await _submit(store, unique(created_at=after(60))) == (first.job.id, False)
    await store.finish([retried(claimed, due_at=after(30))])
    assert await _submit(store, unique(created_at=after(1e9))) == (first.job.id, False)
    assert await _count(store) == 1


@pytest.mark.parametrize("ending", [succeeded, failed])
async def test_when_the_first_has_ended_the_next_has_the_key(store: Store, ending: object) -> None:
    await store.submit([unique()])
    [claimed] = await store.claim(wish())
    assert callable(ending)
    await store.finish([ending(claimed)])
    second = unique(created_at=after(2))
    assert await _submit(store, second) == (second.job.id, True)
    assert await _submit(store, unique(created_at=after(3))) == (second.job.id, False)


async def test_a_cancelled_job_holds_its_key_no_longer(store: Store) -> None:
    first = unique(delay=60)
    await store.submit([first])
    assert first.run is not None
    await store.cancel([cancelling(first.run)])
    second = unique()
    assert await _submit(store, second) == (second.job.id, True)


async def test_until_it_has_started(store: Store) -> None:
    first = unique(until=Until.STARTED)
    await store.submit([first])
    assert await _submit(store, unique(until=Until.STARTED)) == (first.job.id, False)
    await store.claim(wish())
    second = unique(until=Until.STARTED)
    assert await _submit(store, second) == (second.job.id, True)
    assert await _submit(store, unique(until=Until.STARTED)) == (second.job.id, False)


async def test_with_a_time_it_is_so_for_no_longer(store: Store) -> None:
    first, late = [_for_a_minute(unique(created_at=after(at))) for at in (0, 60)]
    await store.submit([first])
    assert await _submit(store, _for_a_minute(unique(created_at=after(59)))) == (first.job.id, False)
    assert await _submit(store, late) == (late.job.id, True)


async def test_of_one_batch_the_first_has_the_key(store: Store) -> None:
    batch = [unique("a"), unique("b"), unique("a"), submission()]
    answers = await store.submit(batch)
    assert [answer.created for answer in answers] == [True, True, False, True]
    assert answers[2].job_id == batch[0].job.id
    for run in await store.claim(wish()):
        await store.finish([succeeded(run)])
    again = [unique("a"), unique("a")]
    answers = await store.submit(again)
    assert [(answer.job_id, answer.created) for answer in answers] == [
        (again[0].job.id, True),
        (again[0].job.id, False),
    ]


async def test_tenants_do_not_share_keys(store: Store) -> None:
    await store.submit([unique()])
    other = unique(tenant=OTHER)
    assert await _submit(store, other) == (other.job.id, True)


async def test_a_job_that_recurs_holds_its_key_until_it_is_cancelled(store: Store) -> None:
    first, second = [_as_unique(recurring(created_at=after(at))) for at in (0, 1)]
    assert await _submit(store, first) == (first.job.id, True)
    assert await _submit(store, second) == (first.job.id, False)
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=first.job.id)])
    assert await _submit(store, second) == (second.job.id, True)


async def test_a_parent_that_was_known_is_the_job_that_has_its_key(store: Store) -> None:
    first = unique()
    await store.submit([first])
    again = unique()
    waiting = child(again)
    await store.submit([again, waiting])
    job = await store.job(ACME, waiting.job.id)
    assert job is not None
    assert job.after is not None
    assert [parent.job_id for parent in job.after.parents] == [first.job.id]


async def test_a_key_is_forgotten_with_its_job(store: Store) -> None:
    await store.submit([unique("gone"), unique("kept", delay=600)])
    await store.finish([succeeded(run) for run in await store.claim(wish())])
    await pruned(store, after(3600))
    first, second = unique("gone"), unique("kept")
    assert await _submit(store, first) == (first.job.id, True)
    assert (await _submit(store, second))[1] is False


async def test_of_many_at_once_one_is_created(two_stores: tuple[Store, Store]) -> None:
    """Also where the key is taken over from a job that has ended."""
    one, other = two_stores
    for _ in range(3):
        answers = await asyncio.gather(*((one, other)[n % 2].submit([unique(), unique("b")]) for n in range(20)))
        for position in (0, 1):
            assert sum(answer[position].created for answer in answers) == 1
            assert len({answer[position].job_id for answer in answers}) == 1
        claimed = await one.claim(wish())
        assert len(claimed) == 2
        await one.finish([succeeded(run) for run in claimed])


async def test_nothing_is_lost_where_the_first_ends_at_the_same_moment(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    for _ in range(10):
        made = unique(queue=new_id())
        await one.submit([made])
        [claimed] = await one.claim(wish(queues=[made.job.queue]))
        again = unique()
        [answer], _ = await asyncio.gather(one.submit([again]), other.finish([succeeded(claimed)]))
        assert answer.created is (answer.job_id == again.job.id)
        if not answer.created:
            assert answer.job_id == made.job.id
        state = (await found(one, claimed)).state
        assert state is RunState.SUCCEEDED
        for run in await one.claim(wish()):
            await one.finish([succeeded(run)])


def _as_unique(made: Submission) -> Submission:
    return msgspec.structs.replace(made, key="unique", fingerprint="", key_until=Until.ENDED)


def _for_a_minute(made: Submission) -> Submission:
    return msgspec.structs.replace(made, key_expires_at=made.job.created_at + (after(60) - after(0)))


async def _submit(store: Store, made: Submission) -> tuple[str, bool]:
    [answer] = await store.submit([made])
    assert (answer.updated, answer.fingerprint) == (False, "")
    return answer.job_id, answer.created


async def _count(store: Store) -> int:
    return len(await store.jobs(ACME, JobFilter(), None, 500))
