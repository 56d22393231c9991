"""By a recurrence rule (RFC 5545), from a local time in a timezone."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.instant import EPOCH, LATEST, as_instant
from foliot.domain.time.at import Instant
from foliot.domain.time.resolve import Fold, Gap, Planned, Policy, resolve
from foliot.domain.time.rule import FIELD, Rule, parse_rule
from foliot.domain.time.rule_block import is_block, parse_block
from foliot.domain.time.rule_series import RuleSeries
from foliot.domain.time.series import (
    Series,
    check_count,
    check_exclude,
    check_jitter,
    until_end,
)
from foliot.domain.time.zone import zone_of

_DATE: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_OFFSET: Final = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"

Local = Annotated[datetime, msgspec.Meta(tz=False, extra_json_schema={"pattern": f"^{_DATE}T{_TIME}$"})]
LocalOrInstant = Annotated[datetime, msgspec.Meta(extra_json_schema={"pattern": f"^{_DATE}T{_TIME}{_OFFSET}$"})]
MonthEnd = Literal["skip", "last_valid"]

DEFAULT: Final = Policy("next_valid", "first")
_MOST_LISTED: Final = 1_000


class RRule(Series, frozen=True, tag_field="kind", tag="rrule", forbid_unknown_fields=True):
    """By a recurrence rule of RFC 5545, counted from `start`, a local time (DTSTART) in a timezone.

    `rule` is the rule's text, or a block of lines with DTSTART, RRULE, RDATE and EXDATE. `rdate` and `exdate` are
    naive where they are local. `gap` (default `next_valid`) and `fold` (`first`) say what happens where clocks are set;
    hourly, minutely and secondly rules count elapsed time and have neither. `month_end` is what a month does that has
    no such day. `end` is the last instant allowed, `count` the most occurrences, `jitter_seconds` the most by which a
    run is due later than planned. `exclude` names calendars on whose dates, in the timezone, nothing runs.
    """

    rule: str
    timezone: str = "UTC"
    start: Local | None = None
    rdate: tuple[LocalOrInstant, ...] = ()
    exdate: tuple[LocalOrInstant, ...] = ()
    end: Instant | None = None
    count: int | None = None
    gap: Gap | None = None
    fold: Fold | None = None
    month_end: MonthEnd = "skip"
    jitter_seconds: float = 0.0
    exclude: tuple[str, ...] = ()

    def checked(self) -> "RRule":
        """The same with its block taken apart and its instants in UTC.

        Raises:
            InvalidSchedule: no rule, one that never fires or isn't supported, or parts that contradict each other.
            InvalidTimezone: no such zone.
            InvalidTime: an instant has no offset or is absurd.
        """
        plain = _taken_apart(self)
        zone = zone_of(plain.timezone)
        start = _checked_start(plain.start)
        check_count(plain.count)
        check_jitter(plain.jitter_seconds)
        check_exclude(plain.exclude)
        end = None if plain.end is None else as_instant(plain.end, "schedule.end")
        if end is not None and end < resolve(start, zone, DEFAULT).floor:
            raise InvalidSchedule("schedule.end lies before schedule.start.", "schedule.end")
        whole = msgspec.structs.replace(
            plain,
            start=start,
            end=end,
            rdate=_checked_dates(plain.rdate, "schedule.rdate"),
            exdate=_checked_dates(plain.exdate, "schedule.exdate"),
        )
        _check_rule(whole)
        return whole

    def _later_than(self, after: datetime) -> Iterator[Planned]:
        return until_end(_series_of(self).later_than(after), self.end)


@lru_cache(maxsize=4096)
def _series_of(schedule: RRule) -> RuleSeries:
    assert schedule.start is not None, "a rule without a start is not checked"
    return RuleSeries(
        rule=parse_rule(schedule.rule) if schedule.rule else None,
        start=schedule.start,
        zone=zone_of(schedule.timezone),
        policy=Policy(schedule.gap or DEFAULT.gap, schedule.fold or DEFAULT.fold),
        month_ends=schedule.month_end == "last_valid",
        added=schedule.rdate if schedule.rule else (schedule.start, *schedule.rdate),
        excluded=schedule.exdate,
    )


def _taken_apart(schedule: RRule) -> RRule:
    """The schedule with the lines of its block as its own members."""
    if not is_block(schedule.rule):
        return schedule
    block = parse_block(schedule.rule)
    if block.start is not None and schedule.start not in {None, block.start}:
        raise InvalidSchedule(
            "schedule.start contradicts the DTSTART in schedule.rule; leave one out.", "schedule.start"
        )
    if block.timezone is not None and schedule.timezone not in {"UTC", block.timezone}:
        raise InvalidSchedule(
            f"schedule.timezone contradicts the timezone in schedule.rule, {block.timezone}; leave one out.",
            "schedule.timezone",
        )
    return msgspec.structs.replace(
        schedule,
        rule=block.rule,
        timezone=block.timezone or schedule.timezone,
        start=block.start or schedule.start,
        rdate=schedule.rdate + block.rdate,
        exdate=schedule.exdate + block.exdate,
    )


def _checked_start(start: datetime | None) -> datetime:
    if start is None:
        raise InvalidSchedule(
            "schedule.start is missing: a rule is counted from its DTSTART, a local time as 2026-05-01T08:00:00.",
            "schedule.start",
        )
    if start.tzinfo is not None:
        raise InvalidSchedule(
            "schedule.start of a rule is a local time in schedule.timezone; write it without an offset, as "
            "2026-05-01T08:00:00.",
            "schedule.start",
        )
    if start.microsecond:
        raise InvalidSchedule("schedule.start of a rule has whole seconds.", "schedule.start")
    if not EPOCH.year <= start.year < LATEST.year:
        raise InvalidSchedule("schedule.start is outside the years 1970 to 2199.", "schedule.start")
    return start


def _checked_dates(dates: tuple[datetime, ...], field: str) -> tuple[datetime, ...]:
    if len(dates) > _MOST_LISTED:
        raise InvalidSchedule(
            f"{field} has {len(dates):,} dates, {_MOST_LISTED:,} are allowed; an exclusion calendar takes more.", field
        )
    return tuple(each if each.tzinfo is None else as_instant(each, field) for each in dates)


def _check_rule(schedule: RRule) -> None:
    """Whether the rule can be read, its policies have a meaning, and it fires at all."""
    if not schedule.rule and not schedule.rdate:
        raise InvalidSchedule(f"{FIELD} is empty; write one, as FREQ=DAILY.", FIELD)
    rule = parse_rule(schedule.rule) if schedule.rule else None
    if rule is not None and rule.elapses and (schedule.gap or schedule.fold):
        field = "schedule.fold" if schedule.gap is None else "schedule.gap"
        raise InvalidSchedule(
            f"{field} has no meaning for FREQ={rule.frequency.name}, which counts elapsed time; leave it out, or name "
            "the hours in a FREQ=DAILY.",
            field,
        )
    if rule is not None and rule.until is not None:
        start = schedule.start if rule.until.tzinfo is None else _first_instant(schedule)
        assert start is not None
        if rule.until < start:
            raise InvalidSchedule(f"{FIELD}: UNTIL lies before schedule.start.", FIELD)
    if _picks_nothing(rule, schedule.start) or next(_series_of(schedule).later_than(EPOCH), None) is None:
        raise InvalidSchedule(
            f"{FIELD} never fires before the year {LATEST.year}; there is no such day or time.", FIELD
        )


def _picks_nothing(rule: Rule | None, start: datetime | None) -> bool:
    """Whether BYSETPOS asks for more than there is in a period; it spares the search."""
    if rule is None or start is None or not rule.positions:
        return False
    return min(map(abs, rule.positions)) > rule.completed(start).most_in_period


def _first_instant(schedule: RRule) -> datetime:
    assert schedule.start is not None
    return resolve(schedule.start, zone_of(schedule.timezone), DEFAULT).floor
