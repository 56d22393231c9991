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
from foliot.ports import ReadStore, RunRef

LARGEST_GRAPH: Final = 1_000
"""How many jobs a look at a graph may find before it goes no further."""

_by_child: Final = attrgetter("child_id")


class Relative(msgspec.Struct, frozen=True):
    """A parent or a child of a job, and how its newest run stands: None if it is forgotten, or to come."""

    job_id: str
    wait_for: WaitFor
    type: str | None
    state: RunState | None


class Family(msgspec.Struct, frozen=True):
    """Whom a job waits or waited for, and who waits or waited for it."""

    parents: Sequence[Relative]
    children: Sequence[Relative]


class Member(msgspec.Struct, frozen=True):
    """A job of a graph, and how its newest run stands: None if it is forgotten, or to come."""

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
        around = await self._around(job)
        links = await around.children([job.id])
        parents = () if job.after is None else job.after.parents
        members = await around.members([p.job_id for p in parents] + [link.child_id for link in links])
        return Family(
            [_relative(members, parent.job_id, parent.wait_for) for parent in parents],
            [_relative(members, link.child_id, link.wait_for) for link in sorted(links, key=_by_child)],
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
        around = await self._around(job)
        seen, wave = {job_id: None}, [job_id]
        links: list[Link] = []
        while wave and len(seen) < LARGEST_GRAPH:
            found = await around.children(wave)
            links += found
            wave = sorted({link.child_id for link in found} - seen.keys())
            seen |= dict.fromkeys(wave)
        members = await around.members(list(seen))
        return Graph(
            job_id=job_id,
            parents=family.parents,
            members={each: members.get(each, Member(each, None, None)) for each in seen},
            links=sorted(links, key=lambda link: (link.parent_id, link.child_id)),
            is_whole=not wave,
        )

    async def _around(self, job: Job) -> "_Runs | _Lineage":
        if not job.recurs:
            return _Runs(self._store, job.tenant_id)
        root_id = job.root_id or job.id
        root = job if root_id == job.id else await self._store.job(job.tenant_id, root_id)
        descendants = await self._store.descendants(job.tenant_id, root_id)
        jobs = [job, *([] if root is None else [root]), *(each.job for each in descendants)]
        return _Lineage(self._store, job.tenant_id, {each.id: each for each in jobs})


class _Runs:
    """What is around a job that runs once: its run is linked to others."""

    def __init__(self, store: ReadStore, tenant_id: str) -> None:
        self._store = store
        self._tenant_id = tenant_id

    async def children(self, job_ids: Sequence[str]) -> list[Link]:
        return await self._store.children([RunRef(self._tenant_id, each) for each in job_ids])

    async def members(self, job_ids: Sequence[str]) -> Mapping[str, Member]:
        found = await self._store.standing([RunRef(self._tenant_id, each) for each in job_ids])
        return {each.run_id: Member(each.run_id, each.type, each.state) for each in found}


class _Lineage:
    """What is around a job that recurs, or comes after one that does: such jobs say for whom they wait."""

    def __init__(self, store: ReadStore, tenant_id: str, jobs: Mapping[str, Job]) -> None:
        self._store = store
        self._tenant_id = tenant_id
        self._jobs = jobs

    async def children(self, job_ids: Sequence[str]) -> list[Link]:
        return [
            Link(self._tenant_id, parent.job_id, job.id, parent.wait_for, job.after.join)
            for job in self._jobs.values()
            if job.after is not None
            for parent in job.after.parents
            if parent.job_id in job_ids
        ]

    async def members(self, job_ids: Sequence[str]) -> Mapping[str, Member]:
        newest = await self._store.latest(self._tenant_id, job_ids)
        return {
            each: Member(each, self._jobs[each].type, newest[each].state if each in newest else None)
            for each in job_ids
            if each in self._jobs
        }


def _relative(members: Mapping[str, Member], job_id: str, wait_for: WaitFor) -> Relative:
    found = members.get(job_id)
    return Relative(job_id, wait_for, None if found is None else found.type, None if found is None else found.state)
