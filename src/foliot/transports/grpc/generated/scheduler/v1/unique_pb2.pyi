from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Unique(_message.Message):
    __slots__ = ("by", "args", "until", "period", "window")
    class By(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BY_UNSPECIFIED: _ClassVar[Unique.By]
        BY_TYPE: _ClassVar[Unique.By]
        BY_ARGS: _ClassVar[Unique.By]
        BY_QUEUE: _ClassVar[Unique.By]
    BY_UNSPECIFIED: Unique.By
    BY_TYPE: Unique.By
    BY_ARGS: Unique.By
    BY_QUEUE: Unique.By
    class Until(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        UNTIL_UNSPECIFIED: _ClassVar[Unique.Until]
        UNTIL_STARTED: _ClassVar[Unique.Until]
        UNTIL_ENDED: _ClassVar[Unique.Until]
    UNTIL_UNSPECIFIED: Unique.Until
    UNTIL_STARTED: Unique.Until
    UNTIL_ENDED: Unique.Until
    class Window(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        WINDOW_UNSPECIFIED: _ClassVar[Unique.Window]
        WINDOW_ROLLING: _ClassVar[Unique.Window]
        WINDOW_FIXED: _ClassVar[Unique.Window]
    WINDOW_UNSPECIFIED: Unique.Window
    WINDOW_ROLLING: Unique.Window
    WINDOW_FIXED: Unique.Window
    BY_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    by: _containers.RepeatedScalarFieldContainer[Unique.By]
    args: _containers.RepeatedScalarFieldContainer[str]
    until: Unique.Until
    period: _duration_pb2.Duration
    window: Unique.Window
    def __init__(self, by: _Optional[_Iterable[_Union[Unique.By, str]]] = ..., args: _Optional[_Iterable[str]] = ..., until: _Optional[_Union[Unique.Until, str]] = ..., period: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., window: _Optional[_Union[Unique.Window, str]] = ...) -> None: ...

class Debounce(_message.Message):
    __slots__ = ("quiet", "max_wait")
    QUIET_FIELD_NUMBER: _ClassVar[int]
    MAX_WAIT_FIELD_NUMBER: _ClassVar[int]
    quiet: _duration_pb2.Duration
    max_wait: _duration_pb2.Duration
    def __init__(self, quiet: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_wait: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
