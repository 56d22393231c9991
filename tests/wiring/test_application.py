"""Finding the user's application: `module:name`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foliot.domain.errors import InvalidSettings
from foliot.wiring.application import handlers_of

SHOP = """
import foliot
app = foliot.App("sqlite://:memory:")
@app.job()
async def sell(what: str) -> None: ...
class inner:
    app = app
number = 7
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, with a module of its own."""
    name = f"shop_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(SHOP)
    (tmp_path / f"{name}_broken.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path / name
    for module in [module for module in sys.modules if module.startswith("shop_")]:
        del sys.modules[module]


@pytest.mark.parametrize("attribute", ["app", "inner.app"])
def test_an_app_is_found_from_the_working_directory(folder: Path, attribute: str) -> None:
    assert [handler.job_type.name for handler in handlers_of(f"{folder.name}:{attribute}")] == ["sell"]


@pytest.mark.parametrize("reference", ["", ":", "shop", "shop:", ":app"])
def test_what_does_not_name_an_app_is_refused(reference: str) -> None:
    with pytest.raises(InvalidSettings, match="module:app"):
        handlers_of(reference)


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidSettings, match="no module 'nowhere'"):
        handlers_of("nowhere:app")


@pytest.mark.parametrize("attribute", ["nothing", "number", "inner.nothing"])
def test_what_is_no_app_is_told(folder: Path, attribute: str) -> None:
    with pytest.raises(InvalidSettings, match=rf"no foliot\.App called '{attribute}'"):
        handlers_of(f"{folder.name}:{attribute}")


def test_an_import_that_fails_inside_is_shown_as_it_is(folder: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        handlers_of(f"{folder.name}_broken:app")
