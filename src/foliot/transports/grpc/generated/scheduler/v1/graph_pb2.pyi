from foliot.transports.grpc.generated.scheduler.v1 import job_pb2 as _job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import run_pb2 as _run_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Graph(_message.Message):
    __slots__ = ("job_id", "parents", "members", "links", "is_whole")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    IS_WHOLE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    parents: _containers.RepeatedCompositeFieldContainer[Member]
    members: _containers.RepeatedCompositeFieldContainer[Member]
    links: _containers.RepeatedCompositeFieldContainer[Link]
    is_whole: bool
    def __init__(self, job_id: _Optional[str] = ..., parents: _Optional[_Iterable[_Union[Member, _Mapping]]] = ..., members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ..., links: _Optional[_Iterable[_Union[Link, _Mapping]]] = ..., is_whole: bool = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("job_id", "type", "state", "wait_for")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    type: str
    state: _run_pb2.RunState
    wait_for: _job_pb2.WaitFor
    def __init__(self, job_id: _Optional[str] = ..., type: _Optional[str] = ..., state: _Optional[_Union[_run_pb2.RunState, str]] = ..., wait_for: _Optional[_Union[_job_pb2.WaitFor, str]] = ...) -> None: ...

class Link(_message.Message):
    __slots__ = ("parent_id", "child_id", "wait_for")
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    parent_id: str
    child_id: str
    wait_for: _job_pb2.WaitFor
    def __init__(self, parent_id: _Optional[str] = ..., child_id: _Optional[str] = ..., wait_for: _Optional[_Union[_job_pb2.WaitFor, str]] = ...) -> None: ...
