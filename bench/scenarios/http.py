"""Submits over HTTP, to a server in a process of its own."""

from collections.abc import Generator
from typing import Final

import uvloop

from bench.http_load import batch_of, one_job, submit_for
from bench.processes import foliot
from bench.result import Result, percentiles
from bench.workbench import Workbench

_BATCH: Final = 100
_WAYS: Final = (
    ("HTTP submit, 1 connection", 1, 1), ("HTTP submit, 64 connections", 64, 1),
    (f"HTTP submit, batches of {_BATCH}, 4 connections", 4, _BATCH),
)  # fmt: skip


def http(bench: Workbench) -> Generator[Result, None, None]:
    """A row for each way to submit. On SQLite the server also works the jobs off, as one process does there."""
    command, workers = ("up", 1) if bench.bed.name == "SQLite" else ("api", 0)
    seconds = bench.options.seconds / 2
    for name, connections, size in _WAYS:
        with bench.fresh() as database:
            settings = bench.settings(database, concurrency=100, port=0)
            with foliot(bench.folder, settings, command) as server, bench.progress.doing(name):
                key_file = settings.key_file()
                assert key_file is not None
                key = (bench.folder / key_file).read_text().strip()
                request = one_job(key) if size == 1 else batch_of(size, key)
                load = uvloop.run(submit_for(seconds, server.port, request, connections))
        yield bench.row(
            name, seconds=seconds, submit_per_s=load.per_second * size, workers=workers,
            answer_ms=percentiles(load.answer_seconds),
        )  # fmt: skip
