"""Edits as merge patches (RFC 7396): what a server has to merge into a job so that it becomes what is wanted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from foliot.domain.errors import InvalidPayload
from foliot.domain.job import Job
from foliot.domain.schedule import At, meant
from foliot.service.editing import JobChanges


def patch_of(job: Job, changes: JobChanges, now: datetime) -> dict[str, Any]:
    """The patch.

    Raises:
        InvalidPayload: the new payload is not JSON, or has a null in an object, which no merge patch can say.
        InvalidSchedule: the schedule makes no sense.
    """
    priority, schedule = changes.priority, changes.schedule
    if changes.delay_seconds is not UNSET:
        schedule = At(now + timedelta(seconds=changes.delay_seconds))
    told: dict[str, Any] = {
        "schedule": schedule if schedule in (UNSET, None) else _merging(job.schedule, meant(schedule, now)),
        "queue": changes.queue,
        "priority": priority if priority in (UNSET, None) else priority.label,
        "timeout_seconds": changes.timeout_seconds,
        "overlap": changes.overlap,
        "expires_in_seconds": changes.expires_in_seconds,
        "expires_at": changes.expires_at,
        "misfire": changes.misfire
        if changes.misfire in (UNSET, None)
        else _merging(job.overrides.misfire, changes.misfire),
        "retry": changes.retry if changes.retry in (UNSET, None) else _merging(job.overrides.retry, changes.retry),
    }
    if changes.payload is not UNSET:
        told["payload"] = _payload(job.payload, changes.payload)
    return {name: value for name, value in told.items() if value is not UNSET}


def _payload(present: bytes, wanted: bytes) -> Any:
    try:
        new = msgspec.json.decode(wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPayload(f"The payload is not JSON: {error}.", "payload") from None
    if isinstance(new, dict) and _has_null(new):
        raise InvalidPayload("A null in an object cannot be sent as an edit; leave that member out.", "payload")
    return merging(msgspec.json.decode(present), new)


def _has_null(value: Mapping[str, Any]) -> bool:
    return any(each is None or (isinstance(each, Mapping) and _has_null(each)) for each in value.values())


def _merging(present: object, wanted: object) -> Any:
    return merging(msgspec.to_builtins(present), msgspec.to_builtins(wanted))


def merging(present: Any, wanted: Any) -> Any:
    """What has to be merged into the one document to get the other."""
    if not isinstance(wanted, Mapping) or not isinstance(present, Mapping):
        return wanted
    gone = dict.fromkeys(present.keys() - wanted.keys())
    return gone | {name: merging(present.get(name), value) for name, value in wanted.items()}
