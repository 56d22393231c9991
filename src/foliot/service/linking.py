"""Graphs: the jobs of one call that wait for others are stored, or refused, with those that they wait for.

What waits for a recurring job, or for one that comes after it, comes after each run of it, and has no run of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

import msgspec

from foliot.domain.errors import FoliotError, InvalidParents, ParentEnded
from foliot.domain.lineage import MOST_DESCENDANTS
from foliot.domain.parents import After, Parent, check_graph, check_parents
from foliot.ports import Root, Submission
from foliot.service.admission import JobRequest, ParentRequest, after_each_run

Admitted = Submission | FoliotError


class Linking:
    """What the jobs of a call wait for.

    Args:
        requests: the call.
        admitted: what became of each so far.
        roots: those parents outside the call that recur, or come after a job that does.
    """

    def __init__(self, requests: Sequence[JobRequest], admitted: Sequence[Admitted], roots: Mapping[str, Root]) -> None:
        self._requests = requests
        self._admitted = list(admitted)
        self._outside = roots
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
        submissions = {position: self._linked(position) for position in graph}
        order = check_graph({position: self._named_here(position) for position in graph}, self._name)
        roots: dict[int, str | None] = {}
        for position in order:
            submission = submissions[position]
            if submission.job.after is None:
                roots[position] = submission.job.id if submission.run is None else None
            elif root_id := self._root(position, roots):
                roots[position] = root_id
                submissions[position] = after_each_run(submission, self._requests[position], root_id)
            else:
                roots[position] = None
        self._check_count(roots)
        return list(submissions.values())

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
        return found.job.id

    def _root(self, position: int, roots: Mapping[int, str | None]) -> str | None:
        """The recurring job after whose runs this one comes, if it comes after such a job."""
        found: dict[str | None, str | None] = {}
        for parent in self._requests[position].parents:
            if parent.job_id is None:
                found[roots[self._named[parent.alias or ""][0]]] = parent.alias
            else:
                outside = self._outside.get(parent.job_id)
                found[None if outside is None else outside.root_id] = parent.job_id
                if outside is not None and not outside.is_alive:
                    raise ParentEnded(f"Parent {parent.job_id} has ended, and will have no more runs.", "parents")
        if len(found) > 1:
            first, second = list(found.values())[:2]
            raise InvalidParents(
                f"Parents {first} and {second} do not go together: a job waits for jobs that run once, or for a "
                "recurring job and those that come after that one.",
                "parents",
            )
        return next(iter(found))

    def _check_count(self, roots: Mapping[int, str | None]) -> None:
        """Refuse more jobs after one that recurs than can be planned with it."""
        stored = {outside.root_id: outside.descendants for outside in self._outside.values()}
        counts = Counter(root_id for position, root_id in roots.items() if self._requests[position].parents)
        for root_id, count in counts.items():
            if root_id is not None and count + stored.get(root_id, 0) > MOST_DESCENDANTS:
                raise InvalidParents(
                    f"At most {MOST_DESCENDANTS:,} jobs can come after the recurring job {root_id}; cancel some first.",
                    "parents",
                )

    def _aliases(self, position: int) -> Iterator[str]:
        """The aliases of this call that a job names as its parents."""
        for parent in self._requests[position].parents:
            if parent.alias is not None and parent.alias in self._named:
                yield parent.alias

    def _named_here(self, position: int) -> list[int]:
        return [self._named[alias][0] for alias in self._aliases(position)]

    def _name(self, position: int) -> str:
        return self._requests[position].alias or f"job {position + 1}"


def _reachable(start: int, near: Mapping[int, Set[int]]) -> set[int]:
    reached, left = {start}, [start]
    while left:
        further = near[left.pop()] - reached
        reached |= further
        left.extend(further)
    return reached
