"""Watching runs: events as they happen, until the run is over."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from foliot import NotFound, RunState
from foliot.domain.ending import handed_back
from foliot.domain.errors import ResultTimeout, Unavailable
from foliot.domain.event import Event
from foliot.domain.run import Note
from foliot.domain.states import EventType
from foliot.ports import Topic
from foliot.service.watch import Watch
from foliot.wiring import System
from tests.engine import hands
from tests.engine.house import HandClock, until


async def _watch(system: System, run_id: str, seen: list[Event], after: str | None = None) -> None:
    async for event in system.services.watch.events(system.identity, run_id, after):
        seen.append(event)  # noqa: PERF401, the caller looks on


async def _kinds(seen: list[Event]) -> list[EventType]:
    return [event.type for event in seen]


async def _looks(looks: list[int]) -> int:
    return len(looks)


async def test_it_tells_each_event_once_and_ends_with_the_run(system: System) -> None:
    run_id, seen = await hands.submit(system), list[Event]()
    watching = asyncio.create_task(_watch(system, run_id, seen))
    await until(lambda: _kinds(seen), lambda kinds: EventType.RUN_QUEUED in kinds)
    claimed = await hands.claim(system)
    await until(lambda: _kinds(seen), lambda kinds: EventType.RUN_STARTED in kinds)
    await hands.succeed(system, claimed)
    async with asyncio.timeout(20):
        await watching
    assert seen == await hands.events(system, run_id)
    assert len({event.id for event in seen}) == len(seen) == 4


async def test_it_resumes_after_an_event(system: System) -> None:
    run_id = await hands.submit(system)
    await hands.succeed(system, await hands.claim(system))
    events = await hands.events(system, run_id)
    for position, event in enumerate(events):
        seen: list[Event] = []
        await _watch(system, run_id, seen, after=event.id)
        assert seen == events[position + 1 :]


async def test_an_event_keeps_its_id_while_the_run_goes_on(system: System, clock: HandClock) -> None:
    run_id = await hands.submit(system, max_attempts=5)
    ids: list[str] = []
    for _ in range(3):
        claimed = await hands.claim(system)
        ids += [event.id for event in await hands.events(system, run_id) if event.id not in ids]
        clock.advance(20)
        await system.store.finish([handed_back(run, clock.now()) for run in claimed])
        ids += [event.id for event in await hands.events(system, run_id) if event.id not in ids]
    assert ids == [event.id for event in await hands.events(system, run_id)]


async def test_of_a_run_that_is_over_it_tells_all_and_ends(system: System) -> None:
    run_id, seen = await hands.submit(system), list[Event]()
    await system.services.runs.cancel(system.identity, run_id)
    async with asyncio.timeout(20):
        await _watch(system, run_id, seen)
    assert seen[-1].type is EventType.RUN_CANCELLED


async def test_an_unknown_event_id_tells_all(system: System) -> None:
    run_id, seen = await hands.submit(system), list[Event]()
    await system.services.runs.cancel(system.identity, run_id)
    await _watch(system, run_id, seen, after=str(UUID(int=7)))
    assert seen == await hands.events(system, run_id)


async def test_a_run_that_is_not_there_is_not_found(system: System) -> None:
    with pytest.raises(NotFound):
        await _watch(system, str(UUID(int=7)), [])
    with pytest.raises(NotFound):
        await system.services.watch.ended(system.identity, str(UUID(int=7)))


async def test_one_look_serves_all_who_wait(system: System) -> None:
    run_ids = [await hands.submit(system) for _ in range(50)]
    looks, ended = 0, system.store.ended

    async def counted(refs):  # type: ignore[no-untyped-def]  # stands for store.ended
        nonlocal looks
        looks += 1
        return await ended(refs)

    system.store.ended = counted  # type: ignore[method-assign]  # counts
    waiting = [asyncio.create_task(system.services.watch.ended(system.identity, run_id)) for run_id in run_ids]
    await asyncio.sleep(0)
    await hands.succeed(system, await hands.claim(system))
    system._wakeup.notify(Topic.CHANGED, run_ids)
    runs = await asyncio.gather(*waiting)
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
    assert looks <= 5


async def test_one_look_serves_all_who_watch(system: System) -> None:
    run_ids = [await hands.submit(system) for _ in range(30)]
    reads, looks, marks, run_events = 0, list[int](), system.store.marks, system.store.run_events

    async def counted_marks(refs):  # type: ignore[no-untyped-def]  # stands for store.marks
        looks.append(len(refs))
        return await marks(refs)

    async def counted_events(tenant_id, run_id):  # type: ignore[no-untyped-def]  # stands for store.run_events
        nonlocal reads
        reads += 1
        return await run_events(tenant_id, run_id)

    system.store.marks = counted_marks  # type: ignore[method-assign]  # counts
    system.store.run_events = counted_events  # type: ignore[method-assign]  # counts
    seen: list[list[Event]] = [[] for _ in range(300)]
    watching = [asyncio.create_task(_watch(system, run_ids[n % 30], seen[n])) for n in range(300)]
    await until(lambda: _looks(looks), lambda looks: looks == 3)
    assert reads <= 300 + 30  # at the beginning, and once more by the first look
    await hands.succeed(system, await hands.claim(system))
    system._wakeup.notify(Topic.CHANGED, run_ids)
    async with asyncio.timeout(20):
        await asyncio.gather(*watching)
    assert reads <= 300 + 30 + 60
    assert {len(events) for events in seen} == {4}
    assert system.services.watch._watched == {}


async def test_an_event_that_nobody_hinted_at_is_told_all_the_same(system: System) -> None:
    run_id, seen = await hands.submit(system), list[Event]()
    watching = asyncio.create_task(_watch(system, run_id, seen))
    await until(lambda: _kinds(seen), lambda kinds: EventType.RUN_QUEUED in kinds)
    [claimed] = await hands.claim(system)
    await system.store.note([Note(run_id, claimed.tenant_id, claimed.lease, system.clock.now(), "half way")])
    await until(lambda: _kinds(seen), lambda kinds: EventType.RUN_LOGGED in kinds)
    await hands.succeed(system, [claimed])
    async with asyncio.timeout(20):
        await watching
    assert {event.id for event in seen} == {event.id for event in await hands.events(system, run_id)}
    assert len(seen) == 5


async def test_a_change_that_nobody_hinted_at_is_seen_all_the_same(system: System) -> None:
    run_id = await hands.submit(system)
    waiting = asyncio.create_task(system.services.watch.ended(system.identity, run_id))
    await hands.succeed(system, await hands.claim(system))
    async with asyncio.timeout(20):
        assert (await waiting).state is RunState.SUCCEEDED


async def test_it_is_seen_also_while_hints_at_others_never_cease(system: System) -> None:
    run_id = await hands.submit(system)
    waiting = asyncio.create_task(system.services.watch.ended(system.identity, run_id))
    await hands.succeed(system, await hands.claim(system))

    async def chatter() -> None:
        while True:
            system._wakeup.notify(Topic.CHANGED, ["another"])
            await asyncio.sleep(0.005)

    chattering = asyncio.create_task(chatter())
    async with asyncio.timeout(20):
        assert (await waiting).state is RunState.SUCCEEDED
    chattering.cancel()


async def test_closing_ends_the_look_without_a_word(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    watch, run_id = system.services.watch, await hands.submit(system)
    waiting = asyncio.create_task(watch.ended(system.identity, run_id))
    watching = asyncio.create_task(_watch(system, run_id, []))
    await until(lambda: _lookers(watch), lambda lookers: lookers == 2)
    await system.close()
    for left in (waiting, watching):
        with pytest.raises(Unavailable):
            await left
    assert await _lookers(watch) == 0
    assert not watch._waiting
    assert not watch._watched
    assert capsys.readouterr() == ("", "")


async def test_nobody_looks_any_more_for_one_that_was_refused(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotFound):
        await _watch(system, str(UUID(int=7)), [])
    await system.close()
    assert await _lookers(system.services.watch) == 0
    assert capsys.readouterr() == ("", "")


async def _lookers(watch: Watch) -> int:
    return sum(task is not None for task in (watch._looker, watch._teller))


async def test_who_has_waited_long_enough_is_told(system: System) -> None:
    run_id = await hands.submit(system, delay=60)
    with pytest.raises(ResultTimeout):
        await system.services.watch.ended(system.identity, run_id, timedelta(seconds=0.02))
    assert system.services.watch._waiting == {}
