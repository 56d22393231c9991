"""`SubmitStore.submit`: what is taken in is stored whole, once, and as it was given."""

import asyncio

import pytest

from foliot.domain.policy import Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import ErrorRule, RetryPolicy, Verdict
from foliot.domain.schedule import Every
from foliot.domain.states import RunState
from foliot.ports import JobFilter, RunFilter, Store, Submission
from tests.contract.builders import ACME, OTHER, after, job, recurring, run_of, submission, succeeded, wish


async def _counts(store: Store, tenant: str = ACME) -> tuple[int, int]:
    jobs = await store.jobs(tenant, JobFilter(), None, 500)
    return len(jobs), len(await store.runs(tenant, RunFilter(), None, 500))


async def test_a_submission_is_answered_with_its_ids(store: Store) -> None:
    made = submission()
    [answer] = await store.submit([made])
    assert (answer.job_id, answer.run_id, answer.created) == (made.job.id, made.job.id, True)


async def test_answers_come_in_the_order_of_the_batch(store: Store) -> None:
    batch = [submission(), submission(key="k"), recurring(), submission(delay=60)]
    answers = await store.submit(batch)
    assert [answer.job_id for answer in answers] == [made.job.id for made in batch]
    assert [answer.run_id is None for answer in answers] == [False, False, True, False]


async def test_a_job_comes_back_as_it_was_given(store: Store) -> None:
    overrides = Overrides(
        timeout_seconds=1.25, retry=RetryPolicy(base_seconds=0.1, rules=(ErrorRule("KeyError", Verdict.PERMANENT),))
    )
    schedule = Every(seconds=1.5, start=after(7.000001), end=after(9e6), count=12)
    given = job(
        type="näh.maschine", queue="größe 大", priority=Priority.HIGH, payload='{"a": "ü\\u0000☃ 𝄞\\"\\\\"}'.encode(),
        max_attempts=17, schedule=schedule, overrides=overrides, next_at=after(7.000001), created_at=after(0.000003),
    )  # fmt: skip
    await store.submit([Submission(job=given, run=None)])
    assert await store.job(ACME, given.id) == given


async def test_a_first_run_comes_back_as_it_was_given(store: Store) -> None:
    made = submission(priority=Priority.LOW, queue="q", type="t", max_attempts=5)
    await store.submit([made])
    assert await store.run(ACME, made.job.id) == made.run


async def test_a_delayed_run_waits_with_its_time_to_the_microsecond(store: Store) -> None:
    made = submission(due_at=after(0.000001))
    await store.submit([made])
    run = await store.run(ACME, made.job.id)
    assert run == made.run
    assert run is not None
    assert (run.state, run.due_at) == (RunState.PENDING, after(0.000001))


async def test_a_blocked_run_is_stored_blocked(store: Store) -> None:
    made = submission(state=RunState.BLOCKED, delay=1)
    await store.submit([made])
    run = await store.run(ACME, made.job.id)
    assert run is not None
    assert run.state is RunState.BLOCKED


@pytest.mark.parametrize(
    "payload",
    [
        b"null", b"1e400", b"12345678901234567890123456789", b'  {"b":1,"a":2, "b":3}\n', b'"\\ud800"',
        '"\u2028 \u00e9 \U0001f600 e\u0301"'.encode(), b"[" * 900 + b"]" * 900, b'"' + b"x" * 262_142 + b'"',
    ],
    ids=["null", "large-float", "large-int", "layout-and-twins", "lone-surrogate", "unicode", "deep", "quarter-MB"],
)  # fmt: skip
async def test_a_payload_is_kept_to_the_byte(store: Store, payload: bytes) -> None:
    made = submission(payload=payload)
    await store.submit([made])
    stored = await store.job(ACME, made.job.id)
    assert stored is not None
    assert stored.payload == payload


async def test_a_batch_is_stored_whole_or_not_at_all(store: Store) -> None:
    good, twice = submission(), submission()
    with pytest.raises(Exception, match=r".+"):
        await store.submit([good, submission(key="k"), twice, twice])
    assert await _counts(store) == (0, 0)
    [answer] = await store.submit([submission(key="k")])
    assert answer.created


async def test_a_run_that_cannot_be_stored_takes_its_job_with_it(store: Store) -> None:
    first, second = submission(), job()
    assert first.run is not None
    await store.submit([first])
    with pytest.raises(Exception, match=r".+"):
        await store.submit([Submission(job=second, run=run_of(second, run_id=first.run.id))])
    assert await _counts(store) == (1, 1)


async def test_a_failing_batch_does_not_hurt_those_written_beside_it(store: Store) -> None:
    twice = submission()
    batches = [[submission()] if number != 7 else [twice, twice] for number in range(20)]
    answers = await asyncio.gather(*(store.submit(batch) for batch in batches), return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [number == 7 for number in range(20)]
    assert await _counts(store) == (19, 19)


async def test_a_caller_that_gives_up_does_not_stop_the_others(store: Store) -> None:
    leaving = [asyncio.ensure_future(store.submit([submission()])) for _ in range(20)]
    staying = [asyncio.ensure_future(store.submit([submission()])) for _ in range(5)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    async with asyncio.timeout(20):
        for answers in await asyncio.gather(*staying):
            assert answers[0].created
        await store.submit([submission()])
    jobs, runs = await _counts(store)
    assert jobs == runs
    assert 6 <= jobs <= 26


async def test_a_large_batch_is_one_submission_each(store: Store) -> None:
    batch = [submission() for _ in range(2_000)]
    answers = await store.submit(batch)
    assert [answer.job_id for answer in answers] == [made.job.id for made in batch]
    stats = await store.stats()
    assert sum(depth.count for depth in stats.depths) == 2_000


# -- submission keys


async def test_a_known_key_gets_the_first_job(store: Store) -> None:
    first, second = submission(key="invoice-7"), submission(key="invoice-7")
    [won] = await store.submit([first])
    [lost] = await store.submit([second])
    assert (won.created, lost.created) == (True, False)
    assert (lost.job_id, lost.run_id) == (first.job.id, first.job.id)
    assert await _counts(store) == (1, 1)


async def test_another_fingerprint_is_told(store: Store) -> None:
    await store.submit([submission(key="k", fingerprint="red")])
    [answer] = await store.submit([submission(key="k", fingerprint="blue")])
    assert (answer.created, answer.fingerprint) == (False, "red")


async def test_the_same_key_twice_in_a_batch_is_one_job(store: Store) -> None:
    batch = [submission(key="k", fingerprint="red"), submission(), submission(key="k", fingerprint="blue")]
    answers = await store.submit(batch)
    assert [answer.created for answer in answers] == [True, True, False]
    assert (answers[2].job_id, answers[2].fingerprint) == (batch[0].job.id, "red")
    assert await _counts(store) == (2, 2)


async def test_the_same_key_at_the_same_time_is_one_job(store: Store) -> None:
    answers = await asyncio.gather(*(store.submit([submission(key="k")]) for _ in range(30)))
    assert sum(answer.created for [answer] in answers) == 1
    assert len({answer.job_id for [answer] in answers}) == 1
    assert await _counts(store) == (1, 1)


async def test_the_same_key_from_two_processes_is_one_job(two_stores: tuple[Store, Store]) -> None:
    answers = await asyncio.gather(*(two_stores[n % 2].submit([submission(key="k")]) for n in range(30)))
    assert sum(answer.created for [answer] in answers) == 1
    assert await _counts(two_stores[0]) == (1, 1)


async def test_a_key_belongs_to_its_tenant(store: Store) -> None:
    answers = await store.submit([submission(key="k"), submission(key="k", tenant=OTHER)])
    assert [answer.created for answer in answers] == [True, True]
    assert await _counts(store, OTHER) == (1, 1)


async def test_keys_are_told_apart_to_the_letter(store: Store) -> None:
    keys = ["k", "K", "k ", "ḱ", "k" * 255, "k\\", 'k"', "k'", "%", "_"]
    answers = await store.submit([submission(key=key) for key in keys])
    assert all(answer.created for answer in answers)


async def test_a_key_is_remembered_until_it_expires(store: Store) -> None:
    first = submission(key="k", key_seconds=60)
    await store.submit([first])
    [known] = await store.submit([submission(key="k", created_at=after(59.999999))])
    assert (known.created, known.job_id) == (False, first.job.id)
    [fresh] = await store.submit([submission(key="k", created_at=after(60))])
    assert fresh.created


async def test_an_expired_key_belongs_to_the_next_one(store: Store) -> None:
    await store.submit([submission(key="k", key_seconds=60)])
    second = submission(key="k", fingerprint="new", created_at=after(61))
    await store.submit([second])
    [third] = await store.submit([submission(key="k", created_at=after(62))])
    assert (third.created, third.job_id, third.fingerprint) == (False, second.job.id, "new")


async def test_a_key_outlives_the_end_of_its_run(store: Store) -> None:
    made = submission(key="k")
    await store.submit([made])
    await store.finish([succeeded(run) for run in await store.claim(wish())])
    [again] = await store.submit([submission(key="k")])
    assert (again.created, again.job_id) == (False, made.job.id)
