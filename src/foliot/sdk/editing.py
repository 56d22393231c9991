"""Editing a job, as it is said in Python."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET

from foliot.domain.policy import Overlap
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import MisfireName, MisfirePolicy, ScheduleOptions, in_seconds, misfire_named
from foliot.sdk.job import in_json, maybe_seconds
from foliot.sdk.schedules import OverlapName, When, overlap_named, schedule_of, zone_name
from foliot.service.editing import JobChanges


class Edits(When, total=False):
    """What may be made otherwise; see `Handle.update`."""

    payload: Mapping[str, Any] | None
    queue: str | None
    priority: Priority | None
    timeout: timedelta | float | None
    retry: RetryPolicy | None
    misfire: MisfirePolicy | MisfireName | None
    overlap: Overlap | OverlapName | None
    expires_in: timedelta | float | None
    expires_at: datetime | None
    if_revision: int | None


def changes_of(edits: Edits) -> JobChanges:
    """The changes of a job that are asked for; what is not given stays.

    Raises:
        InvalidPayload: the payload has no JSON form.
        InvalidSchedule: what is said of when does not go together.
        InvalidPolicy: there is no such `misfire` or `overlap`.
    """
    said = {name: edits[name] for name in ScheduleOptions.__struct_fields__ if name in edits}  # type: ignore[literal-required]  # they are those of `When`
    said |= {"timezone": zone_name(edits.get("timezone")), "exclude": tuple(edits.get("exclude", ())) or None}
    schedule = schedule_of(ScheduleOptions(**said))
    payload, delay, timeout = edits.get("payload"), edits.get("delay"), edits.get("timeout")
    misfire, overlap = edits.get("misfire"), edits.get("overlap")
    return JobChanges(
        payload=UNSET if payload is None else in_json(payload, "payload"),
        schedule=UNSET if schedule is None else schedule,
        delay_seconds=UNSET if delay is None else in_seconds(delay),
        queue=edits.get("queue") or UNSET,
        priority=UNSET if (priority := edits.get("priority")) is None else priority,
        timeout_seconds=UNSET if timeout is None else in_seconds(timeout),
        retry=edits.get("retry") or UNSET,
        misfire=UNSET if misfire is None else misfire_named(misfire),
        overlap=UNSET if overlap is None else overlap_named(overlap),
        expires_in_seconds=UNSET if "expires_in" not in edits else maybe_seconds(edits["expires_in"]),
        expires_at=edits.get("expires_at", UNSET),
    )
