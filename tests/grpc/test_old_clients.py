"""A client that knows only what the older scheduler had: its messages, in a pool of its own, on the same wire."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import DESCRIPTOR as TIMESTAMP

from tests.grpc.conftest import House

# The fields of each message, in the order of their numbers from 1.
MESSAGES: Final[Mapping[str, str]] = {
    "Job": "job_id type priority:Priority payload_json idempotency_key max_attempts:int",
    "JobStatus": "job_id state:JobState attempts:int last_error created_at:time updated_at:time started_at:time "
    "finished_at:time",
    "JobEvent": "job_id state:JobState message timestamp:time attempts:int",
    "SubmitJobRequest": "job:Job",
    "SubmitJobResponse": "job_id",
    "GetJobRequest": "job_id",
    "WatchJobRequest": "job_id",
    "CancelJobRequest": "job_id",
    "CancelJobResponse": "cancelled:bool",
    "ListJobsRequest": "state_filter:JobState priority_filter:Priority type_filter page_size:int page_token",
    "ListJobsResponse": "jobs:JobStatus[] next_page_token",
}
ENUMS: Final[Mapping[str, str]] = {
    "Priority": "UNSPECIFIED CRITICAL HIGH DEFAULT LOW",
    "JobState": "UNSPECIFIED QUEUED RUNNING SUCCEEDED FAILED DEADLETTER",
}
QUEUED, RUNNING, SUCCEEDED, DEADLETTER = 1, 2, 3, 5


def messages() -> Mapping[str, Any]:
    """The classes of these messages."""
    file = FileDescriptorProto(name="old.proto", package="old", syntax="proto3", dependency=[TIMESTAMP.name])
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values.split()):
            enum.value.add(name=f"{name}_{value}", number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field in enumerate(fields.split(), 1):
            called, _, kind = field.partition(":")
            message.field.append(_field(called, number, kind))
    pool = DescriptorPool()
    pool.AddSerializedFile(TIMESTAMP.serialized_pb)
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"old.{name}")) for name in MESSAGES}


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    made = FieldDescriptorProto(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if kind.endswith("[]"):
        kind, made.label = kind.removesuffix("[]"), FieldDescriptorProto.LABEL_REPEATED
    plain = {"": made.TYPE_STRING, "int": made.TYPE_INT32, "bool": made.TYPE_BOOL}
    if kind in plain:
        made.type = plain[kind]
    elif kind in ENUMS:
        made.type, made.type_name = made.TYPE_ENUM, f".old.{kind}"
    else:
        made.type = made.TYPE_MESSAGE
        made.type_name = ".google.protobuf.Timestamp" if kind == "time" else f".old.{kind}"
    return made


async def test_an_old_client_works_unchanged(house: House) -> None:
    known = messages()
    async with house.client() as client:

        def call(rpc: str, request: Any, response: str, *, streams: bool = False) -> Any:
            make: Any = client.channel.unary_stream if streams else client.channel.unary_unary
            made = make(f"/scheduler.v1.SchedulerService/{rpc}", None, known[response].FromString)
            return made(request.SerializeToString(), metadata=client.metadata)

        async with house.working():
            job = known["Job"](
                job_id="3b241101-e2bb-4255-8caf-4136c566a962", type="any", priority=2, payload_json='{"a": 1}',
                idempotency_key="not looked at", max_attempts=5,
            )  # fmt: skip
            for _ in range(2):
                receipt = await call("SubmitJob", known["SubmitJobRequest"](job=job), "SubmitJobResponse")
                assert receipt.job_id == job.job_id
            watching = call("WatchJob", known["WatchJobRequest"](job_id=job.job_id), "JobEvent", streams=True)
            states = [event.state async for event in watching]
            assert (states[0], states[-1]) == (QUEUED, SUCCEEDED)
        status = await call("GetJob", known["GetJobRequest"](job_id=job.job_id), "JobStatus")
        assert (status.job_id, status.state, status.attempts) == (job.job_id, SUCCEEDED, 1)
        assert status.created_at.seconds <= status.started_at.seconds <= status.finished_at.seconds
        cancelled = await call("CancelJob", known["CancelJobRequest"](job_id=job.job_id), "CancelJobResponse")
        assert not cancelled.cancelled
        await house.dead_letter()
        for state, count in ((0, 2), (SUCCEEDED, 1), (DEADLETTER, 1), (RUNNING, 0)):
            page = await call(
                "ListJobs", known["ListJobsRequest"](state_filter=state, page_size=1000), "ListJobsResponse"
            )
            assert (len(page.jobs), page.next_page_token) == (count, "")
