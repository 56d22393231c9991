"""What workers outside say of runs in hand: fenced by the lease, ended by the policy of the job."""

import asyncio
from datetime import timedelta

import pytest

from foliot.domain.errors import FoliotError, InvalidRequest, LeaseLost, PayloadTooLarge, Unavailable
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import Overrides, Policy
from foliot.domain.retry import ErrorRule, RetryPolicy, Verdict
from foliot.domain.run import Cause, Failure, Run
from foliot.domain.states import EventType, RunState
from foliot.engine.reaper import Reaper
from foliot.service.admission import JobRequest
from foliot.service.holding import End, Ended, Ending, Hold, LeaseState, Saying
from foliot.wiring import System
from tests.engine.house import HandClock
from tests.service.conftest import Whoever

STRANGER = Identity("01890000-0000-7000-8000-00000000beef", "eve", Role.ADMIN)
RULES = (ErrorRule("TypeError", Verdict.PERMANENT), ErrorRule("Gone", Verdict.CANCELLED))
RETRY = RetryPolicy(max_attempts=3, base_seconds=10, jitter="none", rules=RULES)


@pytest.fixture
async def me(system: System, whoever: Whoever) -> Identity:
    """An operator whose workers do `resize`, for a minute at most."""
    made = whoever(Role.OPERATOR)
    policy = Policy(retry=RETRY, timeout_seconds=60)
    await system.services.catalogue.register_remote(made, [JobType(name="resize", policy=policy)])
    return made


async def _begin(system: System, me: Identity, overrides: Overrides = Overrides()) -> Hold:  # noqa: B008, a value
    """A run in hand."""
    await system.services.jobs.submit(me, JobRequest(type="resize", overrides=overrides))
    return await _take(system, me)


async def _take(system: System, me: Identity) -> Hold:
    [leased] = await system.services.leasing.lease(me, "gopher", ["resize"], limit=1)
    return Hold(leased.claimed.run_id, leased.claimed.lease)


async def _finish(system: System, me: Identity, hold: Hold, end: End, **members: object) -> Ended | FoliotError:
    ending = Ending(run_id=hold.run_id, lease=hold.lease, end=end, **members)  # type: ignore[arg-type]  # brief
    [answer] = await system.services.holding.finish(me, [ending])
    return answer


async def _run(system: System, me: Identity, hold: Hold) -> Run:
    return await system.services.runs.get(me, hold.run_id)


async def _lose(system: System, clock: HandClock) -> None:
    """Let all leases run out, and another take over."""
    clock.advance(system.services.holding.lease.total_seconds() + 1)
    await _reaper(system).step()


def _reaper(system: System) -> Reaper:
    return Reaper(system.store, system._broker, system.clock, system._wakeup, system._meter, timedelta(seconds=15))


# -- endings


async def test_a_success_is_stored_with_its_result(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    answer = await _finish(system, me, hold, End.SUCCEEDED, result=b'{"width": 3}')
    assert answer == Ended(run_id=hold.run_id, lease=hold.lease, state=RunState.SUCCEEDED)
    run = await _run(system, me, hold)
    assert (run.state, run.result, run.cause) == (RunState.SUCCEEDED, b'{"width": 3}', Cause.RETURNED)


async def test_a_failure_is_tried_again_as_the_policy_says(system: System, me: Identity, clock: HandClock) -> None:
    hold = await _begin(system, me)
    answer = await _finish(system, me, hold, End.FAILED, failure=Failure("", "No disk.", "OSError", "line 1"))
    assert isinstance(answer, Ended)
    assert (answer.state, answer.retry_at) == (RunState.RETRYING, clock.now() + timedelta(seconds=10))
    [attempt] = await system.services.runs.attempts(system.identity, hold.run_id)
    assert attempt.error == Failure("handler_error", "No disk.", "OSError", "line 1")


async def test_the_last_failure_is_a_dead_letter(system: System, me: Identity) -> None:
    hold = await _begin(system, me, Overrides(retry=RetryPolicy(max_attempts=1)))
    answer = await _finish(system, me, hold, End.FAILED)
    assert isinstance(answer, Ended)
    assert answer.state is RunState.FAILED
    replayed = await system.services.dead_letters.replay(me, hold.run_id)
    assert (await _take(system, me)).run_id == replayed.id


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"failure": Failure("", "", "app.TypeError")}, RunState.FAILED),
        ({"failure": Failure("", "", "Gone")}, RunState.CANCELLED),
        ({"permanent": True}, RunState.FAILED),
        ({"failure": Failure("", "", "TypeError"), "retry_after_seconds": 5.0}, RunState.RETRYING),
    ],
)
async def test_rules_and_the_worker_decide(
    system: System, me: Identity, members: dict[str, object], state: RunState
) -> None:
    hold = await _begin(system, me)
    await _finish(system, me, hold, End.FAILED, **members)
    assert (await _run(system, me, hold)).state is state


async def test_a_worker_says_when_to_try_again(system: System, me: Identity, clock: HandClock) -> None:
    answer = await _finish(system, me, await _begin(system, me), End.FAILED, retry_after_seconds=77)
    assert isinstance(answer, Ended)
    assert answer.retry_at == clock.now() + timedelta(seconds=77)


async def test_a_timeout_is_told_as_one(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    await _finish(system, me, hold, End.TIMED_OUT)
    [attempt] = await system.services.runs.attempts(me, hold.run_id)
    assert (attempt.cause, attempt.state) == (Cause.TIMED_OUT, RunState.RETRYING)
    assert attempt.error is not None
    assert "60 s" in attempt.error.message


async def test_handing_back_burns_no_attempt(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    answer = await _finish(system, me, hold, End.HANDED_BACK)
    assert isinstance(answer, Ended)
    assert answer.state is RunState.QUEUED
    assert (await _run(system, me, hold)).attempt == 0
    again = await _take(system, me)
    assert (again.run_id, again.lease) == (hold.run_id, 2)


async def test_many_end_in_one_call_and_each_is_judged_by_itself(system: System, me: Identity) -> None:
    good, bad, large, late = [await _begin(system, me) for _ in range(4)]
    await _finish(system, me, late, End.HANDED_BACK)
    endings = [
        Ending(run_id=good.run_id, lease=good.lease, end=End.SUCCEEDED),
        Ending(run_id=bad.run_id, lease=bad.lease, end=End.SUCCEEDED, result=b"{nonsense"),
        Ending(run_id=large.run_id, lease=large.lease, end=End.SUCCEEDED, result=b'"' + b"x" * 2**20 + b'"'),
        Ending(run_id=late.run_id, lease=late.lease, end=End.SUCCEEDED),
        Ending(run_id="nonsense", lease=-1, end=End.SUCCEEDED),
        Ending(run_id=good.run_id, lease=2**40, end=End.SUCCEEDED),
    ]
    answers = await system.services.holding.finish(me, endings)
    kinds = [Ended, InvalidRequest, PayloadTooLarge, LeaseLost, LeaseLost, LeaseLost]
    assert [type(answer) for answer in answers] == kinds
    assert (await _run(system, me, bad)).state is RunState.RUNNING


async def test_a_call_that_names_one_twice_ends_none(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    ending = Ending(run_id=hold.run_id, lease=hold.lease, end=End.SUCCEEDED)
    with pytest.raises(InvalidRequest, match="once"):
        await system.services.holding.finish(me, [ending, ending])
    assert (await _run(system, me, hold)).state is RunState.RUNNING


async def test_workers_that_finish_together_are_written_together(
    system: System, me: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = [await _begin(system, me) for _ in range(40)]
    writes, finish = 0, system.store.finish

    async def counted(outcomes: object) -> object:
        nonlocal writes
        writes += 1
        return await finish(outcomes)  # type: ignore[arg-type]  # counts

    monkeypatch.setattr(system.store, "finish", counted)
    answers = await asyncio.gather(*(_finish(system, me, hold, End.SUCCEEDED) for hold in holds))
    assert all(isinstance(answer, Ended) for answer in answers)
    assert writes <= 3


# -- fencing


async def test_a_lost_lease_ends_nothing(system: System, me: Identity, clock: HandClock) -> None:
    old = await _begin(system, me)
    await _lose(system, clock)
    new = await _take(system, me)
    assert (new.run_id, new.lease) == (old.run_id, old.lease + 1)
    assert isinstance(await _finish(system, me, old, End.SUCCEEDED), LeaseLost)
    assert await system.services.holding.renew(me, [old, new]) == [LeaseState.LOST, LeaseState.HELD]
    said = [Saying(run_id=old.run_id, lease=old.lease, fraction=0.9)]
    assert await system.services.holding.say(me, said) == [LeaseState.LOST]
    run = await _run(system, me, new)
    assert (run.state, run.progress) == (RunState.RUNNING, None)
    assert isinstance(await _finish(system, me, new, End.SUCCEEDED, result=b'"new"'), Ended)
    assert isinstance(await _finish(system, me, old, End.SUCCEEDED, result=b'"old"'), LeaseLost)
    assert (await _run(system, me, new)).result == b'"new"'


async def test_an_ending_that_is_said_again_is_told_as_the_first_time(system: System, me: Identity) -> None:
    won, lost = await _begin(system, me), await _begin(system, me, Overrides(retry=RetryPolicy(max_attempts=1)))
    for _ in range(2):
        for hold, end, state in ((won, End.SUCCEEDED, RunState.SUCCEEDED), (lost, End.FAILED, RunState.FAILED)):
            answer = await _finish(system, me, hold, end)
            assert answer == Ended(run_id=hold.run_id, lease=hold.lease, state=state)
    assert isinstance(await _finish(system, me, won, End.FAILED), LeaseLost)
    assert isinstance(await _finish(system, me, Hold(won.run_id, won.lease + 1), End.SUCCEEDED), LeaseLost)


async def test_another_tenant_holds_nothing(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    assert isinstance(await _finish(system, STRANGER, hold, End.SUCCEEDED), LeaseLost)
    theirs, mine = await asyncio.gather(
        system.services.holding.renew(STRANGER, [hold]), system.services.holding.renew(me, [hold])
    )
    assert (theirs, mine) == ([LeaseState.LOST], [LeaseState.HELD])
    assert (await _run(system, me, hold)).state is RunState.RUNNING


async def test_a_run_of_the_systems_own_workers_cannot_be_ended_from_outside(system: System, me: Identity) -> None:
    from tests.engine import hands

    await hands.submit(system)
    [claimed] = await hands.claim(system)
    hold = Hold(claimed.run_id, claimed.lease)
    assert await system.services.holding.renew(me, [hold]) == [LeaseState.LOST]
    assert isinstance(await _finish(system, me, hold, End.SUCCEEDED), LeaseLost)


# -- heartbeats


async def test_a_renewed_lease_is_not_lost(system: System, me: Identity, clock: HandClock) -> None:
    hold = await _begin(system, me)
    for _ in range(3):
        clock.advance(10)
        assert await system.services.holding.renew(me, [hold]) == [LeaseState.HELD]
        await _reaper(system).step()
    assert (await _run(system, me, hold)).state is RunState.RUNNING


async def test_a_cancellation_is_heard_of_and_obeyed(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    await system.services.runs.cancel(me, hold.run_id)
    assert await system.services.holding.renew(me, [hold]) == [LeaseState.CANCELLING]
    answer = await _finish(system, me, hold, End.CANCELLED)
    assert isinstance(answer, Ended)
    assert (await _run(system, me, hold)).state is RunState.CANCELLED


async def test_what_was_wanted_cancelled_is_not_tried_again(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    await system.services.runs.cancel(me, hold.run_id)
    answer = await _finish(system, me, hold, End.FAILED)
    assert isinstance(answer, Ended)
    assert (answer.state, answer.retry_at) == (RunState.CANCELLED, None)
    assert (await _run(system, me, hold)).state is RunState.CANCELLED


async def test_a_worker_that_does_not_stop_is_not_waited_for(system: System, me: Identity, clock: HandClock) -> None:
    hold = await _begin(system, me)
    await system.services.runs.cancel(me, hold.run_id)
    for _ in range(3):
        clock.advance(9)
        assert await system.services.holding.renew(me, [hold]) == [LeaseState.CANCELLING]
    clock.advance(9)
    assert await system.services.holding.renew(me, [hold]) == [LeaseState.LOST]
    assert (await _run(system, me, hold)).state is RunState.CANCELLED


async def test_an_attempt_that_outlasts_its_timeout_is_ended(system: System, me: Identity, clock: HandClock) -> None:
    hold = await _begin(system, me, Overrides(timeout_seconds=20))
    for _ in range(5):
        clock.advance(9)
        assert await system.services.holding.renew(me, [hold]) == [LeaseState.HELD]
    clock.advance(9)
    assert await system.services.holding.renew(me, [hold]) == [LeaseState.LOST]
    run = await _run(system, me, hold)
    assert (run.state, run.attempt) == (RunState.RETRYING, 1)


async def test_a_heartbeat_that_fails_renews_none_and_can_be_repeated(
    system: System, me: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await _begin(system, me)

    async def away(*_: object) -> object:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(system.store, "pulse", away)
        with pytest.raises(Unavailable):
            await system.services.holding.renew(me, [hold])
    assert await system.services.holding.renew(me, [hold]) == [LeaseState.HELD]


# -- notes


async def test_progress_and_lines_stand_on_the_run(system: System, me: Identity) -> None:
    hold = await _begin(system, me)
    sayings = [
        Saying(run_id=hold.run_id, lease=hold.lease, fraction=0.5, message="half"),
        Saying(run_id=hold.run_id, lease=hold.lease, message="a line", fields={"n": 3, "big": 2**80, "deep": [1]}),
    ]
    assert await system.services.holding.say(me, sayings) == [LeaseState.HELD] * 2
    run = await _run(system, me, hold)
    assert run.progress is not None
    assert (run.progress.fraction, run.progress.message) == (0.5, "half")
    [line] = [e for e in await system.services.runs.events(me, hold.run_id) if e.type is EventType.RUN_LOGGED]
    assert line.data == {"message": "a line", "n": 3, "big": str(2**80), "deep": "[1]"}


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
async def test_what_is_no_progress_is_refused_with_all_that_comes_along(
    system: System, me: Identity, fraction: float
) -> None:
    hold = await _begin(system, me)
    sayings = [
        Saying(run_id=hold.run_id, lease=hold.lease, message="fine"),
        Saying(run_id=hold.run_id, lease=hold.lease, fraction=fraction),
    ]
    with pytest.raises(InvalidRequest, match="0 to 1"):
        await system.services.holding.say(me, sayings)
    events = await system.services.runs.events(me, hold.run_id)
    assert EventType.RUN_LOGGED not in [event.type for event in events]


async def test_too_much_at_once_is_refused(system: System, me: Identity) -> None:
    holds = [Hold("any", 1)] * 1_001
    with pytest.raises(InvalidRequest, match="1,000"):
        await system.services.holding.renew(me, holds)
