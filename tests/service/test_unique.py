"""Which submissions are the same, for how long, and what is debounced."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from foliot.domain.debounce import Debounce
from foliot.domain.errors import FoliotError, InvalidDebounce, InvalidRequest, InvalidUnique, KeyConflict
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.schedule import Every
from foliot.domain.unique import By, Unique, Until, Window
from foliot.ports import Topic
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.jobs import Ticket
from foliot.wiring import System
from tests.engine import hands
from tests.engine.house import HandClock


@pytest.fixture(autouse=True)
async def _types(system: System) -> None:
    await system.services.catalogue.register(
        [
            JobType(name="work"),
            JobType(name="same", policy=Policy(unique=Unique())),
            JobType(name="soon", policy=Policy(unique=Unique(until=Until.STARTED))),
        ]
    )


# -- by what


async def test_by_type_and_arguments_unless_it_is_said_otherwise(system: System) -> None:
    first = await _submit(system, payload=b'{"a": 1, "b": [2]}', unique=Unique())
    assert first.created
    assert await _submit(system, payload=b'{"b":[2],"a":1}', unique=Unique()) == _known(first)
    assert (await _submit(system, payload=b'{"a": 2, "b": [2]}', unique=Unique())).created
    assert (await _submit(system, type="work", payload=b'{"a": 1, "b": [2]}', unique=Unique())).created


async def test_by_the_members_that_are_named(system: System) -> None:
    unique = Unique(args=("a", "b"))
    first = await _submit(system, payload=b'{"a": 1, "at": 1}', unique=unique)
    assert await _submit(system, payload=b'{"at": 2, "a": 1}', unique=unique) == _known(first)
    assert (await _submit(system, payload=b'{"a": 1, "b": null}', unique=unique)).created


async def test_by_the_queue_where_the_run_waits(system: System) -> None:
    unique = Unique(by=(By.QUEUE,))
    first = await _submit(system, payload=b"1", unique=unique)
    assert await _submit(system, type="work", queue="default", payload=b"2", unique=unique) == _known(first)
    assert (await _submit(system, queue="other", unique=unique)).created


@pytest.mark.parametrize("payload", [b"[" * 900 + b"]" * 900, b"1" * 300, "\U0001f600".encode().join([b'"'] * 2)])
async def test_whatever_the_payload_is(system: System, payload: bytes) -> None:
    first = await _submit(system, payload=payload, unique=Unique())
    assert await _submit(system, payload=payload, unique=Unique()) == _known(first)


async def test_what_is_unique_in_another_way_is_another(system: System) -> None:
    ways = [Unique(), Unique(until=Until.STARTED), Unique(period_seconds=60), Unique(by=(By.TYPE,))]
    assert all([(await _submit(system, unique=unique)).created for unique in ways])
    assert (await _submit(system, key="k")).created


# -- for how long


async def test_until_it_has_ended(system: System) -> None:
    first = await _submit(system, unique=Unique())
    claimed = await hands.claim(system)
    assert await _submit(system, unique=Unique()) == _known(first)
    await hands.succeed(system, claimed)
    assert (await _submit(system, unique=Unique())).created


async def test_until_it_has_started(system: System) -> None:
    unique = Unique(until=Until.STARTED)
    first = await _submit(system, unique=unique)
    assert await _submit(system, unique=unique) == _known(first)
    await hands.claim(system)
    assert (await _submit(system, unique=unique)).created


async def test_for_a_period_also_beyond_its_end(system: System, clock: HandClock) -> None:
    unique = Unique(period_seconds=60)
    first = await _submit(system, unique=unique)
    await hands.succeed(system, await hands.claim(system))
    clock.advance(59.9)
    assert await _submit(system, unique=unique) == _known(first)
    clock.advance(0.1)
    assert (await _submit(system, unique=unique)).created


async def test_for_a_period_at_most_while_it_lives(system: System, clock: HandClock) -> None:
    unique = Unique(period_seconds=60, until=Until.ENDED)
    first = await _submit(system, unique=unique)
    assert await _submit(system, unique=unique) == _known(first)
    await hands.succeed(system, await hands.claim(system))
    second = await _submit(system, unique=unique)
    assert second.created
    clock.advance(60)
    assert (await _submit(system, unique=unique)).created


async def test_within_one_window_of_the_clock(system: System, clock: HandClock) -> None:
    unique = Unique(period_seconds=3600, window=Window.FIXED)
    clock.advance(59 * 60)
    first = await _submit(system, unique=unique)
    assert await _submit(system, unique=unique) == _known(first)
    clock.advance(60)  # it is nine o'clock
    assert (await _submit(system, unique=unique)).created


async def test_a_schedule_is_made_once(system: System) -> None:
    asked = {"schedule": Every(seconds=60), "unique": Unique()}
    first = await _submit(system, **asked)
    assert await _submit(system, **asked) == _known(first)
    await system.services.jobs.cancel(system.identity, first.job_id)
    assert (await _submit(system, **asked)).created


async def test_a_key_is_remembered_as_long_as_one_wants(system: System, clock: HandClock) -> None:
    first = await _submit(system, key="k", key_expires_in_seconds=90)
    clock.advance(89)
    assert await _submit(system, key="k", key_expires_in_seconds=5) == _known(first)
    with pytest.raises(KeyConflict):
        await _submit(system, key="k", payload=b"1")
    clock.advance(1)
    assert (await _submit(system, key="k", payload=b"1")).created


async def test_a_job_that_was_known_wakes_nobody(system: System) -> None:
    await _submit(system, unique=Unique(), delay_seconds=60)
    ears = [system._wakeup.subscribe(topic) for topic in (Topic.SCHEDULED, Topic.QUEUED)]
    await _submit(system, unique=Unique(), delay_seconds=60)
    await _submit(system, unique=Unique())
    assert not any(ear._called.is_set() for ear in ears)  # type: ignore[attr-defined]  # those of a process of its own


# -- by the type

QUIET = Debounce(quiet_seconds=10)


async def test_a_type_says_what_is_the_same_where_a_submission_does_not(system: System) -> None:
    first = await _submit(system, type="same", payload=b"1")
    assert await _submit(system, type="same", payload=b"1", delay_seconds=60) == _known(first)
    assert await _submit(system, type="same", payload=b"1", unique=Unique()) == _known(first), "as if it had said so"
    assert (await _submit(system, type="same", payload=b"2")).created


@pytest.mark.parametrize("own", [{"key": "k"}, {"unique": Unique(by=(By.TYPE,))}, {"key": "k", "debounce": QUIET}])
async def test_what_a_submission_says_itself_goes_before_its_type(system: System, own: dict[str, Any]) -> None:
    assert (await _submit(system, type="same")).created
    other = await _submit(system, type="same", **own)
    assert other.created
    assert (await _submit(system, type="same", **own)).job_id == other.job_id


async def test_what_is_debounced_does_not_go_by_its_type(system: System) -> None:
    with pytest.raises(InvalidDebounce):
        await _submit(system, type="same", debounce=QUIET)


@pytest.mark.parametrize("name", ["same", "soon"])
async def test_what_recurs_and_what_comes_after_it_do_not_go_by_their_type(system: System, name: str) -> None:
    assert (await _submit(system, type=name)).created
    hourly = [await _submit(system, type=name, schedule=Every(seconds=3600)) for _ in range(2)]
    after = [await _submit(system, type=name, parents=[ParentRequest(job_id=hourly[0].job_id)]) for _ in range(2)]
    assert all(ticket.created and ticket.run_id is None for ticket in [*hourly, *after])


async def test_what_waits_for_a_job_that_runs_once_goes_by_its_type(system: System) -> None:
    parents = [ParentRequest(job_id=(await _submit(system)).job_id)]
    first = await _submit(system, type="soon", parents=parents)
    assert await _submit(system, type="soon", parents=parents) == _known(first)


@pytest.mark.parametrize(
    ("unique", "field"),
    [
        (Unique(by=()), "unique.by"),
        (Unique(period_seconds=0), "unique.period_seconds"),
        (Unique(args=("b",)), "unique.args"),
    ],
)
async def test_what_a_type_cannot_be_unique_by_is_refused(system: System, unique: Unique, field: str) -> None:
    arguments = msgspec.defstruct("Arguments", ["a"])
    with pytest.raises(InvalidUnique) as refused:
        await system.services.catalogue.register(
            [JobType(name="bad", arguments=arguments, policy=Policy(unique=unique))]
        )
    assert refused.value.field == field


# -- made again


async def test_a_request_that_is_made_again_gets_its_job(system: System, clock: HandClock) -> None:
    first = await _submit(system, repeat_key="r")
    await hands.succeed(system, await hands.claim(system))
    assert await _submit(system, repeat_key="r") == msgspec.structs.replace(_known(first), repeated=True)
    with pytest.raises(KeyConflict):
        await _submit(system, repeat_key="r", payload=b"1")
    clock.advance(24 * 3600)
    assert (await _submit(system, repeat_key="r")).created


@pytest.mark.parametrize(
    ("asked", "kind"), [({"key": "k"}, "rest"), ({"unique": Unique()}, "rest"), ({}, "same")], ids=str
)
async def test_what_says_what_is_the_same_goes_before_that(system: System, asked: dict[str, Any], kind: str) -> None:
    first = await _submit(system, type=kind, repeat_key="r", **asked)
    assert await _submit(system, type=kind, repeat_key="s", **asked) == _known(first)


async def test_a_job_that_recurs_is_not_made_twice_by_one_request(system: System) -> None:
    asked = {"type": "same", "schedule": Every(seconds=60), "repeat_key": "r"}
    assert (await _submit(system, **asked)).job_id == (await _submit(system, **asked)).job_id
    asked = {
        "type": "same",
        "parents": [ParentRequest(job_id=(await _submit(system, **asked)).job_id)],
        "repeat_key": "s",
    }
    assert (await _submit(system, **asked)).job_id == (await _submit(system, **asked)).job_id


# -- debounced


async def test_the_latest_says_what_is_done_and_it_is_put_off(system: System, clock: HandClock) -> None:
    asked: dict[str, Any] = {"key": "k", "debounce": Debounce(quiet_seconds=10, max_wait_seconds=25)}
    begin = clock.now()
    first = await _submit(system, payload=b"1", **asked)
    for number in (2, 3, 4):
        clock.advance(8)
        assert await _submit(system, payload=b"%d" % number, **asked) == Ticket(first.job_id, first.run_id, False, True)
    run, job = await hands.run_of(system, first.job_id), await hands.the_job(system)
    assert (run.due_at, job.payload) == (begin + timedelta(seconds=25), b"4")
    told = await system.services.jobs.events(system.identity, job.id)
    assert [event.type for event in told] == ["job.created", *["job.debounced"] * 3]
    assert told[-1].data == {"by": "local", "due_at": "2026-05-01T08:00:25Z"}
    clock.advance(1)
    await system.store.promote(clock.now(), 10)
    assert (await _submit(system, payload=b"5", **asked)).created


async def test_what_belongs_together_may_be_said_by_what_is_unique(system: System) -> None:
    asked: dict[str, Any] = {"unique": Unique(args=("id",)), "debounce": Debounce(quiet_seconds=10)}
    first = await _submit(system, payload=b'{"id": 1, "v": 1}', **asked)
    assert (await _submit(system, payload=b'{"id": 1, "v": 2}', **asked)).updated
    assert (await _submit(system, payload=b'{"id": 2, "v": 2}', **asked)).created
    assert (await _submit(system, payload=b'{"id": 1, "v": 3}', unique=asked["unique"])).created, "apart from others"
    assert (await system.services.jobs.get(system.identity, first.job_id)).payload == b'{"id": 1, "v": 2}'


async def test_types_and_plain_keys_are_apart(system: System) -> None:
    debounce = Debounce(quiet_seconds=10)
    tickets = [
        await _submit(system, key="k", debounce=debounce),
        await _submit(system, type="work", key="k", debounce=debounce),
        await _submit(system, key="k"),
    ]
    assert all(ticket.created for ticket in tickets)


async def test_those_that_ask_at_once_are_one_job(system: System) -> None:
    requests = [
        JobRequest(type="rest", payload=b"%d" % n, key="k", debounce=Debounce(quiet_seconds=5)) for n in range(20)
    ]
    tickets = await system.services.jobs.submit_many(system.identity, requests)
    assert [(ticket.created, ticket.updated) for ticket in tickets if isinstance(ticket, Ticket)] == [
        (True, False), *[(False, True)] * 19
    ]  # fmt: skip
    assert (await hands.the_job(system)).payload == b"19"


async def test_the_promoter_is_woken_when_the_time_changes(system: System) -> None:
    await _submit(system, key="k", debounce=Debounce(quiet_seconds=60))
    ear = system._wakeup.subscribe(Topic.SCHEDULED)
    await _submit(system, key="k", debounce=Debounce(quiet_seconds=1))
    assert ear._called.is_set()  # type: ignore[attr-defined]


# -- what makes no sense


@pytest.mark.parametrize(
    ("asked", "error", "field"),
    [
        ({"unique": Unique(by=())}, InvalidUnique, "unique.by"),
        ({"unique": Unique(by=(By.TYPE, By.TYPE))}, InvalidUnique, "unique.by"),
        ({"unique": Unique(by=(By.TYPE,), args=("a",))}, InvalidUnique, "unique.args"),
        ({"unique": Unique(args=("a",)), "payload": b"[1]"}, InvalidUnique, "unique.args"),
        ({"unique": Unique(period_seconds=0)}, InvalidUnique, "unique.period_seconds"),
        ({"unique": Unique(period_seconds=float("inf"))}, InvalidUnique, "unique.period_seconds"),
        ({"unique": Unique(window=Window.FIXED)}, InvalidUnique, "unique.period_seconds"),
        ({"unique": Unique(), "key": "k"}, InvalidUnique, "unique"),
        ({"unique": Unique(until=Until.STARTED), "schedule": Every(seconds=60)}, InvalidUnique, "unique"),
        ({"key_expires_in_seconds": 60}, InvalidUnique, "key_expires_in_seconds"),
        ({"key": "k", "key_expires_in_seconds": 0}, InvalidUnique, "key_expires_in_seconds"),
        ({"key": "k", "key_expires_in_seconds": 1e12}, InvalidUnique, "key_expires_in_seconds"),
        ({"key": ""}, InvalidRequest, "key"),
        ({"key": "\x1f" + "0" * 64}, InvalidRequest, "key"),
        ({"repeat_key": ""}, InvalidRequest, "repeat_key"),
        ({"repeat_key": "x" * 256, "key": "k"}, InvalidRequest, "repeat_key"),
        ({"repeat_key": "r", "key_expires_in_seconds": 60}, InvalidUnique, "key_expires_in_seconds"),
    ],
)
async def test_what_cannot_be_unique_is_refused(
    system: System, asked: dict[str, Any], error: type[FoliotError], field: str
) -> None:
    with pytest.raises(error) as refused:
        await _submit(system, **asked)
    assert refused.value.field == field
    assert await hands.runs(system) == []


@pytest.mark.parametrize(
    ("asked", "error", "field"),
    [
        ({}, InvalidDebounce, "debounce_seconds"),
        ({"key": "k", "debounce": Debounce(quiet_seconds=0)}, InvalidDebounce, "debounce_seconds"),
        ({"key": "k", "debounce": Debounce(quiet_seconds=float("nan"))}, InvalidDebounce, "debounce_seconds"),
        (
            {"key": "k", "debounce": Debounce(quiet_seconds=9, max_wait_seconds=8)},
            InvalidDebounce, "debounce_max_wait_seconds",
        ),
        ({"key": "k", "schedule": Every(seconds=60)}, InvalidDebounce, "debounce_seconds"),
        ({"key": "k", "delay_seconds": 5}, InvalidDebounce, "debounce_seconds"),
        (
            {"key": "k", "parents": [ParentRequest(job_id="01890000-0000-7000-8000-000000000000")]},
            InvalidDebounce, "debounce_seconds",
        ),
        ({"key": "k", "key_expires_in_seconds": 60}, InvalidDebounce, "key_expires_in_seconds"),
        ({"unique": Unique(period_seconds=60)}, InvalidDebounce, "unique"),
        ({"unique": Unique(until=Until.ENDED)}, InvalidDebounce, "unique"),
        ({"key": "k", "expires_in_seconds": 10}, InvalidRequest, "expires_in_seconds"),
        ({"key": "\n"}, InvalidRequest, "key"),
    ],
)  # fmt: skip
async def test_what_cannot_be_debounced_is_refused(
    system: System, asked: dict[str, Any], error: type[FoliotError], field: str
) -> None:
    with pytest.raises(error) as refused:
        await _submit(system, **{"debounce": QUIET} | asked)
    assert refused.value.field == field
    assert await hands.runs(system) == []


async def _submit(system: System, **asked: Any) -> Ticket:
    return await system.services.jobs.submit(system.identity, JobRequest(**{"type": "rest"} | asked))


def _known(first: Ticket) -> Ticket:
    """The answer to whoever asks for the same as the first."""
    return Ticket(first.job_id, first.run_id, False)
