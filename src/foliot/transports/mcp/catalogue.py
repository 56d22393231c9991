"""All tools, by name: whatever the modules below declare."""

from collections.abc import Mapping
from typing import Final

from foliot.transports.mcp import creating, dead_letters, job_types, jobs, runs, schedules
from foliot.transports.mcp.tool import Tool

TOOLS: Final[Mapping[str, Tool]] = {
    found.name: found
    for found in sorted(
        (
            value
            for module in (creating, jobs, schedules, runs, dead_letters, job_types)
            for value in vars(module).values()
            if isinstance(value, Tool)
        ),
        key=lambda tool: tool.name,
    )
}
