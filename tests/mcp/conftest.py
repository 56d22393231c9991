"""A house with two tenants, and its door for clients of either era."""

from collections.abc import AsyncIterator

import pytest

from foliot.settings import Settings
from foliot.wiring import open_system
from tests.http.conftest import House
from tests.mcp.house import MODES, Hall, Mode, entered, in_its_own_task


@pytest.fixture
async def house() -> AsyncIterator[House]:
    system = await open_system(Settings(database_url="sqlite://:memory:"))
    house = House(system)
    await house.open()
    yield house
    await system.close()


@pytest.fixture
async def foliot(house: House) -> AsyncIterator[Hall]:
    """An operator of the tenant `acme`, of the present era."""
    async with in_its_own_task(entered(house)) as hall:
        yield hall


@pytest.fixture(params=MODES)
async def either(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Hall]:
    """An operator of the tenant `acme`, of each era."""
    mode: Mode = request.param
    async with in_its_own_task(entered(house, mode)) as hall:
        yield hall
