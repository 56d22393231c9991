"""Graphs: which jobs wait for which, and how they stand."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from foliot.domain.errors import NotFound
from foliot.domain.identity import Identity, Role
from foliot.domain.job import Job
from foliot.domain.parents import WaitFor
from foliot.domain.ripple import Link
from foliot.domain.states import RunState
from foliot.ports import ReadStore, RunRef, Standing

LARGEST_GRAPH: Final = 1_000
"""How many jobs a look at a graph may find before it goes no further."""

_by_child: Final = attrgetter("child_id")


class Relative(msgspec.Struct, frozen=True):
    """A parent or a child of a job, and how its run stands: None if it is forgotten."""

    job_id: str
    wait_for: WaitFor
    type: str | None
    state: RunState | None


class Family(msgspec.Struct, frozen=True):
    """Whom a job waits or waited for, and who waits or waited for it."""

    parents: Sequence[Relative]
    children: Sequence[Relative]


class Member(msgspec.Struct, frozen=True):
    """A job of a graph, and how its run stands: None if it is forgotten."""

    job_id: str
    type: str | None
    state: RunState | None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A job with all that come after it, by their ids, and who waits for whom; not whole if there are too many."""

    job_id: str
    parents: Sequence[Relative]
    members: Mapping[str, Member]
    links: Sequence[Link]
    is_whole: bool


class Graphs:
    """The use cases around what waits for what."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def family(self, identity: Identity, job: Job) -> Family:
        """The jobs that a job waits or waited for, and those that wait or waited for it, as they stand."""
        identity.require(Role.VIEWER)
        links = await self._store.children([RunRef(job.tenant_id, job.id)])
        parents = () if job.after is None else job.after.parents
        standing = await self._standing(job.tenant_id, [p.job_id for p in parents] + [link.child_id for link in links])
        return Family(
            [_relative(standing, parent.job_id, parent.wait_for) for parent in parents],
            [
                _relative(standing, link.child_id, link.wait_for)
                for link in sorted(links, key=lambda link: link.child_id)
            ],
        )

    async def graph(self, identity: Identity, job_id: str) -> Graph:
        """A job, those that it waits for, and all that come after it, directly or not: at most 1,000.

        Raises:
            NotFound: this tenant has none of that id.
        """
        identity.require(Role.VIEWER)
        job = await self._store.job(identity.tenant_id, job_id)
        if job is None:
            raise NotFound(f"There is no job {job_id}.")
        family = await self.family(identity, job)
        members, wave = {job_id: None}, [job_id]
        links: list[Link] = []
        while wave and len(members) < LARGEST_GRAPH:
            found = await self._store.children([RunRef(identity.tenant_id, member) for member in wave])
            links += found
            wave = sorted({link.child_id for link in found} - members.keys())
            members |= dict.fromkeys(wave)
        standing = await self._standing(identity.tenant_id, list(members))
        known = {member: standing.get(member) for member in members}
        return Graph(
            job_id=job_id,
            parents=family.parents,
            members={
                member: Member(member, None if found is None else found.type, None if found is None else found.state)
                for member, found in known.items()
            },
            links=sorted(links, key=lambda link: (link.parent_id, link.child_id)),
            is_whole=not wave,
        )

    async def _standing(self, tenant_id: str, job_ids: Sequence[str]) -> Mapping[str, Standing]:
        found = await self._store.standing([RunRef(tenant_id, job_id) for job_id in job_ids])
        return {each.run_id: each for each in found}


def _relative(standing: Mapping[str, Standing], job_id: str, wait_for: WaitFor) -> Relative:
    found = standing.get(job_id)
    return Relative(job_id, wait_for, None if found is None else found.type, None if found is None else found.state)
