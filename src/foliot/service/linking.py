"""Graphs: the jobs of one call that wait for others are stored, or refused, with those that they wait for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

import msgspec

from foliot.domain.errors import FoliotError, InvalidParents
from foliot.domain.parents import After, Parent, check_graph, check_parents
from foliot.ports import Submission
from foliot.service.admission import JobRequest, ParentRequest

Admitted = Submission | FoliotError


class Linking:
    """What the jobs of a call wait for.

    Args:
        requests: the call.
        admitted: what became of each so far.
    """

    def __init__(self, requests: Sequence[JobRequest], admitted: Sequence[Admitted]) -> None:
        self._requests = requests
        self._admitted = list(admitted)
        self._named: defaultdict[str, list[int]] = defaultdict(list)
        for position, request in enumerate(requests):
            if request.alias is not None:
                self._named[request.alias].append(position)

    def graphs(self) -> list[list[int]]:
        """The positions of the jobs that belong together, where one waits for something, each in the call's order."""
        near: defaultdict[int, set[int]] = defaultdict(set)
        for position, request in enumerate(self._requests):
            if request.parents:
                near[position] |= {named for alias in self._aliases(position) for named in self._named[alias]}
                for parent in list(near[position]):
                    near[parent].add(position)
        found: list[list[int]] = []
        seen: set[int] = set()
        for position in list(near):
            if position not in seen:
                graph = _reachable(position, near)
                seen |= graph
                found.append(sorted(graph))
        return found

    def linked(self, graph: Sequence[int]) -> list[Submission]:
        """The submissions of a graph.

        Raises:
            FoliotError: one of its jobs is refused, and so none is taken.
        """
        submissions = [self._linked(position) for position in graph]
        check_graph({self._name(position): list(self._aliases(position)) for position in graph})
        return submissions

    def _linked(self, position: int) -> Submission:
        submission, request = self._admitted[position], self._requests[position]
        if isinstance(submission, FoliotError):
            raise submission
        if request.alias is not None and len(self._named[request.alias]) > 1:
            raise InvalidParents(f"Two jobs of this call have the alias {request.alias!r}; give each its own.", "alias")
        if not request.parents:
            return submission
        if submission.run is None:
            raise InvalidParents(
                "A job that recurs cannot wait for others; let a job that runs once do so, or leave its parents out.",
                "parents",
            )
        parents = tuple(Parent(self._job_id(parent), parent.wait_for) for parent in request.parents)
        check_parents([parent.job_id for parent in parents])
        job = msgspec.structs.replace(submission.job, after=After(parents, request.join))
        return msgspec.structs.replace(submission, job=job)

    def _job_id(self, parent: ParentRequest) -> str:
        if (parent.job_id is None) is (parent.alias is None):
            raise InvalidParents("Name each parent by its job_id, or by the alias of a job of this call.", "parents")
        if parent.job_id is not None:
            return parent.job_id
        if parent.alias is None or parent.alias not in self._named:
            raise InvalidParents(f"No job of this call has the alias {parent.alias!r}.", "parents")
        found = self._admitted[self._named[parent.alias][0]]
        if isinstance(found, FoliotError):
            raise InvalidParents(f"Parent {parent.alias!r} was refused: {found.message}", "parents")
        if found.run is None:
            raise InvalidParents(
                f"Parent {parent.alias!r} recurs; only the end of a job that runs once can be waited for.", "parents"
            )
        return found.job.id

    def _aliases(self, position: int) -> Iterator[str]:
        """The aliases of this call that a job names as its parents."""
        for parent in self._requests[position].parents:
            if parent.alias is not None and parent.alias in self._named:
                yield parent.alias

    def _name(self, position: int) -> str:
        return self._requests[position].alias or f"job {position + 1}"


def _reachable(start: int, near: Mapping[int, Set[int]]) -> set[int]:
    reached, left = {start}, [start]
    while left:
        further = near[left.pop()] - reached
        reached |= further
        left.extend(further)
    return reached
