"""`foliot job update`: make a job otherwise."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from cyclopts import Parameter
from msgspec import UNSET

from foliot.domain.job import Job
from foliot.domain.priority import Priority
from foliot.service.editing import JobChanges
from foliot.transports.cli.arguments import DURATION, INSTANT, IfRevision, JobId, read_payload
from foliot.transports.cli.documents import whole_job_document
from foliot.transports.cli.groups import WHEN
from foliot.transports.cli.schedules import (
    NOT_RECURRING,
    Count,
    Jitter,
    Misfire,
    Overlapping,
    Recurring,
    schedule_of,
)
from foliot.transports.cli.session import Acting, Here
from foliot.transports.cli.tables import job_fields


async def update(
    job_id: JobId,
    /,
    *,
    payload: Annotated[
        str | None,
        Parameter(
            help="The arguments as JSON, all of them; - reads them from standard input, @path from a file.",
            metavar="JSON",
            allow_leading_hyphen=True,
        ),
    ] = None,
    at: Annotated[
        datetime | None, INSTANT, Parameter(group=WHEN, help="At this instant, as 2026-05-01T08:00:00Z.")
    ] = None,
    in_: Annotated[
        timedelta | None, DURATION, Parameter(name="--in", group=WHEN, help="After this time, as 90s, 5m, 2h.")
    ] = None,
    recurring: Annotated[Recurring, Parameter(name="*")] = NOT_RECURRING,
    count: Count = None,
    jitter: Jitter = None,
    misfire: Misfire = None,
    overlap: Overlapping = None,
    queue: Annotated[str | None, Parameter(help="Another queue.")] = None,
    priority: Annotated[Priority | None, Parameter(help="How urgent it is.")] = None,
    timeout: Annotated[timedelta | None, DURATION, Parameter(help="How long an attempt may take.")] = None,
    max_attempts: Annotated[int | None, Parameter(help="How often it may be tried.")] = None,
    expires_in: Annotated[
        timedelta | None, DURATION, Parameter(group=WHEN, help="Only if it starts within this time, as 10m.")
    ] = None,
    expires_at: Annotated[
        datetime | None, INSTANT, Parameter(group=WHEN, help="Only if it has started by this instant.")
    ] = None,
    never_expires: Annotated[bool, Parameter(group=WHEN, negative="", help="However late it starts.")] = False,
    if_revision: IfRevision = None,
    session: Here,
) -> None:
    """Make a job otherwise: what is not said stays. Runs that wait follow, and so does the schedule from now on."""
    schedule = schedule_of(recurring, at=at, delay=in_, count=count, jitter=jitter)
    changes = JobChanges(
        payload=UNSET if payload is None else read_payload(payload),
        schedule=UNSET if schedule is None else schedule,
        delay_seconds=UNSET if in_ is None else in_.total_seconds(),
        queue=UNSET if queue is None else queue,
        priority=UNSET if priority is None else priority,
        timeout_seconds=UNSET if timeout is None else timeout.total_seconds(),
        misfire=UNSET if misfire is None else misfire,
        overlap=UNSET if overlap is None else overlap,
        expires_in_seconds=expires_in.total_seconds() if expires_in is not None else None if never_expires else UNSET,
        expires_at=UNSET if expires_at is None else expires_at,
    )
    async with session.acting() as acting:
        changes_to = await _with_attempts(acting, job_id, changes, max_attempts)
        job = await acting.services.jobs.update(acting.identity, job_id, changes_to, if_revision)
        family = await acting.services.graphs.family(acting.identity, job)
    session.output.show(whole_job_document(job, family), job_fields(job, session.now))


async def _with_attempts(
    acting: Acting, job_id: str, changes: JobChanges, max_attempts: int | None
) -> Callable[[Job], JobChanges]:
    """The changes, with the retry policy that the job has or follows, but for how often it is tried."""
    if max_attempts is None:
        return lambda job: changes
    job_type = (await acting.services.jobs.get(acting.identity, job_id)).type
    policy = (await acting.services.catalogue.find(acting.identity.tenant_id, job_type)).policy.retry

    def changes_to(job: Job) -> JobChanges:
        retry = msgspec.structs.replace(job.overrides.retry or policy, max_attempts=max_attempts)
        return msgspec.structs.replace(changes, retry=retry)

    return changes_to
