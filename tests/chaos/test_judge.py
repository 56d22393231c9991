"""A judge who cannot find anything is none: each kind of breach is found, and told as what it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chaos.clients import Answer, Fate
from chaos.evidence import Case, Evidence
from chaos.judge import judge
from chaos.ledger import Effect
from chaos.load import Receipt
from chaos.notes import Execution
from chaos.orders import Order
from foliot import Priority, Run, RunState
from foliot.domain.event import attempts_of, story
from foliot.domain.run import Attempt, Cause

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PID, OTHER = 7, 8
R = "019f0000-0000-7000-8000-000000000001"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


LOST = Attempt(
    run_id=R, number=1, lease=1, worker=f"here-{OTHER}-dice", state=RunState.QUEUED, due_at=NOON, queued_at=NOON,
    started_at=at(1), ended_at=at(4), cause=Cause.LEASE_LOST,
)  # fmt: skip
RUN = Run(
    id=R, job_id=R, tenant_id="t", type="charge", queue="default", priority=Priority.DEFAULT,
    state=RunState.SUCCEEDED, due_at=NOON, attempt=2, max_attempts=9, lease=2, created_at=NOON, queued_at=at(4),
    started_at=at(5), finished_at=at(6), worker=f"here-{PID}-dice", result=b"1", cause=Cause.RETURNED,
)  # fmt: skip
RECEIPT = Receipt(Order(1, "charge"), NOON.timestamp(), "http", Answer(Fate.ACCEPTED, R))
EFFECT = Effect(1, R, 2, PID)


def executed(lease: int, pid: int, late: float) -> Execution:
    return Execution(1, R, lease, lease, NOON.timestamp(), at(late).timestamp(), pid)


def case(run: Run = RUN, earlier: Sequence[Attempt] = (LOST,), rows: int = 1) -> Case:
    return Case(number=1, run=run, attempts=attempts_of(run, earlier), events=story(run, earlier, []), rows=rows)


SOUND = Evidence(
    receipts=[RECEIPT], executions=[executed(1, OTHER, 1), executed(2, PID, 5)], effects=[EFFECT], jobs=[1],
    cases={R: case()},
)  # fmt: skip


def with_run(**changes: Any) -> dict[str, Any]:
    return {"cases": {R: case(msgspec.structs.replace(RUN, **changes))}}


def answered(answer: Answer) -> dict[str, Any]:
    return {"receipts": [Receipt(RECEIPT.order, RECEIPT.sent_at, "http", answer)]}


def test_a_run_that_a_worker_lost_and_another_finished_is_sound() -> None:
    verdict = judge(SOUND)
    assert (verdict.violations, verdict.curious) == ([], [])


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"cases": {}, "effects": [], "executions": []}, "lost", "there is no such run"),
        (with_run(state=RunState.RUNNING, finished_at=None) | {"effects": []}, "lost", "still running"),
        ({"jobs": [1, 1]}, "doubled", "stored as 2 jobs"),
        ({"cases": {R: case(rows=2)}}, "doubled", "has 2 ends"),
        ({"executions": [executed(2, PID, 5), executed(2, PID, 6)]}, "doubled", "executed 2 times under lease 2"),
        ({"effects": [EFFECT, EFFECT]}, "doubled", "has 2 effects"),
        ({"cases": {R: case(earlier=[LOST, LOST])}}, "doubled", "under lease 1 has 2 outcomes"),
        ({"cases": {R: case(earlier=[])}}, "illegal", "are told with the leases"),
        ({"cases": {R: msgspec.structs.replace(case(), events=case().events[:-1])}}, "illegal", "and its story is"),
        ({"cases": {R: msgspec.structs.replace(case(), events=case().events[::-1])}}, "illegal", "go back"),
        (with_run(state=RunState.FAILED) | {"effects": []}, "wrong", "has failed"),
        (with_run(result=b"2"), "wrong", "returned b'2'"),
        ({"effects": []}, "wrong", "effects of the leases []"),
        ({"effects": [Effect(1, R, 1, OTHER)]}, "wrong", "effects of the leases [1]"),
        ({"effects": [EFFECT, Effect(2, "s", 1, PID)]}, "wrong", "effect of run s, which is unknown"),
        ({"receipts": []}, "wrong", "ordered by nobody"),
        ({"executions": [executed(1, OTHER, 1), executed(2, PID, -1)]}, "wrong", "1.000000 s early"),
        ({"executions": [executed(1, PID, 1)]}, "wrong", f"by process {PID} under lease 1"),
        ({"executions": [executed(3, PID, 7)]}, "wrong", "under lease 3"),
        (answered(Answer(Fate.BROKEN, why="HTTP 500: oh")), "wrong", "1 submits were answered with HTTP 500: oh"),
        (
            answered(Answer(Fate.REFUSED, why="unavailable")),
            "curious",
            "refused (unavailable), and the jobs are stored",
        ),
    ],
)
def test_each_breach_is_found(changes: dict[str, Any], kind: str, words: str) -> None:
    verdict = judge(msgspec.structs.replace(SOUND, **changes))
    assert any(words in what for what in getattr(verdict, kind)), verdict


@pytest.mark.parametrize("fate", [Fate.UNANSWERED, Fate.REFUSED, Fate.WITHHELD])
def test_what_was_not_accepted_need_not_be_there(fate: Fate) -> None:
    nothing: dict[str, Any] = {"executions": [], "effects": [], "jobs": [], "cases": {}}
    assert judge(msgspec.structs.replace(SOUND, **answered(Answer(fate)), **nothing)).violations == []
