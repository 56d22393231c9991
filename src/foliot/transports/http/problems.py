"""Errors on the wire: problem details (RFC 9457), and the one mapping of the error tree to status codes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

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

_CODES: Final = {
    400: InvalidRequest.code,
    404: NotFound.code,
    405: "method_not_allowed",
    413: PayloadTooLarge.code,
    415: "unsupported_media_type",
}
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


class UnsupportedMediaType(HTTPException):
    """The body is of a kind that is not understood here."""

    status_code = 415


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


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever was raised while a request was served into its problem; what nobody foresaw is logged whole."""
    request_id = request_id_of(request.scope)
    headers: dict[str, str] = {"cache-control": "no-store"}
    if isinstance(error, FoliotError):
        problem = problem_of(error, request_id)
        if isinstance(error, Unauthenticated):
            headers["www-authenticate"] = 'Bearer realm="foliot"'
        elif isinstance(error, Unavailable):
            headers["retry-after"] = str(error.retry_after_seconds)
    elif isinstance(error, HTTPException) and error.status_code < 500:
        problem = _refused(request, error, request_id)
        headers |= error.headers or {}
    else:
        problem = _internal(request_id)
    if problem.status == 500:
        _log.error("request failed", request_id=request_id, method=request.method, path=_path(request), exc_info=error)
    return Response(
        msgspec.json.encode(problem), status_code=problem.status, headers=headers, media_type=PROBLEM_MEDIA_TYPE
    )


def _refused(request: Request[Any, Any, Any], error: HTTPException, request_id: str) -> Problem:
    """What the framework refused, in our words."""
    status, detail = error.status_code, error.detail
    if status == 404:
        detail = f"There is nothing at {_path(request)}; /docs lists what there is."
    elif status == 405:
        allowed = (error.headers or {}).get("allow", "")
        detail = f"{request.method} is not possible at {_path(request)}; use one of {allowed}."
    return _problem(status, _CODES.get(status, InvalidRequest.code), detail, msgspec.UNSET, request_id)


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


def _path(request: Request[Any, Any, Any]) -> str:
    return request.scope["path"][:200]
