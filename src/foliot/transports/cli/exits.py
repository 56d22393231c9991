"""Exit codes that scripts can use, and which of them tells of what."""

from enum import IntEnum
from typing import Final

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    Forbidden,
    InvalidRequest,
    NotFound,
    ResultTimeout,
    Unauthenticated,
    Unavailable,
)
from foliot.domain.states import RunState


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    FORBIDDEN = 5
    INVALID = 6
    UNAVAILABLE = 7
    CANCELLED = 8
    INTERRUPTED = 130


MEANINGS: Final = {
    Exit.OK: "done; the run that was waited for succeeded",
    Exit.FAILED: "the run that was waited for failed, or any other error",
    Exit.USAGE: "the command line is wrong",
    Exit.NOT_FOUND: "there is no such thing in this tenant",
    Exit.CONFLICT: "the present state does not allow it",
    Exit.FORBIDDEN: "the key is missing or wrong, or its role does not allow it",
    Exit.INVALID: "the request or a setting is invalid and has to change",
    Exit.UNAVAILABLE: "not now; try again",
    Exit.CANCELLED: "the run that was waited for was cancelled, skipped or expired",
    Exit.INTERRUPTED: "interrupted",
}

_BRANCHES: Final[tuple[tuple[type[FoliotError], Exit], ...]] = (
    (NotFound, Exit.NOT_FOUND),
    (Conflict, Exit.CONFLICT),
    (Unauthenticated, Exit.FORBIDDEN),
    (Forbidden, Exit.FORBIDDEN),
    (InvalidRequest, Exit.INVALID),
    (Unavailable, Exit.UNAVAILABLE),
    (ResultTimeout, Exit.UNAVAILABLE),
)


def exit_of_error(error: FoliotError) -> Exit:
    """The code that tells of an error."""
    return next((code for branch, code in _BRANCHES if isinstance(error, branch)), Exit.FAILED)


def exit_of_run(state: RunState) -> Exit:
    """The code that tells how a run that was waited for ended."""
    match state:
        case RunState.SUCCEEDED:
            return Exit.OK
        case RunState.CANCELLED | RunState.SKIPPED | RunState.EXPIRED:
            return Exit.CANCELLED
        case _:
            return Exit.FAILED
