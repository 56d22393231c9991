"""Every snippet of docs/testing.md is run, by a pytest that has no plugin for coroutines."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "testing.md").read_text()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with all files that the page shows."""
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", snippet)
        assert name is not None, f"a snippet does not begin with its file's name: {snippet[:40]!r}"
        (tmp_path / name[1]).write_text(snippet)
    return tmp_path


def _run(place: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=place, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_tests_of_the_page_pass_in_a_plain_pytest(place: Path) -> None:
    told = _run(place, "-W", "error", "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider")
    assert "5 passed" in told
    assert not (place / ".foliot").exists()


def test_the_console_shows_what_the_page_says(place: Path) -> None:
    for command, shown in re.findall(r"\$ python (\S+)\n(.*?)```", PAGE, re.DOTALL):
        assert _run(place, command) == shown
