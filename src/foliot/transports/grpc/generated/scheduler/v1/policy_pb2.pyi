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

class Overlap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERLAP_UNSPECIFIED: _ClassVar[Overlap]
    OVERLAP_SKIP: _ClassVar[Overlap]
    OVERLAP_ALLOW: _ClassVar[Overlap]
    OVERLAP_QUEUE_ONE: _ClassVar[Overlap]
    OVERLAP_CANCEL_RUNNING: _ClassVar[Overlap]
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
OVERLAP_UNSPECIFIED: Overlap
OVERLAP_SKIP: Overlap
OVERLAP_ALLOW: Overlap
OVERLAP_QUEUE_ONE: Overlap
OVERLAP_CANCEL_RUNNING: Overlap

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

class Misfire(_message.Message):
    __slots__ = ("coalesce", "skip", "catch_up")
    class Coalesce(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Skip(_message.Message):
        __slots__ = ("grace",)
        GRACE_FIELD_NUMBER: _ClassVar[int]
        grace: _duration_pb2.Duration
        def __init__(self, grace: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class CatchUp(_message.Message):
        __slots__ = ("limit", "stagger", "grace")
        LIMIT_FIELD_NUMBER: _ClassVar[int]
        STAGGER_FIELD_NUMBER: _ClassVar[int]
        GRACE_FIELD_NUMBER: _ClassVar[int]
        limit: int
        stagger: _duration_pb2.Duration
        grace: _duration_pb2.Duration
        def __init__(self, limit: _Optional[int] = ..., stagger: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., grace: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    COALESCE_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    CATCH_UP_FIELD_NUMBER: _ClassVar[int]
    coalesce: Misfire.Coalesce
    skip: Misfire.Skip
    catch_up: Misfire.CatchUp
    def __init__(self, coalesce: _Optional[_Union[Misfire.Coalesce, _Mapping]] = ..., skip: _Optional[_Union[Misfire.Skip, _Mapping]] = ..., catch_up: _Optional[_Union[Misfire.CatchUp, _Mapping]] = ...) -> None: ...
