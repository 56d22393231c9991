"""Schedules: the next instant is always later, and folding what was missed finds what a plain loop finds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidSchedule, InvalidTime
from foliot.domain.instant import LATEST
from foliot.domain.schedule import At, Due, Every, coalesce

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)

gaps = st.timedeltas(timedelta(0), timedelta(minutes=10))
intervals = st.one_of(
    st.integers(1, 90).map(float),
    st.floats(1, 90),
    st.sampled_from([1.1, 1.000001, 3.3, 0.1 * 11, 60 / 7]),
)


@st.composite
def schedules(draw: st.DrawFn) -> Every:
    end = draw(st.none() | gaps.map(lambda gap: NOW + gap))
    count = draw(st.none() | st.integers(1, 50))
    return Every(seconds=draw(intervals), start=NOW, end=end, count=count)


def _walk(schedule: Every, planned: datetime, count: int, now: datetime) -> Due:
    """What `coalesce` promises, one occurrence after the other."""
    last, merged = planned, 0
    while (following := schedule.after(last, count + merged)) is not None and following <= now:
        last, merged = following, merged + 1
    return Due(planned, merged, count + merged, following)


@given(schedules(), gaps)
def test_folding_what_was_missed_is_what_a_loop_finds(schedule: Every, slept: timedelta) -> None:
    first = schedule.first(NOW)
    assert coalesce(schedule, first, 1, NOW + slept) == _walk(schedule, first, 1, NOW + slept)


@given(schedules(), st.integers(0, 400))
def test_waking_at_a_planned_instant_takes_it(schedule: Every, step: int) -> None:
    now = NOW + timedelta(seconds=schedule.seconds) * step
    found = coalesce(schedule, NOW, 1, now)
    assert found == _walk(schedule, NOW, 1, now)
    assert found.following is None or found.following > now


@given(schedules(), gaps, gaps)
def test_the_next_instant_is_strictly_later(schedule: Every, slept: timedelta, again: timedelta) -> None:
    found = coalesce(schedule, NOW, 1, NOW + slept)
    if found.following is not None:
        assert found.following > max(NOW + slept, found.planned)
        later = coalesce(schedule, found.following, found.count + 1, NOW + slept + again)
        assert later.planned > found.planned
        assert later.count > found.count


@given(schedules())
def test_a_schedule_makes_no_more_occurrences_than_it_may(schedule: Every) -> None:
    planned: datetime | None = schedule.first(NOW)
    instants: list[datetime] = []
    while planned is not None and len(instants) < 60:
        instants.append(planned)
        planned = schedule.after(planned, len(instants))
    assert instants == sorted(set(instants))
    assert schedule.count is None or len(instants) <= schedule.count
    assert schedule.end is None or instants[1:] == [each for each in instants[1:] if each <= schedule.end]


def test_a_second_that_slept_for_a_century_is_folded_at_once() -> None:
    schedule = Every(seconds=1, start=datetime(1970, 1, 1, tzinfo=UTC))
    found = coalesce(schedule, datetime(1970, 1, 1, tzinfo=UTC), 1, NOW)
    assert (found.merged, found.following) == (1_777_622_400, NOW + timedelta(seconds=1))


def test_an_instant_comes_once() -> None:
    schedule = At(NOW)
    assert not schedule.recurs
    assert schedule.first(NOW - timedelta(days=1)) == NOW
    assert coalesce(schedule, NOW, 1, NOW + timedelta(days=1)) == Due(NOW, 0, 1, None)


def test_an_interval_without_a_start_begins_one_interval_from_now() -> None:
    assert Every(seconds=90).first(NOW) == NOW + timedelta(seconds=90)
    assert Every(seconds=90, start=NOW).first(NOW - timedelta(days=1)) == NOW


def test_an_anchor_that_has_passed_counts_on_to_the_next_instant() -> None:
    schedule = Every(seconds=90, start=NOW)
    assert schedule.first(NOW + timedelta(seconds=91)) == NOW + timedelta(seconds=180)
    assert schedule.first(NOW + timedelta(seconds=180)) == NOW + timedelta(seconds=180)


def test_a_schedule_that_ends_before_its_first_instant_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="nothing would ever run"):
        Every(seconds=90, end=NOW + timedelta(seconds=89)).first(NOW)


def test_a_schedule_ends_before_the_calendar_does() -> None:
    schedule = Every(seconds=3600)
    assert schedule.after(LATEST - timedelta(hours=2), 1) == LATEST - timedelta(hours=1)
    assert schedule.after(LATEST - timedelta(hours=1), 2) is None


def test_the_end_is_the_last_instant_allowed() -> None:
    schedule = Every(seconds=60, start=NOW, end=NOW + timedelta(seconds=60))
    assert schedule.after(NOW, 1) == NOW + timedelta(seconds=60)
    assert schedule.after(NOW + timedelta(seconds=60), 2) is None


def test_what_is_checked_is_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    checked = Every(seconds=60, start=NOW.astimezone(berlin), end=NOW.astimezone(berlin)).checked()
    assert checked.start is not None
    assert (checked.start, checked.start.tzinfo, checked.end) == (NOW, UTC, NOW)
    assert At(NOW.astimezone(berlin)).checked().at.tzinfo is UTC


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Every(seconds=0.999), "schedule.seconds"),
        (Every(seconds=-1), "schedule.seconds"),
        (Every(seconds=float("nan")), "schedule.seconds"),
        (Every(seconds=float("inf")), "schedule.seconds"),
        (Every(seconds=1e12), "schedule.seconds"),
        (Every(seconds=60, count=0), "schedule.count"),
        (Every(seconds=60, start=NOW, end=NOW - timedelta(seconds=1)), "schedule.end"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused(schedule: Every, field: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        schedule.checked()
    assert refused.value.field == field


@pytest.mark.parametrize(
    "at",
    [
        NOW.replace(tzinfo=None),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        LATEST,
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
def test_an_instant_that_is_absurd_or_has_no_offset_is_refused(at: datetime) -> None:
    with pytest.raises(InvalidTime):
        At(at).checked()
    with pytest.raises(InvalidTime):
        Every(seconds=60, start=at).checked()


def test_the_farthest_offsets_do_not_overflow() -> None:
    for at in (
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
    ):
        with pytest.raises(InvalidTime):
            At(at).checked()
