"""What a schedule will do, shown before anything is created."""

from datetime import UTC, datetime

import msgspec
import pytest

from foliot.domain.errors import InvalidRequest, InvalidTime, InvalidTimezone
from foliot.domain.schedule import At, Cron, Every, RRule, preview

SPRING = datetime(2026, 3, 7, 12, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 31, 12, tzinfo=UTC)
START = datetime.fromisoformat("2026-01-01T02:30")


def test_each_instant_is_shown_in_utc_and_with_the_local_offset() -> None:
    found = preview(Cron("0 8 * * *", "America/New_York"), SPRING, 2)
    assert msgspec.to_builtins(found) == [
        {"at": "2026-03-07T13:00:00Z", "local": "2026-03-07T08:00:00-05:00", "note": None},
        {"at": "2026-03-08T12:00:00Z", "local": "2026-03-08T08:00:00-04:00", "note": None},
    ]


@pytest.mark.parametrize(
    ("schedule", "created", "note"),
    [
        (
            RRule("FREQ=DAILY", "America/New_York", START),
            SPRING,
            "02:30 does not exist, as clocks are set forward; runs at 03:00, the first valid minute.",
        ),
        (
            RRule("FREQ=DAILY", "America/New_York", START, gap="shift"),
            SPRING,
            "02:30 does not exist, as clocks are set forward; runs as much later, at 03:30.",
        ),
        (
            RRule("FREQ=DAILY", "America/New_York", START, gap="skip"),
            SPRING,
            "2026-03-08 02:30 does not exist, as clocks are set forward; skipped.",
        ),
        (
            Cron("30 1 * * *", "America/New_York"),
            AUTUMN,
            "01:30 comes twice, as clocks are set back; this is the first.",
        ),
        (
            Cron("30 1 * * *", "America/New_York", fold="second"),
            AUTUMN,
            "01:30 comes twice, as clocks are set back; this is the second.",
        ),
    ],
)
def test_what_the_clocks_do_is_noted(schedule: RRule | Cron, created: datetime, note: str) -> None:
    assert [each.note for each in preview(schedule, created, 1)] == [note]


def test_what_elapses_has_nothing_to_note() -> None:
    assert {each.note for each in preview(Cron("*/10 * * * *", "America/New_York"), AUTUMN, 500)} == {None}


def test_a_schedule_that_ends_shows_no_more_than_it_has() -> None:
    assert len(preview(Every(seconds=60, count=3), SPRING, 10)) == 3
    assert len(preview(RRule("FREQ=DAILY;COUNT=4", "UTC", START), SPRING.replace(year=2025), 10)) == 4
    assert [each.at for each in preview(At(AUTUMN), SPRING, 10)] == [AUTUMN]


def test_an_interval_is_shown_from_the_moment_asked_for() -> None:
    assert [each.at.minute for each in preview(Every(seconds=600), SPRING, 3)] == [10, 20, 30]


@pytest.mark.parametrize("count", [0, -1, 1_001])
def test_more_than_a_thousand_are_refused(count: int) -> None:
    with pytest.raises(InvalidRequest, match="1,000"):
        preview(Every(seconds=60), SPRING, count)


def test_a_thousand_are_shown() -> None:
    assert len(preview(Cron("* * * * *"), SPRING, 1_000)) == 1_000


def test_a_schedule_is_checked_before_it_is_shown() -> None:
    with pytest.raises(InvalidTimezone):
        preview(Cron("@daily", "Mars/Olympus"), SPRING, 1)
    with pytest.raises(InvalidTime):
        preview(Cron("@daily"), SPRING.replace(tzinfo=None), 1)
