"""Jobs some of which have parents, as they are to be stored together."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from foliot.domain.errors import UnknownParent
from foliot.domain.job import Job
from foliot.domain.parents import After
from foliot.domain.ripple import Key
from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.ports import Standing, Submission, Submitted


class Graph:
    """What a batch with parents comes to: which runs are blocked, for how many parents, and which are free.

    A store looks up and locks the parents that are `outside` the batch, tells how they stand with `know`, and stores
    what it then finds here.

    Args:
        batch: what was asked for.
        fresh: the part of it that is to be stored; the keys of the others were known.
        answers: those to the batch.
    """

    def __init__(self, batch: Sequence[Submission], fresh: Sequence[Submission], answers: Sequence[Submitted]) -> None:
        self._winners = {asked.job.id: answer.job_id for asked, answer in zip(batch, answers, strict=True)}
        self._fresh = fresh
        self._answers = answers
        self._inside = {(item.job.tenant_id, item.job.id) for item in fresh if item.run is not None}
        self._ended: dict[Key, RunState] = {}

    @cached_property
    def jobs(self) -> list[Job]:
        """The jobs. A parent whose submission key was known is the job that has it."""
        return [self._named(item.job) for item in self._fresh]

    @cached_property
    def outside(self) -> list[Key]:
        """The parents that are stored already, if they are, in the order of their ids."""
        return sorted(self._parents - self._inside)

    def know(self, parents: Iterable[Standing]) -> None:
        """How those outside stand.

        Raises:
            UnknownParent: one of them is nowhere.
        """
        states = {(parent.tenant_id, parent.run_id): parent.state for parent in parents}
        for key in self.outside:
            if key not in states:
                raise UnknownParent(
                    f"There is no job {key[1]} with a run to wait for. A parent is a job of this tenant that "
                    "runs once, submitted before or in the same batch.",
                    "parents",
                )
        self._ended = {key: state for key, state in states.items() if state.is_over}

    @cached_property
    def runs(self) -> list[Run]:
        """The runs, blocked unless they need not wait.

        Raises:
            ParentEnded: what one waits for can never be.
        """
        found = [(job, item.run) for job, item in zip(self.jobs, self._fresh, strict=True) if item.run is not None]
        return [run if self.waits_for(run) is not None or job.after is None else _free(job, run) for job, run in found]

    def waits_for(self, run: Run) -> int | None:
        """How many parents a run waits for; None if it need not wait."""
        return self._undecided.get((run.tenant_id, run.id))

    def has_children(self, run: Run) -> bool:
        """Whether another run in the batch waits, or waited, for this one."""
        return (run.tenant_id, run.id) in self._parents

    @property
    def answers(self) -> list[Submitted]:
        """The answers, with those said to be free that need not wait."""
        waited = {job.id for job in self.jobs if job.after is not None}
        blocked = {run_id for _, run_id in self._undecided}
        return [
            msgspec.structs.replace(answer, is_free=True)
            if answer.created and answer.job_id in waited and answer.job_id not in blocked
            else answer
            for answer in self._answers
        ]

    @cached_property
    def _parents(self) -> set[Key]:
        return {
            (job.tenant_id, parent.job_id) for job in self.jobs if job.after is not None for parent in job.after.parents
        }

    @cached_property
    def _undecided(self) -> dict[Key, int]:
        left = {}
        for job in self.jobs:
            if job.after is not None:
                ended = {
                    parent.job_id: self._ended[job.tenant_id, parent.job_id]
                    for parent in job.after.parents
                    if (job.tenant_id, parent.job_id) in self._ended
                }
                left[job.tenant_id, job.id] = job.after.undecided(ended)
        return {key: count for key, count in left.items() if count}

    def _named(self, job: Job) -> Job:
        if job.after is None or not any(self._winners.get(p.job_id, p.job_id) != p.job_id for p in job.after.parents):
            return job
        parents = [
            msgspec.structs.replace(parent, job_id=self._winners.get(parent.job_id, parent.job_id))
            for parent in job.after.parents
        ]
        once = {parent.job_id: parent for parent in reversed(parents)}
        return msgspec.structs.replace(job, after=After(tuple(once.values())[::-1], job.after.join))


def _free(job: Job, run: Run) -> Run:
    """A run as it is when it need not wait: as if its job had no parents."""
    if run.due_at > job.created_at:
        return msgspec.structs.replace(run, state=RunState.PENDING)
    return msgspec.structs.replace(run, state=RunState.QUEUED, queued_at=job.created_at)
