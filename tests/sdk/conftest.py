"""An application on a file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foliot import App
from tests.engine.house import app_in


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """An application; declare its jobs, then let it work."""
    made = app_in(tmp_path)
    yield made
    await made.close()
