"""A world as a pytest fixture."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from foliot.sdk.app import App
from foliot.testing.world import START, World, virtual_time


def fixture(app: App | None = None, *, start: datetime = START, seed: int = 0) -> Any:
    """A pytest fixture that gives each test a `World` of its own; in a conftest.py:
    `world = foliot.testing.fixture(my_app.app)`. The arguments are those of `virtual_time`.
    """
    import pytest

    @pytest.fixture
    def world() -> Iterator[World]:
        with virtual_time(app, start=start, seed=seed) as made:
            yield made

    return world
