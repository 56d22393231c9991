"""How far back a worker looks: nearly always not far, and often enough at everything."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

import msgspec

from foliot.domain.priority import Priority
from foliot.domain.run import Claimed
from foliot.engine.horizon import Horizon
from tests.contract.builders import ACME, NOW, after, new_id

DEFAULT = ("default", Priority.DEFAULT)
LOW = ("default", Priority.LOW)


def test_the_first_look_is_at_everything() -> None:
    assert Horizon().look(100.0) == {}


def test_the_next_looks_begin_shortly_before_the_oldest_that_was_found() -> None:
    horizon = Horizon()
    horizon.look(100.0)
    horizon.learn(_runs(5, 7, 3))
    since = horizon.look(100.1)[DEFAULT]
    assert after(3) - timedelta(seconds=1) < since < after(3)


def test_each_queue_and_priority_is_looked_at_from_its_own_oldest() -> None:
    horizon = Horizon()
    horizon.look(100.0)
    horizon.learn([*_runs(50), *_runs(1, priority=Priority.LOW)])
    horizon.learn(_runs(60))
    since = horizon.look(100.1)
    assert since[LOW] < after(1) < after(59) < since[DEFAULT]


def test_everything_is_looked_at_again_within_a_quarter_of_a_second() -> None:
    horizon = Horizon()
    horizon.learn(_runs(1))
    whole = [n for n in range(100) if not horizon.look(100 + n / 100)]
    assert len(whole) == 4
    assert all(later - earlier <= 26 for earlier, later in pairwise(whole))


def test_who_has_not_seen_everything_does_not_sleep_before_that() -> None:
    horizon = Horizon()
    horizon.look(100.0)
    assert horizon.patience(100.0, 20.0) == 20.0
    horizon.learn(_runs(1))
    assert horizon.look(100.2)
    assert 0 < horizon.patience(100.2, 20.0) <= 0.05
    assert horizon.look(100.25) == {}
    assert horizon.patience(100.25, 20.0) == 20.0


def _runs(*seconds: int, priority: Priority = Priority.DEFAULT) -> Iterable[Claimed]:
    """Runs that were due so many seconds after now."""
    run = Claimed(
        run_id=new_id(), job_id=new_id(), tenant_id=ACME, type="mail", queue="default", priority=priority, payload="{}",
        due_at=NOW, attempt=1, max_attempts=3, lease=1,
    )  # fmt: skip
    return [msgspec.structs.replace(run, due_at=after(each)) for each in seconds]
