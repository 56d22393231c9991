"""An engine that fails does not leave its process standing there as if all were well."""

import asyncio
from pathlib import Path

import pytest

from foliot import App
from foliot.engine.completer import Completer
from tests.engine.house import app_in


async def test_a_failing_engine_ends_the_block_that_it_works_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(completer: Completer) -> None:
        raise RuntimeError("the engine broke")

    monkeypatch.setattr(Completer, "run", fail)
    app: App = app_in(tmp_path)
    with pytest.raises(ExceptionGroup) as failed:
        async with app, app.working():
            await asyncio.sleep(60)
    assert failed.group_contains(RuntimeError, match="the engine broke")


async def test_an_error_in_the_block_is_raised_as_it_is(tmp_path: Path) -> None:
    app: App = app_in(tmp_path)
    with pytest.raises(KeyError):
        async with app, app.working():
            raise KeyError
