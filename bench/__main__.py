"""`./dev bench`: what Foliot does on this machine, next to what the bare database does in the same run."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import msgspec

from bench.beds.bed import Bed
from bench.beds.sqlite import SqliteBed
from bench.child import log_to
from bench.neighbours import Neighbours
from bench.options import BenchError, Options, read_options
from bench.progress import Progress
from bench.result import Result
from bench.scenarios import SCENARIOS, USUAL
from bench.table import show
from bench.workbench import Workbench
from foliot import FoliotError, Settings
from servers.account import scratch
from servers.programs import MissingServer
from servers.redis import Redis
from servers.server import ServerError

_INTERRUPTED: Final = 130
_ROOM_GB: Final = 12


def main() -> int:
    """Measure, print a table, and write the figures as JSON if asked to; the exit code."""
    options = read_options(SCENARIOS, USUAL)
    progress = Progress()
    results: dict[str, list[Result]] = {}
    title, verdicts = "", list[str]()
    code = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log_to(sys.stderr)
    try:
        with workbench(options, progress) as bench, contextlib.closing(measure(bench)) as measured:
            title, verdicts = bench.title, bench.verdicts
            progress.say(title)
            for name, result in measured:
                results.setdefault(name, []).append(result)
                progress.measured(result)
    except KeyboardInterrupt:
        progress.say("interrupted")
        code = _INTERRUPTED
    except (BenchError, ServerError, MissingServer, FoliotError) as error:
        progress.say(f"{error}")
        code = 1
    if results:
        show(title, results)
        print(*verdicts, sep="\n", end="\n" if verdicts else "")
    if options.json is not None:
        rows = [row for group in results.values() for row in group]
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    return code


def measure(bench: Workbench) -> Generator[tuple[str, Result], None, None]:
    """All scenarios that were asked for, one after another, each on a fresh database."""
    neighbours = Neighbours()
    for name in bench.options.scenarios:
        bench.progress.say(name)
        with contextlib.closing(SCENARIOS[name](bench)) as results:
            for result in results:
                yield name, msgspec.structs.replace(result, others_cpu_percent=neighbours.lap())


@contextlib.contextmanager
def workbench(options: Options, progress: Progress) -> Iterator[Workbench]:
    """The servers that are needed, for as long as the block lasts."""
    if options.broker == "redis" and "redis_url" not in Settings.__struct_fields__:
        raise BenchError("This Foliot has no Redis broker: there is no setting FOLIOT_REDIS_URL.")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch(_disk()))
        if options.store == "postgres":
            from bench.beds.postgres import postgres_bed

            if shutil.disk_usage(folder).free < _ROOM_GB * 2**30:
                progress.say(f"There is little room at {folder.parent}; PostgreSQL may need {_ROOM_GB} GB.")
            bed: Bed = stack.enter_context(postgres_bed(folder))
        else:
            bed = SqliteBed(folder, options.synchronous)
        redis = stack.enter_context(Redis(folder / "redis")) if options.broker == "redis" else None
        yield Workbench(options, bed, redis, folder, progress)


def _disk() -> Path:
    """Where temporary files outlive a restart, so not in memory, unless TMPDIR says otherwise."""
    on_disk = Path("/var/tmp")
    return on_disk if "TMPDIR" not in os.environ and on_disk.is_dir() else Path(tempfile.gettempdir())


if __name__ == "__main__":
    sys.exit(main())
