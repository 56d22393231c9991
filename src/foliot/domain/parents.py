"""What a job waits for: other jobs of its tenant, and how they must end."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from foliot.domain.errors import CyclicGraph, InvalidParents, ParentEnded
from foliot.domain.states import RunState

MOST_PARENTS: Final = 10_000
"""The most parents of one job."""

Node = TypeVar("Node", bound=Hashable)


class WaitFor(StrEnum):
    """How a parent must end."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FINISHED = "finished"

    def is_met_by(self, state: RunState) -> bool:
        """Whether a parent that ended so has ended as it must; any end will do for `finished`."""
        return self is WaitFor.FINISHED or self.value == state.value


class Join(StrEnum):
    """Of how many parents that must be so: of all, or of any one."""

    ALL = "all"
    ANY = "any"


class Parent(msgspec.Struct, frozen=True):
    """A job that another waits for, and how it must end."""

    job_id: str
    wait_for: WaitFor = WaitFor.SUCCEEDED


class After(msgspec.Struct, frozen=True):
    """What a job waits for before its run may start."""

    parents: tuple[Parent, ...]
    join: Join = Join.ALL

    def undecided(self, ended: Mapping[str, RunState]) -> int:
        """How many of the parents are still waited for, given how those ended that are over; 0: none, it may start.

        Raises:
            ParentEnded: what is waited for can never be.
        """
        over = [parent for parent in self.parents if parent.job_id in ended]
        left = len(self.parents) - len(over)
        missed = [parent for parent in over if not parent.wait_for.is_met_by(ended[parent.job_id])]
        if self.join is Join.ANY:
            if len(missed) < len(over):
                return 0
            missed = [] if left else missed
        if missed:
            first = missed[0]
            raise ParentEnded(
                f"Parent {first.job_id} has {ended[first.job_id]} already, so the job that waits for it to have "
                f"{first.wait_for} could never run. Leave that parent out, or wait for something else.",
                "parents",
            )
        return left


def check_graph(parents_of: Mapping[Node, Sequence[Node]], name: Callable[[Node], str] = str) -> list[Node]:
    """The jobs of a graph, parents before children. One that has a circle is refused: in it, everybody waits for ever.

    Args:
        parents_of: for each job the parents that it names; those that are not in it themselves do not matter.
        name: by which name the caller knows a job.

    Raises:
        CyclicGraph: with the circle.
    """
    order: list[Node] = []
    children, waiting = defaultdict(list), dict.fromkeys(parents_of, 0)
    for node, parents in parents_of.items():
        for parent in parents:
            if parent in parents_of:
                children[parent].append(node)
                waiting[node] += 1
    free = [node for node, count in waiting.items() if not count]
    while free:
        order.append(free.pop())
        for child in children[order[-1]]:
            waiting[child] -= 1
            if not waiting[child]:
                free.append(child)
    if any(waiting.values()):
        circle = _circle({node: parents_of[node] for node, count in waiting.items() if count})
        raise CyclicGraph(
            f"These jobs wait for one another in a circle: {' → '.join(map(name, circle))}. Take one of the links out.",
            "parents",
        )
    return order


def _circle(parents_of: Mapping[Node, Sequence[Node]]) -> list[Node]:
    """A circle among jobs each of which has a parent among them, the parent before the child."""
    path = [next(iter(parents_of))]
    while (parent := next(node for node in parents_of[path[-1]] if node in parents_of)) not in path:
        path.append(parent)
    return [parent, *reversed(path[path.index(parent) :])]


def check_parents(names: Sequence[str]) -> None:
    """Refuse a parent that is named twice, or too many.

    Raises:
        InvalidParents: with what to change.
    """
    if len(names) > MOST_PARENTS:
        raise InvalidParents(f"A job has at most {MOST_PARENTS:,} parents, this one {len(names):,}.", "parents")
    if len(set(names)) < len(names):
        twice = next(name for position, name in enumerate(names) if name in names[:position])
        raise InvalidParents(f"Parent {twice} is named twice; name it once, with one wait_for.", "parents")
