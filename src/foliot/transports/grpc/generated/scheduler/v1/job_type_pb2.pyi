from google.protobuf import duration_pb2 as _duration_pb2
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2 as _job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import policy_pb2 as _policy_pb2
from foliot.transports.grpc.generated.scheduler.v1 import unique_pb2 as _unique_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobType(_message.Message):
    __slots__ = ("name", "description", "queue", "priority", "timeout", "retry", "arguments_schema_json", "misfire", "overlap", "remote", "unique")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_SCHEMA_JSON_FIELD_NUMBER: _ClassVar[int]
    MISFIRE_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    queue: str
    priority: _job_pb2.Priority
    timeout: _duration_pb2.Duration
    retry: _policy_pb2.RetryPolicy
    arguments_schema_json: str
    misfire: _policy_pb2.Misfire
    overlap: _policy_pb2.Overlap
    remote: bool
    unique: _unique_pb2.Unique
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., queue: _Optional[str] = ..., priority: _Optional[_Union[_job_pb2.Priority, str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., retry: _Optional[_Union[_policy_pb2.RetryPolicy, _Mapping]] = ..., arguments_schema_json: _Optional[str] = ..., misfire: _Optional[_Union[_policy_pb2.Misfire, _Mapping]] = ..., overlap: _Optional[_Union[_policy_pb2.Overlap, str]] = ..., remote: bool = ..., unique: _Optional[_Union[_unique_pb2.Unique, _Mapping]] = ...) -> None: ...
