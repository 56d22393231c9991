from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Backoff(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BACKOFF_UNSPECIFIED: _ClassVar[Backoff]
    BACKOFF_FIXED: _ClassVar[Backoff]
    BACKOFF_LINEAR: _ClassVar[Backoff]
    BACKOFF_EXPONENTIAL: _ClassVar[Backoff]

class Jitter(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JITTER_UNSPECIFIED: _ClassVar[Jitter]
    JITTER_FULL: _ClassVar[Jitter]
    JITTER_NONE: _ClassVar[Jitter]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_RETRYABLE: _ClassVar[Verdict]
    VERDICT_PERMANENT: _ClassVar[Verdict]
    VERDICT_CANCELLED: _ClassVar[Verdict]
BACKOFF_UNSPECIFIED: Backoff
BACKOFF_FIXED: Backoff
BACKOFF_LINEAR: Backoff
BACKOFF_EXPONENTIAL: Backoff
JITTER_UNSPECIFIED: Jitter
JITTER_FULL: Jitter
JITTER_NONE: Jitter
VERDICT_UNSPECIFIED: Verdict
VERDICT_RETRYABLE: Verdict
VERDICT_PERMANENT: Verdict
VERDICT_CANCELLED: Verdict

class RetryPolicy(_message.Message):
    __slots__ = ("max_attempts", "backoff", "base", "factor", "cap", "jitter", "rules")
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    BACKOFF_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    CAP_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    max_attempts: int
    backoff: Backoff
    base: _duration_pb2.Duration
    factor: float
    cap: _duration_pb2.Duration
    jitter: Jitter
    rules: _containers.RepeatedCompositeFieldContainer[ErrorRule]
    def __init__(self, max_attempts: _Optional[int] = ..., backoff: _Optional[_Union[Backoff, str]] = ..., base: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., factor: _Optional[float] = ..., cap: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[Jitter, str]] = ..., rules: _Optional[_Iterable[_Union[ErrorRule, _Mapping]]] = ...) -> None: ...

class ErrorRule(_message.Message):
    __slots__ = ("error", "verdict")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    error: str
    verdict: Verdict
    def __init__(self, error: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ...) -> None: ...
