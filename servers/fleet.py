"""`./dev up --fleet`: an API and two workers as processes of their own, on a PostgreSQL and a Redis."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from psycopg.errors import DuplicateDatabase

from servers.postgres import Postgres
from servers.redis import Redis
from servers.server import leashed

_FOLDER: Final = Path(".foliot/fleet")


def main() -> int:
    """Start everything for the application that the command line names; the exit code."""
    parser = argparse.ArgumentParser(prog="./dev up --fleet", description=__doc__)
    parser.add_argument("app", nargs="?", default="examples.demo_app:app", metavar="MODULE:APP")
    app = parser.parse_args().app
    foliot = [sys.executable, "-m", "foliot"]
    worker = [*foliot, "worker", app]
    return run({"api": [*foliot, "api", app], "worker 1": worker, "worker 2": worker}, _FOLDER)


def run(commands: Mapping[str, Sequence[str]], folder: Path) -> int:
    """Run the commands on servers whose data stays in `folder`, until a signal or until one ends; the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    with Postgres(folder / "postgres") as postgres, Redis(folder / "redis") as redis:
        with suppress(DuplicateDatabase):
            postgres.database("foliot")
        urls = {"FOLIOT_DATABASE_URL": postgres.url("foliot"), "FOLIOT_REDIS_URL": redis.url}
        for name, url in urls.items():
            _say(f"{name}={url}")
        return asyncio.run(_run_together(commands, os.environ | urls))


async def _run_together(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> int:
    signalled = asyncio.Event()
    processes: list[subprocess.Popen[bytes]] = []

    def forward(number: signal.Signals) -> None:
        signalled.set()
        for process in processes:
            process.send_signal(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, forward, number)
    ends = set()
    for name, command in commands.items():
        process = _start(name, command, environment)
        processes.append(process)
        ends.add(asyncio.create_task(asyncio.to_thread(process.wait), name=name))
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    alone = [end for end in ends if end.done() and not signalled.is_set()]
    for end in alone:
        _say(f"{end.get_name()} ended by itself, with exit code {end.result()}; stopping the others")
    if alone:
        forward(signal.SIGTERM)
    await asyncio.wait(ends)
    return 1 if alone else 0


def _start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C reaches it once, by being forwarded.
    process = subprocess.Popen(leashed(command, signal.SIGTERM), env=environment, start_new_session=True)
    _say(f"{name}: process {process.pid}")
    return process


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
