"""Runs some of which wait for others, as they are to be stored together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from foliot.domain.errors import InvalidParents, UnknownParent
from foliot.domain.job import Job
from foliot.domain.lineage import Descendant
from foliot.domain.parents import After
from foliot.domain.ripple import Key, Link
from foliot.domain.run import Queued, Run
from foliot.domain.states import RunState
from foliot.ports import DueJob, Moved, PlannedRun, Standing, Submission, Submitted


class Graph:
    """What a batch of runs comes to: which are blocked, by how many others, and which are free.

    A store looks up and locks the parents that are `outside` the batch, tells how they stand with `know`, and stores
    what it then finds here. A parent is named by its run, which for a job that runs once is the same.
    """

    def __init__(self, batch: Sequence[PlannedRun]) -> None:
        self._batch = batch
        self._ended: dict[Key, RunState] = {}

    @cached_property
    def outside(self) -> list[Key]:
        """The parents that are stored already, if they are, in the order of their ids."""
        return sorted(self._parents - {(item.run.tenant_id, item.run.id) for item in self._batch})

    def know(self, parents: Iterable[Standing], *, forgotten: bool = False) -> None:
        """How those outside stand; those that are nowhere may be `forgotten`, and so be over.

        Raises:
            UnknownParent: one of them is nowhere.
        """
        states = {(parent.tenant_id, parent.run_id): parent.state for parent in parents}
        for key in self.outside:
            if key not in states and not forgotten:
                raise UnknownParent(
                    f"There is no job {key[1]} to wait for. A parent is a job of this tenant, submitted before or in "
                    "the same batch.",
                    "parents",
                )
            states.setdefault(key, RunState.SUCCEEDED)
        self._ended = {key: state for key, state in states.items() if state.is_over}

    @cached_property
    def runs(self) -> list[Run]:
        """The runs, blocked unless they need not wait.

        Raises:
            ParentEnded: what one waits for can never be.
        """
        return [_free(item.run) if self._is_freed(item) else item.run for item in self._batch]

    @property
    def freed(self) -> list[Run]:
        """Those of the runs that were to wait for others, but need not."""
        return [run for run, item in zip(self.runs, self._batch, strict=True) if self._is_freed(item)]

    def waits_for(self, run: Run) -> int | None:
        """How many parents a run waits for; None if it need not wait."""
        return self._undecided.get((run.tenant_id, run.id))

    def has_children(self, run: Run) -> bool:
        """Whether another run in the batch waits, or waited, for this one."""
        return (run.tenant_id, run.id) in self._parents

    @cached_property
    def links(self) -> list[Link]:
        """Who waits, or waited, for whom."""
        jobs = {item.run.id: item.run.job_id for item in self._batch}
        return [
            Link(
                item.run.tenant_id, parent.job_id, item.run.id, parent.wait_for, item.after.join,
                _other_job(jobs.get(parent.job_id), parent.job_id, item.run),
            )
            for item in self._batch
            if item.after is not None
            for parent in item.after.parents
        ]  # fmt: skip

    @cached_property
    def _parents(self) -> set[Key]:
        return {(link.tenant_id, link.parent_id) for link in self.links}

    @cached_property
    def _undecided(self) -> dict[Key, int]:
        left = {}
        for item in self._batch:
            if item.after is not None:
                tenant_id = item.run.tenant_id
                ended = {
                    parent.job_id: self._ended[tenant_id, parent.job_id]
                    for parent in item.after.parents
                    if (tenant_id, parent.job_id) in self._ended
                }
                left[tenant_id, item.run.id] = item.after.undecided(ended)
        return {key: count for key, count in left.items() if count}

    def _is_freed(self, item: PlannedRun) -> bool:
        return item.after is not None and self.waits_for(item.run) is None


def submitted(
    batch: Sequence[Submission], fresh: Sequence[Submission], answers: Sequence[Submitted]
) -> tuple[list[Job], Graph]:
    """The jobs that are to be stored of a batch, and the graph of their runs.

    Args:
        batch: what was asked for.
        fresh: the part of it that is to be stored; the keys of the others were known.
        answers: those to the batch. A parent whose key was known is the job that has it.
    """
    winners = {asked.job.id: answer.job_id for asked, answer in zip(batch, answers, strict=True)}
    jobs = [_named(item.job, winners) for item in fresh]
    those = [
        # A run that was read from its id is as old as that in whole milliseconds only.
        PlannedRun(msgspec.structs.replace(item.run, created_at=job.created_at), job.after)
        for job, item in zip(jobs, fresh, strict=True)
        if item.run is not None
    ]
    return jobs, Graph(those)


def told(answers: Sequence[Submitted], graph: Graph) -> list[Submitted]:
    """The answers, with those said to be free that need not wait."""
    freed = {run.id for run in graph.freed}
    return [
        msgspec.structs.replace(answer, is_free=True) if answer.created and answer.run_id in freed else answer
        for answer in answers
    ]


def followed(found: Sequence[DueJob], descendants: Sequence[Descendant]) -> list[DueJob]:
    """Recurring jobs with the jobs that come after them; nearly always none."""
    if not descendants:
        return list(found)
    by_root: defaultdict[tuple[str, str | None], list[Descendant]] = defaultdict(list)
    for each in descendants:
        by_root[each.job.tenant_id, each.job.root_id].append(each)
    return [msgspec.structs.replace(due, descendants=by_root[due.job.tenant_id, due.job.id]) for due in found]


def moved(runs: Sequence[Run]) -> Moved:
    """What it means that these are stored: which are due, and whether some wait for their time."""
    return Moved(
        [Queued.of(run) for run in runs if run.state is RunState.QUEUED],
        has_pending=any(run.state is RunState.PENDING for run in runs),
    )


def _named(job: Job, winners: Mapping[str, str]) -> Job:
    if job.after is None or not any(winners.get(p.job_id, p.job_id) != p.job_id for p in job.after.parents):
        return job
    parents = [
        msgspec.structs.replace(parent, job_id=winners.get(parent.job_id, parent.job_id))
        for parent in job.after.parents
    ]
    once = {parent.job_id: parent for parent in reversed(parents)}
    after = After(tuple(once.values())[::-1], job.after.join)
    if job.root_id is None:
        return msgspec.structs.replace(job, after=after)
    root_id = winners.get(job.root_id, job.root_id)
    known = [p.job_id for p in job.after.parents if winners.get(p.job_id, p.job_id) not in (p.job_id, root_id)]
    if known:
        raise InvalidParents(
            f"A parent was submitted before, as job {winners[known[0]]}, and may come after another recurring job. "
            "Name it by that id.",
            "parents",
        )
    return msgspec.structs.replace(job, after=after, root_id=root_id)


def _other_job(job_id: str | None, parent_id: str, child: Run) -> str | None:
    """The job of a parent, unless it is told by the parent's id, or is the child's own."""
    return None if job_id in (parent_id, child.job_id) else job_id


def _free(run: Run) -> Run:
    """A run as it is when it need not wait: as if it had no parents."""
    if run.due_at > run.created_at:
        return msgspec.structs.replace(run, state=RunState.PENDING)
    return msgspec.structs.replace(run, state=RunState.QUEUED, queued_at=run.created_at)
