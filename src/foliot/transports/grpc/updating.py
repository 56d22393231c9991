"""Updating: what of a job is to be otherwise."""

from collections.abc import Sequence
from typing import Any, Final

from foliot.domain.errors import FoliotError, InvalidRequest
from foliot.domain.job import EMPTY_PAYLOAD
from foliot.service.editing import JobChanges
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.jobs import found, shown
from foliot.transports.grpc.policies import OVERLAPS, misfire_of, retry_of
from foliot.transports.grpc.reading import expected_revision, field_at_fault
from foliot.transports.grpc.schedules import schedule_of
from foliot.transports.grpc.times import seconds_of
from foliot.transports.grpc.words import PRIORITIES

_MESSAGES: Final = ("schedule", "delay", "timeout", "retry", "misfire")
CHANGEABLE: Final = ("payload_json", "queue", "priority", "overlap", *_MESSAGES)


async def update_job(call: Call, request: pb.UpdateJobRequest) -> pb.UpdateJobResponse:
    job_id = (await found(call, request.job_id)).id
    expected = expected_revision(request.expected_revision)
    try:
        changes = _changes(request.job, _paths(request))
        job = await call.services.jobs.update(call.identity, job_id, changes, expected)
    except FoliotError as error:
        field = field_at_fault(request.job, error)
        if field is not None and field != "update_mask":
            error.field = f"job.{field}"
        raise
    return pb.UpdateJobResponse(job=await shown(call, job, request.job_id))


OPERATIONS: Final = (update_job,)


def _paths(request: pb.UpdateJobRequest) -> Sequence[str]:
    job = request.job
    if not request.HasField("update_mask"):
        return [name for name in CHANGEABLE if (job.HasField(name) if name in _MESSAGES else getattr(job, name))]
    for path in request.update_mask.paths:
        if path not in CHANGEABLE:
            raise InvalidRequest(f"{path[:100]!r} cannot be updated; what can: {', '.join(CHANGEABLE)}.", "update_mask")
    return request.update_mask.paths


def _changes(job: job_pb2.Job, paths: Sequence[str]) -> JobChanges:
    changed: dict[str, Any] = {}
    for path in paths:
        match path:
            case "payload_json":
                changed["payload"] = job.payload_json.encode() or EMPTY_PAYLOAD
            case "queue":
                changed["queue"] = job.queue or None
            case "priority":
                changed["priority"] = PRIORITIES.said(job.priority, "priority")
            case "schedule":
                changed["schedule"] = schedule_of(job.schedule, "schedule") if job.HasField("schedule") else None
            case "delay":
                changed["delay_seconds"] = seconds_of(job.delay, "delay")
            case "timeout":
                changed["timeout_seconds"] = seconds_of(job.timeout, "timeout") if job.HasField("timeout") else None
            case "retry":
                changed["retry"] = retry_of(job.retry) if job.HasField("retry") else None
            case "misfire":
                changed["misfire"] = misfire_of(job.misfire)
            case "overlap":
                changed["overlap"] = OVERLAPS.said(job.overlap, "overlap")
    return JobChanges(**changed)
