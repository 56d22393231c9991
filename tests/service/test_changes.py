"""Watching many runs: no end is left out, whoever is slow, comes back or comes by the thousand."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from foliot import Change, ChangeFilter, NotFound, Run, RunState, Unavailable
from foliot.domain.errors import InvalidCursor, InvalidRequest
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.run import Claimed
from foliot.ports import Topic
from foliot.service import changes as watching
from foliot.service import watchers
from foliot.service.changes import ALL_OVER
from foliot.settings import Settings
from foliot.wiring import System, open_system
from tests.engine import hands
from tests.engine.house import Fault, HandClock, away

ALL = ChangeFilter()
NOBODY = "01a2046f-3f91-739b-82ce-6f447f4dba8c"


@asynccontextmanager
async def watch(
    system: System, wanted: ChangeFilter = ALL, after: str | None = None, identity: Identity | None = None
) -> AsyncIterator[AsyncGenerator[Change, None]]:
    """What a watcher is told, closed at the end."""
    told = await system.services.changes.watch(identity or system.identity, wanted, after)
    try:
        yield told
    finally:
        await told.aclose()


@asynccontextmanager
async def ready(system: System, wanted: ChangeFilter = ALL) -> AsyncIterator[AsyncGenerator[Change, None]]:
    """The same, once it misses nothing any more."""
    async with watch(system, wanted) as told:
        assert (await _next(told)).kind == "ready"
        yield told


async def _next(told: AsyncGenerator[Change, None]) -> Change:
    async with asyncio.timeout(20):
        return await anext(told)


async def _run(told: AsyncGenerator[Change, None]) -> Run:
    """The next run that is told of."""
    while (change := await _next(told)).run is None:
        pass
    return change.run


async def _until_ready(told: AsyncGenerator[Change, None]) -> list[Change]:
    changes: list[Change] = []
    while (change := await _next(told)).kind != "ready":
        changes.append(change)
    return changes


async def _over(system: System, count: int = 1) -> list[str]:
    """So many runs that have ended, in the order of their ends."""
    ids = [await hands.submit(system) for _ in range(count)]
    await hands.succeed(system, await _claimed(system, count))
    return ids


async def _claimed(system: System, count: int) -> Sequence[Claimed]:
    return await hands.claim(system, limit=count)


async def test_closing_ends_the_look_without_a_word(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    async with ready(system) as told:
        next_one = asyncio.create_task(_run(told))
        await asyncio.sleep(0)
        await system.close()
        with pytest.raises(Unavailable):
            await next_one
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "lookout"]
    assert capsys.readouterr() == ("", "")


async def test_a_run_is_told_as_it_goes_on(system: System) -> None:
    async with ready(system) as told:
        run_id = await hands.submit(system)
        claimed = await hands.claim(system)
        system._wakeup.notify(Topic.CHANGED, [run_id])
        first = await _run(told)
        await hands.succeed(system, claimed)
        system._wakeup.notify(Topic.CHANGED, [run_id])
        last = await _run(told)
    assert (first.id, first.state, last.id, last.state) == (run_id, RunState.RUNNING, run_id, RunState.SUCCEEDED)


async def test_an_end_that_nobody_hinted_at_is_told(system: System) -> None:
    async with ready(system) as told:
        [run_id] = await _over(system)
        assert (await _run(told)).id == run_id


async def test_a_hint_that_names_nobody_is_enough(system: System) -> None:
    async with ready(system) as told:
        [run_id] = await _over(system)
        system._wakeup.notify(Topic.CHANGED)
        assert (await _run(told)).id == run_id


async def test_an_end_is_told_once_however_often_one_is_called(system: System) -> None:
    async with ready(system) as told:
        ids = []
        for _ in range(5):
            ids += await _over(system)
            for _ in range(3):
                system._wakeup.notify(Topic.CHANGED, ids)
                await asyncio.sleep(0.01)
        assert [(await _run(told)).id for _ in range(5)] == ids
        await _over(system)
        assert (await _run(told)).id not in ids


async def test_what_was_over_before_is_not_told(system: System) -> None:
    await _over(system, 3)
    async with ready(system) as told:
        [run_id] = await _over(system)
        assert (await _run(told)).id == run_id


async def test_it_goes_on_after_its_cursor(system: System) -> None:
    async with ready(system) as told:
        [first] = await _over(system)
        change = await _next(told)
        assert change.run is not None
        assert change.run.id == first
    missed = await _over(system, 3)
    async with watch(system, after=change.cursor) as again:
        before = [one.run.id for one in await _until_ready(again) if one.run is not None]
        assert before in ([first, *missed], missed)
        [last] = await _over(system)
        assert (await _run(again)).id == last


async def test_the_cursor_goes_on_while_nothing_fits(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.02)
    async with ready(system, ChangeFilter(types={"other"})) as told:
        await _over(system, 20)
        while (change := await _next(told)).kind != "quiet" or system.services.changes._lookout.mark < 20:
            pass
        change = await _next(told)
    [last] = await _over(system)
    async with watch(system, after=change.cursor) as again:
        assert [one.run.id for one in await _until_ready(again) if one.run is not None] == [last]


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_a_long_absence_is_made_up_for_page_by_page(
    system: System, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(watching, "PAGE", limit)
    async with ready(system) as told:
        await _over(system)
        cursor = (await _next(told)).cursor
    missed = await _over(system, 7)
    async with watch(system, after=cursor) as again:
        assert [one.run.id for one in await _until_ready(again) if one.run is not None][-7:] == missed


async def test_who_was_away_for_too_long_is_told_so(system: System, clock: HandClock) -> None:
    async with ready(system) as told:
        await _over(system)
        cursor = (await _next(told)).cursor
    clock.advance(8 * 86400)
    kept = await _over(system)
    async with watch(system, after=cursor) as again:
        first, *rest = await _until_ready(again)
    assert first.kind == "reset"
    assert kept[0] in [one.run.id for one in rest if one.run is not None]


async def test_a_slow_watcher_is_told_of_every_end(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "MOST_WAITING", 3)
    async with ready(system) as slow, ready(system) as quick:
        ended: list[str] = []
        for _ in range(4):
            ended += await _over(system, 4)
            system._wakeup.notify(Topic.CHANGED, ended)
            while (await _run(quick)).id != ended[-1]:
                pass
        seen: dict[str, None] = {}
        while ended[-1] not in seen:
            seen[(await _run(slow)).id] = None
    assert list(seen) == ended


@pytest.mark.parametrize(
    "wanted",
    [
        ChangeFilter(types={"rest"}),
        ChangeFilter(queues={"default"}),
        ChangeFilter(states={RunState.SUCCEEDED}),
        ChangeFilter(types={"rest", "more"}, states={RunState.SUCCEEDED, RunState.FAILED}),
    ],
)
async def test_what_fits_is_told(system: System, wanted: ChangeFilter) -> None:
    async with ready(system, wanted) as told:
        run_id = await hands.submit(system)
        claimed = await hands.claim(system)
        await hands.succeed(system, claimed)
        system._wakeup.notify(Topic.CHANGED, [run_id])
        while (run := await _run(told)).state is not RunState.SUCCEEDED:
            pass
        assert run.id == run_id


@pytest.mark.parametrize(
    "wanted",
    [
        ChangeFilter(types={"other"}),
        ChangeFilter(queues={"other"}),
        ChangeFilter(states={RunState.FAILED}),
        ChangeFilter(job_ids={NOBODY}),
    ],
)
async def test_what_does_not_fit_is_not_told(
    system: System, wanted: ChangeFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.02)
    async with ready(system, wanted) as told, ready(system) as other:
        ended = await _over(system)
        system._wakeup.notify(Topic.CHANGED, ended)
        await _run(other)
        assert [(await _next(told)).kind for _ in range(3)] == ["quiet"] * 3


async def test_another_tenants_runs_are_not_told(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.02)
    stranger = Identity(NOBODY, "eve", Role.ADMIN)
    async with watch(system, identity=stranger) as theirs, ready(system) as ours:
        await _until_ready(theirs)
        [ended] = await _over(system)
        system._wakeup.notify(Topic.CHANGED, [ended])
        assert (await _run(ours)).id == ended
        assert (await _next(theirs)).kind == "quiet"
    with pytest.raises(NotFound):
        await system.services.changes.watch(stranger, ChangeFilter(run_ids={ended}))


async def test_named_runs_are_told_as_they_stand_and_it_ends_with_the_last(system: System) -> None:
    [done] = await _over(system)
    others = [await hands.submit(system) for _ in range(2)]
    async with watch(system, ChangeFilter(run_ids={done, *others})) as told:
        standing = {one.run.id: one.run.state for one in await _until_ready(told) if one.run is not None}
        assert standing == {done: RunState.SUCCEEDED} | dict.fromkeys(others, RunState.QUEUED)
        await hands.succeed(system, await hands.claim(system))
        changes = [change async for change in told]
    ended = {one.run.id for one in changes if one.run is not None and one.run.state.is_over}
    assert (ended, changes[-1].kind, changes[-1].cursor) == (set(others), "over", ALL_OVER)
    async with watch(system, ChangeFilter(run_ids={done}), after=ALL_OVER) as again:
        assert [change.kind async for change in again] == ["over"]


async def test_it_ends_also_where_only_other_states_are_told(system: System) -> None:
    run_id = await hands.submit(system)
    async with watch(system, ChangeFilter(run_ids={run_id}, states={RunState.FAILED})) as told:
        await _until_ready(told)
        await hands.succeed(system, await hands.claim(system))
        system._wakeup.notify(Topic.CHANGED, [run_id])
        changes = [change.kind async for change in told if change.kind != "quiet"]
    assert changes == ["over"]


async def test_an_outage_is_waited_out(system: System) -> None:
    fault = Fault(system.store, ["ends", "look_up"], away)
    async with ready(system) as told:
        fault.is_on = True
        [run_id] = await _over(system)
        system._wakeup.notify(Topic.CHANGED, [run_id])
        async with asyncio.timeout(20):
            while not fault.hits:
                await asyncio.sleep(0.01)
        fault.is_on = False
        assert (await _run(told)).id == run_id


async def test_a_thousand_watchers_cost_the_store_no_more_than_one(system: System) -> None:
    looks, look_up = 0, system.store.look_up

    async def counted(refs):  # type: ignore[no-untyped-def]  # stands for store.look_up
        nonlocal looks
        looks += bool(refs)
        return await look_up(refs)

    system.store.look_up = counted  # type: ignore[method-assign]  # counts
    told = [await system.services.changes.watch(system.identity, ALL) for _ in range(1000)]
    for one in told:
        assert (await _next(one)).kind == "ready"
    ended = await _over(system, 10)
    looks = 0
    system._wakeup.notify(Topic.CHANGED, ended)
    seen = await asyncio.gather(*(_last(one, ended[-1]) for one in told))
    assert looks <= 3
    assert all(ids == ended for ids in seen)
    for one in told:
        await one.aclose()
    assert system.services.changes._lookout.count == 0
    assert system.services.changes._lookout._looker is None


async def _last(told: AsyncGenerator[Change, None], run_id: str) -> list[str]:
    ids = [(await _run(told)).id]
    while ids[-1] != run_id:
        ids.append((await _run(told)).id)
    return ids


async def test_too_many_watchers_are_refused(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_WATCHERS", 1)
    async with ready(system):
        with pytest.raises(Unavailable):
            await system.services.changes.watch(system.identity, ALL)


@pytest.mark.parametrize("cursor", ["", "nonsense", "W10", "WzEsMl0x", "é", "W" * 1000, "Wy0xLDFd"])
async def test_a_cursor_of_another_making_is_refused(system: System, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await system.services.changes.watch(system.identity, ALL, cursor)


@pytest.mark.parametrize(
    "wanted",
    [
        ChangeFilter(types={" "}),
        ChangeFilter(queues={""}),
        ChangeFilter(run_ids={"seven"}),
        ChangeFilter(job_ids={NOBODY[:-4] + f"{n:04x}" for n in range(201)}),
    ],
)
async def test_a_filter_that_nothing_can_fit_is_refused(system: System, wanted: ChangeFilter) -> None:
    with pytest.raises(InvalidRequest):
        await system.services.changes.watch(system.identity, wanted)


async def test_two_processes_on_postgres_tell_of_the_same_ends(database_url: str) -> None:
    one, other = [await open_system(Settings(database_url=database_url)) for _ in range(2)]
    try:
        for system in (one, other):
            await system.services.catalogue.register([JobType(name="rest")])
        async with ready(one) as told:
            before = await _over(other, 3)
            other._wakeup.notify(Topic.CHANGED, before)
            changes = [await _next(told) for _ in before]
        assert [change.run.id for change in changes if change.run is not None] == before
        missed = await _over(other, 3)
        async with watch(other, after=changes[-1].cursor) as again:
            seen = [change.run.id for change in await _until_ready(again) if change.run is not None]
        assert seen == [*before, *missed][-len(seen) :]
        assert seen[-3:] == missed
    finally:
        for system in (one, other):
            await system.close()
