"""Results of tools."""

import msgspec
from mcp_types import CallToolResult, TextContent


def answered(answer: msgspec.Struct, *, is_error: bool = False) -> CallToolResult:
    """An answer as structured content, and the same as text for hosts that know none."""
    return CallToolResult(
        content=[TextContent(text=msgspec.json.encode(answer).decode())],
        structured_content=msgspec.to_builtins(answer),
        is_error=is_error,
    )
