"""However awkward a rule is, an occurrence of it is found with a few looks at the clocks, not by trying each second."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from foliot.domain.schedule import Coalesce, RRule, settle
from foliot.domain.time.rule import parse_rule
from foliot.domain.time.rule_elapsed import instants
from foliot.domain.time.series import just_before

_START: Final = datetime(2026, 3, 1, 8)  # noqa: DTZ001 - a local time
_SPAN: Final = timedelta(days=60)
_ALL: Final = ",".join(map(str, range(60)))
_EACH_SECOND: Final = f"BYMINUTE={_ALL};BYSECOND={_ALL};BYSETPOS=1"


class Watched(ZoneInfo):
    """A zone that counts how often somebody looks at its clocks."""

    looks = 0

    def fromutc(self, at: datetime) -> datetime:
        self.looks += 1
        return super().fromutc(at)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    "text",
    [
        f"FREQ=HOURLY;{_EACH_SECOND}",
        f"FREQ=HOURLY;{_EACH_SECOND};BYDAY=FR;BYMONTHDAY=13",
        f"FREQ=HOURLY;INTERVAL=25;{_EACH_SECOND};BYHOUR=3;BYMONTHDAY=13,14,15",
        f"FREQ=MINUTELY;BYSECOND={_ALL};BYSETPOS=-1;BYMINUTE=7",
        "FREQ=SECONDLY;INTERVAL=61;BYSECOND=30",
        "FREQ=SECONDLY;INTERVAL=3601;BYMINUTE=15;BYSECOND=30",
        "FREQ=SECONDLY;INTERVAL=7;BYHOUR=3;BYMINUTE=15;BYSECOND=30",
    ],
)
def test_an_awkward_rule_takes_some_looks_a_day_and_an_occurrence(text: str, zone: str) -> None:
    watched = Watched.no_cache(zone)
    rule, begin = parse_rule(text).completed(_START), _START.replace(tzinfo=watched).astimezone(UTC)
    watched.looks = 0
    within = takewhile(lambda at: at < begin + _SPAN, instants(rule, begin, watched, just_before(begin)))
    found = sum(1 for _ in within)
    assert watched.looks <= 20 * found + 50 * _SPAN.days


def test_what_was_missed_of_an_awkward_rule_is_counted() -> None:
    schedule = RRule(f"FREQ=HOURLY;{_EACH_SECOND}", "Europe/Berlin", _START).checked()
    planned = schedule.first(_START.replace(tzinfo=UTC))
    settled = settle(schedule, planned, 1, planned + _SPAN, Coalesce())
    assert settled.exact
    assert settled.counts == {"late": 1, "merged": 60 * 24}
