"""The services of a system in memory that stands still, and identities of every role."""

from collections.abc import AsyncIterator, Callable

import pytest

from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.settings import Settings
from foliot.wiring import System, open_system
from tests.engine.house import HandClock

Whoever = Callable[[Role], Identity]


@pytest.fixture
def clock() -> HandClock:
    """The clock of `system`."""
    return HandClock()


@pytest.fixture
async def system(clock: HandClock) -> AsyncIterator[System]:
    """A system in memory; it knows the job type `rest`."""
    made = await open_system(Settings(database_url="sqlite://:memory:"), clock)
    await made.services.catalogue.register([JobType(name="rest")])
    yield made
    await made.close()


@pytest.fixture
def whoever(system: System) -> Whoever:
    """An identity of the system's tenant with that role."""
    return lambda role: Identity(system.identity.tenant_id, "ada", role)
