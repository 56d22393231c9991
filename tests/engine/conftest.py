"""An application on a file of its own, and a system that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foliot import App
from foliot.domain.job_type import JobType
from foliot.settings import Settings
from foliot.wiring import System, open_system
from tests.engine.house import HandClock, app_in


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """An application; declare its jobs, then let it work."""
    made = app_in(tmp_path)
    yield made
    await made.close()


@pytest.fixture
def clock() -> HandClock:
    """The clock of `system`."""
    return HandClock()


@pytest.fixture
async def system(clock: HandClock) -> AsyncIterator[System]:
    """A system in memory that nothing moves but the test; it knows the job type `rest`."""
    made = await open_system(Settings(database_url="sqlite://:memory:"), clock)
    await made.services.catalogue.register([JobType(name="rest")])
    yield made
    await made.close()
