"""kill -9 of the worker, again and again, while chains and graphs run: they end rightly, and nothing is stranded."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from operator import le
from typing import Any, Final

import msgspec
import pytest

import foliot
from foliot import Handle, RetryPolicy, RunState
from foliot.domain.states import EventType
from tests.crash.application import work
from tests.crash.processes import Site, check_stories, counts, until_over
from tests.engine.house import until

PATIENT: Final = work.options(retry=RetryPolicy(max_attempts=6, base_seconds=0, jitter="none"))


class Ground(msgspec.Struct, frozen=True):
    """Where a test takes place, how many jobs it has there, and how many workers are killed over them."""

    site: Site
    many: int
    kills: int


@pytest.fixture(params=[("site", 1_000, 4), ("fleet_site", 200, 2)], ids=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """A place on either store."""
    fixture, many, kills = request.param
    return Ground(request.getfixturevalue(fixture), many, kills)


async def _get_it_done(ground: Ground, runs: int) -> None:
    """Let workers begin so many runs, which are killed from time to time, and the last one end."""
    site = ground.site

    async def begun() -> int:
        return len(site.executions)

    async with site.app() as app:
        for round_ in range(1, ground.kills + 1):
            worker = await site.work(concurrency=50, lease_seconds=0.5)
            await until(begun, partial(le, len(site.executions) + runs // (ground.kills + 2)), 60)
            await worker.kill()
            assert await counts(app), f"all was over after {round_} kills"
        await site.work(concurrency=50, lease_seconds=0.5)
        await until_over(app, within=60)


def _first_starts(site: Site) -> dict[str, float]:
    starts: dict[str, float] = {}
    for execution in site.executions:
        starts.setdefault(execution.run_id, execution.at)
    return starts


async def _states(handles: Sequence[Handle[Any]]) -> list[RunState]:
    return [await handle.status() for handle in handles]


async def test_a_chain_of_a_thousand_ends_under_kills_and_in_its_order(ground: Ground) -> None:
    site, many = ground.site, ground.many
    place = str(site.folder)
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        handles = await app.submit_graph(foliot.chain(*(PATIENT.call(place, number) for number in range(many))))
        await _get_it_done(ground, many)
        assert await _states(handles) == [RunState.SUCCEEDED] * many
        starts = _first_starts(site)
        assert list(starts) == [handle.run_id for handle in handles]
        latest = {execution.run_id: execution.at for execution in site.executions}
        for parent, child in pairwise(handle.run_id or "" for handle in handles):
            assert starts[child] > latest[parent]
        await check_stories(handles)


async def test_a_thousand_side_by_side_are_freed_and_waited_for_under_kills(ground: Ground) -> None:
    site, many = ground.site, ground.many
    place = str(site.folder)
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        middle = foliot.group(*(PATIENT.call(place, number) for number in range(1, many + 1)))
        handles = await app.submit_graph(foliot.chain(PATIENT.call(place, 0), middle, PATIENT.call(place, many + 1)))
        await _get_it_done(ground, many)
        assert await _states(handles) == [RunState.SUCCEEDED] * (many + 2)
        starts = _first_starts(site)
        assert next(iter(starts)) == handles[0].run_id
        assert list(starts)[-1] == handles[-1].run_id
        freed = [event for event in await handles[-1].events() if event.type is EventType.RUN_UNBLOCKED]
        assert len(freed) == 1
        await check_stories(handles)


async def test_a_cancel_in_the_middle_of_a_chain_reaches_its_end_under_kills(ground: Ground) -> None:
    site, many = ground.site, ground.many
    place = str(site.folder)
    async with site.app() as app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        handles = await app.submit_graph(foliot.chain(*(PATIENT.call(place, number) for number in range(many))))
        await handles[many // 2].cancel()
        await _get_it_done(ground, many // 2)
        states = await _states(handles)
        assert states == [RunState.SUCCEEDED] * (many // 2) + [RunState.CANCELLED] * (many // 2)
        await check_stories(handles)
