"""Events, attempts and notes: nothing that happened is missing, and the story of each run is a legal walk."""

from datetime import datetime, timedelta

import msgspec

from foliot.domain.event import story
from foliot.domain.run import Claimed, Note, Outcome, Progress, Run
from foliot.domain.states import EventType, RunState, follow
from foliot.ports import Store
from tests.contract.builders import (
    ACME,
    OTHER,
    after,
    asked,
    cancelling,
    deferred,
    failed,
    found,
    handed_back,
    lease_lost,
    ref,
    replaying,
    retried,
    said,
    started,
    stopped,
    submitted,
    succeeded,
    wish,
)

E = EventType


async def _story(store: Store, of: Run | Claimed) -> list[EventType]:
    """What is told of a run, once it is known to be a legal walk that ends in the run's state."""
    run = await found(store, of)
    events = story(run, await store.attempts(ACME, run.id), await store.run_events(ACME, run.id))
    types = [event.type for event in events]
    assert run.state in follow(types), types
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert len({event.id for event in events}) == len(events)
    return types


async def test_the_story_of_a_plain_run(store: Store) -> None:
    claimed = await started(store)
    assert await _story(store, claimed) == [E.RUN_CREATED, E.RUN_QUEUED, E.RUN_STARTED]
    await store.finish([succeeded(claimed)])
    assert await _story(store, claimed) == [E.RUN_CREATED, E.RUN_QUEUED, E.RUN_STARTED, E.RUN_SUCCEEDED]
    assert await store.run_events(ACME, claimed.run_id) == []


async def test_the_story_of_a_run_with_every_kind_of_attempt(store: Store) -> None:
    claimed = await started(store, max_attempts=9)
    for number, end in enumerate((_retried, handed_back, lease_lost, _deferred, _retried)):
        await store.finish([end(claimed, at=after(10 * number + 1))])
        await store.promote(after(10 * number + 9), 10)
        claim = wish(now=after(10 * number + 10), lease_until=after(10 * number + 10.5))
        [claimed] = await store.claim(claim)
    await store.finish([failed(claimed, at=after(55))])
    begun = [E.RUN_QUEUED, E.RUN_STARTED]
    assert await _story(store, claimed) == [
        E.RUN_CREATED, *begun, E.RUN_RETRY_SCHEDULED, *begun, E.RUN_HANDED_BACK, E.RUN_STARTED, E.RUN_LEASE_LOST,
        E.RUN_STARTED, E.RUN_DEFERRED, *begun, E.RUN_RETRY_SCHEDULED, *begun, E.RUN_FAILED,
    ]  # fmt: skip


async def test_the_story_of_a_run_that_was_made_due(store: Store) -> None:
    made = await submitted(store, delay=60)
    await store.retry_now([(ref(made), asked(E.RUN_RETRY_REQUESTED, made, after(1)))], after(1))
    assert await _story(store, made) == [E.RUN_CREATED, E.RUN_RETRY_REQUESTED, E.RUN_QUEUED]


async def test_the_story_of_a_run_that_was_cancelled_before_it_started(store: Store) -> None:
    made = await submitted(store, delay=60)
    await store.cancel([cancelling(made, at=after(1))])
    assert await _story(store, made) == [E.RUN_CREATED, E.RUN_CANCEL_REQUESTED, E.RUN_CANCELLED]


async def test_the_story_of_a_run_that_was_stopped(store: Store) -> None:
    claimed = await started(store)
    await store.cancel([cancelling(claimed, at=after(1))])
    await store.finish([stopped(claimed, at=after(2))])
    assert (await _story(store, claimed))[-2:] == [E.RUN_CANCEL_REQUESTED, E.RUN_CANCELLED]


async def test_the_story_of_a_cancel_that_came_too_late_for_the_worker(store: Store) -> None:
    for end in (_retried, handed_back, lease_lost, _deferred):
        claimed = await started(store)
        await store.cancel([cancelling(claimed, at=after(1))])
        await store.finish([end(claimed, at=after(20))])
        assert (await _story(store, claimed))[-1] is E.RUN_CANCELLED


async def test_the_story_of_a_replay_names_the_dead_run(store: Store) -> None:
    claimed = await started(store)
    await store.finish([failed(claimed)])
    replay = replaying(await found(store, claimed), at=after(9))
    await store.replay([replay])
    assert (await _story(store, claimed))[-2:] == [E.RUN_FAILED, E.RUN_REPLAYED]
    created = story(await found(store, replay.run), [], [])[0]
    assert created.data["replay_of"] == claimed.run_id


async def test_an_event_comes_back_as_it_was_given(store: Store) -> None:
    made = await submitted(store, delay=60)
    data = {"by": 'ä\u2028\U0001f600 \x00"\\', "n": 12345678901234567, "f": 0.1, "none": None, "deep": [{"a": [1]}]}
    told = msgspec.structs.replace(asked(E.RUN_CANCEL_REQUESTED, made, after(1.000001)), data=data)
    await store.cancel([msgspec.structs.replace(cancelling(made), event=told)])
    assert await store.run_events(ACME, made.id) == [told]


# -- notes


async def test_what_an_attempt_says_is_on_the_record_in_order(store: Store) -> None:
    claimed = await started(store)
    await store.note([said(claimed, "one", at=after(1)), said(claimed, "two", 0.5, at=after(2.000001))])
    await store.note([said(claimed, "three", at=after(3))])
    one, two, three = await store.run_events(ACME, claimed.run_id)
    assert [each.type for each in (one, two, three)] == [E.RUN_LOGGED, E.RUN_PROGRESSED, E.RUN_LOGGED]
    assert [each.data["message"] for each in (one, two, three)] == ["one", "two", "three"]
    assert (two.at, two.data["fraction"]) == (after(2.000001), 0.5)
    assert (one.tenant_id, one.job_id, one.run_id) == (ACME, claimed.job_id, claimed.run_id)


async def test_the_fields_of_a_note_are_kept(store: Store) -> None:
    claimed = await started(store)
    fields = {"ü": [1, {"x": None}], "n": 2**53}
    await store.note([Note(claimed.run_id, ACME, claimed.lease, after(1), "☃\x00", None, fields)])
    [event] = await store.run_events(ACME, claimed.run_id)
    assert event.data == {"message": "☃\x00"} | fields


async def test_the_latest_progress_is_shown(store: Store) -> None:
    claimed = await started(store)
    notes = [said(claimed, "late", 0.9, at=after(3)), said(claimed, "early", 0.1, at=after(1)), said(claimed, "log")]
    await store.note(notes)
    assert (await found(store, claimed)).progress == Progress(0.9, "late")


async def test_progress_stays_with_a_run_that_is_over_and_not_with_one_that_starts_again(store: Store) -> None:
    first, second = await started(store), await started(store)
    await store.note([said(first, "", 1.0), said(second, "half", 0.5)])
    await store.finish([succeeded(first), handed_back(second)])
    assert (await found(store, first)).progress == Progress(1.0, "")
    assert (await found(store, second)).progress is None


async def test_notes_of_a_lost_lease_are_dropped(store: Store) -> None:
    lost, over, kept = [await started(store) for _ in range(3)]
    await store.finish([lease_lost(lost), succeeded(over)])
    await store.claim(wish(worker="worker-2"))
    await store.note([said(lost, "late", 0.5), said(over, "late", 0.5), said(kept, "in time", 0.5)])
    assert await store.run_events(ACME, lost.run_id) == await store.run_events(ACME, over.run_id) == []
    assert (await found(store, lost)).progress is None
    assert (await found(store, over)).progress is None
    assert len(await store.run_events(ACME, kept.run_id)) == 1


async def test_notes_of_another_tenant_are_dropped(store: Store) -> None:
    claimed = await started(store)
    await store.note([Note(claimed.run_id, OTHER, claimed.lease, after(1), "hello", 0.5)])
    assert await store.run_events(ACME, claimed.run_id) == await store.run_events(OTHER, claimed.run_id) == []
    assert (await found(store, claimed)).progress is None


async def test_a_thousand_notes_of_one_attempt_keep_their_order(store: Store) -> None:
    claimed = await started(store)
    await store.note([said(claimed, str(number), at=after(1)) for number in range(1_000)])
    events = await store.run_events(ACME, claimed.run_id)
    assert [event.data["message"] for event in events] == [str(number) for number in range(1_000)]
    assert (await found(store, claimed)).state is RunState.RUNNING


def _retried(claimed: Claimed, at: datetime) -> Outcome:
    return retried(claimed, at=at, due_at=at + timedelta(seconds=5))


def _deferred(claimed: Claimed, at: datetime) -> Outcome:
    return deferred(claimed, at=at, due_at=at + timedelta(seconds=5))
