"""What pausing a recurring job does to its schedule, and what resuming it does."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from foliot.domain.errors import Conflict
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.schedule import At, Calendar, Every, coalesce, observing
from foliot.domain.states import JobState
from foliot.ports import Steering


def paused(job: Job, event: Event, calendars: Sequence[Calendar] = ()) -> Steering:
    """The job keeps its place in the schedule."""
    return _in_place(job, JobState.PAUSED, event)


def resumed(job: Job, event: Event, calendars: Sequence[Calendar] = ()) -> Steering:
    """The job goes on with the first occurrence after the event that the calendars leave; the event tells how many were
    passed over before."""
    in_place = _in_place(job, JobState.ACTIVE, event)
    next_at = _place(job)
    if job.schedule is None:
        return in_place
    schedule = observing(job.schedule, calendars, next_at)
    if next_at > event.at:
        # Computed anew where clocks count: their rules may have changed since.
        planned = None if isinstance(job.schedule, At | Every) else schedule.occurrence_after(event.at, job.planned)
        if planned is None:
            return in_place
        return msgspec.structs.replace(in_place, next_at=planned.at, decided=planned.decisions)
    passed = coalesce(schedule, next_at, job.planned + 1, event.at)
    told = msgspec.structs.replace(event, data=event.data | {"passed_over": passed.merged + 1})
    return msgspec.structs.replace(
        in_place, next_at=passed.following, planned=passed.count, decided=passed.decided, event=told
    )


def _in_place(job: Job, state: JobState, event: Event) -> Steering:
    return Steering(
        tenant_id=job.tenant_id, job_id=job.id, expected_revision=job.revision, expected=job.state,
        expected_next=_place(job), state=state, next_at=job.next_at, planned=job.planned, decided=job.decided,
        event=event,
    )  # fmt: skip


def _place(job: Job) -> datetime:
    if job.next_at is None:
        raise Conflict(f"The job {job.id} has no more occurrences; submit it again.")
    return job.next_at
