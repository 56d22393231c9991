"""Dead letters: run again or put away, one by one or in bulk."""

import pytest

from foliot import InvalidRequest, NotFound, RunState
from foliot.domain.ending import failed, raised
from foliot.domain.page import PageRequest
from foliot.domain.retry import RetryPolicy
from foliot.domain.states import EventType
from foliot.ports import RunFilter
from foliot.wiring import System
from tests.engine import hands
from tests.engine.house import HandClock


async def _bury(system: System, count: int) -> list[str]:
    """So many dead letters, oldest first."""
    run_ids = [await hands.submit(system, max_attempts=1) for _ in range(count)]
    error, policy = raised(ValueError("it broke")), RetryPolicy(max_attempts=1)
    claimed = await hands.claim(system)
    await system.store.finish([failed(run, error, policy, system.clock.now(), 0.0) for run in claimed])
    return run_ids


async def _dead(system: System) -> list[str]:
    page = await system.services.dead_letters.page(system.identity, RunFilter(), PageRequest(500))
    return [run.id for run in page.items][::-1]


async def test_a_replay_is_a_new_run_that_names_the_old_one(system: System) -> None:
    [dead_id] = await _bury(system, 1)
    fresh = await system.services.dead_letters.replay(system.identity, dead_id)
    assert (fresh.replay_of, fresh.state, fresh.attempt) == (dead_id, RunState.QUEUED, 0)
    assert (await hands.run_of(system, dead_id)).state is RunState.FAILED
    assert await _dead(system) == []
    [replayed] = [event for event in await hands.events(system, dead_id) if event.type is EventType.RUN_REPLAYED]
    assert replayed.data == {"by": "local", "run_id": fresh.id}
    assert (await hands.events(system, fresh.id))[0].data["replay_of"] == dead_id


async def test_a_replay_that_succeeds_leaves_the_history_alone(system: System) -> None:
    [dead_id] = await _bury(system, 1)
    fresh = await system.services.dead_letters.replay(system.identity, dead_id)
    await hands.succeed(system, await hands.claim(system))
    assert (await hands.run_of(system, fresh.id)).state is RunState.SUCCEEDED
    assert (await hands.run_of(system, dead_id)).state is RunState.FAILED


async def test_a_replay_that_fails_is_a_dead_letter_again(system: System) -> None:
    [dead_id] = await _bury(system, 1)
    fresh = await system.services.dead_letters.replay(system.identity, dead_id)
    [claimed] = await hands.claim(system)
    await system.store.finish(
        [failed(claimed, raised(ValueError()), RetryPolicy(max_attempts=1), system.clock.now(), 0.0)]
    )
    assert await _dead(system) == [fresh.id]


async def test_what_was_discarded_stays_in_the_history(system: System, clock: HandClock) -> None:
    [dead_id] = await _bury(system, 1)
    clock.advance(1)
    await system.services.dead_letters.discard(system.identity, dead_id)
    assert await _dead(system) == []
    assert (await hands.run_of(system, dead_id)).state is RunState.FAILED
    assert (await hands.events(system, dead_id))[-1].type is EventType.RUN_DISCARDED


@pytest.mark.parametrize("deed", ["replay", "discard"])
async def test_what_is_no_dead_letter_any_more_is_not_found(system: System, deed: str) -> None:
    [dead_id] = await _bury(system, 1)
    await getattr(system.services.dead_letters, deed)(system.identity, dead_id)
    for again in ("replay", "discard"):
        with pytest.raises(NotFound, match="no dead letter"):
            await getattr(system.services.dead_letters, again)(system.identity, dead_id)
    assert len(await hands.runs(system)) == (2 if deed == "replay" else 1)


async def test_a_run_that_did_not_fail_is_no_dead_letter(system: System) -> None:
    run_id = await hands.submit(system)
    with pytest.raises(NotFound):
        await system.services.dead_letters.replay(system.identity, run_id)


async def test_replaying_in_bulk_takes_a_page_oldest_first(system: System) -> None:
    dead = await _bury(system, 10)
    fresh = await system.services.dead_letters.replay_all(system.identity, RunFilter(), 4)
    named = [(await hands.run_of(system, run_id)).replay_of for run_id in fresh]
    assert named == dead[-4:]
    assert await _dead(system) == dead[:-4]


async def test_replaying_in_bulk_until_none_is_left(system: System) -> None:
    dead = await _bury(system, 25)
    replayed: list[str] = []
    while batch := await system.services.dead_letters.replay_all(system.identity, RunFilter(), 10):
        replayed += batch
    assert {(await hands.run_of(system, run_id)).replay_of for run_id in replayed} == set(dead)
    assert len(replayed) == 25


async def test_discarding_in_bulk_takes_those_that_fit(system: System) -> None:
    await _bury(system, 5)
    letters = system.services.dead_letters
    assert await letters.discard_all(system.identity, RunFilter(type="other"), 100) == 0
    assert await letters.discard_all(system.identity, RunFilter(type="rest"), 3) == 3
    assert await letters.discard_all(system.identity, RunFilter(type="rest"), 100) == 2
    assert await _dead(system) == []


@pytest.mark.parametrize("limit", [-1, 0, 501])
async def test_a_limit_out_of_range_changes_nothing(system: System, limit: int) -> None:
    dead = await _bury(system, 2)
    for deed in (system.services.dead_letters.replay_all, system.services.dead_letters.discard_all):
        with pytest.raises(InvalidRequest, match="limit"):
            await deed(system.identity, RunFilter(), limit)
    assert await _dead(system) == dead
