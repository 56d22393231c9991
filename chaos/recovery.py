"""How soon after a fault all is as if it had not been."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from chaos.evidence import Case
from chaos.load import Receipt
from chaos.notes import Execution
from chaos.stage import Fault

_WINDOW_SECONDS: Final = 1.0
_STEP_SECONDS: Final = 0.1
_ON_TIME_SECONDS: Final = 1.0
_SHARE: Final = 0.9


class Recovery(msgspec.Struct, frozen=True):
    """After one fault: when jobs started on time again, when those that it held up had started, and when what its
    victim had in hand ran elsewhere.

    `on_time`, None if that was not seen, and `caught_up` are in seconds from the end of the fault; `taken_over` are the
    seconds, from its beginning, after which each of the victim's runs began elsewhere.
    """

    fault: Fault
    on_time: float | None
    caught_up: float
    taken_over: Sequence[float]

    @property
    def seconds(self) -> float | None:
        """Until all that is so."""
        return None if self.on_time is None else max(self.on_time, self.caught_up, *self.taken_over)


def recoveries(
    faults: Iterable[Fault], receipts: Sequence[Receipt], executions: Sequence[Execution], cases: Mapping[str, Case]
) -> list[Recovery]:
    """What followed each fault."""
    punctual = punctuality(receipts, executions)
    found = []
    for fault in faults:
        ended = fault.ended or fault.began
        caught_up = _caught_up(ended, executions)
        found.append(Recovery(fault, on_time_after(ended, punctual), caught_up, _taken_over(fault, executions, cases)))
    return found


def punctuality(receipts: Sequence[Receipt], executions: Iterable[Execution]) -> list[tuple[float, bool]]:
    """For each job that was offered to be done at once: when, and whether it had begun a second later."""
    begun = {noted.number: noted.at for noted in _first(executions).values()}
    return [
        (receipt.sent_at, begun.get(receipt.order.number, math.inf) - receipt.sent_at < _ON_TIME_SECONDS)
        for receipt in sorted(receipts, key=lambda receipt: receipt.sent_at)
        if receipt.order.delay_seconds is None and receipt.order.kind != "hold"
    ]


def on_time_after(moment: float, punctual: Sequence[tuple[float, bool]]) -> float | None:
    """In how many seconds a second begins in which nine of ten jobs that are offered are begun within a second."""
    times = [at for at, _ in punctual]
    start = moment
    while times and start + _WINDOW_SECONDS <= times[-1]:
        window = punctual[bisect_left(times, start) : bisect_left(times, start + _WINDOW_SECONDS)]
        if window and sum(is_on_time for _, is_on_time in window) >= _SHARE * len(window):
            return start - moment
        start += _STEP_SECONDS
    return None


def _caught_up(moment: float, executions: Iterable[Execution]) -> float:
    """In how many seconds all runs had begun that were due by then."""
    late = (noted.at - moment for noted in _first(executions).values() if noted.due_at < moment)
    return max([0.0, *late])


def _taken_over(fault: Fault, executions: Sequence[Execution], cases: Mapping[str, Case]) -> list[float]:
    """Runs that the victim had finished after all, when nobody had taken them yet, are none of these."""
    held = {lease.run_id: lease.lease for lease in fault.held}
    first: dict[str, float] = {}
    for noted in executions:
        if noted.run_id in held and noted.lease > held[noted.run_id]:
            first.setdefault(noted.run_id, noted.at)
    missing = [run_id for run_id in held.keys() - first.keys() if _has_moved_on(cases.get(run_id), held[run_id])]
    return sorted([at - fault.began for at in first.values()] + [math.inf] * len(missing))


def _has_moved_on(case: Case | None, lease: int) -> bool:
    return case is None or case.run.lease > lease


def slowest_start(executions: Iterable[Execution]) -> float:
    """The longest time, in seconds, from when a run was due until it first began."""
    return max((noted.at - noted.due_at for noted in _first(executions).values()), default=0.0)


def _first(executions: Iterable[Execution]) -> Mapping[str, Execution]:
    """The first execution of each run."""
    first: dict[str, Execution] = {}
    for noted in executions:
        first.setdefault(noted.run_id, noted)
    return first
