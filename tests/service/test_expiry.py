"""What may be asked of the time by which a job must have started."""

from datetime import timedelta
from typing import Any

import pytest

from foliot import RunState
from foliot.domain.errors import InvalidExpiry, InvalidTime
from foliot.domain.schedule import Every
from foliot.engine.planner import Planner
from foliot.ports import Topic
from foliot.service.admission import JobRequest
from foliot.wiring import System
from tests.engine import hands
from tests.engine.hands import CountingBroker
from tests.engine.house import HandClock


async def test_it_is_counted_from_the_submission(system: System, clock: HandClock) -> None:
    run_id = await _submit(system, expires_in_seconds=90)
    run = await hands.run_of(system, run_id)
    assert (run.state, run.expires_at) == (RunState.QUEUED, clock.now() + timedelta(seconds=90))
    job = await hands.the_job(system)
    assert (job.overrides.expires_at, job.overrides.expires_in_seconds) == (run.expires_at, None)


async def test_it_may_be_an_instant(system: System, clock: HandClock) -> None:
    at = clock.now() + timedelta(hours=2)
    run_id = await _submit(system, expires_at=at, delay_seconds=3600)
    assert (await hands.run_of(system, run_id)).expires_at == at


async def test_for_a_job_that_recurs_it_is_counted_from_each_due_time(system: System, clock: HandClock) -> None:
    await _submit(system, schedule=Every(seconds=60), expires_in_seconds=30)
    job = await hands.the_job(system)
    clock.advance(70)
    await Planner(system.store, CountingBroker(), system._ids, clock, system._wakeup).step()
    [planned] = await hands.runs(system)
    assert planned.expires_at == planned.due_at + timedelta(seconds=30)
    run = await system.services.jobs.run_now(system.identity, job.id)
    assert run.expires_at == clock.now() + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"expires_in_seconds": 0}, "expires_in_seconds", "above 0"),
        ({"expires_in_seconds": -1}, "expires_in_seconds", "above 0"),
        ({"expires_in_seconds": float("nan")}, "expires_in_seconds", "above 0"),
        ({"expires_in_seconds": 1e12}, "expires_in_seconds", "ten years"),
        ({"expires_in_seconds": 60, "delay_seconds": 60}, "expires_in_seconds", "before it is due"),
        ({"expires_at": timedelta(minutes=-1)}, "expires_at", "has passed"),
        ({"expires_at": timedelta(minutes=1), "delay_seconds": 61}, "expires_at", "before it is due"),
        ({"expires_at": timedelta(minutes=1), "expires_in_seconds": 60}, "expires_at", "not both"),
        ({"expires_at": timedelta(minutes=1), "schedule": Every(seconds=60)}, "expires_at", "recurs"),
        ({"expires_in_seconds": 0, "schedule": Every(seconds=60)}, "expires_in_seconds", "above 0"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    system: System, clock: HandClock, asked: dict[str, Any], field: str, words: str
) -> None:
    if "expires_at" in asked:
        asked = asked | {"expires_at": clock.now() + asked["expires_at"]}
    with pytest.raises(InvalidExpiry, match=words) as refused:
        await _submit(system, **asked)
    assert refused.value.field == field
    assert await hands.runs(system) == []


async def test_an_instant_needs_its_offset(system: System, clock: HandClock) -> None:
    with pytest.raises(InvalidTime, match="UTC offset"):
        await _submit(system, expires_at=clock.now().replace(tzinfo=None))


async def test_whoever_sees_to_it_is_woken_only_where_something_can_expire(system: System) -> None:
    ear = system._wakeup.subscribe(Topic.EXPIRING)
    await hands.submit(system)
    assert not ear._called.is_set()  # type: ignore[attr-defined]  # that of a process of its own
    await _submit(system, expires_in_seconds=60)
    assert ear._called.is_set()  # type: ignore[attr-defined]
    ear.close()


async def _submit(system: System, **asked: Any) -> str:
    ticket = await system.services.jobs.submit(system.identity, JobRequest(type="rest", **asked))
    return ticket.run_id or ticket.job_id
