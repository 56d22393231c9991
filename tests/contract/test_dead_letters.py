"""Runs that failed for good: listed until they are replayed or discarded, once."""

import asyncio

import pytest

from foliot.domain.states import JobState, RunState
from foliot.ports import Discard, Replay, RunFilter, Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    buried,
    discarding,
    failed,
    found,
    occurrence,
    recurring,
    replaying,
    started,
    stopped,
    succeeded,
    wish,
)

ALL = RunFilter()


async def _dead(store: Store, wanted: RunFilter = ALL, tenant: str = ACME) -> list[str]:
    return [run.id for run in await store.dead_letters(tenant, wanted, None, 100)]


async def test_only_a_run_that_failed_for_good_is_a_dead_letter(store: Store) -> None:
    good, bad, unwanted = [await started(store) for _ in range(3)]
    await store.finish([succeeded(good), failed(bad), stopped(unwanted)])
    assert await store.dead_letters(ACME, ALL, None, 10) == [await found(store, bad)]


async def test_dead_letters_are_listed_newest_first_in_pages(store: Store) -> None:
    ids = [(await buried(store)).id for _ in range(5)][::-1]
    assert await _dead(store) == ids
    assert [run.id for run in await store.dead_letters(ACME, ALL, None, 2)] == ids[:2]
    assert [run.id for run in await store.dead_letters(ACME, ALL, ids[1], 2)] == ids[2:4]


async def test_dead_letters_are_filtered(store: Store) -> None:
    mail = await buried(store, type="mail", queue="a")
    video = await buried(store, type="video", queue="b")
    assert await _dead(store, RunFilter(type="mail")) == [mail.id]
    assert await _dead(store, RunFilter(queue="b")) == [video.id]
    assert await _dead(store, RunFilter(type="mail", queue="b")) == []
    assert await _dead(store, RunFilter(job_id=video.job_id)) == [video.id]


async def test_a_dead_letter_is_listed_without_its_result_but_with_its_error(store: Store) -> None:
    await buried(store)
    [dead] = await store.dead_letters(ACME, ALL, None, 1)
    assert dead.result is None
    assert dead.error is not None
    assert dead.error.message == "it broke"


async def test_a_replay_is_a_new_run_that_names_the_dead_one(store: Store) -> None:
    dead = await buried(store, payload=b'{"n": 1}')
    replay = replaying(dead, at=after(100))
    assert await store.replay([replay]) == [True]
    assert await _dead(store) == []
    assert await found(store, replay.run) == replay.run
    [claimed] = await store.claim(wish(now=after(100)))
    assert (claimed.run_id, claimed.job_id, claimed.payload) == (replay.run.id, dead.job_id, '{"n": 1}')
    assert (claimed.attempt, claimed.lease) == (1, 1)


async def test_a_replayed_run_stays_in_the_history_as_it_was(store: Store) -> None:
    dead = await buried(store)
    replay = replaying(dead)
    await store.replay([replay])
    assert await found(store, dead) == dead
    assert await store.run_events(ACME, dead.id) == [replay.event]


async def test_a_job_is_active_while_its_replay_runs(store: Store) -> None:
    dead = await buried(store)
    await store.replay([replaying(dead)])
    states = [await _job_state(store, dead.job_id)]
    [claimed] = await store.claim(wish())
    await store.finish([succeeded(claimed)])
    states.append(await _job_state(store, dead.job_id))
    assert states == [JobState.ACTIVE, JobState.COMPLETED]


async def test_a_replay_that_fails_is_a_dead_letter_again(store: Store) -> None:
    dead = await buried(store)
    replay = replaying(dead)
    await store.replay([replay])
    [claimed] = await store.claim(wish())
    await store.finish([failed(claimed)])
    assert await _dead(store) == [replay.run.id]
    assert (await found(store, replay.run)).replay_of == dead.id


async def test_an_occurrence_can_be_replayed(store: Store) -> None:
    made = recurring()
    await store.submit([made])
    await store.plan([occurrence(made.job, following=None)])
    [claimed] = await store.claim(wish(now=after(60)))
    await store.finish([failed(claimed)])
    replay = replaying(await found(store, claimed))
    assert await store.replay([replay]) == [True]
    assert await store.live_runs(ACME, made.job.id) == [replay.run.id]


async def test_a_discarded_run_stays_in_the_history(store: Store) -> None:
    dead = await buried(store)
    discard = discarding(dead)
    assert await store.discard([discard]) == [True]
    assert await _dead(store) == []
    assert await found(store, dead) == dead
    assert await store.run_events(ACME, dead.id) == [discard.event]


@pytest.mark.parametrize("take", [replaying, discarding])
async def test_what_is_no_dead_letter_is_left_alone(store: Store, take: type) -> None:
    good = await started(store)
    await store.finish([succeeded(good)])
    run = await found(store, good)
    again = await buried(store)
    await store.discard([discarding(again)])
    assert await _take(store, [take(run), take(again)]) == [False, False]
    assert await store.claim(wish()) == []
    assert await store.run_events(ACME, run.id) == []


@pytest.mark.parametrize("take", [replaying, discarding])
async def test_a_dead_letter_named_twice_in_a_batch_is_taken_once(store: Store, take: type) -> None:
    dead, other = await buried(store), await buried(store)
    assert await _take(store, [take(dead), take(other), take(dead)]) == [True, True, False]
    assert len(await store.run_events(ACME, dead.id)) == 1


@pytest.mark.parametrize("take", [replaying, discarding])
async def test_a_dead_letter_wanted_by_many_at_once_is_taken_once(store: Store, take: type) -> None:
    dead = await buried(store)
    answers = await asyncio.gather(*(_take(store, [take(dead)]) for _ in range(20)))
    assert sum(done for [done] in answers) == 1
    assert len(await store.run_events(ACME, dead.id)) == 1


async def test_two_processes_replay_or_discard_it_once(two_stores: tuple[Store, Store]) -> None:
    dead = [await buried(two_stores[0]) for _ in range(10)]
    replayed = [store.replay([replaying(run)]) for run in dead for store in two_stores]
    discarded = [store.discard([discarding(run)]) for run in dead for store in two_stores]
    answers = [done for [done] in await asyncio.gather(*replayed, *discarded)]
    assert sum(answers) == 10
    assert len(await two_stores[1].claim(wish())) == sum(answers[:20])


async def test_another_tenant_in_the_same_batch_takes_nothing(store: Store) -> None:
    dead = await buried(store)
    stranger = discarding(dead)
    stranger = Discard(tenant_id=OTHER, dead_id=dead.id, event=stranger.event)
    assert await store.discard([stranger, discarding(dead)]) == [False, True]
    assert len(await store.run_events(ACME, dead.id)) == 1


async def test_dead_letters_are_counted(store: Store) -> None:
    await buried(store)
    dead = await buried(store, tenant=OTHER)
    assert (await store.stats()).dead_letters == 2
    await store.discard([discarding(dead)])
    assert (await store.stats()).dead_letters == 1


async def _take(store: Store, items: list[Replay] | list[Discard]) -> list[bool]:
    replays = [item for item in items if isinstance(item, Replay)]
    return await (store.replay(replays) if replays else store.discard([i for i in items if isinstance(i, Discard)]))


async def _job_state(store: Store, job_id: str) -> JobState:
    job = await store.job(ACME, job_id)
    assert job is not None
    return job.state


async def test_a_dead_letter_is_over(store: Store) -> None:
    dead = await buried(store)
    assert dead.state is RunState.FAILED
    assert await store.live_runs(ACME, dead.job_id) == []
