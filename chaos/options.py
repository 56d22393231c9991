"""What the command line asks for."""

import argparse
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from chaos.drill import USUAL_RATE, USUAL_SECONDS, USUAL_WORKERS, Plan
from chaos.scenarios import SCENARIOS

_LARGEST_SEED: Final = 10**6


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line. `logs` is where logs are kept, if they are to be."""

    plans: Sequence[Plan]
    logs: Path | None


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """The options of this process."""
    parser = argparse.ArgumentParser(
        prog="./dev chaos",
        description="Break things under load, with real processes and servers, and see that every promise is kept.",
    )
    add = parser.add_argument
    add("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="NAME", help=", ".join(SCENARIOS))
    add("--broker", choices=["store", "redis"], help="how queued runs reach the workers (default: Redis where the "
        "scenario is about it, else the store)")  # fmt: skip
    add("--seconds", type=float, default=USUAL_SECONDS, help="about how long each load lasts (default: %(default)g)")
    add("--rate", type=float, default=USUAL_RATE, help="jobs offered a second (default: %(default)g)")
    add("--workers", type=int, default=USUAL_WORKERS, help="worker processes (default: %(default)d)")
    add("--seed", type=int, help="of what is drawn: victims, moments, the mix of jobs (default: a new one)")
    add("--times", type=int, default=1, help="how often to try each, each time with the next seed (default: 1)")
    add("--logs", type=Path, metavar="FOLDER", help="keep what the processes and servers log")
    given = parser.parse_args(arguments)
    for name in ("seconds", "rate", "workers", "times"):
        if getattr(given, name) <= 0:
            parser.error(f"--{name} must be above 0")
    plans = list(_plans(given))
    if not plans:
        parser.error(f"none of these scenarios can be tried with --broker {given.broker}")
    return Options(plans=plans, logs=given.logs)


def _plans(given: argparse.Namespace) -> Iterator[Plan]:
    seed = secrets.randbelow(_LARGEST_SEED) if given.seed is None else given.seed
    for name in dict.fromkeys(given.scenario):
        brokers = SCENARIOS[name].brokers
        if given.broker not in (None, *brokers):
            continue
        for turn in range(given.times):
            yield Plan(
                scenario=name, broker=given.broker or brokers[0], seconds=given.seconds, rate=given.rate,
                workers=given.workers, seed=seed + turn,
            )  # fmt: skip
