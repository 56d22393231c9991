"""What a handler is told of the jobs that its own waited for."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from foliot.domain.run import Claimed
from foliot.domain.states import RunState
from foliot.ports.claiming import RunRef
from foliot.ports.reading import ReadStore


class ParentResult(msgspec.Struct, frozen=True):
    """How a parent ended. `state` is None where it is not over (one of several was enough), or was forgotten since.

    `document` is what its handler returned, as JSON.
    """

    job_id: str
    state: RunState | None = None
    document: bytes | None = None

    @property
    def result(self) -> Any:
        """What its handler returned; None where it did not succeed."""
        return None if self.document is None else msgspec.json.decode(self.document)


async def results_of_parents(store: ReadStore, claimed: Sequence[Claimed]) -> list[Sequence[ParentResult]]:
    """For each of these runs the parents of its job, in the order in which it names them."""
    runs = await _runs_of_parents(store, claimed)
    wanted = {RunRef(ref.tenant_id, run_id) for ref, parents in runs.items() for run_id in parents.values()}
    ended = await store.ended(sorted(wanted, key=attrgetter("run_id"))) if wanted else []
    found = {RunRef(run.tenant_id, run.id): run for run in ended}

    def result(ref: RunRef, job_id: str) -> ParentResult:
        run = found.get(RunRef(ref.tenant_id, runs[ref][job_id]))
        return ParentResult(job_id) if run is None else ParentResult(job_id, run.state, run.result)

    refs = [RunRef(run.tenant_id, run.run_id) for run in claimed]
    return [[result(ref, job_id) for job_id in runs.get(ref, ())] for ref in refs]


async def _runs_of_parents(store: ReadStore, claimed: Sequence[Claimed]) -> Mapping[RunRef, Mapping[str, str]]:
    """For each of these runs that has parents their jobs, with the runs that it waited for: of a job that runs once,
    the only one."""
    runs: dict[RunRef, dict[str, str]] = {}
    others = []
    for run in claimed:
        if run.after is not None:
            ref = RunRef(run.tenant_id, run.run_id)
            runs[ref] = {parent.job_id: parent.job_id for parent in run.after.parents}
            if run.run_id != run.job_id:
                others.append(ref)
    if others:  # their jobs may come after recurring ones
        for link in await store.links_to(others):
            if link.parent_job_id is not None:
                runs[RunRef(link.tenant_id, link.child_id)][link.parent_job_id] = link.parent_id
    return runs
