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
from foliot.sdk.policies import OverlapName, PriorityName, overlap_named, priority_named, retry_checked
from foliot.sdk.schedules import When, calendar_names, schedule_of, zone_name
from foliot.service.editing import JobChanges


class Edits(When, total=False):
    """What may be made otherwise; see `Handle.update`."""

    payload: Mapping[str, Any] | None
    queue: str | None
    priority: Priority | PriorityName | None
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
        InvalidPolicy: there is no such `priority`, `misfire` or `overlap`, or `retry` is none.
        TypeError: something is said that a job does not have.
    """
    if unknown := edits.keys() - Edits.__annotations__.keys():
        raise TypeError(f"A job has no {', '.join(sorted(unknown))}; it has {', '.join(Edits.__annotations__)}.")
    said = {name: edits[name] for name in ScheduleOptions.__struct_fields__ if name in edits}  # type: ignore[literal-required]  # they are those of `When`
    said |= {"timezone": zone_name(edits.get("timezone")), "exclude": calendar_names(edits.get("exclude", ()))}
    schedule = schedule_of(ScheduleOptions(**said))
    payload, delay, timeout = edits.get("payload"), edits.get("delay"), edits.get("timeout")
    queue, priority, retry = edits.get("queue"), edits.get("priority"), edits.get("retry")
    misfire, overlap = edits.get("misfire"), edits.get("overlap")
    return JobChanges(
        payload=UNSET if payload is None else in_json(payload, "payload"),
        schedule=UNSET if schedule is None else schedule,
        delay_seconds=UNSET if delay is None else in_seconds(delay),
        queue=UNSET if queue is None else queue,
        priority=UNSET if priority is None else priority_named(priority),
        timeout_seconds=UNSET if timeout is None else in_seconds(timeout),
        retry=UNSET if retry is None else retry_checked(retry),
        misfire=UNSET if misfire is None else misfire_named(misfire),
        overlap=UNSET if overlap is None else overlap_named(overlap),
        expires_in_seconds=UNSET if "expires_in" not in edits else maybe_seconds(edits["expires_in"]),
        expires_at=edits.get("expires_at", UNSET),
    )
