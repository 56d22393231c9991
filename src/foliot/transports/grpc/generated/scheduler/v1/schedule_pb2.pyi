from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Gap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GAP_UNSPECIFIED: _ClassVar[Gap]
    GAP_NEXT_VALID: _ClassVar[Gap]
    GAP_SHIFT: _ClassVar[Gap]
    GAP_SKIP: _ClassVar[Gap]

class Fold(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FOLD_UNSPECIFIED: _ClassVar[Fold]
    FOLD_FIRST: _ClassVar[Fold]
    FOLD_SECOND: _ClassVar[Fold]
    FOLD_BOTH: _ClassVar[Fold]

class MonthEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONTH_END_UNSPECIFIED: _ClassVar[MonthEnd]
    MONTH_END_SKIP: _ClassVar[MonthEnd]
    MONTH_END_LAST_VALID: _ClassVar[MonthEnd]
GAP_UNSPECIFIED: Gap
GAP_NEXT_VALID: Gap
GAP_SHIFT: Gap
GAP_SKIP: Gap
FOLD_UNSPECIFIED: Fold
FOLD_FIRST: Fold
FOLD_SECOND: Fold
FOLD_BOTH: Fold
MONTH_END_UNSPECIFIED: MonthEnd
MONTH_END_SKIP: MonthEnd
MONTH_END_LAST_VALID: MonthEnd

class Schedule(_message.Message):
    __slots__ = ("at", "every", "cron", "rrule")
    AT_FIELD_NUMBER: _ClassVar[int]
    EVERY_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    RRULE_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    every: Every
    cron: Cron
    rrule: RRule
    def __init__(self, at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., every: _Optional[_Union[Every, _Mapping]] = ..., cron: _Optional[_Union[Cron, _Mapping]] = ..., rrule: _Optional[_Union[RRule, _Mapping]] = ...) -> None: ...

class Every(_message.Message):
    __slots__ = ("interval", "start", "end", "count", "jitter", "exclude")
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    interval: _duration_pb2.Duration
    start: _timestamp_pb2.Timestamp
    end: _timestamp_pb2.Timestamp
    count: int
    jitter: _duration_pb2.Duration
    exclude: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, interval: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., start: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., count: _Optional[int] = ..., jitter: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., exclude: _Optional[_Iterable[str]] = ...) -> None: ...

class Cron(_message.Message):
    __slots__ = ("expression", "timezone", "start", "end", "count", "gap", "fold", "jitter", "exclude")
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    FOLD_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    expression: str
    timezone: str
    start: _timestamp_pb2.Timestamp
    end: _timestamp_pb2.Timestamp
    count: int
    gap: Gap
    fold: Fold
    jitter: _duration_pb2.Duration
    exclude: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, expression: _Optional[str] = ..., timezone: _Optional[str] = ..., start: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., count: _Optional[int] = ..., gap: _Optional[_Union[Gap, str]] = ..., fold: _Optional[_Union[Fold, str]] = ..., jitter: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., exclude: _Optional[_Iterable[str]] = ...) -> None: ...

class RRule(_message.Message):
    __slots__ = ("rule", "timezone", "start", "rdate", "exdate", "end", "count", "gap", "fold", "month_end", "jitter", "exclude")
    RULE_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    RDATE_FIELD_NUMBER: _ClassVar[int]
    EXDATE_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    FOLD_FIELD_NUMBER: _ClassVar[int]
    MONTH_END_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    rule: str
    timezone: str
    start: str
    rdate: _containers.RepeatedScalarFieldContainer[str]
    exdate: _containers.RepeatedScalarFieldContainer[str]
    end: _timestamp_pb2.Timestamp
    count: int
    gap: Gap
    fold: Fold
    month_end: MonthEnd
    jitter: _duration_pb2.Duration
    exclude: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rule: _Optional[str] = ..., timezone: _Optional[str] = ..., start: _Optional[str] = ..., rdate: _Optional[_Iterable[str]] = ..., exdate: _Optional[_Iterable[str]] = ..., end: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., count: _Optional[int] = ..., gap: _Optional[_Union[Gap, str]] = ..., fold: _Optional[_Union[Fold, str]] = ..., month_end: _Optional[_Union[MonthEnd, str]] = ..., jitter: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., exclude: _Optional[_Iterable[str]] = ...) -> None: ...
