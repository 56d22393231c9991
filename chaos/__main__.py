"""`./dev chaos`: break things under load, and see that nothing is lost, doubled or untold."""

import asyncio
import contextlib
import logging
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from chaos.drill import Plan, drill
from chaos.options import read_options
from chaos.processes import ProcessError
from chaos.report import Report, show
from servers.account import scratch
from servers.programs import MissingServer
from servers.server import ServerError

_INTERRUPTED: Final = 130


def main() -> int:
    """Try what is asked for, one after another, and print a table; the exit code is 1 if a promise was broken."""
    options = read_options()
    reports: list[Report] = []
    code = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        asyncio.run(_try_all(options.plans, options.logs, reports))
    except KeyboardInterrupt:
        _say("interrupted")
        code = _INTERRUPTED
    except (ProcessError, ServerError, MissingServer) as error:
        _say(str(error))
        code = 1
    if reports:
        show(reports)
    broken = [report for report in reports if report.violations]
    for report in broken:
        _say(f"BROKEN: {report.scenario} with --broker {report.broker} --seed {report.seed}")
    for report in reports:
        if report.recovery > report.recovers_within:
            _say(f"SLOW: {report.scenario} took {report.recovery:.1f} s, and should take {report.recovers_within:g} s")
    return code or bool(broken)


async def _try_all(plans: Sequence[Plan], logs: Path | None, reports: list[Report]) -> None:
    for plan in plans:
        with scratch(_disk()) as folder:
            try:
                report = await drill(plan, folder, _say)
            finally:
                if logs is not None:
                    _keep(folder, logs / f"{plan.scenario}-{plan.broker}-{plan.seed}")
        reports.append(report)
        for line in report.told:
            _say(f"    {line}")


def _keep(folder: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for pattern in ("log-*", "notes-*", "*/log"):
        for path in folder.glob(pattern):
            with contextlib.suppress(OSError):
                shutil.copyfile(path, place / "-".join(path.relative_to(folder).parts))


def _disk() -> Path:
    """Where a sync costs what it does on a disk."""
    on_disk = Path("/var/tmp")
    return on_disk if on_disk.is_dir() else Path(tempfile.gettempdir())


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
