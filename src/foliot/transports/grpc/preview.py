"""Preview: when a schedule would run."""

from typing import Final

from foliot.domain.errors import FoliotError
from foliot.domain.page import DEFAULT_PAGE
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import occurrence_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.schedules import field_of, schedule_of
from foliot.transports.grpc.times import instant_of, stamp


async def preview_schedule(call: Call, request: pb.PreviewScheduleRequest) -> pb.PreviewScheduleResponse:
    schedule = schedule_of(request.schedule, "schedule")
    since = instant_of(request.since, "since") if request.HasField("since") else None
    try:
        found = await call.services.previewing.preview(call.identity, schedule, since, request.count or DEFAULT_PAGE)
    except FoliotError as error:
        head, _, member = (error.field or "").partition(".")
        if head == "schedule" and member:
            error.field = f"schedule.{field_of(request.schedule, member)}"
        raise
    return pb.PreviewScheduleResponse(
        occurrences=[
            occurrence_pb2.Occurrence(
                planned_at=stamp(each.at), local=each.local.isoformat(), reason="planned", note=each.note or ""
            )
            for each in found
        ]
    )


OPERATIONS: Final = (preview_schedule,)
