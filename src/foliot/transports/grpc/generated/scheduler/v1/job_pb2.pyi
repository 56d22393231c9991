from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from foliot.transports.grpc.generated.scheduler.v1 import policy_pb2 as _policy_pb2
from foliot.transports.grpc.generated.scheduler.v1 import schedule_pb2 as _schedule_pb2
from foliot.transports.grpc.generated.scheduler.v1 import unique_pb2 as _unique_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_CRITICAL: _ClassVar[Priority]
    PRIORITY_HIGH: _ClassVar[Priority]
    PRIORITY_DEFAULT: _ClassVar[Priority]
    PRIORITY_LOW: _ClassVar[Priority]

class WaitFor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAIT_FOR_UNSPECIFIED: _ClassVar[WaitFor]
    WAIT_FOR_SUCCEEDED: _ClassVar[WaitFor]
    WAIT_FOR_FAILED: _ClassVar[WaitFor]
    WAIT_FOR_CANCELLED: _ClassVar[WaitFor]
    WAIT_FOR_FINISHED: _ClassVar[WaitFor]

class Join(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOIN_UNSPECIFIED: _ClassVar[Join]
    JOIN_ALL: _ClassVar[Join]
    JOIN_ANY: _ClassVar[Join]
PRIORITY_UNSPECIFIED: Priority
PRIORITY_CRITICAL: Priority
PRIORITY_HIGH: Priority
PRIORITY_DEFAULT: Priority
PRIORITY_LOW: Priority
WAIT_FOR_UNSPECIFIED: WaitFor
WAIT_FOR_SUCCEEDED: WaitFor
WAIT_FOR_FAILED: WaitFor
WAIT_FOR_CANCELLED: WaitFor
WAIT_FOR_FINISHED: WaitFor
JOIN_UNSPECIFIED: Join
JOIN_ALL: Join
JOIN_ANY: Join

class Job(_message.Message):
    __slots__ = ("job_id", "type", "priority", "payload_json", "idempotency_key", "max_attempts", "schedule", "delay", "queue", "timeout", "retry", "parents", "join", "alias", "expires_in", "expires_at", "misfire", "overlap", "key_expires_in", "unique", "debounce")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_JSON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_IN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    MISFIRE_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    KEY_EXPIRES_IN_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_FIELD_NUMBER: _ClassVar[int]
    DEBOUNCE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    type: str
    priority: Priority
    payload_json: str
    idempotency_key: str
    max_attempts: int
    schedule: _schedule_pb2.Schedule
    delay: _duration_pb2.Duration
    queue: str
    timeout: _duration_pb2.Duration
    retry: _policy_pb2.RetryPolicy
    parents: _containers.RepeatedCompositeFieldContainer[Parent]
    join: Join
    alias: str
    expires_in: _duration_pb2.Duration
    expires_at: _timestamp_pb2.Timestamp
    misfire: _policy_pb2.Misfire
    overlap: _policy_pb2.Overlap
    key_expires_in: _duration_pb2.Duration
    unique: _unique_pb2.Unique
    debounce: _unique_pb2.Debounce
    def __init__(self, job_id: _Optional[str] = ..., type: _Optional[str] = ..., priority: _Optional[_Union[Priority, str]] = ..., payload_json: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., max_attempts: _Optional[int] = ..., schedule: _Optional[_Union[_schedule_pb2.Schedule, _Mapping]] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., queue: _Optional[str] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., retry: _Optional[_Union[_policy_pb2.RetryPolicy, _Mapping]] = ..., parents: _Optional[_Iterable[_Union[Parent, _Mapping]]] = ..., join: _Optional[_Union[Join, str]] = ..., alias: _Optional[str] = ..., expires_in: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., expires_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., misfire: _Optional[_Union[_policy_pb2.Misfire, _Mapping]] = ..., overlap: _Optional[_Union[_policy_pb2.Overlap, str]] = ..., key_expires_in: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., unique: _Optional[_Union[_unique_pb2.Unique, _Mapping]] = ..., debounce: _Optional[_Union[_unique_pb2.Debounce, _Mapping]] = ...) -> None: ...

class Parent(_message.Message):
    __slots__ = ("job_id", "alias", "wait_for")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    alias: str
    wait_for: WaitFor
    def __init__(self, job_id: _Optional[str] = ..., alias: _Optional[str] = ..., wait_for: _Optional[_Union[WaitFor, str]] = ...) -> None: ...
