"""Schemathesis against a real server: `python -m tests.fuzz.run --examples 200`, as long as one has time."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from chaos.processes import start

ROOT: Final = Path(__file__).parents[2]
_STREAMS: Final = ("watch_run", "watch_runs")
"""Operations whose answers have no end of their own."""


ALL_PHASES: Final = "examples,coverage,fuzzing,stateful"


def fuzz(
    examples: int,
    settings: Mapping[str, object] | None = None,
    options: Sequence[str] = (),
    phases: str = ALL_PHASES,
) -> tuple[int, str]:
    """Let schemathesis try every operation of a server with so many examples each; its exit code and what it says.

    Args:
        examples: for each operation and phase.
        settings: of the server, instead of those of a database file of its own.
        options: more arguments of `st run`.
        phases: those of schemathesis.
    """
    return asyncio.run(_fuzz(examples, dict(settings or {}), [*options, "--phases", phases]))


async def _fuzz(examples: int, settings: dict[str, object], options: Sequence[str]) -> tuple[int, str]:
    with TemporaryDirectory() as place:
        folder = Path(place)
        process = await start(
            "up", settings={"port": 0, "log_level": "info"} | settings, folder=folder, log=folder / "log"
        )
        try:
            url = (await process.until_logged("API"))["url"]
            made = await process.until_logged("made an API key")
            key = (folder / made["file"]).read_text().strip()
            command = [
                str(Path(sys.executable).with_name("st")), "run", f"{url}/openapi.json",
                "--header", f"Authorization: Bearer {key}",
                "--max-examples", str(examples),
                "--exclude-checks", "positive_data_acceptance", "--continue-on-failure", "--warnings", "off",
                "--request-timeout", "30", "--no-color",
                *(f"--exclude-operation-id={name}" for name in _STREAMS), *options,
            ]  # fmt: skip
            environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(ROOT)}
            done = await asyncio.to_thread(
                subprocess.run, command, check=False, capture_output=True, text=True, env=environment, cwd=folder
            )
            faults = [line for line in process.log if line.get("level") == "error"]
            said = done.stdout + done.stderr + "".join(f"\n{line}" for line in faults[:20])
            return done.returncode or bool(faults), said
        finally:
            await process.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="for each operation and phase")
    parser.add_argument("--database-url", help="of an empty database, instead of a file")
    given, more = parser.parse_known_args()
    code, told = fuzz(given.examples, {"database_url": given.database_url} if given.database_url else None, more)
    print(told)
    sys.exit(code)
