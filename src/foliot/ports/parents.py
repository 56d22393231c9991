"""What a handler is told of the jobs that its own waited for."""

from collections.abc import Sequence
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
    wanted = {
        RunRef(run.tenant_id, parent.job_id) for run in claimed if run.after is not None for parent in run.after.parents
    }
    ended = await store.ended(sorted(wanted, key=attrgetter("run_id"))) if wanted else []
    found = {RunRef(run.tenant_id, run.id): ParentResult(run.id, run.state, run.result) for run in ended}
    return [
        []
        if run.after is None
        else [
            found.get(RunRef(run.tenant_id, parent.job_id), ParentResult(parent.job_id)) for parent in run.after.parents
        ]
        for run in claimed
    ]
