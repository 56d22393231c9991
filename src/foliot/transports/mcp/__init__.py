"""The MCP door: Foliot for agents, over stdio and Streamable HTTP, in both eras of the protocol.

Nothing is imported here: the SDK takes more than a second to load, and who does not use this door pays nothing for it.
"""
