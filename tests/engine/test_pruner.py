"""How often the pruner looks."""

from datetime import timedelta

import pytest

from foliot.engine.pruner import Pruner
from foliot.wiring import System


@pytest.mark.parametrize(("days", "seconds"), [(0.5, 60.0), (7, 60.48), (3650, 31_536.0)])
async def test_history_is_kept_for_hardly_longer_than_asked(system: System, days: float, seconds: float) -> None:
    pruner = Pruner(system.store, system.clock, timedelta(days=days))
    assert await pruner.step() == pytest.approx(seconds)
