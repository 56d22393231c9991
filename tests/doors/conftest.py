"""One house for all these tests, and its doors."""

import os
from collections.abc import Iterator

import pytest

from tests.doors.doors import Door, all_of
from tests.doors.house import House, opened


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FOLIOT_")]:
            patch.delenv(name)
        with opened() as house:
            yield house


@pytest.fixture(scope="session")
def doors(house: House) -> Iterator[dict[str, Door]]:
    with all_of(house) as doors:
        yield doors
