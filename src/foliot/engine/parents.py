"""What a handler is told of the jobs that its own waited for."""

from collections.abc import Sequence
from typing import Any

import msgspec

from foliot.domain.run import Claimed
from foliot.domain.states import RunState
from foliot.ports import ReadStore, RunRef


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


async def results_of_parents(store: ReadStore, claimed: Claimed) -> Sequence[ParentResult]:
    """The parents of a run's job, in the order in which it names them."""
    if claimed.after is None:
        return ()
    ended = await store.ended([RunRef(claimed.tenant_id, parent.job_id) for parent in claimed.after.parents])
    found = {run.id: ParentResult(run.id, run.state, run.result) for run in ended}
    return [found.get(parent.job_id, ParentResult(parent.job_id)) for parent in claimed.after.parents]
