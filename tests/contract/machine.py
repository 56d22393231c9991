"""A store and its model, driven by the same random deeds and compared after each."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from foliot.domain.errors import ParentEnded
from foliot.domain.event import story
from foliot.domain.parents import Join, WaitFor
from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.run import Claimed, Outcome, Run
from foliot.domain.states import EventType, RunState, follow
from foliot.domain.unique import Until
from foliot.ports import RunFilter, RunRef, Store
from tests.contract import builders as build
from tests.contract.model import WAITING, Model, ModelRun
from tests.contract.stores import Kind, Places

Answer = TypeVar("Answer")

TENANTS = (build.ACME, build.OTHER)
ALL = RunFilter()
MANY = 1_000

nth = st.integers(0, 3) | st.integers(0, 30)
seconds = st.sampled_from([0.0, 0.000001, 5.0, 30.0])
draws = st.fixed_dictionaries({priority: st.floats(0, 1, exclude_max=True) for priority in Priority})
wishes = st.fixed_dictionaries(
    {
        "tenant": st.sampled_from(TENANTS),
        "delay": st.sampled_from([0.0, 0.0, 0.0, 0.000001, 30.0]),
        "priority": st.sampled_from(Priority),
        "max_attempts": st.integers(1, 3),
        "key": st.sampled_from([None, None, None, None, "red", "blue"]),
        "fingerprint": st.sampled_from(["same", "other"]),
        "key_seconds": st.sampled_from([10.0, 60.0]),
        "expires_in": st.sampled_from([None, None, None, 5.0, 31.0]),
    }
)


class StoreMachine(RuleBasedStateMachine):
    """Deeds of callers, workers, reapers and pruners, in any order. Give the kind of store by subclassing."""

    kind: Kind
    places: Places

    def __init__(self) -> None:
        super().__init__()
        self.leaving = ExitStack()
        folder = self.leaving.enter_context(TemporaryDirectory())
        place = self.leaving.enter_context(type(self).places(Path(folder)))
        self.runner = self.leaving.enter_context(asyncio.Runner())
        self.store: Store = self.wait(self.kind.open(place))
        self.model = Model()
        self.now = build.NOW
        self.given: list[Claimed] = []
        self.touched: set[str] = set()

    def wait(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.get_loop().run_until_complete(work)

    def teardown(self) -> None:
        self.wait(self.store.close())
        self.leaving.close()

    def touch(self, *run_ids: str) -> None:
        """Compare these runs in every detail after this step."""
        self.touched.update(run_ids)

    def run(self, number: int, *wanted: RunState) -> ModelRun:
        """Some run, those of the wanted states first; it is about to be touched."""
        runs = sorted(self.model.runs.values(), key=lambda run: run.state not in wanted)
        run = runs[number % len(runs)]
        self.touch(run.id)
        return run

    def stored(self, known: ModelRun) -> Run:
        """The same run as the store has it."""
        run = self.wait(self.store.run(known.tenant_id, known.id))
        assert run is not None
        return run

    def lease(self, number: int) -> Claimed:
        """Some lease that was ever given: those that are held first, then those that were lost or are over."""

        def is_held(lease: Claimed) -> bool:
            run = self.model.runs.get(lease.run_id)
            return run is not None and run.holds(lease.lease)

        newest_first = self.given[::-1]
        lease = sorted(newest_first, key=is_held, reverse=True)[number % len(self.given)]
        self.touch(lease.run_id)
        return lease

    def outcome(self, lease: Claimed, ending: int, delay: float) -> Outcome:
        """One of the ways in which an attempt may end."""
        later = self.now + timedelta(seconds=delay)
        match ending:
            case 0:
                return build.succeeded(lease, at=self.now, result=b"%d" % lease.lease)
            case 1:
                return build.failed(lease, at=self.now)
            case 2:
                return build.retried(lease, due_at=later, at=self.now)
            case 3:
                return build.handed_back(lease, at=self.now)
            case _:
                return build.deferred(lease, due_at=later, at=self.now)

    def end(self, outcomes: Sequence[Outcome]) -> None:
        assert self.wait(self.store.finish(outcomes)).lost == self.model.finish(outcomes)
        self.touch(*(outcome.run_id for outcome in outcomes), *self.model.followers)

    # -- callers

    @initialize(batch=st.lists(wishes, min_size=3, max_size=6))
    def open_shop(self, batch: list[dict[str, Any]]) -> None:
        self.submit(batch)

    @rule(batch=st.lists(wishes, min_size=1, max_size=3))
    def submit(self, batch: list[dict[str, Any]]) -> None:
        made = [build.submission(created_at=self.now, **wish) for wish in batch]
        answers = self.wait(self.store.submit(made))
        assert [(a.job_id, a.created, a.fingerprint) for a in answers] == [
            (job_id, created, None if each.key is None and created else fingerprint)
            for each, (job_id, created, fingerprint) in zip(made, self.model.submit(made), strict=True)
        ]
        self.touch(*(each.job.id for each in made))

    @rule(until=st.sampled_from(Until), tenant=st.sampled_from(TENANTS))
    def submit_unique(self, until: Until, tenant: str) -> None:
        made = build.unique(until.value, until, tenant=tenant, created_at=self.now)
        [answer] = self.wait(self.store.submit([made]))
        assert (answer.job_id, answer.created) == self.model.submit_unique(made)
        self.touch(made.job.id)

    @rule(quiet=st.lists(seconds.filter(bool), min_size=1, max_size=3), tenant=st.sampled_from(TENANTS))
    def debounce(self, quiet: list[float], tenant: str) -> None:
        made = [build.debounced(quiet=each, tenant=tenant, created_at=self.now) for each in quiet]
        answers = self.wait(self.store.submit(made))
        assert [(each.job_id, each.created, each.updated) for each in answers] == [
            (job_id, created, not created) for job_id, created in map(self.model.debounce, made)
        ]
        self.touch(answers[0].job_id)

    @precondition(lambda self: self.model.runs)
    @rule(
        chosen=st.lists(nth, min_size=1, max_size=3),
        wait_for=st.sampled_from(WaitFor),
        join=st.sampled_from(Join),
        delay=st.sampled_from([0.0, 0.0, 30.0]),
    )
    def submit_child(self, chosen: list[int], wait_for: WaitFor, join: Join, delay: float) -> None:
        first, *others = (self.run(number) for number in chosen)
        parents = {run.job_id: None for run in (first, *others) if run.tenant_id == first.tenant_id}
        if any(job_id not in self.model.runs for job_id in parents):
            return  # forgotten, while a replay is left
        made = build.child(
            *parents, wait_for=wait_for, join=join, tenant=first.tenant_id, created_at=self.now, delay=delay
        )
        try:
            self.wait(self.store.submit([made]))
        except ParentEnded:
            assert not self.model.submit_child(made)
        else:
            assert self.model.submit_child(made)
            self.touch(made.job.id)

    @precondition(lambda self: self.model.runs)
    @rule(chosen=st.lists(nth, min_size=1, max_size=2))
    def cancel(self, chosen: list[int]) -> None:
        runs = [self.run(number, *WAITING, RunState.RUNNING) for number in chosen]
        requests = [build.cancelling(self.stored(run), self.now) for run in runs]
        before = [run.state for run in runs]
        assert self.wait(self.store.cancel(requests)).before == before
        for run in runs:
            self.model.cancel(run, self.now)
        for run in runs:
            self.model.call_off(run, self.now)
        self.model.ripple(self.now)
        self.touch(*self.model.runs)

    @precondition(lambda self: self.model.runs)
    @rule(number=nth)
    def retry_now(self, number: int) -> None:
        run = self.run(number, RunState.RETRYING, RunState.PENDING)
        told = build.asked(EventType.RUN_RETRY_REQUESTED, self.stored(run), self.now)
        batch = [(RunRef(run.tenant_id, run.id), told)]
        assert self.wait(self.store.retry_now(batch, self.now)) == [self.model.retry_now(run, self.now)]

    @precondition(lambda self: self.model.runs)
    @rule(number=nth)
    def replay(self, number: int) -> None:
        run = self.run(number, RunState.FAILED)
        request = build.replaying(self.stored(run), self.now)
        assert self.wait(self.store.replay([request, request])) == [run.is_dead, False]
        if run.is_dead:
            run.is_dead = False
            self.model.add(request.run)
            self.touch(request.run.id)

    @precondition(lambda self: self.model.runs)
    @rule(number=nth)
    def discard(self, number: int) -> None:
        run = self.run(number, RunState.FAILED)
        request = build.discarding(self.stored(run), self.now)
        assert self.wait(self.store.discard([request])) == [run.is_dead]
        run.is_dead = False

    # -- engines

    @rule(worker=st.sampled_from(["worker-1", "worker-2"]), limit=st.integers(1, 5), draws=draws)
    def claim(self, worker: str, limit: int, draws: dict[Priority, float]) -> None:
        until = self.now + build.LEASE
        handicaps = {priority: (draws[priority], float(WEIGHTS[priority])) for priority in Priority}
        request = build.wish(worker=worker, limit=limit, now=self.now, lease_until=until, handicaps=handicaps)
        ready = {priority: self.model.ready(priority, self.now) for priority in Priority}
        claimed = self.wait(self.store.claim(request))
        assert len(claimed) == min(limit, sum(map(len, ready.values())))
        for priority, waiting in ready.items():
            mine = [run.run_id for run in claimed if self.model.runs[run.run_id].priority is priority]
            assert mine == waiting[: len(mine)], f"{priority} was not served oldest first"
        for run in claimed:
            self.model.claim(run, worker, until)
            known = self.model.runs[run.run_id]
            assert (run.attempt, run.lease, run.due_at) == (known.attempt, known.lease, known.due_at)
            self.touch(run.run_id)
        self.given += claimed

    @rule(limit=st.integers(1, 5), draws=draws, endings=st.lists(st.integers(0, 4), max_size=5), delay=seconds)
    def work(self, limit: int, draws: dict[Priority, float], endings: list[int], delay: float) -> None:
        """What a worker and the promoter beside it do most of the time. Some of what is claimed stays in hand."""
        self.promote(limit)
        before = len(self.given)
        self.claim("worker-1", limit, draws)
        claimed = self.given[before:]
        self.end([self.outcome(lease, ending, delay) for lease, ending in zip(claimed, endings, strict=False)])

    @precondition(lambda self: self.given)
    @rule(chosen=st.lists(st.tuples(nth, st.integers(0, 4)), min_size=1, max_size=6), delay=seconds)
    def finish(self, chosen: list[tuple[int, int]], delay: float) -> None:
        outcomes = [self.outcome(self.lease(number), ending, delay) for number, ending in chosen]
        self.end(outcomes)

    @rule()
    def reap(self) -> None:
        expired = self.wait(self.store.expired(self.now, MANY))
        assert {run.run_id for run in expired} == self.model.expired(self.now)
        outcomes = []
        for run in expired:
            known = self.model.runs[run.run_id]
            assert (run.lease, run.attempt, run.worker) == (known.lease, known.attempt, known.worker)
            assert run.cancelling is known.is_cancelling
            lost = next(each for each in self.given if (each.run_id, each.lease) == (run.run_id, run.lease))
            ending = build.failed if run.attempt >= run.max_attempts else build.lease_lost
            outcomes.append(ending(lost, at=self.now))
        self.end(outcomes)

    @precondition(lambda self: self.given)
    @rule(chosen=st.lists(nth, min_size=1, max_size=4, unique=True), renews=st.booleans())
    def pulse(self, chosen: list[int], renews: bool) -> None:
        leases = {lease.run_id: lease for lease in map(self.lease, chosen)}
        until = self.now + build.LEASE if renews else None
        answer = self.wait(self.store.pulse([build.held(lease) for lease in leases.values()], until))
        known = {run_id: self.model.runs.get(run_id) for run_id in leases}
        kept = {run_id: run for run_id, run in known.items() if run and run.holds(leases[run_id].lease)}
        assert answer.lost == leases.keys() - kept.keys()
        assert answer.cancelling == {run_id for run_id, run in kept.items() if run.is_cancelling}
        for run in kept.values():
            run.lease_until = until or run.lease_until

    @precondition(lambda self: self.given)
    @rule(number=nth, message=st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
    def note(self, number: int, message: str) -> None:
        lease = self.lease(number)
        self.wait(self.store.note([build.said(lease, message, at=self.now)]))
        run = self.model.runs.get(lease.run_id)
        if run is not None and run.holds(lease.lease):
            run.said = [*run.said, message]

    @rule(limit=st.integers(1, 4))
    def promote(self, limit: int) -> None:
        limit = self.model.untied(self.now, limit)
        promoted = self.wait(self.store.promote(self.now, limit))
        assert (len(promoted.runs), promoted.next_due_at) == self.model.promote(self.now, limit)
        self.touch(*self.model.runs)

    @rule()
    def expire(self) -> None:
        lapsed = self.wait(self.store.expire(self.now, MANY))
        assert ({run_id for run_id, _ in lapsed.runs}, lapsed.next_at) == self.model.expire(self.now)
        self.touch(*self.model.runs)

    @rule(age=st.sampled_from([10.0, 60.0, 3600.0]))
    def prune(self, age: float) -> None:
        before = self.now - timedelta(seconds=age)
        gone = {run.id: run for run in self.model.runs.values()}
        self.wait(build.pruned(self.store, before))
        self.model.prune(lambda ended_at: self.kind.forgets(ended_at, before))
        jobs = {run.job_id for run in self.model.runs.values()}
        for run_id in gone.keys() - self.model.runs.keys():
            run = gone[run_id]
            assert self.wait(self.store.run(run.tenant_id, run_id)) is None
            assert self.wait(self.store.attempts(run.tenant_id, run_id)) == []
            if not self.kind.piece:  # what was said of a run after its end may lie in a younger piece
                assert self.wait(self.store.run_events(run.tenant_id, run_id)) == []
            assert (self.wait(self.store.job(run.tenant_id, run.job_id)) is not None) == (run.job_id in jobs)

    @rule(gone=st.sampled_from([0.000001, 1.0, 5.0, 16.0, 61.0]), promotes=st.booleans())
    def pass_time(self, gone: float, promotes: bool) -> None:
        self.now += timedelta(seconds=gone)
        if promotes:
            self.promote(4)

    # -- what must be so

    @invariant()
    def states_and_dead_letters_are_those_of_the_model(self) -> None:
        for tenant in TENANTS:
            runs = self.wait(self.store.runs(tenant, ALL, None, MANY))
            mine = {run.id: run for run in self.model.runs.values() if run.tenant_id == tenant}
            assert {run.id: (run.state, run.attempt, run.lease, run.due_at, run.lease_until) for run in runs} == {
                run.id: (run.state, run.attempt, run.lease, run.due_at, run.lease_until) for run in mine.values()
            }
            assert [run.id for run in runs] == sorted(mine, reverse=True)
            dead = self.wait(self.store.dead_letters(tenant, ALL, None, MANY))
            assert [run.id for run in dead] == sorted((r.id for r in mine.values() if r.is_dead), reverse=True)

    @invariant()
    def the_story_of_each_run_that_was_touched_is_a_legal_walk(self) -> None:
        for run_id in self.touched & self.model.runs.keys():
            self.check(self.model.runs[run_id])
        self.touched.clear()

    def check(self, known: ModelRun) -> None:
        run = self.stored(known)
        attempts = self.wait(self.store.attempts(run.tenant_id, run.id))
        appended = self.wait(self.store.run_events(run.tenant_id, run.id))
        assert run.result == known.result
        assert run.worker == known.worker or run.state is RunState.CANCELLED
        assert [(each.number, each.lease, each.state, each.cause) for each in attempts] == known.attempts
        assert [e.data["message"] for e in appended if e.type is EventType.RUN_LOGGED] == known.said
        told = [event.type for event in story(run, attempts, appended)]
        assert run.state in follow(told), f"{run.state} is not where {told} leads"
