"""What is refused: as a result that a model can mend, as an error of the protocol, and in the words of the tools."""

import re
from collections.abc import Mapping
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, CallToolResult, TextContent

from foliot.domain.errors import (
    Conflict,
    FoliotError,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unavailable,
    UnknownJobType,
)

ERROR_META_KEY: Final = "foliot/error"

_ARGUMENTS: Final = {
    "schedule.expression": "cron",
    "schedule.rule": "rrule",
    "schedule.timezone": "timezone",
    "schedule.seconds": "every",
    "schedule.start": "at",
    "schedule.at": "at",
    "schedule.end": "until",
    "schedule.count": "count",
    "schedule.exclude": "exclude",
    "delay_seconds": "delay",
    "expires_in_seconds": "expires_in",
    "debounce_seconds": "debounce",
    "debounce_max_wait_seconds": "debounce_max_wait",
    "from": "since",
    "to": "until",
    "parents": "after",
}
"""What the service calls the members that tools have other names for."""

_MEMBER: Final = re.compile("|".join(re.escape(name) for name in _ARGUMENTS if not name.isalpha()))
_ADVICE: Final[Mapping[type[FoliotError], str]] = {
    UnknownJobType: " types_list has all types.",
    NotFound: " Take ids from task_list, task_runs or dead_list.",
    Forbidden: " Tell the user; you cannot mend this.",
    Unavailable: " Call again in a few seconds.",
}


def refusal(error: FoliotError) -> CallToolResult:
    """An error that a model, or the user behind it, can do something about."""
    message = _MEMBER.sub(lambda found: _ARGUMENTS[found[0]], error.message)
    advice = next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), "")
    told: dict[str, str] = {"code": error.code}
    if error.field is not None:
        told["field"] = _ARGUMENTS.get(error.field, error.field)
    return CallToolResult(
        content=[TextContent(text=f"{error.code.upper()}: {message}{advice}")],
        is_error=True,
        _meta={ERROR_META_KEY: told},
    )


def internal() -> MCPError:
    """A fault of ours, of which nothing is told but that it is."""
    return MCPError(INTERNAL_ERROR, "This is a fault of the server; it was logged there.")


def misused(message: str) -> MCPError:
    """The protocol was used in a way that no model can mend."""
    return MCPError(INVALID_PARAMS, message)


def protocol_error(error: FoliotError) -> MCPError:
    """The same for what is no tool and so has errors of the protocol only."""
    if error.code == FoliotError.code:
        return internal()
    code = INVALID_PARAMS if isinstance(error, InvalidRequest | NotFound | Conflict) else INVALID_REQUEST
    return MCPError(code, error.message, {"code": error.code})
