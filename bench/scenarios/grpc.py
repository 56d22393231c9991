"""Submits over gRPC, to a server in a process of its own."""

from collections.abc import Awaitable, Callable, Generator
from typing import Final

import uvloop

from bench.grpc_load import called_per_second, streamed_per_second
from bench.processes import foliot
from bench.result import Result
from bench.workbench import Workbench

_MESSAGE: Final = 100

Way = Callable[[int, str], Awaitable[float]]


def grpc(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each way to submit; a stream has as many jobs as `--jobs` says. On SQLite the server also works them
    off, as one process does there."""
    command, workers = ("up", 1) if bench.bed.name == "SQLite" else ("api", 0)
    jobs, seconds = bench.options.jobs, bench.options.seconds / 2
    ways: tuple[tuple[str, Way], ...] = (
        (f"gRPC stream, {_MESSAGE} jobs a message", lambda port, key: streamed_per_second(port, key, jobs, _MESSAGE)),
        ("gRPC stream, a job a message", lambda port, key: streamed_per_second(port, key, jobs, 1)),
        ("gRPC submit, 64 callers", lambda port, key: called_per_second(port, key, 64, seconds)),
    )
    for name, way in ways:
        with bench.fresh() as database:
            settings = bench.settings(database, concurrency=100, port=0, grpc_port=0)
            with foliot(bench.folder, settings, command) as server, bench.progress.doing(name):
                key_file = settings.key_file()
                assert key_file is not None
                key = (bench.folder / key_file).read_text().strip()
                per_second = uvloop.run(_measured(way, server.grpc_port, key))
        yield bench.row(name, seconds=seconds, submit_per_s=per_second, workers=workers)


async def _measured(way: Way, port: int, key: str) -> float:
    return await way(port, key)
