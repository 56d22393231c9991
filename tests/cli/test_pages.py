"""The previews that the pages show are printed so."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import Shell

ROOT: Final = Path(__file__).parents[2]
SHOWN: Final = [
    (command, shown)
    for page in ("README.md", "docs/time.md")
    for command, shown in re.findall(r"\$ foliot (preview .*)\n((?:.*\n)*?)```", (ROOT / page).read_text())
]


def test_the_pages_show_previews() -> None:
    assert len(SHOWN) == 4


@pytest.mark.parametrize(("command", "shown"), SHOWN)
def test_a_preview_is_printed_as_a_page_shows_it(foliot: Shell, command: str, shown: str) -> None:
    said = foliot(*shlex.split(command))
    assert (said.code, said.out) == (0, shown)
