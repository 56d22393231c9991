"""What counts as recovered, and when."""

import math

import pytest

from chaos.clients import Answer, Fate
from chaos.load import Receipt
from chaos.notes import Execution
from chaos.orders import Order
from chaos.recovery import on_time_after, punctuality, recoveries, slowest_start
from chaos.stage import Fault
from foliot.ports import Held


def ran(number: int, due_at: float, at: float, lease: int = 1) -> Execution:
    return Execution(number, f"r{number}", lease, lease, due_at, at, 7)


def offered(number: int, sent_at: float, kind: str = "quick") -> Receipt:
    return Receipt(Order(number, kind), sent_at, "http", Answer(Fate.ACCEPTED, f"r{number}"))


def test_jobs_are_on_time_again_when_nine_of_ten_begin_within_a_second() -> None:
    late = [(100 + n / 10, n >= 30) for n in range(60)]
    assert on_time_after(100, late) == pytest.approx(2.9)
    assert on_time_after(103, late) == 0


def test_what_was_not_seen_is_not_said() -> None:
    assert on_time_after(100, [(100 + n / 10, False) for n in range(60)]) is None
    assert on_time_after(200, [(100 + n / 10, True) for n in range(60)]) is None


def test_a_job_that_was_not_accepted_is_not_on_time() -> None:
    receipts = [offered(1, 10), offered(2, 10.5), offered(3, 11)]
    assert punctuality(receipts, [ran(1, 10, 10.1), ran(2, 10.5, 12)]) == [(10, True), (10.5, False), (11, False)]


def test_jobs_that_are_to_begin_later_do_not_count() -> None:
    later = Receipt(Order(1, "later", 2.0), 10, "http")
    assert punctuality([later, offered(2, 10, "hold")], []) == []


def test_a_recovery_lasts_until_the_last_run_of_the_victim_runs_elsewhere() -> None:
    fault = Fault("a worker is killed", 100, 100, held=[Held("r1", "t", 1), Held("r2", "t", 3)])
    executions = [ran(1, 99, 99), ran(2, 99, 99, lease=3), ran(1, 99, 103), ran(1, 99, 103, 2), ran(2, 99, 104, 4)]
    receipts = [offered(3 + n, 100 + n / 10) for n in range(30)]
    executions += [ran(3 + n, 100 + n / 10, 100 + n / 10) for n in range(30)]
    [recovery] = recoveries([fault], receipts, executions, {})
    assert (recovery.on_time, recovery.caught_up, recovery.taken_over) == (0, 0, [3, 4])
    assert recovery.seconds == 4


def test_a_run_that_is_not_taken_over_is_never_recovered() -> None:
    fault = Fault("a worker is killed", 100, 100, held=[Held("r1", "t", 1)])
    [recovery] = recoveries([fault], [], [], {})
    assert recovery.taken_over == [math.inf]


def test_a_recovery_lasts_until_what_was_held_up_has_begun() -> None:
    [recovery] = recoveries([Fault("Redis is flushed", 100, 101)], [], [ran(1, 100.5, 107), ran(2, 102, 109)], {})
    assert recovery.caught_up == 6


def test_the_slowest_start_is_that_of_a_first_attempt() -> None:
    assert slowest_start([ran(1, 10, 12), ran(1, 10, 20, lease=2), ran(2, 15, 16)]) == 2
