"""Schedules, to and from their messages."""

from datetime import datetime
from typing import Final

from foliot.domain.errors import InvalidSchedule, InvalidTime
from foliot.domain.schedule import At, Cron, Every, RRule, Schedule
from foliot.transports.grpc.generated.scheduler.v1 import schedule_pb2 as pb
from foliot.transports.grpc.times import instant_of, seconds, seconds_of, stamp
from foliot.transports.grpc.words import FOLDS, GAPS, MONTH_ENDS

_FIELDS: Final = {"seconds": "interval", "jitter_seconds": "jitter"}


def schedule_of(given: pb.Schedule, at: str) -> Schedule:
    """The schedule that a message stands for; `at` is where it stands in the request.

    Raises:
        InvalidSchedule: it says nothing, or a local time cannot be read.
        InvalidTime: an instant or a length is absurd.
    """
    match given.WhichOneof("kind"):
        case "at":
            return At(instant_of(given.at, f"{at}.at"))
        case "every":
            return _every(given.every, f"{at}.every")
        case "cron":
            return _cron(given.cron, f"{at}.cron")
        case "rrule":
            return _rrule(given.rrule, f"{at}.rrule")
    raise InvalidSchedule(f"{at} says nothing; give at, every, cron or rrule, or leave it out.", at)


def field_of(given: pb.Schedule, field: str) -> str:
    """What the message calls a member of the schedule, as `cron.expression` for `expression`."""
    kind = given.WhichOneof("kind")
    return "at" if kind == "at" else f"{kind}.{_FIELDS.get(field, field)}"


def message_of(schedule: Schedule | None) -> pb.Schedule | None:
    """The schedule as a message."""
    match schedule:
        case None:
            return None
        case At():
            return pb.Schedule(at=stamp(schedule.at))
        case Every():
            return pb.Schedule(
                every=pb.Every(
                    interval=seconds(schedule.seconds), start=stamp(schedule.start), end=stamp(schedule.end),
                    count=schedule.count, jitter=seconds(schedule.jitter_seconds or None), exclude=schedule.exclude,
                )
            )  # fmt: skip
        case Cron():
            return pb.Schedule(
                cron=pb.Cron(
                    expression=schedule.expression, timezone=schedule.timezone, start=stamp(schedule.start),
                    end=stamp(schedule.end), count=schedule.count, gap=GAPS.number(schedule.gap),
                    fold=FOLDS.number(schedule.fold), jitter=seconds(schedule.jitter_seconds or None),
                    exclude=schedule.exclude,
                )
            )  # fmt: skip
        case RRule():
            return pb.Schedule(
                rrule=pb.RRule(
                    rule=schedule.rule, timezone=schedule.timezone,
                    start="" if schedule.start is None else schedule.start.isoformat(),
                    rdate=[each.isoformat() for each in schedule.rdate],
                    exdate=[each.isoformat() for each in schedule.exdate],
                    end=stamp(schedule.end), count=schedule.count, gap=GAPS.number(schedule.gap),
                    fold=FOLDS.number(schedule.fold), month_end=MONTH_ENDS.number(schedule.month_end),
                    jitter=seconds(schedule.jitter_seconds or None), exclude=schedule.exclude,
                )
            )  # fmt: skip


def _every(given: pb.Every, at: str) -> Every:
    return Every(
        seconds=seconds_of(given.interval, f"{at}.interval"),
        start=instant_of(given.start, f"{at}.start") if given.HasField("start") else None,
        end=instant_of(given.end, f"{at}.end") if given.HasField("end") else None,
        count=given.count if given.HasField("count") else None,
        jitter_seconds=seconds_of(given.jitter, f"{at}.jitter"),
        exclude=tuple(given.exclude),
    )


def _cron(given: pb.Cron, at: str) -> Cron:
    return Cron(
        expression=given.expression,
        timezone=given.timezone or "UTC",
        start=instant_of(given.start, f"{at}.start") if given.HasField("start") else None,
        end=instant_of(given.end, f"{at}.end") if given.HasField("end") else None,
        count=given.count if given.HasField("count") else None,
        gap=GAPS.said(given.gap, f"{at}.gap"),
        fold=FOLDS.said(given.fold, f"{at}.fold"),
        jitter_seconds=seconds_of(given.jitter, f"{at}.jitter"),
        exclude=tuple(given.exclude),
    )


def _rrule(given: pb.RRule, at: str) -> RRule:
    start = _time(given.start, f"{at}.start") if given.start else None
    if start is not None and start.tzinfo is not None:
        raise InvalidTime(f"{at}.start is a local time of the zone; write it without an offset.", f"{at}.start")
    return RRule(
        rule=given.rule,
        timezone=given.timezone or "UTC",
        start=start,
        rdate=tuple(_time(text, f"{at}.rdate") for text in given.rdate),
        exdate=tuple(_time(text, f"{at}.exdate") for text in given.exdate),
        end=instant_of(given.end, f"{at}.end") if given.HasField("end") else None,
        count=given.count if given.HasField("count") else None,
        gap=GAPS.said(given.gap, f"{at}.gap"),
        fold=FOLDS.said(given.fold, f"{at}.fold"),
        month_end=MONTH_ENDS.said(given.month_end, f"{at}.month_end") or "skip",
        jitter_seconds=seconds_of(given.jitter, f"{at}.jitter"),
        exclude=tuple(given.exclude),
    )


def _time(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidTime(f"{field} is no time; write it as 2026-05-01T08:00:00.", field) from None
