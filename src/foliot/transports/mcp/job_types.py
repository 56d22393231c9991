"""The tool on job types: what can be made."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from foliot.domain.job_type import JobType
from foliot.transports.mcp.jobs import DEFAULT_LINES, Cursor, Lines
from foliot.transports.mcp.schema import compact
from foliot.transports.mcp.tool import READS, Call, tool


class WhichTypes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which types to list."""

    name: Annotated[str, msgspec.Meta(description="Only those with this text in their name, as report.")] | None = None
    limit: Lines = DEFAULT_LINES
    cursor: Cursor | None = None


class TypeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job type."""

    type: str
    description: str = ""
    payload_schema: dict[str, Any] = msgspec.field(default_factory=dict)
    queue: str
    timeout_seconds: float
    max_attempts: int
    unique: dict[str, Any] | None = None


class TypeLines(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of types."""

    items: Sequence[TypeLine]
    next_cursor: str | None = None


@tool("List job types", effects=READS)
async def types_list(call: Call, arguments: WhichTypes) -> TypeLines:
    """The types that task_create can make jobs of, by name, with the JSON Schema of their payloads. Call it first."""
    wanted = (arguments.name or "").casefold()
    found = [each for each in await call.services.catalogue.all(call.identity) if wanted in each.name.casefold()]
    left = [each for each in found if arguments.cursor is None or each.name > arguments.cursor]
    shown = left[: arguments.limit]
    return TypeLines([_line(each) for each in shown], shown[-1].name if len(left) > len(shown) else None)


def _line(job_type: JobType) -> TypeLine:
    policy = job_type.policy
    return TypeLine(
        type=job_type.name,
        description=job_type.description,
        payload_schema=compact(job_type.schema),
        queue=policy.queue,
        timeout_seconds=policy.timeout_seconds,
        max_attempts=policy.retry.max_attempts,
        unique=None if policy.unique is None else msgspec.to_builtins(policy.unique),
    )
