from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2 as _job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import policy_pb2 as _policy_pb2
from foliot.transports.grpc.generated.scheduler.v1 import run_pb2 as _run_pb2
from foliot.transports.grpc.generated.scheduler.v1 import unique_pb2 as _unique_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LeaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEASE_STATE_UNSPECIFIED: _ClassVar[LeaseState]
    LEASE_STATE_HELD: _ClassVar[LeaseState]
    LEASE_STATE_CANCELLING: _ClassVar[LeaseState]
    LEASE_STATE_LOST: _ClassVar[LeaseState]
LEASE_STATE_UNSPECIFIED: LeaseState
LEASE_STATE_HELD: LeaseState
LEASE_STATE_CANCELLING: LeaseState
LEASE_STATE_LOST: LeaseState

class WorkerMessage(_message.Message):
    __slots__ = ("hello", "credits", "heartbeat", "progress", "finish", "drain")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    credits: Credits
    heartbeat: Heartbeat
    progress: Progress
    finish: Finish
    drain: Drain
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., credits: _Optional[_Union[Credits, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., finish: _Optional[_Union[Finish, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("welcome", "leased", "leases", "finished", "drained")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    LEASED_FIELD_NUMBER: _ClassVar[int]
    LEASES_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    DRAINED_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    leased: LeasedRuns
    leases: Leases
    finished: Finished
    drained: Drained
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., leased: _Optional[_Union[LeasedRuns, _Mapping]] = ..., leases: _Optional[_Union[Leases, _Mapping]] = ..., finished: _Optional[_Union[Finished, _Mapping]] = ..., drained: _Optional[_Union[Drained, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("worker", "types", "register", "queues", "credits")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    worker: str
    types: _containers.RepeatedScalarFieldContainer[str]
    register: _containers.RepeatedCompositeFieldContainer[TypeDefinition]
    queues: _containers.RepeatedScalarFieldContainer[str]
    credits: int
    def __init__(self, worker: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., register: _Optional[_Iterable[_Union[TypeDefinition, _Mapping]]] = ..., queues: _Optional[_Iterable[str]] = ..., credits: _Optional[int] = ...) -> None: ...

class TypeDefinition(_message.Message):
    __slots__ = ("name", "description", "queue", "priority", "timeout", "retry", "arguments_schema_json", "misfire", "overlap", "unique")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_SCHEMA_JSON_FIELD_NUMBER: _ClassVar[int]
    MISFIRE_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
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
    unique: _unique_pb2.Unique
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., queue: _Optional[str] = ..., priority: _Optional[_Union[_job_pb2.Priority, str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., retry: _Optional[_Union[_policy_pb2.RetryPolicy, _Mapping]] = ..., arguments_schema_json: _Optional[str] = ..., misfire: _Optional[_Union[_policy_pb2.Misfire, _Mapping]] = ..., overlap: _Optional[_Union[_policy_pb2.Overlap, str]] = ..., unique: _Optional[_Union[_unique_pb2.Unique, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("lease", "heartbeat")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    lease: _duration_pb2.Duration
    heartbeat: _duration_pb2.Duration
    def __init__(self, lease: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., heartbeat: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Credits(_message.Message):
    __slots__ = ("more",)
    MORE_FIELD_NUMBER: _ClassVar[int]
    more: int
    def __init__(self, more: _Optional[int] = ...) -> None: ...

class LeasedRuns(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[LeasedRun]
    def __init__(self, runs: _Optional[_Iterable[_Union[LeasedRun, _Mapping]]] = ...) -> None: ...

class LeasedRun(_message.Message):
    __slots__ = ("run_id", "lease", "job_id", "type", "queue", "priority", "payload_json", "due_at", "planned_at", "attempt", "max_attempts", "timeout", "lease_until", "parents")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_JSON_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    PLANNED_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    job_id: str
    type: str
    queue: str
    priority: _job_pb2.Priority
    payload_json: str
    due_at: _timestamp_pb2.Timestamp
    planned_at: _timestamp_pb2.Timestamp
    attempt: int
    max_attempts: int
    timeout: _duration_pb2.Duration
    lease_until: _timestamp_pb2.Timestamp
    parents: _containers.RepeatedCompositeFieldContainer[ParentResult]
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., job_id: _Optional[str] = ..., type: _Optional[str] = ..., queue: _Optional[str] = ..., priority: _Optional[_Union[_job_pb2.Priority, str]] = ..., payload_json: _Optional[str] = ..., due_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., planned_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., max_attempts: _Optional[int] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., lease_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., parents: _Optional[_Iterable[_Union[ParentResult, _Mapping]]] = ...) -> None: ...

class ParentResult(_message.Message):
    __slots__ = ("job_id", "state", "result_json")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RESULT_JSON_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    state: _run_pb2.RunState
    result_json: str
    def __init__(self, job_id: _Optional[str] = ..., state: _Optional[_Union[_run_pb2.RunState, str]] = ..., result_json: _Optional[str] = ...) -> None: ...

class Hold(_message.Message):
    __slots__ = ("run_id", "lease")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[Hold]
    def __init__(self, runs: _Optional[_Iterable[_Union[Hold, _Mapping]]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("notes",)
    NOTES_FIELD_NUMBER: _ClassVar[int]
    notes: _containers.RepeatedCompositeFieldContainer[Note]
    def __init__(self, notes: _Optional[_Iterable[_Union[Note, _Mapping]]] = ...) -> None: ...

class Note(_message.Message):
    __slots__ = ("run_id", "lease", "fraction", "message", "fields_json")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_JSON_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    fraction: float
    message: str
    fields_json: str
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., fraction: _Optional[float] = ..., message: _Optional[str] = ..., fields_json: _Optional[str] = ...) -> None: ...

class Leases(_message.Message):
    __slots__ = ("leases",)
    LEASES_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[Lease]
    def __init__(self, leases: _Optional[_Iterable[_Union[Lease, _Mapping]]] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("run_id", "lease", "state")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    state: LeaseState
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., state: _Optional[_Union[LeaseState, str]] = ...) -> None: ...

class Finish(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[Outcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[Outcome, _Mapping]]] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("run_id", "lease", "succeeded", "failed", "timed_out", "cancelled", "handed_back")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    TIMED_OUT_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    HANDED_BACK_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    succeeded: Success
    failed: Failure
    timed_out: TimedOut
    cancelled: Cancelled
    handed_back: HandedBack
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., succeeded: _Optional[_Union[Success, _Mapping]] = ..., failed: _Optional[_Union[Failure, _Mapping]] = ..., timed_out: _Optional[_Union[TimedOut, _Mapping]] = ..., cancelled: _Optional[_Union[Cancelled, _Mapping]] = ..., handed_back: _Optional[_Union[HandedBack, _Mapping]] = ...) -> None: ...

class Success(_message.Message):
    __slots__ = ("result_json",)
    RESULT_JSON_FIELD_NUMBER: _ClassVar[int]
    result_json: str
    def __init__(self, result_json: _Optional[str] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("message", "type", "code", "trace", "permanent", "retry_after")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    message: str
    type: str
    code: str
    trace: str
    permanent: bool
    retry_after: _duration_pb2.Duration
    def __init__(self, message: _Optional[str] = ..., type: _Optional[str] = ..., code: _Optional[str] = ..., trace: _Optional[str] = ..., permanent: bool = ..., retry_after: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TimedOut(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Cancelled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HandedBack(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Finished(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Ended]
    def __init__(self, items: _Optional[_Iterable[_Union[Ended, _Mapping]]] = ...) -> None: ...

class Ended(_message.Message):
    __slots__ = ("run_id", "lease", "state", "refused", "retry_at")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    state: _run_pb2.RunState
    refused: Refusal
    retry_at: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., state: _Optional[_Union[_run_pb2.RunState, str]] = ..., refused: _Optional[_Union[Refusal, _Mapping]] = ..., retry_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Drained(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
