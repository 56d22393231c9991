"""Errors on the wire: problem details (RFC 9457), and the one mapping of the error tree to status codes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
import structlog

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    Forbidden,
    InvalidRequest,
    KeyConflict,
    NotFound,
    PayloadTooLarge,
    RevisionConflict,
    Unauthenticated,
    Unavailable,
)
from foliot.transports.http.answers import Reply, reply_json
from foliot.transports.http.asgi import Scope
from foliot.transports.http.request_id import request_id_of

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

_STATUS: Final[Mapping[type[BaseException], int]] = {
    InvalidRequest: 400,
    PayloadTooLarge: 413,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    RevisionConflict: 412,
    KeyConflict: 422,  # draft-ietf-httpapi-idempotency-key-header-07 §2.7
    Unavailable: 503,
}
"""A branch of the tree has the status of its nearest ancestor here; what has none is a fault of ours."""

_CODES: Final = {404: NotFound.code, 405: "method_not_allowed", 415: "unsupported_media_type"}
"""The codes of what is refused before any use case is asked."""

_log = structlog.get_logger("foliot.http")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong (RFC 9457). `code` is stable; `detail` says what to change; `field` names the input at fault.
    `revision` is the present one of what somebody else has changed."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | msgspec.UnsetType = msgspec.UNSET
    revision: int | msgspec.UnsetType = msgspec.UNSET
    request_id: str | msgspec.UnsetType = msgspec.UNSET


class Refused(Exception):
    """What is asked is nothing that HTTP can ask here: no such path, no such method, or a body of another kind."""

    def __init__(self, status: int, detail: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def status_of(error: FoliotError) -> int:
    """The status code of an error, by its branch."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def problem_of(error: FoliotError, request_id: str | msgspec.UnsetType = msgspec.UNSET) -> Problem:
    """The error as a caller gets to see it. What is a fault of ours tells nothing of the inside."""
    status = status_of(error)
    if status == 500:
        return _internal(request_id)
    field = msgspec.UNSET if error.field is None else error.field
    problem = _problem(status, error.code, error.message, field, request_id)
    if isinstance(error, RevisionConflict):
        problem = msgspec.structs.replace(problem, revision=error.revision)
    return problem


def answer_error(scope: Scope, error: Exception) -> Reply:
    """Turn whatever was raised while a request was served into its problem; what nobody foresaw is logged whole."""
    request_id = request_id_of(scope)
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if isinstance(error, FoliotError):
        problem = problem_of(error, request_id)
        if isinstance(error, Unauthenticated):
            headers = ((b"www-authenticate", b'Bearer realm="foliot"'),)
        elif isinstance(error, Unavailable):
            headers = ((b"retry-after", b"%d" % error.retry_after_seconds),)
    elif isinstance(error, Refused):
        problem = _problem(error.status, _CODES[error.status], error.detail, msgspec.UNSET, request_id)
        headers = error.headers
    else:
        problem = _internal(request_id)
    if problem.status == 500:
        _log.error(
            "request failed", request_id=request_id, method=scope["method"], path=scope["path"][:200], exc_info=error
        )
    return reply_json(msgspec.json.encode(problem), problem.status, headers, PROBLEM_MEDIA_TYPE)


def _internal(request_id: str | msgspec.UnsetType) -> Problem:
    detail = "This is a fault of the server. It was logged under the request id."
    return _problem(500, FoliotError.code, detail, msgspec.UNSET, request_id)


def _problem(
    status: int, code: str, detail: str, field: str | msgspec.UnsetType, request_id: str | msgspec.UnsetType
) -> Problem:
    title = HTTPStatus(status).phrase if status == 500 else code.replace("_", " ").capitalize()
    return Problem(
        type=f"urn:foliot:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        field=field,
        request_id=request_id,
    )
