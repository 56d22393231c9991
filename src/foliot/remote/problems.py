"""Problem details (RFC 9457) made into the errors that they were, by their codes."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    Forbidden,
    InvalidRequest,
    NotFound,
    RevisionConflict,
    Unauthenticated,
    Unavailable,
)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says went wrong."""

    status: int = 500
    code: str = ""
    detail: str = ""
    field: str | None = None
    revision: int | None = None
    request_id: str | None = None

    def error(self) -> FoliotError:
        """The error; where the code is that of a newer server, the one of its status."""
        status = self.status
        if self.code == RevisionConflict.code:
            return RevisionConflict(self.detail, self.revision)
        kind = _BY_CODE.get(self.code) or _BY_STATUS.get(status, InvalidRequest if status < 500 else FoliotError)
        error = kind(self.detail or f"The server answered {status}.", self.field)
        if self.request_id is not None:
            error.add_note(f"request id {self.request_id}")
        return error


def problem_in(body: bytes, status: int) -> Problem:
    """The problem that a body tells of; a bare one of that status where somebody else than Foliot has answered."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem(status=status)


def _branches(kind: type[FoliotError]) -> Iterator[type[FoliotError]]:
    yield kind
    for branch in kind.__subclasses__():
        yield from _branches(branch)


_BY_CODE: Final[Mapping[str, type[FoliotError]]] = {
    kind.code: kind for kind in _branches(FoliotError) if kind.__init__ is FoliotError.__init__
}
_BY_STATUS: Final[Mapping[int, type[FoliotError]]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
