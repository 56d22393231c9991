"""Outcomes and notes are written together, in order, and none is dropped while the store is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from foliot import RunState, Unavailable
from foliot.adapters.local.wakeup import LocalWakeup
from foliot.domain.run import Cause, Note, Outcome
from foliot.engine.completer import Completer
from foliot.ports import Finished

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def _outcome(number: int) -> Outcome:
    return Outcome(
        run_id=f"run-{number}", tenant_id="t", lease=1, state=RunState.SUCCEEDED, cause=Cause.RETURNED, at=NOW
    )


def _note(number: int) -> Note:
    return Note(f"run-{number}", "t", 1, NOW, "said")


class _Store:
    """Takes outcomes and notes when its gate is open."""

    def __init__(self) -> None:
        self.writes: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.lost: frozenset[str] = frozenset()
        self.refused: set[str] = set()

    async def finish(self, outcomes: Sequence[Outcome]) -> Finished:
        await self._take("outcome", outcomes)
        return Finished(self.lost.intersection(outcome.run_id for outcome in outcomes))

    async def note(self, notes: Sequence[Note]) -> None:
        await self._take("note", notes)

    async def _take(self, kind: str, items: Sequence[Any]) -> None:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if self.refused.intersection(item.run_id for item in items):
            raise ValueError("no place for it")
        self.writes.append([f"{kind} {item.run_id}" for item in items])


class _Bench:
    """A completer at work."""

    def __init__(self) -> None:
        self.store = _Store()
        self.settled: list[str] = []
        self.lost: set[str] = set()
        self.completer = Completer(self.store, LocalWakeup(), self._settle)  # type: ignore[arg-type]  # see _Store

    async def _settle(self, outcomes: Sequence[Outcome], finished: Finished) -> None:
        self.settled += [outcome.run_id for outcome in outcomes]
        self.lost |= finished.lost


@pytest.fixture
async def bench() -> AsyncIterator[_Bench]:
    made = _Bench()
    running = asyncio.create_task(made.completer.run())
    yield made
    running.cancel()
    await asyncio.wait([running])


async def _drained(bench: _Bench) -> None:
    async with asyncio.timeout(20):
        await bench.completer.drained()


async def test_what_ends_during_a_write_is_written_in_the_next(bench: _Bench) -> None:
    bench.store.gate.clear()
    bench.completer.add(_outcome(0))
    await asyncio.sleep(0.01)
    for number in range(1, 100):
        bench.completer.add(_outcome(number))
    bench.store.gate.set()
    await _drained(bench)
    assert [len(write) for write in bench.store.writes] == [1, 99]
    assert bench.settled == [f"run-{number}" for number in range(100)]


async def test_a_write_is_bounded(bench: _Bench) -> None:
    for number in range(2_500):
        bench.completer.add(_outcome(number))
    await _drained(bench)
    assert [len(write) for write in bench.store.writes] == [1_000, 1_000, 500]


async def test_a_note_is_written_before_the_outcome_of_its_attempt(bench: _Bench) -> None:
    bench.completer.note(_note(1))
    bench.completer.add(_outcome(1))
    await _drained(bench)
    assert bench.store.writes == [["note run-1"], ["outcome run-1"]]


async def test_a_note_does_not_wait_for_an_outcome(bench: _Bench) -> None:
    bench.completer.note(_note(1))
    async with asyncio.timeout(20):
        while not bench.store.writes:
            await asyncio.sleep(0.01)
    assert bench.store.writes == [["note run-1"]]


async def test_a_note_may_come_from_any_thread_at_any_time(bench: _Bench) -> None:
    for number in range(20):
        await asyncio.to_thread(bench.completer.note, _note(number))
        await asyncio.sleep(0.02 * (number % 3))
    async with asyncio.timeout(20):
        while sum(map(len, bench.store.writes)) < 20:
            await asyncio.sleep(0.01)


async def test_nothing_is_dropped_while_the_store_is_away(bench: _Bench) -> None:
    bench.store.failure = Unavailable("away")
    bench.completer.note(_note(1))
    bench.completer.add(_outcome(1))
    await asyncio.sleep(0.05)
    bench.completer.add(_outcome(2))
    assert bench.completer.backlog == 2
    assert bench.settled == []
    bench.store.failure = None
    await _drained(bench)
    assert bench.store.writes == [["note run-1"], ["outcome run-1", "outcome run-2"]]


async def test_one_outcome_that_cannot_be_stored_is_told_as_lost(bench: _Bench) -> None:
    bench.store.refused = {"run-1"}
    for number in range(3):
        bench.completer.add(_outcome(number))
    await _drained(bench)
    assert bench.store.writes == [["outcome run-0"], ["outcome run-2"]]
    assert bench.lost == {"run-1"}
    assert sorted(bench.settled) == ["run-0", "run-1", "run-2"]


async def test_one_note_that_cannot_be_stored_holds_up_nobody(bench: _Bench) -> None:
    bench.store.refused = {"run-1"}
    for number in range(3):
        bench.completer.note(_note(number))
    bench.completer.add(_outcome(7))
    await _drained(bench)
    assert bench.store.writes == [["note run-0"], ["note run-2"], ["outcome run-7"]]


async def test_lost_leases_are_passed_on(bench: _Bench) -> None:
    bench.store.lost = frozenset({"run-1"})
    bench.completer.add(_outcome(1))
    bench.completer.add(_outcome(2))
    await _drained(bench)
    assert bench.lost == {"run-1"}
