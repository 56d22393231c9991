"""A series is the same wherever one enters it: the next instant after a planned one is the next of the whole series."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidSchedule
from foliot.domain.schedule import Cron, Decision, Fold, Gap, RRule, Schedule, jitter
from foliot.domain.time.zone import zone_names

CREATED = datetime(2011, 1, 1, tzinfo=UTC)

zones = st.sampled_from(
    [
        "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia",
        "Africa/Casablanca", "America/Havana", "America/Asuncion", "Asia/Kathmandu",
    ]
)  # fmt: skip
any_zone = st.sampled_from(sorted(zone_names()))
gaps: st.SearchStrategy[Gap | None] = st.sampled_from([None, "next_valid", "shift", "skip"])
folds: st.SearchStrategy[Fold | None] = st.sampled_from([None, "first", "second", "both"])
starts = st.datetimes(datetime.fromisoformat("2009-01-01"), datetime.fromisoformat("2026-01-01")).map(
    lambda at: at.replace(microsecond=0)
)
weekdays = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=4, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> RRule:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]))
    parts = [f"FREQ={frequency};INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        parts.append(f"BYDAY={','.join(draw(weekdays))}")
    if draw(st.booleans()):
        hours = draw(st.lists(st.integers(0, 23), min_size=1, max_size=3))
        parts.append(f"BYHOUR={','.join(map(str, hours))}")
    if len(parts) > 1 and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, -1]))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    elapses = frequency in {"HOURLY", "MINUTELY", "SECONDLY"}
    start = draw(starts)
    listed = st.lists(st.integers(0, 50).map(lambda days: start + timedelta(days=days)), max_size=4).map(tuple)
    return RRule(
        ";".join(parts),
        draw(zones),
        start,
        rdate=draw(listed),
        exdate=draw(listed),
        gap=None if elapses else draw(gaps),
        fold=None if elapses else draw(folds),
        month_end=draw(st.sampled_from(["skip", "last_valid"])),
    )


lines = st.sampled_from(
    [
        "30 2 * * *",
        "*/7 1-3 * * *",
        "15,45 0,1,2,3 * * *",
        "0 0 L * *",
        "0 2 15W * *",
        "30 1 * * SUN#1",
        "0 */5 * 3,10 *",
    ]
)
crons = st.builds(Cron, lines, zones, gap=gaps, fold=folds)


def check(schedule: Schedule, created: datetime) -> None:
    try:
        series = list(islice(schedule.checked().occurrences(created), 12))
    except InvalidSchedule:
        return
    for place, (planned, following) in enumerate(pairwise(series), start=1):
        assert planned.at < following.at
        assert schedule.occurrence_after(planned.at, place) == following
        assert next(schedule.occurrences(planned.at + timedelta(microseconds=1))) == following
    if series:
        assert schedule.first(created) == series[0].at


@given(rules(), starts.map(lambda at: at.replace(tzinfo=UTC)))
def test_a_rule_is_the_same_wherever_it_is_entered(schedule: RRule, created: datetime) -> None:
    check(schedule, created)


@given(crons, starts.map(lambda at: at.replace(tzinfo=UTC)))
def test_a_cron_line_is_the_same_wherever_it_is_entered(schedule: Cron, created: datetime) -> None:
    check(schedule, created)


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("* * * * * *", "America/New_York"),
        Cron("30 2 * * *", "America/New_York"),
        RRule("FREQ=DAILY", "America/New_York", datetime.fromisoformat("1997-09-02T09:00")),
        RRule("FREQ=SECONDLY", "America/New_York", datetime.fromisoformat("1997-09-02T09:00")),
        RRule("FREQ=DAILY;COUNT=10000", "America/New_York", datetime.fromisoformat("2000-09-02T09:00")),
    ],
    ids=str,
)
def test_an_answer_costs_the_same_decades_after_the_start_and_beside_a_fold(schedule: Schedule) -> None:
    fold, schedule = datetime(2026, 11, 1, 5, 40, tzinfo=UTC), schedule.checked()
    schedule.after(fold, 1)
    began = process_time()
    for minute in range(200):
        schedule.after(fold + timedelta(minutes=minute), 1)
    assert process_time() - began < 200 * 0.003


@given(any_zone, st.integers(0, 23), st.integers(0, 59), starts)
def test_a_daily_rule_keeps_its_wall_time_where_that_exists(zone: str, hour: int, minute: int, start: datetime) -> None:
    schedule = RRule("FREQ=DAILY", zone, start.replace(hour=hour, minute=minute, second=0))
    for planned in islice(schedule.occurrences(CREATED.replace(year=2008)), 40):
        assert planned.local == planned.at
        moved = any(decision.kind == "gap_next_valid" for decision in planned.decisions)
        assert moved or (planned.local.hour, planned.local.minute) == (hour, minute)


@given(any_zone, starts)
def test_no_day_is_lost_and_none_comes_twice(zone: str, start: datetime) -> None:
    """At noon, which no clock has leapt over since 2009, but on the day that Samoa and Tokelau skipped."""
    schedule = RRule("FREQ=DAILY", zone, start.replace(hour=12, minute=0, second=0), gap="skip")
    series = list(islice(schedule.occurrences(CREATED.replace(year=2008)), 40))
    days = [planned.local.date() for planned in series]
    skipped = [decision.wall.date() for planned in series for decision in planned.decisions if is_skip(decision)]
    assert sorted(days + skipped) == [
        min(days + skipped) + timedelta(days=place) for place in range(len(days + skipped))
    ]
    assert set(skipped) <= {date(2011, 12, 30)}


def is_skip(decision: Decision) -> bool:
    return decision.kind == "gap_skipped"


@given(
    st.uuids().map(str), starts.map(lambda at: at.replace(tzinfo=UTC)), st.timedeltas(timedelta(0), timedelta(days=1))
)
def test_jitter_is_the_same_each_time_and_never_early(job_id: str, planned: datetime, most: timedelta) -> None:
    shift = jitter(job_id, planned, most)
    assert shift == jitter(job_id, planned, most)
    assert timedelta(0) <= shift <= most


def test_jitter_spreads_the_jobs_of_one_instant() -> None:
    shifts = sorted(jitter(str(number), CREATED, timedelta(minutes=1)).total_seconds() for number in range(6_000))
    for tenth in range(1, 10):
        assert abs(shifts[tenth * 600] - tenth * 6) < 1.5
