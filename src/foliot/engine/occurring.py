"""What becomes of a recurring job when a planned instant of it has come, by its policies and calendars."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.ids import IdSequence
from foliot.domain.lineage import runs_after
from foliot.domain.parents import After, Parent, WaitFor
from foliot.domain.policy import Overlap
from foliot.domain.run import Cause, Run
from foliot.domain.schedule import (
    At,
    Every,
    Excluding,
    Fated,
    Settlement,
    jitter,
    note,
    observing,
    planned_anew,
    settle,
)
from foliot.domain.schedule import Planned as Occurrence
from foliot.domain.states import EventType, RunState
from foliot.domain.time.zone import zone_of
from foliot.ports import Account, CancelRequest, DueJob, Plan, PlannedRun

_WAITING: Final = (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED)


class Occurring:
    """One look at a due job.

    What was missed and is caught up runs one after the other, after whatever of the job still runs, unless overlaps are
    allowed; a single occurrence goes by the overlap policy.
    """

    def __init__(self, due: DueJob, now: datetime, ids: IdSequence) -> None:
        self._due = due
        self._job = due.job
        self._now = now
        self._ids = ids
        self._misfire = due.job.overrides.misfire or due.policy.misfire
        self._overlap = due.job.overrides.overlap or due.policy.overlap
        self._events: list[Event] = []
        self._schedule = observing(due.schedule, due.calendars, due.next_at)
        self._is_excluded = isinstance(self._schedule, Excluding) and self._schedule.excludes(due.next_at)
        self._settled = self._settle()
        self._running = [fated for fated in self._settled.listed if fated.due is not None]

    def plan(self) -> Plan:
        """What is to be stored."""
        job, due, settled, running = self._job, self._due, self._settled, self._running
        excluded = [self._run(Fated(due.next_at, "skipped"))] if self._is_excluded else []
        runs = self._runs(running)
        stands_for = {fated.planned: item.run.id for fated, item in zip(running, runs, strict=True)}
        self._tell(settled, running, runs)
        return Plan(
            tenant_id=job.tenant_id, job_id=job.id, expected=due.next_at, revision=job.revision,
            following=settled.following, count=settled.count, decided=settled.decided, events=self._events,
            runs=[*(PlannedRun(self._left_out(run, Cause.CALENDAR)) for run in excluded), *runs, *self._after(runs)],
            accounts=[
                *(Account(due.next_at, "skipped", run.id) for run in excluded), *_accounts(settled, stands_for, runs),
            ],
        )  # fmt: skip

    def cancels(self) -> list[CancelRequest]:
        """The runs that are to make way for one that is to run, if the policy says so."""
        if self._overlap is not Overlap.CANCEL_RUNNING or not self._running:
            return []
        asked = [
            self._event(EventType.RUN_CANCEL_REQUESTED, {"by": "planner", "policy": self._overlap}, live.run_id)
            for live in self._due.live
        ]
        return [
            CancelRequest(run_id=event.run_id, tenant_id=event.tenant_id, at=event.at, event=event)
            for event in asked
            if event.run_id is not None
        ]

    def _settle(self) -> Settlement:
        job, next_at, decided = self._job, self._due.next_at, self._job.decided
        if self._is_excluded:  # by a calendar that was changed a moment ago; else it would not have been planned
            following = self._schedule.occurrence_after(next_at, job.planned)
            if following is None:
                return Settlement((), {}, job.planned, None)
            next_at, decided = following.at, following.decisions
        return settle(self._schedule, next_at, job.planned + 1, self._now, self._misfire, decided)

    def _runs(self, running: Sequence[Fated]) -> list[PlannedRun]:
        made = [self._run(fated) for fated in running]
        before = [live.run_id for live in self._due.live]
        if self._overlap is Overlap.ALLOW:
            return [PlannedRun(run) for run in made]
        if len(made) == 1 and before and self._leaves_out():
            return [PlannedRun(self._left_out(made[0], Cause.OVERLAP))]
        runs = []
        for run in made:
            runs.append(PlannedRun(_blocked(run), _after(before)) if before else PlannedRun(run))
            before = [run.id]
        return runs

    def _leaves_out(self) -> bool:
        """Whether an occurrence that overlaps is left out."""
        if self._overlap is Overlap.QUEUE_ONE:
            return any(live.state in _WAITING for live in self._due.live)
        return self._overlap is Overlap.SKIP

    def _run(self, fated: Fated) -> Run:
        job, now = self._job, self._now
        due_at = fated.planned + self._jitter(fated.planned)
        if fated.due is not None and fated.due > now:
            due_at = max(due_at, fated.due)
        run_id = self._ids.take(now, 1)[0]
        return job.run(run_id, due_at, now, remote=self._due.remote, planned_at=fated.planned)

    def _after(self, runs: Sequence[PlannedRun]) -> Iterator[PlannedRun]:
        """The runs of the jobs that come after this one: none for an occurrence that was left out."""
        if self._due.descendants:
            for item in runs:
                if not item.run.state.is_over:
                    for run, after in runs_after(item.run, self._due.descendants, self._ids, self._now):
                        yield PlannedRun(run, after)

    def _jitter(self, planned: datetime) -> timedelta:
        schedule = self._due.schedule
        if isinstance(schedule, At) or not schedule.jitter_seconds:
            return timedelta(0)
        return jitter(self._job.id, planned, timedelta(seconds=schedule.jitter_seconds))

    def _left_out(self, run: Run, cause: Cause) -> Run:
        return msgspec.structs.replace(run, state=RunState.SKIPPED, cause=cause, queued_at=None, finished_at=self._now)

    def _tell(self, settled: Settlement, running: Sequence[Fated], runs: Sequence[PlannedRun]) -> None:
        """Say what was decided: about the clocks on each run, about what was missed on the one that stands for it."""
        for fated, item in zip(running, runs, strict=True):
            if fated.decisions:
                self._say(EventType.OCCURRENCE_RESOLVED, _resolved(self._due, fated), item.run.id)
        merged, skipped = settled.counts.get("merged", 0), settled.counts.get("skipped", 0)
        policy = _name(self._misfire) | ({} if settled.exact else {"at_least": True})
        if merged:
            self._say(EventType.OCCURRENCES_MERGED, {"count": merged, **policy}, runs[0].run.id)
        if skipped:
            self._say(EventType.OCCURRENCES_SKIPPED, {"count": skipped, **policy}, None)
        if settled.following is None and self._due.calendars and self._goes_on(settled.count):
            names = [calendar.name for calendar in self._due.calendars]
            self._say(EventType.JOB_ENDED, {"because": "calendar", "calendars": names}, None)

    def _goes_on(self, count: int) -> bool:
        """Whether there would be an occurrence to come if no calendar excluded it."""
        schedule = self._due.schedule
        if isinstance(schedule, At):
            return False
        return planned_anew(schedule, (), self._due.next_at, self._now, count) is not None

    def _say(self, kind: EventType, data: dict[str, Any], run_id: str | None) -> None:
        self._events.append(self._event(kind, data, run_id))

    def _event(self, kind: EventType, data: dict[str, Any], run_id: str | None) -> Event:
        return Event(
            id=self._ids.take(self._now, 1)[0], tenant_id=self._job.tenant_id, job_id=self._job.id, run_id=run_id,
            type=kind, at=self._now, data=data,
        )  # fmt: skip


def _accounts(settled: Settlement, stands_for: dict[datetime, str], runs: Sequence[PlannedRun]) -> Iterator[Account]:
    left_out = {item.run.id for item in runs if item.run.state.is_over}
    merged_into = runs[0].run.id if runs else None
    for fated in settled.listed:
        run_id = stands_for.get(fated.planned, merged_into if fated.fate == "merged" else None)
        yield Account(fated.planned, "skipped" if fated.fate != "merged" and run_id in left_out else fated.fate, run_id)


def _after(run_ids: Iterable[str]) -> After:
    return After(tuple(Parent(run_id, WaitFor.FINISHED) for run_id in run_ids))


def _blocked(run: Run) -> Run:
    return msgspec.structs.replace(run, state=RunState.BLOCKED, queued_at=None)


def _resolved(due: DueJob, fated: Fated) -> dict[str, Any]:
    zone = "UTC" if isinstance(due.schedule, At | Every) else due.schedule.timezone
    local = fated.planned.astimezone(zone_of(zone))
    decisions = [{"kind": each.kind, "wall": each.wall.isoformat()} for each in fated.decisions]
    return {
        "note": note(Occurrence(fated.planned, local, fated.decisions)), "timezone": zone, "decisions": decisions,
    }  # fmt: skip


def _name(policy: Any) -> dict[str, str]:
    return {"policy": policy.__struct_config__.tag}
