"""The MCP door without its SDK."""

import pytest

from foliot.domain.errors import InvalidSettings
from foliot.settings import Settings
from foliot.wiring import mcp


async def test_without_the_sdk_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp, "find_spec", lambda _: None)
    assert not mcp.has_sdk()
    with pytest.raises(InvalidSettings, match=r"pip install 'foliot\[mcp\]'"):
        await mcp.serve_client(Settings(database_url="sqlite://:memory:"), None)
