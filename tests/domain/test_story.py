"""The story of a run: what its columns say and what was appended, in one order, always a legal walk."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.event import Event, attempts_of, story
from foliot.domain.ids import IdSequence
from foliot.domain.priority import Priority
from foliot.domain.run import Attempt, Cause, Failure, Run
from foliot.domain.states import EventType, RunState, follow

E, S, C = EventType, RunState, Cause
NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
RUN_ID = IdSequence(Random(1)).take(NOW, 1)[0]
BEGUN = [E.RUN_QUEUED, E.RUN_STARTED]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def run(state: RunState, **changes: Any) -> Run:
    known = Run(
        id=RUN_ID, job_id=RUN_ID, tenant_id="t", type="mail", queue="default", priority=Priority.DEFAULT, state=state,
        due_at=NOW, attempt=0, max_attempts=3, lease=0, created_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(known, **changes)


def attempt(lease: int, state: RunState, cause: Cause, number: int = 1, **changes: Any) -> Attempt:
    known = Attempt(
        run_id=RUN_ID, number=number, lease=lease, worker="w", state=state, cause=cause, due_at=at(10 * lease),
        queued_at=at(10 * lease + 1), started_at=at(10 * lease + 2), ended_at=at(10 * lease + 3),
    )  # fmt: skip
    return msgspec.structs.replace(known, **changes)


def appended(kind: EventType, seconds: float, number: int = 0) -> Event:
    identifier = IdSequence(Random(number)).take(at(seconds), 1)[0]
    return Event(id=identifier, tenant_id="t", job_id=RUN_ID, run_id=RUN_ID, type=kind, at=at(seconds))


def told(of: Run, earlier: Sequence[Attempt] = (), events: Sequence[Event] = ()) -> list[EventType]:
    """The types of a story, once it is known to be a legal walk to the run's state."""
    types = [event.type for event in story(of, earlier, events)]
    assert of.state in follow(types), types
    return types


def test_a_run_that_waits_was_only_created() -> None:
    assert told(run(S.PENDING)) == [E.RUN_CREATED]
    assert told(run(S.BLOCKED)) == [E.RUN_CREATED]


def test_a_plain_run_was_created_queued_started_and_ended() -> None:
    of = run(S.QUEUED, queued_at=at(1))
    assert told(of) == [E.RUN_CREATED, E.RUN_QUEUED]
    of = msgspec.structs.replace(of, state=S.RUNNING, started_at=at(2), attempt=1, lease=1, worker="w")
    assert told(of) == [E.RUN_CREATED, *BEGUN]
    for state, end in ((S.SUCCEEDED, E.RUN_SUCCEEDED), (S.FAILED, E.RUN_FAILED), (S.CANCELLED, E.RUN_CANCELLED)):
        ended = msgspec.structs.replace(of, state=state, finished_at=at(3), cause=C.RETURNED)
        assert told(ended) == [E.RUN_CREATED, *BEGUN, end]
        assert [event.at for event in story(ended, [], [])] == [at(0), at(1), at(2), at(3)]


def test_a_story_tells_who_tried_and_why_it_ended() -> None:
    error = Failure("handler_error", "it broke")
    earlier = [attempt(1, S.RETRYING, C.RAISED, error=error, retry_at=at(60))]
    of = run(S.FAILED, queued_at=at(60), started_at=at(61), finished_at=at(62), attempt=2, lease=2, worker="w2",
             cause=C.TIMED_OUT, error=error)  # fmt: skip
    data = {event.type: event.data for event in story(of, earlier, [])}
    assert data[E.RUN_CREATED] == {"due_at": "2026-05-01T08:00:10Z"}
    assert data[E.RUN_STARTED] == {"attempt": 2, "worker": "w2", "lease": 2}
    retry = {"attempt": 1, "cause": "raised", "retry_at": "2026-05-01T08:01:00Z"}
    assert data[E.RUN_RETRY_SCHEDULED] == retry | {"error": {"code": "handler_error", "message": "it broke"}}
    assert data[E.RUN_FAILED]["cause"] == "timed_out"


def test_a_run_that_was_postponed_still_tells_that_it_was_queued_and_for_when_it_was_made() -> None:
    data = {"from": "2026-05-01T08:00:00Z", "due_at": "2026-05-01T08:01:00Z"}
    postponed = msgspec.structs.replace(appended(E.RUN_POSTPONED, 5), data=data | {"queued_at": "2026-05-01T08:00:01Z"})
    waiting = run(S.PENDING, due_at=at(60))
    before = story(run(S.QUEUED, queued_at=at(1)), [], [])
    after = story(waiting, [], [postponed])
    assert told(waiting, [], [postponed]) == [E.RUN_CREATED, E.RUN_QUEUED, E.RUN_POSTPONED]
    assert [(event.id, event.data) for event in after[:2]] == [(event.id, event.data) for event in before]
    queued = run(S.QUEUED, due_at=at(60), queued_at=at(60))
    again = msgspec.structs.replace(appended(E.RUN_RESCHEDULED, 70), data=data)
    assert told(queued, [], [postponed, again]) == [
        E.RUN_CREATED, E.RUN_QUEUED, E.RUN_POSTPONED, E.RUN_QUEUED, E.RUN_RESCHEDULED,
    ]  # fmt: skip


def test_a_retried_run_tells_of_each_attempt() -> None:
    earlier = [attempt(1, S.RETRYING, C.RAISED), attempt(2, S.RETRYING, C.TIMED_OUT, 2)]
    of = run(S.RUNNING, queued_at=at(31), started_at=at(32), attempt=3, lease=3)
    assert told(of, earlier) == [E.RUN_CREATED, *[*BEGUN, E.RUN_RETRY_SCHEDULED] * 2, *BEGUN]
    assert told(run(S.RETRYING, attempt=2, lease=2), earlier)[-1] is E.RUN_RETRY_SCHEDULED


def test_what_was_handed_back_or_lost_is_queued_without_saying_so_twice() -> None:
    for cause, event in ((C.HANDED_BACK, E.RUN_HANDED_BACK), (C.LEASE_LOST, E.RUN_LEASE_LOST)):
        earlier = [attempt(1, S.QUEUED, cause)]
        assert told(run(S.QUEUED, queued_at=at(13), lease=1), earlier) == [E.RUN_CREATED, *BEGUN, event]
        of = run(S.RUNNING, queued_at=at(13), started_at=at(14), attempt=1, lease=2)
        assert told(of, earlier) == [E.RUN_CREATED, *BEGUN, event, E.RUN_STARTED]


def test_what_was_deferred_waits_and_is_queued_again() -> None:
    earlier = [attempt(1, S.PENDING, C.DEFERRED)]
    assert told(run(S.PENDING, lease=1), earlier) == [E.RUN_CREATED, *BEGUN, E.RUN_DEFERRED]
    of = run(S.QUEUED, queued_at=at(31), lease=1)
    assert told(of, earlier) == [E.RUN_CREATED, *BEGUN, E.RUN_DEFERRED, E.RUN_QUEUED]


@pytest.mark.parametrize(
    ("of", "earlier", "before"),
    [
        (run(S.PENDING), [], []),
        (run(S.QUEUED, queued_at=at(1)), [], [E.RUN_QUEUED]),
        (run(S.RUNNING, queued_at=at(1), started_at=at(2), attempt=1, lease=1), [], BEGUN),
        (run(S.RETRYING, attempt=1, lease=1), [attempt(1, S.RETRYING, C.RAISED)], [*BEGUN, E.RUN_RETRY_SCHEDULED]),
        (run(S.QUEUED, queued_at=at(13), lease=1), [attempt(1, S.QUEUED, C.HANDED_BACK)], [*BEGUN, E.RUN_HANDED_BACK]),
        (run(S.PENDING, lease=1), [attempt(1, S.PENDING, C.DEFERRED)], [*BEGUN, E.RUN_DEFERRED]),
    ],
    ids=["pending", "queued", "running", "retrying", "handed-back", "deferred"],
)
def test_a_run_can_be_cancelled_from_every_state(of: Run, earlier: list[Attempt], before: list[EventType]) -> None:
    ended = msgspec.structs.replace(of, state=S.CANCELLED, finished_at=at(100), cause=C.CANCELLED)
    assert told(ended, earlier) == [E.RUN_CREATED, *before, E.RUN_CANCELLED]


@pytest.mark.parametrize(("state", "end"), [(S.SKIPPED, E.RUN_SKIPPED), (S.EXPIRED, E.RUN_EXPIRED)])
def test_a_run_may_end_without_having_been_queued(state: RunState, end: EventType) -> None:
    assert told(run(state, finished_at=at(1), cause=C.OVERLAP)) == [E.RUN_CREATED, end]


def test_a_replay_names_the_run_that_it_replays() -> None:
    assert story(run(S.PENDING, replay_of="dead"), [], [])[0].data["replay_of"] == "dead"


# -- appended events


def test_appended_events_are_woven_in_by_their_times() -> None:
    of = run(S.SUCCEEDED, queued_at=at(1), started_at=at(2), finished_at=at(9), attempt=1, lease=1)
    events = [appended(E.RUN_REPLAYED, 50), appended(E.RUN_LOGGED, 5), appended(E.RUN_PROGRESSED, 4)]
    middle = [E.RUN_PROGRESSED, E.RUN_LOGGED]
    assert told(of, [], events) == [E.RUN_CREATED, *BEGUN, *middle, E.RUN_SUCCEEDED, E.RUN_REPLAYED]


def test_nothing_comes_before_the_creation() -> None:
    assert told(run(S.PENDING), [], [appended(E.RUN_LOGGED, -5)]) == [E.RUN_CREATED, E.RUN_LOGGED]


def test_appended_events_of_one_instant_keep_the_order_of_their_ids() -> None:
    one, other = sorted((appended(E.RUN_LOGGED, 5, 1), appended(E.RUN_PROGRESSED, 5, 2)), key=lambda event: event.id)
    assert story(run(S.PENDING), [], [other, one])[1:] == [one, other]


@pytest.mark.parametrize("asked", [E.RUN_CANCEL_REQUESTED, E.RUN_RETRY_REQUESTED])
def test_who_asked_comes_before_what_was_done(asked: EventType) -> None:
    of = run(S.CANCELLED, finished_at=at(5)) if asked is E.RUN_CANCEL_REQUESTED else run(S.QUEUED, queued_at=at(5))
    assert told(of, [], [appended(asked, 5)])[1] is asked


# -- clocks


@given(st.lists(st.integers(-100, 100), min_size=9, max_size=9), st.lists(st.integers(-100, 100), max_size=4))
def test_clocks_that_disagree_do_not_change_the_order(clock: list[int], notes: list[int]) -> None:
    earlier = [
        attempt(1, S.RETRYING, C.RAISED, queued_at=at(clock[0]), started_at=at(clock[1]), ended_at=at(clock[2])),
        attempt(2, S.QUEUED, C.LEASE_LOST, 2, queued_at=at(clock[3]), started_at=at(clock[4]), ended_at=at(clock[5])),
    ]
    of = run(S.SUCCEEDED, queued_at=at(clock[6]), started_at=at(clock[7]), finished_at=at(clock[8]), attempt=3, lease=3)
    events = story(of, earlier, [appended(E.RUN_LOGGED, each, n) for n, each in enumerate(notes)])
    derived = [event for event in events if event.type is not E.RUN_LOGGED]
    assert [event.type for event in derived] == [
        E.RUN_CREATED, *BEGUN, E.RUN_RETRY_SCHEDULED, *BEGUN, E.RUN_LEASE_LOST, E.RUN_STARTED, E.RUN_SUCCEEDED,
    ]  # fmt: skip
    assert [event.at for event in derived] == sorted(event.at for event in derived)
    assert len(events) == len(derived) + len(notes) == len({event.id for event in events})


def test_a_story_is_told_in_the_same_words_each_time() -> None:
    of = run(S.SUCCEEDED, queued_at=at(1), started_at=at(2), finished_at=at(9), attempt=2, lease=2)
    earlier = [attempt(1, S.RETRYING, C.RAISED)]
    assert story(of, earlier, []) == story(of, earlier, [])


def test_an_event_keeps_its_id_while_the_story_goes_on() -> None:
    live = run(S.RUNNING, queued_at=at(1), started_at=at(2), attempt=1, lease=1, worker="w")
    before = story(live, [], [])
    ended = msgspec.structs.replace(live, state=S.SUCCEEDED, finished_at=at(9), cause=C.RETURNED)
    assert story(ended, [], [])[:3] == before


def test_an_event_keeps_its_id_when_its_attempt_is_followed_by_another() -> None:
    queued = run(S.QUEUED, queued_at=at(11), due_at=at(10))
    running = msgspec.structs.replace(queued, state=S.RUNNING, started_at=at(12), attempt=1, lease=1, worker="w")
    retrying = run(S.RETRYING, due_at=at(60), attempt=1, lease=1)
    earlier = [attempt(1, S.RETRYING, C.RAISED)]
    ids = [
        [event.id for event in story(of, rows, [])] for of, rows in ((queued, []), (running, []), (retrying, earlier))
    ]
    assert ids[1][:2] == ids[0]
    assert ids[2][:3] == ids[1]


# -- attempts


def test_the_latest_attempt_is_told_by_the_run() -> None:
    earlier = [attempt(1, S.RETRYING, C.RAISED)]
    of = run(S.SUCCEEDED, queued_at=at(31), started_at=at(32), finished_at=at(33), attempt=2, lease=2, worker="w2",
             cause=C.RETURNED)  # fmt: skip
    first, latest = attempts_of(of, earlier)
    assert first == earlier[0]
    assert (latest.number, latest.lease, latest.worker, latest.state) == (2, 2, "w2", S.SUCCEEDED)
    assert (latest.queued_at, latest.started_at, latest.ended_at) == (at(31), at(32), at(33))


def test_a_run_that_waits_has_only_its_earlier_attempts() -> None:
    earlier = [attempt(1, S.RETRYING, C.RAISED)]
    assert attempts_of(run(S.QUEUED, queued_at=at(31), lease=1, attempt=1), earlier) == earlier
    assert attempts_of(run(S.PENDING), []) == []
