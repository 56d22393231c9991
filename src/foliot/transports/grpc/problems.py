"""Errors on the wire: the one mapping of the error tree to canonical codes, with details (AIP-193)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import grpc
import msgspec
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    Forbidden,
    InvalidRequest,
    KeyConflict,
    LeaseLost,
    NotFound,
    ResultTimeout,
    RevisionConflict,
    Unauthenticated,
    Unavailable,
)

DOMAIN: Final = "foliot"

_CODES: Final[Mapping[type[BaseException], grpc.StatusCode]] = {
    InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    LeaseLost: grpc.StatusCode.ABORTED,
    KeyConflict: grpc.StatusCode.ALREADY_EXISTS,
    RevisionConflict: grpc.StatusCode.ABORTED,
    ResultTimeout: grpc.StatusCode.DEADLINE_EXCEEDED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
}
"""A branch of the tree has the code of its nearest ancestor here; what has none is a fault of ours."""

_LONGEST_TEXT_BYTES: Final = 1_500
"""Metadata that is larger than 8 KiB is refused by most clients, and a message is sent twice: once percent-encoded."""


class TooManyStreams(Unavailable):
    """As many calls are open as this process takes."""

    code = "too_many_streams"


class Refusal(msgspec.Struct, frozen=True):
    """A status as it is sent."""

    code: grpc.StatusCode
    message: str
    details: bytes


def code_of(error: FoliotError) -> grpc.StatusCode:
    """The canonical code of an error, by its branch."""
    if isinstance(error, TooManyStreams):
        return grpc.StatusCode.RESOURCE_EXHAUSTED
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), grpc.StatusCode.INTERNAL)


def refusal_of(error: Exception, request_id: str) -> Refusal:
    """The error as a caller gets to see it. What is a fault of ours tells nothing of the inside."""
    code = code_of(error) if isinstance(error, FoliotError) else grpc.StatusCode.INTERNAL
    info = ErrorInfo(reason=FoliotError.code, domain=DOMAIN, metadata={"request_id": request_id})
    if code is grpc.StatusCode.INTERNAL or not isinstance(error, FoliotError):
        return _refusal(code, "This is a fault of the server. It was logged under the request id.", [info])
    message = shortened(error.message)
    info.reason = error.code
    details: list[Message] = [info]
    if error.field is not None and isinstance(error, InvalidRequest):
        violation = BadRequest.FieldViolation(field=shortened(error.field, 200), description=message)
        details.append(BadRequest(field_violations=[violation]))
    if isinstance(error, Unavailable):
        details.append(RetryInfo(retry_delay=Duration(seconds=error.retry_after_seconds)))
    return _refusal(code, message, details)


def shortened(text: str, longest: int = _LONGEST_TEXT_BYTES) -> str:
    """The text, or as much of its beginning as has `longest` bytes once it is percent-encoded."""
    if len(text) * 3 <= longest and text.isascii():
        return text
    size = 0
    for position, character in enumerate(text):
        size += len(quote(character, safe=" "))
        if size > longest:
            return text[:position] + "…"
    return text


def _refusal(code: grpc.StatusCode, message: str, details: list[Message]) -> Refusal:
    number: int = code.value[0]
    packed = []
    for detail in details:
        each = Packed()
        each.Pack(detail)
        packed.append(each)
    return Refusal(code, message, Status(code=number, message=message, details=packed).SerializeToString())
