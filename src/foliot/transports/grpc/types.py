"""Job types: what can be submitted."""

from typing import Final

from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.views import view_type


async def list_job_types(call: Call, request: pb.ListJobTypesRequest) -> pb.ListJobTypesResponse:
    types = await call.services.catalogue.all(call.identity)
    return pb.ListJobTypesResponse(types=[view_type(job_type) for job_type in types])


OPERATIONS: Final = (list_job_types,)
