"""What each role may do; a refusal changes nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from foliot import ChangeFilter, RunState
from foliot.domain.errors import Forbidden, NotFound
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.page import PageRequest
from foliot.domain.schedule import Every
from foliot.ports import JobFilter, RunFilter
from foliot.service.admission import JobRequest
from foliot.service.editing import JobChanges
from foliot.service.holding import End, Ending, Hold, Saying
from foliot.wiring import System
from tests.engine import hands
from tests.service.conftest import Whoever

Deed = Callable[[System, Identity, str], Awaitable[Any]]


async def _occurrences(system: System, identity: Identity) -> None:
    ticket = await hands.recur(system, Every(seconds=60))
    await system.services.occurrences.between(identity, ticket.job_id, None, None, 10)


READING: dict[str, Deed] = {
    "get a job": lambda s, i, run: s.services.jobs.get(i, run),
    "list the runs of jobs": lambda s, i, run: s.services.jobs.latest_runs(i, []),
    "list jobs": lambda s, i, run: s.services.jobs.page(i, JobFilter(), PageRequest()),
    "a job's events": lambda s, i, run: s.services.jobs.events(i, run),
    "a job's occurrences": lambda s, i, run: _occurrences(s, i),
    "get a run": lambda s, i, run: s.services.runs.get(i, run),
    "list runs": lambda s, i, run: s.services.runs.page(i, RunFilter(), PageRequest()),
    "a run's events": lambda s, i, run: s.services.runs.events(i, run),
    "a run's attempts": lambda s, i, run: s.services.runs.attempts(i, run),
    "list dead letters": lambda s, i, run: s.services.dead_letters.page(i, RunFilter(), PageRequest()),
    "list changes": lambda s, i, run: s.services.changes.watch(i, ChangeFilter()),
    "list calendars": lambda s, i, run: s.services.calendars.all(i),
    "preview a schedule": lambda s, i, run: s.services.previewing.preview(i, Every(seconds=60), None, 5),
    "list types": lambda s, i, run: s.services.catalogue.all(i),
}
CHANGING: dict[str, Deed] = {
    "submit": lambda s, i, run: s.services.jobs.submit(i, JobRequest(type="rest")),
    "submit many": lambda s, i, run: s.services.jobs.submit_many(i, [JobRequest(type="rest")]),
    "edit a job": lambda s, i, run: s.services.jobs.update(i, run, JobChanges(queue="slow")),
    "put a calendar": lambda s, i, run: s.services.calendars.put(i, "holidays", []),
    "put a calendar from a file": lambda s, i, run: s.services.calendars.put_icalendar(i, "holidays", ""),
    "delete a calendar": lambda s, i, run: s.services.calendars.delete(i, "holidays"),
    "cancel a job": lambda s, i, run: s.services.jobs.cancel(i, run),
    "pause a job": lambda s, i, run: s.services.jobs.pause(i, run),
    "resume a job": lambda s, i, run: s.services.jobs.resume(i, run),
    "backfill": lambda s, i, run: s.services.backfilling.backfill(i, run, s.clock.now() - timedelta(days=1), None),
    "run a job now": lambda s, i, run: s.services.jobs.run_now(i, run),
    "cancel a run": lambda s, i, run: s.services.runs.cancel(i, run),
    "retry now": lambda s, i, run: s.services.runs.retry_now(i, run),
    "replay": lambda s, i, run: s.services.dead_letters.replay(i, run),
    "discard": lambda s, i, run: s.services.dead_letters.discard(i, run),
    "replay all": lambda s, i, run: s.services.dead_letters.replay_all(i, RunFilter(), 10),
    "register types": lambda s, i, run: s.services.catalogue.register_remote(i, [JobType(name="mine")]),
    "lease": lambda s, i, run: s.services.leasing.lease(i, "gopher", ["rest"]),
    "renew leases": lambda s, i, run: s.services.holding.renew(i, [Hold(run, 1)]),
    "tell of progress": lambda s, i, run: s.services.holding.say(i, [Saying(run_id=run, lease=1, fraction=1.0)]),
    "end attempts": lambda s, i, run: s.services.holding.finish(i, [Ending(run_id=run, lease=1, end=End.SUCCEEDED)]),
    "discard all": lambda s, i, run: s.services.dead_letters.discard_all(i, RunFilter(), 10),
}
KEYS: dict[str, Deed] = {
    "create a key": lambda s, i, run: s.services.access.create_key(i, "new", Role.VIEWER),
    "list keys": lambda s, i, run: s.services.access.keys(i),
    "revoke a key": lambda s, i, run: s.services.access.revoke_key(i, run),
}
TENANTS: dict[str, Deed] = {
    "create a tenant": lambda s, i, run: s.services.access.create_tenant(i, "new"),
    "list tenants": lambda s, i, run: s.services.access.tenants(i),
    "find a tenant": lambda s, i, run: s.services.access.tenant_named(i, "default"),
}


@pytest.mark.parametrize("deed", READING.values(), ids=READING.keys())
async def test_a_viewer_may_read(system: System, whoever: Whoever, deed: Deed) -> None:
    run_id = await hands.submit(system, delay=60)
    await deed(system, whoever(Role.VIEWER), run_id)


@pytest.mark.parametrize("deed", CHANGING.values(), ids=CHANGING.keys())
async def test_a_viewer_may_change_nothing(system: System, whoever: Whoever, deed: Deed) -> None:
    run_id = await hands.submit(system, delay=60)
    with pytest.raises(Forbidden, match="operator"):
        await deed(system, whoever(Role.VIEWER), run_id)
    assert [run.state for run in await hands.runs(system)] == [RunState.PENDING]


@pytest.mark.parametrize("deed", KEYS.values(), ids=KEYS.keys())
async def test_keys_are_for_admins(system: System, whoever: Whoever, deed: Deed) -> None:
    for role in (Role.VIEWER, Role.OPERATOR):
        with pytest.raises(Forbidden, match="admin"):
            await deed(system, whoever(role), "any")
    assert await system.services.access.keys(whoever(Role.ADMIN)) == []


@pytest.mark.parametrize("deed", TENANTS.values(), ids=TENANTS.keys())
async def test_tenants_are_for_the_owner(system: System, whoever: Whoever, deed: Deed) -> None:
    for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN):
        with pytest.raises(Forbidden, match="owner"):
            await deed(system, whoever(role), "any")


OF_WORKERS = {"register types", "lease", "renew leases", "tell of progress", "end attempts"}
OF_ONE_RUN = {
    name: deed
    for name, deed in (READING | CHANGING).items()
    if name not in OF_WORKERS and not name.startswith(("list", "submit", "put", "preview"))
}


@pytest.mark.parametrize("deed", [deed for name, deed in OF_ONE_RUN.items() if not name.endswith("all")])
async def test_another_tenants_run_is_not_found(system: System, deed: Deed) -> None:
    run_id = await hands.submit(system, delay=60)
    stranger = Identity("01890000-0000-7000-8000-00000000beef", "eve", Role.ADMIN)
    with pytest.raises(NotFound):
        await deed(system, stranger, run_id)
    assert [run.state for run in await hands.runs(system)] == [RunState.PENDING]


async def test_a_job_is_found_by_its_key_within_its_tenant_only(system: System, whoever: Whoever) -> None:
    ticket = await system.services.jobs.submit(whoever(Role.OPERATOR), JobRequest(type="rest", key="invoice-7"))
    assert await system.services.jobs.id_of_key(whoever(Role.VIEWER), "invoice-7") == ticket.job_id
    stranger = Identity("01890000-0000-7000-8000-00000000beef", "eve", Role.ADMIN)
    with pytest.raises(NotFound):
        await system.services.jobs.id_of_key(stranger, "invoice-7")


async def test_who_asked_stands_in_the_event(system: System, whoever: Whoever) -> None:
    run_id = await hands.submit(system, delay=60)
    await system.services.runs.cancel(whoever(Role.OPERATOR), run_id)
    asked = [event for event in await hands.events(system, run_id) if event.type == "run.cancel_requested"]
    assert [event.data["by"] for event in asked] == ["ada"]
