"""The MCP door: Foliot for agents, over stdio and Streamable HTTP, in both eras of the protocol.

Nothing is imported here: the SDK takes more than a second to load, and who does not use this door pays nothing for it.
"""

from typing import Final

MCP_PATH: Final = "/mcp"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"
PATHS: Final = frozenset({MCP_PATH, METADATA_PATH, METADATA_PATH + MCP_PATH})
"""What of an API's paths belongs to this door."""
