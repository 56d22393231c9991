"""What a store is, said plainly: dictionaries and loops. The machine holds every store against it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from foliot.domain.parents import Join, WaitFor
from foliot.domain.priority import Priority
from foliot.domain.run import Cause, Claimed, Outcome, Run
from foliot.domain.states import RunState
from foliot.domain.unique import Until
from foliot.ports import Submission

WAITING = (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED, RunState.RETRYING)
WAITING_TO_START = (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED)


class ModelRun(msgspec.Struct, kw_only=True):
    """A run as the model knows it."""

    id: str
    job_id: str
    tenant_id: str
    priority: Priority
    state: RunState
    due_at: datetime
    max_attempts: int
    attempt: int = 0
    lease: int = 0
    lease_until: datetime | None = None
    worker: str | None = None
    is_cancelling: bool = False
    is_dead: bool = False
    ended_at: datetime | None = None
    result: bytes | None = None
    attempts: list[tuple[int, int, RunState, Cause]] = []
    said: list[str] = []
    parents: dict[str, WaitFor] = {}
    join: Join = Join.ALL
    expires_at: datetime | None = None

    def holds(self, lease: int) -> bool:
        return self.state is RunState.RUNNING and self.lease == lease

    def end(self, state: RunState, at: datetime) -> None:
        self.state, self.ended_at, self.lease_until = state, at, None


class ModelKey(msgspec.Struct):
    """Who has a submission key, and until when."""

    job_id: str
    fingerprint: str | None
    expires_at: datetime


class Model:
    """All runs by id, in the order in which they were made, and all submission keys."""

    def __init__(self) -> None:
        self.runs: dict[str, ModelRun] = {}
        self.keys: dict[tuple[str, str], ModelKey] = {}
        self.held: dict[tuple[str, str], str] = {}
        """Whose run has a key for as long as it lives."""
        self.ends: dict[str, RunState] = {}
        """How the runs ended that others may wait for, be they forgotten since."""

    def submit(self, batch: Iterable[Submission]) -> list[tuple[str, bool, str | None]]:
        """For each submission: whose job it is, whether that was made now, and the winner's fingerprint."""
        answers = []
        for made in batch:
            assert made.run is not None
            place, now = (made.job.tenant_id, made.key or ""), made.job.created_at
            known = None if made.key is None else self.keys.get(place)
            if known is not None and known.expires_at > now:
                answers.append((known.job_id, False, known.fingerprint))
                continue
            if made.key is not None and made.key_expires_at is not None:
                self.keys[place] = ModelKey(made.job.id, made.fingerprint, made.key_expires_at)
            self.add(made.run)
            answers.append((made.job.id, True, made.fingerprint))
        return answers

    def submit_unique(self, made: Submission) -> tuple[str, bool]:
        """Whose job a submission is that is unique until the run of another has started, or ended."""
        held = WAITING_TO_START if made.key_until is Until.STARTED else (*WAITING, RunState.RUNNING)
        return self._hold(made, held)

    def debounce(self, made: Submission) -> tuple[str, bool]:
        """Whose job a debounced submission is, and whether that was made now."""
        job_id, created = self._hold(made, (RunState.PENDING,))
        assert made.run is not None
        if not created:
            self.runs[job_id].due_at = made.run.due_at
        return job_id, created

    def _hold(self, made: Submission, held: Collection[RunState]) -> tuple[str, bool]:
        assert made.run is not None
        place = made.job.tenant_id, made.key or ""
        holder = self.runs.get(self.held.get(place, ""))
        if holder is not None and holder.state in held:
            return holder.id, False
        self.held[place] = made.job.id
        self.add(made.run)
        return made.job.id, True

    def submit_child(self, made: Submission) -> bool:
        """Whether a job whose parents are all known was taken; it is refused if it could never run."""
        assert made.run is not None
        assert made.job.after is not None
        self.add(made.run)
        child = self.runs[made.run.id]
        child.parents = {parent.job_id: parent.wait_for for parent in made.job.after.parents}
        child.join = made.job.after.join
        match self.verdict(child):
            case False:
                del self.runs[child.id]
                return False
            case True:
                child.state = RunState.PENDING if child.due_at > made.job.created_at else RunState.QUEUED
        return True

    @property
    def followers(self) -> list[str]:
        """The runs that have parents."""
        return [run.id for run in self.runs.values() if run.parents]

    def verdict(self, child: ModelRun) -> bool | None:
        """Whether a run may start, as its parents stand; None while that is not decided."""
        met = [
            None if state is None else wait_for is WaitFor.FINISHED or wait_for.value == state.value
            for state, wait_for in ((self.ends.get(parent), wanted) for parent, wanted in child.parents.items())
        ]
        if child.join is Join.ANY:
            return True if True in met else None if None in met else False
        return False if False in met else None if None in met else True

    def ripple(self, at: datetime) -> None:
        """Let all that is decided happen."""
        moved = True
        while moved:
            moved = False
            for child in self.runs.values():
                if child.state is not RunState.BLOCKED or (verdict := self.verdict(child)) is None:
                    continue
                moved = True
                if not verdict:
                    self._over(child, RunState.SKIPPED, at)
                elif child.due_at > at:
                    child.state = RunState.PENDING
                else:
                    child.state, child.due_at = RunState.QUEUED, at

    def call_off(self, run: ModelRun, at: datetime) -> None:
        """Cancel what comes only after a run, and has not started."""
        left, seen = [run.id], {run.id}
        while left:
            parent = left.pop()
            for child in self.runs.values():
                wanted = child.parents.get(parent)
                only_after = wanted in (WaitFor.SUCCEEDED, WaitFor.FAILED) and child.join is Join.ALL
                if only_after and child.id not in seen:
                    seen.add(child.id)
                    left.append(child.id)
                    if child.state in (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED):
                        self._over(child, RunState.CANCELLED, at)

    def _over(self, run: ModelRun, state: RunState, at: datetime) -> None:
        run.end(state, at)
        if run.id == run.job_id:
            self.ends[run.id] = state

    def add(self, run: Run) -> None:
        self.runs[run.id] = ModelRun(
            id=run.id, job_id=run.job_id, tenant_id=run.tenant_id, priority=run.priority, state=run.state,
            due_at=run.due_at, max_attempts=run.max_attempts, expires_at=run.expires_at,
        )  # fmt: skip

    def ready(self, priority: Priority, now: datetime) -> list[str]:
        """The queued runs of a priority that have not expired, oldest first."""
        queued = [
            r
            for r in self.runs.values()
            if r.state is RunState.QUEUED and r.priority is priority and (r.expires_at is None or r.expires_at > now)
        ]
        return [run.id for run in sorted(queued, key=lambda run: (run.due_at, run.id))]

    def claim(self, claimed: Claimed, worker: str, lease_until: datetime) -> None:
        run = self.runs[claimed.run_id]
        run.state, run.worker, run.lease_until = RunState.RUNNING, worker, lease_until
        run.attempt += 1
        run.lease += 1

    def finish(self, outcomes: Sequence[Outcome]) -> set[str]:
        """The runs of which no attempt was ended: no outcome had their lease."""
        asked, ended = set(), set()
        for outcome in outcomes:
            asked.add(outcome.run_id)
            run = self.runs.get(outcome.run_id)
            if run is not None and run.holds(outcome.lease):
                ended.add(outcome.run_id)
                self._end(run, outcome)
        for at in sorted({outcome.at for outcome in outcomes}):
            self.ripple(at)
        return asked - ended

    def _end(self, run: ModelRun, outcome: Outcome) -> None:
        if outcome.state.is_over:
            self._over(run, outcome.state, outcome.at)
            run.result, run.is_dead = outcome.result, outcome.state is RunState.FAILED
            return
        run.attempts = [*run.attempts, (run.attempt, run.lease, outcome.state, outcome.cause)]
        run.state, run.worker, run.lease_until = outcome.state, None, None
        run.due_at = outcome.due_at or run.due_at
        run.attempt -= 0 if outcome.burns_attempt else 1
        run.expires_at = run.expires_at if outcome.cause is Cause.DEFERRED else None
        if run.is_cancelling:
            self._over(run, RunState.CANCELLED, outcome.at)

    def expired(self, now: datetime) -> set[str]:
        return {run.id for run in self.runs.values() if run.lease_until is not None and run.lease_until < now}

    def expire(self, now: datetime) -> tuple[set[str], datetime | None]:
        """Which runs expired, and when the next will."""
        late = [run for run in self._expiring() if run.expires_at is not None and run.expires_at <= now]
        for run in late:
            self._over(run, RunState.EXPIRED, now)
        self.ripple(now)
        return {run.id for run in late}, min((r.expires_at for r in self._expiring() if r.expires_at), default=None)

    def _expiring(self) -> list[ModelRun]:
        return [r for r in self.runs.values() if r.state in WAITING_TO_START and r.expires_at is not None]

    def promote(self, now: datetime, limit: int) -> tuple[int, datetime | None]:
        """How many became due, and when the next one will."""
        due = sorted(self._timed(), key=lambda run: run.due_at)
        promoted = [run for run in due if run.due_at <= now][:limit]
        for run in promoted:
            run.state = RunState.QUEUED
        return len(promoted), min((run.due_at for run in self._timed()), default=None)

    def untied(self, now: datetime, limit: int) -> int:
        """At least `limit`, such that of runs due at one time all are promoted: their order is not promised."""
        due = sorted(run.due_at for run in self._timed() if run.due_at <= now)
        while 0 < limit < len(due) and due[limit - 1] == due[limit]:
            limit += 1
        return limit

    def _timed(self) -> list[ModelRun]:
        return [run for run in self.runs.values() if run.state in (RunState.PENDING, RunState.RETRYING)]

    def cancel(self, run: ModelRun, at: datetime) -> RunState:
        before = run.state
        if before is RunState.RUNNING:
            run.is_cancelling = True
        elif before in WAITING:
            self._over(run, RunState.CANCELLED, at)
        return before

    def retry_now(self, run: ModelRun, now: datetime) -> RunState | None:
        before = run.state
        if before in (RunState.PENDING, RunState.RETRYING):
            run.state, run.due_at = RunState.QUEUED, now
        return None if before.is_over else before

    def prune(self, is_old: Callable[[datetime], bool]) -> None:
        gone = [r.id for r in self.runs.values() if r.ended_at is not None and is_old(r.ended_at) and not r.is_dead]
        for run_id in gone:
            del self.runs[run_id]
