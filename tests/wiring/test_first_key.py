"""The key that the first start of a server makes, and its file."""

from pathlib import Path

import pytest

from chaos.processes import Process, start


async def _started(folder: Path) -> Process:
    settings = {"database_url": f"sqlite:///{folder}/foliot.db", "port": 0, "log_level": "info"}
    return await start("up", settings=settings, folder=folder, log=folder / "log")


@pytest.mark.parametrize(("text", "said"), [(None, "API key"), ("fol_aa_bb", "does not open this database")])
async def test_a_later_start_tells_whether_the_file_has_a_key_of_this_database(
    tmp_path: Path, text: str | None, said: str
) -> None:
    first = await _started(tmp_path)
    try:
        await first.until_logged("made an API key")
    finally:
        await first.kill()
    if text is not None:
        (tmp_path / "key").write_text(text)
    second = await _started(tmp_path)
    try:
        await second.until_logged("ready")
        assert any(said in line for line in (tmp_path / "log").read_text().splitlines()[-5:])
    finally:
        await second.kill()
