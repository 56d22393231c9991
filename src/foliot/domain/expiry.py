"""By when a run must have started: what may be asked for, and what is kept with the job."""

from datetime import datetime, timedelta

import msgspec

from foliot.domain.errors import InvalidExpiry
from foliot.domain.instant import LATEST, as_instant
from foliot.domain.policy import Overrides, check_expiry


def of_one_run(
    overrides: Overrides, seconds: float | None, at: datetime | None, *, due_at: datetime, now: datetime
) -> Overrides:
    """The overrides of a job that runs once, which must have started within `seconds` from now, or by `at`.

    Raises:
        InvalidExpiry: both are given, or it would expire before it is due.
        InvalidTime: `at` has no UTC offset.
    """
    if seconds is not None and at is not None:
        raise InvalidExpiry("Give expires_in_seconds or expires_at, not both.", "expires_at")
    if seconds is not None:
        check_expiry(seconds)
        field, at = "expires_in_seconds", now + timedelta(seconds=seconds)
    elif at is not None:
        field, at = "expires_at", as_instant(at, "expires_at")
    else:
        return overrides
    if at >= LATEST:
        raise InvalidExpiry("It would expire after the year 2199; leave that out.", field)
    if at <= now:
        raise InvalidExpiry(f"{at.isoformat()} has passed (it is {now.isoformat()}); it would never run.", field)
    if at <= due_at:
        raise InvalidExpiry(
            f"It would expire at {at.isoformat()}, before it is due at {due_at.isoformat()}; let it expire later.",
            field,
        )
    return msgspec.structs.replace(overrides, expires_at=at)


def of_each_run(overrides: Overrides, seconds: float | None, at: datetime | None) -> Overrides:
    """The overrides of a job that recurs, each run of which must have started within `seconds` from when it is due.

    Raises:
        InvalidExpiry: out of range, or `at` is given.
    """
    if at is not None:
        raise InvalidExpiry(
            "The runs of a job that recurs expire each in its own time: give expires_in_seconds, which is counted from "
            "when a run is due, or let the schedule end.",
            "expires_at",
        )
    if seconds is None:
        return overrides
    check_expiry(seconds)
    return msgspec.structs.replace(overrides, expires_in_seconds=seconds)
