"""What came due while nobody planned is accounted for, by each policy as it says, with bounded work."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidPolicy
from foliot.domain.schedule import (
    CatchUp,
    Coalesce,
    Cron,
    Due,
    Every,
    MisfirePolicy,
    RRule,
    Schedule,
    Settlement,
    Skip,
    coalesce,
    settle,
)

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAILY = RRule("FREQ=DAILY", "America/New_York", datetime.fromisoformat("2026-03-01T08:00"))
HOURLY = Cron("0 * * * *", "America/New_York")
THREE_DAYS = timedelta(days=3)

schedules = st.sampled_from(
    [
        DAILY,
        HOURLY,
        Cron("*/15 * * * *", "Europe/Berlin", count=40),
        RRule("FREQ=MINUTELY;INTERVAL=25;COUNT=60", "UTC", datetime.fromisoformat("2026-03-06T12:00")),
        Every(seconds=900, start=NOON),
        Every(seconds=700, start=NOON, count=30),
        Every(seconds=3600, start=NOON, end=NOON + timedelta(days=1)),
    ]
)
policies = st.one_of(
    st.just(Coalesce()),
    st.builds(Skip, grace_seconds=st.sampled_from([0, 60, 4000])),
    st.builds(
        CatchUp,
        limit=st.integers(1, 50),
        stagger_seconds=st.sampled_from([0, 1, 30]),
        grace_seconds=st.sampled_from([0, 3600, 86_400, 864_000]),
    ),
)


def fates(settled: Settlement) -> list[str]:
    return [each.fate for each in settled.listed]


@given(schedules, policies, st.timedeltas(timedelta(0), THREE_DAYS))
def test_each_occurrence_has_one_fate_and_the_next_is_still_to_come(
    schedule: Schedule, policy: MisfirePolicy, slept: timedelta
) -> None:
    planned = schedule.first(NOON)
    now = planned + slept
    settled = settle(schedule, planned, 1, now, policy)
    walked = [planned, *(each.at for each in takewhile(lambda each: each.at <= now, schedule.following(planned, 1)))]
    assert [each.planned for each in settled.listed] == walked
    assert sum(settled.counts.values()) == settled.count == len(walked)
    assert settled.following is None or settled.following > now
    assert settled.following == schedule.after(walked[-1], len(walked))
    for each in settled.listed:
        assert (each.due is not None) is (each.fate in {"run", "late"})
        assert each.due is None or each.due >= now


@given(schedules, policies, st.timedeltas(timedelta(0), THREE_DAYS))
def test_runs_come_in_order_and_never_closer_than_their_stagger(
    schedule: Schedule, policy: MisfirePolicy, slept: timedelta
) -> None:
    planned = schedule.first(NOON)
    dues = [each.due for each in settle(schedule, planned, 1, planned + slept, policy).listed if each.due is not None]
    if isinstance(policy, CatchUp):
        assert len(dues) <= policy.limit
        assert all(later - due == timedelta(seconds=policy.stagger_seconds) for due, later in pairwise(dues))
    else:
        assert len(dues) <= 1


def test_down_for_three_days_coalesce_runs_once_for_the_earliest() -> None:
    planned = DAILY.first(NOON)
    settled = settle(DAILY, planned, 6, planned + THREE_DAYS, Coalesce())
    assert fates(settled) == ["late", "merged", "merged", "merged"]
    assert settled.count == 9
    # Summer began in between; eight o'clock stays eight o'clock.
    assert settled.following == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_down_for_three_days_skip_runs_nothing_that_is_old() -> None:
    planned = DAILY.first(NOON)
    settled = settle(DAILY, planned, 1, planned + THREE_DAYS + timedelta(hours=2), Skip())
    assert fates(settled) == ["skipped"] * 4
    punctual = settle(DAILY, planned, 1, datetime(2026, 3, 9, 12, 0, 30, tzinfo=UTC), Skip(grace_seconds=60))
    assert fates(punctual) == ["skipped", "skipped", "skipped", "late"]


def test_down_for_three_days_catching_up_runs_each_within_grace_one_after_the_other() -> None:
    planned = DAILY.first(NOON)
    now = planned + THREE_DAYS
    policy = CatchUp(limit=2, stagger_seconds=30, grace_seconds=60 * 3600)
    settled = settle(DAILY, planned, 1, now, policy)
    assert fates(settled) == ["skipped", "skipped", "late", "late"]
    assert [each.due for each in settled.listed if each.due] == [now, now + timedelta(seconds=30)]


@pytest.mark.parametrize("policy", [Coalesce(), Skip(), CatchUp()])
def test_an_occurrence_that_is_on_time_runs_by_every_policy(policy: MisfirePolicy) -> None:
    planned = HOURLY.first(NOON)
    now = planned + timedelta(milliseconds=40)
    settled = settle(HOURLY, planned, 1, now, policy)
    assert fates(settled) == ["run"]
    assert (settled.counts, settled.following) == ({"run": 1}, planned + timedelta(hours=1))


def test_before_its_time_nothing_is_due() -> None:
    planned = HOURLY.first(NOON)
    assert settle(HOURLY, planned, 5, planned - timedelta(seconds=1), Coalesce()) == Settlement((), {}, 4, planned)


@pytest.mark.parametrize("policy", [Coalesce(), Skip(), CatchUp(limit=10)])
def test_a_second_that_slept_for_a_year_is_counted_and_not_listed(policy: MisfirePolicy) -> None:
    every = Every(seconds=1, start=NOON)
    settled = settle(every, NOON, 1, NOON + timedelta(days=365), policy)
    assert sum(settled.counts.values()) == settled.count == 365 * 86_400 + 1
    assert len(settled.listed) <= 1_001
    assert settled.listed[-1].planned == NOON + timedelta(days=365)
    assert settled.following == NOON + timedelta(days=365, seconds=1)
    assert settled.exact


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("* * * * * *", "America/New_York"),
        RRule("FREQ=SECONDLY", "America/New_York", datetime.fromisoformat("2026-03-06T07:00")),
        Cron("* * * * *", "Europe/Berlin"),
    ],
)
def test_a_line_that_slept_for_a_year_is_settled_in_a_moment(schedule: Schedule) -> None:
    planned, began = schedule.first(NOON), process_time()
    now = NOON + timedelta(days=365, milliseconds=500)
    settled = settle(schedule, planned, 1, now, CatchUp(limit=5, grace_seconds=600))
    assert process_time() - began < 5
    assert not settled.exact
    assert settled.counts["skipped"] >= 9_000
    assert [each.fate for each in settled.listed[-5:]] == ["late"] * 5 or settled.listed[-1].fate == "run"
    assert settled.following is not None
    assert timedelta(0) < settled.following - now <= timedelta(minutes=1)
    assert coalesce(schedule, planned, 1, now).following == settled.following


def test_coalescing_a_line_is_told_as_it_is_for_an_interval() -> None:
    planned = HOURLY.first(NOON)
    following = planned + timedelta(hours=6)
    assert coalesce(HOURLY, planned, 1, planned + timedelta(hours=5, minutes=1)) == Due(planned, 5, 6, following)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (CatchUp(limit=0), "misfire.limit"),
        (CatchUp(limit=1_001), "misfire.limit"),
        (CatchUp(stagger_seconds=-1), "misfire.stagger_seconds"),
        (CatchUp(grace_seconds=float("nan")), "misfire.grace_seconds"),
        (Skip(grace_seconds=-1), "misfire.grace_seconds"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(policy: MisfirePolicy, field: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        policy.checked()
    assert refused.value.field == field
