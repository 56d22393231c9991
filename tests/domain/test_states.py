"""The transition table: whole, closed, and the only way to walk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.states import TRANSITIONS, EventType, RunState, follow, may_become

STATES = pytest.mark.parametrize("state", RunState)
BORN = {RunState.BLOCKED, RunState.PENDING, RunState.QUEUED}


def test_every_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(RunState)
    assert {target for edges in TRANSITIONS.values() for target in edges} <= set(RunState)


def test_every_state_can_be_reached() -> None:
    reached, found = set(BORN), set(BORN)
    while found:
        found = {target for state in found for target in TRANSITIONS[state]} - reached
        reached |= found
    assert reached == set(RunState)


@STATES
def test_a_state_that_is_over_has_no_way_out_and_every_other_has_one_to_the_end(state: RunState) -> None:
    assert state.is_over == (not TRANSITIONS[state])
    reached, found = {state}, {state}
    while found:
        found = {target for each in found for target in TRANSITIONS[each]} - reached
        reached |= found
    assert any(each.is_over for each in reached)


@STATES
def test_whatever_is_not_over_can_be_cancelled(state: RunState) -> None:
    assert may_become(state, RunState.CANCELLED) is not state.is_over


@STATES
def test_only_what_has_not_started_can_expire_or_be_skipped(state: RunState) -> None:
    for target in (RunState.EXPIRED, RunState.SKIPPED):
        assert may_become(state, target) == (state in BORN)


@STATES
def test_only_a_running_run_succeeds_fails_or_is_retried(state: RunState) -> None:
    for target in (RunState.SUCCEEDED, RunState.FAILED, RunState.RETRYING):
        assert may_become(state, target) == (state is RunState.RUNNING)


@STATES
def test_no_state_becomes_itself(state: RunState) -> None:
    assert not may_become(state, state)


def test_no_event_leads_from_a_state_to_two_others() -> None:
    for state, edges in TRANSITIONS.items():
        events = [event for names in edges.values() for event in names]
        assert len(events) == len(set(events)), state


# -- following events


def test_no_events_lead_nowhere() -> None:
    assert follow([]) == frozenset()


def test_a_run_begins_with_its_creation() -> None:
    assert follow([EventType.RUN_CREATED]) == {RunState.BLOCKED, RunState.PENDING}
    assert follow([EventType.RUN_QUEUED]) == frozenset()
    assert follow([EventType.RUN_CREATED, EventType.RUN_CREATED]) == frozenset()
    assert follow([EventType.RUN_LOGGED, EventType.RUN_CREATED]) == frozenset()


@st.composite
def walks(draw: st.DrawFn) -> tuple[list[EventType], RunState]:
    """A random walk along the table, from a run's creation, with notes strewn in."""
    state = draw(st.sampled_from([RunState.BLOCKED, RunState.PENDING]))
    events = [EventType.RUN_CREATED]
    for _ in range(draw(st.integers(0, 12))):
        steps = [(target, name) for target, names in TRANSITIONS[state].items() for name in sorted(names)]
        if not steps:
            break
        state, event = draw(st.sampled_from(steps))
        events += [
            event,
            *draw(st.lists(st.sampled_from([EventType.RUN_LOGGED, EventType.RUN_CANCEL_REQUESTED]), max_size=2)),
        ]
    return events, state


@given(walks())
def test_a_legal_walk_ends_in_its_state(walk: tuple[list[EventType], RunState]) -> None:
    events, state = walk
    assert state in follow(events)


@given(walks(), st.sampled_from([EventType.RUN_STARTED, EventType.RUN_QUEUED, EventType.RUN_SUCCEEDED]))
def test_nothing_follows_the_end(walk: tuple[list[EventType], RunState], event: EventType) -> None:
    events, state = walk
    if state.is_over:
        assert follow([*events, event]) == frozenset()


def test_a_run_that_never_started_cannot_succeed() -> None:
    assert follow([EventType.RUN_CREATED, EventType.RUN_QUEUED, EventType.RUN_SUCCEEDED]) == frozenset()
