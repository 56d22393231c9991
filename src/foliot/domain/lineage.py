"""Jobs that come after a recurring one, their root: they have a run for each of its runs."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec

from foliot.domain.ids import IdSequence
from foliot.domain.job import Job
from foliot.domain.parents import After, Join
from foliot.domain.run import Run
from foliot.domain.states import RunState

MOST_DESCENDANTS: Final = 1_000
"""The most jobs that come after one recurring job, directly or not."""


class Descendant(msgspec.Struct, frozen=True):
    """A job that comes after a recurring one, directly or not. `remote` is whether workers outside do it."""

    job: Job
    remote: bool = False


def reached(root_id: str, descendants: Collection[Descendant]) -> list[Descendant]:
    """Those that can come after a run of the root: not one that waits for a job which is not among them any more."""
    children: defaultdict[str, list[Descendant]] = defaultdict(list)
    lacking: dict[str, int] = {}
    for each in descendants:
        parents = () if each.job.after is None else each.job.after.parents
        lacking[each.job.id] = len(parents)
        for parent in parents:
            children[parent.job_id].append(each)
    found: dict[str, Descendant] = {}
    unread = [root_id]
    while unread:
        for child in children[unread.pop()]:
            lacking[child.job.id] -= 1
            enough = child.job.after is not None and child.job.after.join is Join.ANY
            if child.job.id not in found and (enough or not lacking[child.job.id]):
                found[child.job.id] = child
                unread.append(child.job.id)
    return list(found.values())


def ends_with(job_id: str, root_id: str, descendants: Collection[Descendant]) -> list[Job]:
    """The descendants that can have no more runs when this job has none: itself, and those that need its runs."""
    if job_id == root_id:
        return [each.job for each in descendants]
    left = {each.job.id for each in reached(root_id, [each for each in descendants if each.job.id != job_id])}
    return [each.job for each in descendants if each.job.id not in left]


def runs_after(
    run: Run, descendants: Collection[Descendant], ids: IdSequence, now: datetime
) -> list[tuple[Run, After]]:
    """The runs that come after a new run of the root, and the runs that each of them waits for."""
    those = reached(run.job_id, descendants)
    run_ids = dict(zip([each.job.id for each in those], ids.take(now, len(those)), strict=True))
    blocked = [_blocked(each, run_ids[each.job.id], run, now) for each in those]
    run_ids[run.job_id] = run.id
    return [
        (made, _among(each.job.after, run_ids))
        for each, made in zip(those, blocked, strict=True)
        if each.job.after is not None
    ]


def _blocked(descendant: Descendant, run_id: str, root: Run, now: datetime) -> Run:
    made = descendant.job.run(run_id, root.due_at, now, remote=descendant.remote, planned_at=root.planned_at)
    return msgspec.structs.replace(made, state=RunState.BLOCKED, queued_at=None)


def _among(after: After, run_ids: dict[str, str]) -> After:
    """The same, of runs instead of jobs."""
    parents = [
        msgspec.structs.replace(parent, job_id=run_ids[parent.job_id])
        for parent in after.parents
        if parent.job_id in run_ids
    ]
    return After(tuple(parents), after.join)
