"""Workers outside get runs of their own tenant, and wait for them without asking again."""

import asyncio

import pytest

from foliot.domain.errors import Conflict, Forbidden, InvalidPolicy, InvalidRequest, Unavailable, UnknownJobType
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.states import RunState
from foliot.ports import Wanted
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.holding import End, Ending
from foliot.service.leasing import Leased
from foliot.wiring import System
from tests.engine.house import HandClock
from tests.service.conftest import Whoever

OTHER = Identity("01890000-0000-7000-8000-00000000beef", "eve", Role.OPERATOR)


@pytest.fixture
async def me(system: System, whoever: Whoever) -> Identity:
    """An operator whose workers do `resize` and, in a queue of its own, `crawl`."""
    made = whoever(Role.OPERATOR)
    types = [JobType(name="resize"), JobType(name="crawl", policy=Policy(queue="slow", timeout_seconds=7))]
    await system.services.catalogue.register_remote(made, types)
    return made


async def _submit(system: System, me: Identity, name: str = "resize", **members: object) -> str:
    ticket = await system.services.jobs.submit(me, JobRequest(type=name, **members))  # type: ignore[arg-type]  # brief
    assert ticket.run_id is not None
    return ticket.run_id


async def _lease(system: System, me: Identity, *types: str, wait: float = 0.0, limit: int = 10) -> list[Leased]:
    return await system.services.leasing.lease(me, "gopher", types or ("resize",), limit=limit, wait_seconds=wait)


async def _settled() -> None:
    """Let all go on that can."""
    for _ in range(50):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)


async def test_a_queued_run_is_leased(system: System, me: Identity, clock: HandClock) -> None:
    run_id = await _submit(system, me, "crawl", payload=b'{"page": 3}')
    [leased] = await _lease(system, me, "crawl", "resize")
    assert (leased.claimed.run_id, leased.claimed.payload, leased.timeout_seconds) == (run_id, '{"page": 3}', 7)
    assert leased.lease_until == clock.now() + system.services.holding.lease
    run = await system.services.runs.get(me, run_id)
    assert (run.state, run.worker, run.attempt) == (RunState.RUNNING, "gopher", 1)


async def test_another_tenants_worker_gets_nothing(system: System, me: Identity) -> None:
    await system.services.catalogue.register_remote(OTHER, [JobType(name="resize")])
    await _submit(system, me)
    assert await _lease(system, OTHER) == []
    assert len(await _lease(system, me)) == 1


async def test_no_more_than_asked_for(system: System, me: Identity) -> None:
    for _ in range(5):
        await _submit(system, me)
    assert len(await _lease(system, me, limit=3)) == 3


async def test_who_waits_gets_what_comes(system: System, me: Identity) -> None:
    waiting = asyncio.create_task(_lease(system, me, wait=10))
    await _settled()
    run_id = await _submit(system, me)
    async with asyncio.timeout(20):
        assert [each.claimed.run_id for each in await waiting] == [run_id]


async def test_each_of_those_who_wait_gets_one_and_the_others_wait_on(system: System, me: Identity) -> None:
    waiting = [asyncio.create_task(_lease(system, me, wait=10, limit=1)) for _ in range(4)]
    await _settled()
    runs = {await _submit(system, me) for _ in range(3)}
    async with asyncio.timeout(20):
        done = [await each for each in waiting[:3]]
    assert {each.claimed.run_id for leased in done for each in leased} == runs
    assert not waiting[3].done()
    waiting[3].cancel()


async def test_who_waits_in_vain_gets_nothing(system: System, me: Identity) -> None:
    async with asyncio.timeout(20):
        assert await _lease(system, me, wait=0.05) == []


async def test_waiting_asks_nothing_of_the_store(system: System, me: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, sought = 0, system.store.sought

    async def counted(wanted: list[Wanted]) -> list[Wanted]:
        nonlocal looks
        looks += 1
        return await sought(wanted)

    monkeypatch.setattr(system.store, "sought", counted)
    waiting = [asyncio.create_task(_lease(system, me, wait=0.3)) for _ in range(50)]
    assert [leased for each in waiting for leased in await each] == []
    assert looks <= 3


async def test_whoever_goes_away_leaves_no_lease_behind(system: System, me: Identity) -> None:
    waiting = asyncio.create_task(_lease(system, me, wait=10))
    await _settled()
    run_id = await _submit(system, me)
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await _settled()
    run = await system.services.runs.get(me, run_id)
    if waiting.cancelled():
        assert (run.state, run.attempt) == (RunState.QUEUED, 0)
    assert run.state in (RunState.QUEUED, RunState.RUNNING)


@pytest.mark.parametrize("steps", range(12))
async def test_at_whatever_moment_it_goes_away(system: System, me: Identity, steps: int) -> None:
    run_id = await _submit(system, me)
    waiting = asyncio.create_task(_lease(system, me, wait=10))
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    waiting.cancel()
    await asyncio.wait([waiting])
    await _settled()
    run = await system.services.runs.get(me, run_id)
    assert run.state is (RunState.QUEUED if waiting.cancelled() else RunState.RUNNING)
    assert run.attempt == (0 if waiting.cancelled() else 1)


async def test_results_of_parents_come_along(system: System, me: Identity) -> None:
    parent = await _submit(system, me)
    child = await _submit(system, me, parents=[ParentRequest(job_id=parent)])
    [first] = await _lease(system, me)
    done = Ending(run_id=parent, lease=first.claimed.lease, end=End.SUCCEEDED, result=b'{"width": 3}')
    await system.services.holding.finish(me, [done])
    [second] = await _lease(system, me)
    assert second.claimed.run_id == child
    assert [(each.job_id, each.state, each.result) for each in second.parents] == [
        (parent, RunState.SUCCEEDED, {"width": 3})
    ]


async def test_a_type_that_nobody_registered_is_refused(
    system: System, me: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.service.leasing._KNOWN_EVERYWHERE_SECONDS", 0.0)
    with pytest.raises(UnknownJobType, match="rezise"):
        await _lease(system, me, "rezise")


async def test_a_type_of_the_systems_own_workers_is_refused(system: System, me: Identity) -> None:
    with pytest.raises(Conflict, match="rest"):
        await _lease(system, me, "rest")


async def test_what_cannot_be_asked_for_is_refused(system: System, me: Identity) -> None:
    lease = system.services.leasing.lease
    for limit in (0, -1, 10_000):
        with pytest.raises(InvalidRequest, match="limit"):
            await lease(me, "gopher", ["resize"], limit=limit)
    for wait in (-1.0, 61.0, float("nan")):
        with pytest.raises(InvalidRequest, match="wait_seconds"):
            await lease(me, "gopher", ["resize"], wait_seconds=wait)
    with pytest.raises(InvalidPolicy, match="worker"):
        await lease(me, "", ["resize"])
    with pytest.raises(InvalidPolicy, match="queues"):
        await lease(me, "gopher", ["resize"], queues=[" "])
    with pytest.raises(InvalidRequest, match="at least one type"):
        await lease(me, "gopher", [])
    with pytest.raises(InvalidRequest, match="types times queues"):
        await lease(me, "gopher", ["resize"], queues=[str(n) for n in range(1_000)])


async def test_a_store_that_is_away_is_told_and_strands_nobody(
    system: System, me: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> list[Wanted]:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(system.store, "sought", away)
        with pytest.raises(Unavailable):
            await _lease(system, me, wait=5)
    await _submit(system, me)
    assert len(await _lease(system, me)) == 1


async def test_a_viewer_leases_nothing(system: System, me: Identity, whoever: Whoever) -> None:
    with pytest.raises(Forbidden):
        await _lease(system, whoever(Role.VIEWER))


# -- types


async def test_a_type_of_the_system_cannot_be_taken(system: System, me: Identity) -> None:
    for name in ("rest", "foliot.noop"):
        with pytest.raises(Conflict, match="another name"):
            await system.services.catalogue.register_remote(me, [JobType(name="fine"), JobType(name=name)])
    assert [each.name for each in await system.services.catalogue.all(me)] == ["crawl", "resize", "rest"]


async def test_only_its_own_tenant_can_submit_a_type(system: System, me: Identity) -> None:
    with pytest.raises(UnknownJobType):
        await system.services.jobs.submit(OTHER, JobRequest(type="resize"))


async def test_there_is_a_limit_to_types(system: System, me: Identity) -> None:
    many = [JobType(name=f"type-{n}") for n in range(499)]
    with pytest.raises(InvalidRequest, match="500"):
        await system.services.catalogue.register_remote(me, many)
    await system.services.catalogue.register_remote(me, many[1:])
    with pytest.raises(InvalidRequest, match="once"):
        await system.services.catalogue.register_remote(me, [JobType(name="a"), JobType(name="a")])


async def test_payloads_must_fit_the_schema_of_their_type(system: System, me: Identity) -> None:
    schema = {"type": "object", "required": ["width"], "properties": {"width": {"type": "integer"}}}
    await system.services.catalogue.register_remote(me, [JobType(name="resize", schema=schema)])
    with pytest.raises(InvalidRequest, match="width"):
        await _submit(system, me)
    await _submit(system, me, payload=b'{"width": 3}')
