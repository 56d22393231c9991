"""What the command line asks for."""

import argparse
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

_SECONDS: Final = 10.0
_DRAINED: Final = 100_000
_FLEET_WORKERS: Final = 2


class BenchError(RuntimeError):
    """Something cannot be measured; the message says why."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line, with the defaults of the store filled in."""

    store: str
    broker: str
    scenarios: Sequence[str]
    workers: int
    is_together: bool
    """Whether one process both submits and works, which is how one starts with SQLite."""
    rates: Sequence[float]
    seconds: float
    asked_seconds: float | None
    minutes: float
    jobs: int
    synchronous: str
    json: Path | None


def read_options(names: Collection[str], usual: Iterable[str], arguments: Sequence[str] | None = None) -> Options:
    """The options of this process; `usual` are the scenarios that run when none is named."""
    parser = argparse.ArgumentParser(
        prog="./dev bench", epilog="Without --scenario: " + ", ".join(usual) + ".",
        description="What Foliot does on this machine, next to what the bare database does in the same run.",
    )  # fmt: skip
    add = parser.add_argument
    add("--store", choices=["sqlite", "postgres"], default="sqlite")
    add("--broker", choices=["store", "redis"], default="store", help="how queued runs reach the workers")
    add("--scenario", nargs="+", choices=names, default=list(usual), metavar="NAME", help=", ".join(names))
    add("--workers", type=int, help="worker processes, beside one that submits (default: 2 on PostgreSQL; on SQLite "
        "one process does both)")  # fmt: skip
    add("--rate", type=float, nargs="+", metavar="R", help="jobs a second that are offered to `rate` (default: 100 and "
        "10,000 on PostgreSQL, 20 on SQLite) and to `soak` (5,000)")  # fmt: skip
    add("--seconds", type=float, help=f"how long each scenario lasts (default: {_SECONDS:g}; `idle`: 60)")
    add("--minutes", type=float, default=5.0, help="how long `soak` lasts (default: 5)")
    add(
        "--jobs",
        type=int,
        default=_DRAINED,
        help=f"the backlog that `drain` works off, the jobs that `grpc` streams (default: {_DRAINED:,})",
    )
    add("--synchronous", choices=["normal", "full"], help="SQLite's durability (default: normal)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return _checked(parser.parse_args(arguments), parser.error)


def _checked(given: argparse.Namespace, refuse: Callable[[str], NoReturn]) -> Options:
    is_postgres = given.store == "postgres"
    if is_postgres and given.synchronous is not None:
        refuse("--synchronous is for SQLite; PostgreSQL is measured with fsync and synchronous_commit on")
    for name in ("workers", "seconds", "minutes", "jobs"):
        if getattr(given, name) is not None and getattr(given, name) <= 0:
            refuse(f"--{name} must be above 0")
    if given.rate is not None and min(given.rate) <= 0:
        refuse("--rate must be above 0")
    return Options(
        store=given.store, broker=given.broker, scenarios=list(dict.fromkeys(given.scenario)),
        workers=given.workers or (_FLEET_WORKERS if is_postgres else 1),
        is_together=not is_postgres and given.workers is None, rates=given.rate or (),
        seconds=given.seconds or _SECONDS, asked_seconds=given.seconds, minutes=given.minutes, jobs=given.jobs,
        synchronous=given.synchronous or "normal", json=given.json,
    )  # fmt: skip
