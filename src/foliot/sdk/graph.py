"""Graphs of calls: chains, groups, and what is put together from them."""

from collections.abc import Sequence
from itertools import chain as chained
from itertools import pairwise
from typing import Any

import msgspec

from foliot.domain.errors import InvalidParents
from foliot.sdk.job import Call
from foliot.service.admission import JobRequest, ParentRequest


class Graph(msgspec.Struct, frozen=True):
    """Calls, and which of them wait for which others; made with `chain` and `group`, taken by `App.submit_graph`.

    `links` are pairs of positions, the parent's first. What comes before the graph is waited for by those in `first`,
    and what comes after it waits for those in `last`.
    """

    calls: tuple[Call[Any], ...]
    links: frozenset[tuple[int, int]]
    first: tuple[int, ...]
    last: tuple[int, ...]

    def asked(self) -> list[Call[Any]]:
        """The calls as they are submitted together."""
        return [
            msgspec.structs.replace(call, request=request)
            for call, request in zip(self.calls, self.requests(), strict=True)
        ]

    def requests(self) -> list[JobRequest]:
        """The calls as they are asked for, each with its parents."""
        parents: dict[int, list[int]] = {position: [] for position in range(len(self.calls))}
        for parent, child in sorted(self.links):
            parents[child].append(parent)
        return [_request(call, position, parents[position]) for position, call in enumerate(self.calls)]


Step = Call[Any] | Graph


def chain(*steps: Step) -> Graph:
    """Each step after the one before: a call, or a graph, whose first calls then wait for all last ones before them.

    How the calls before it must end, and whether all of them must, is what `wait_for` and `join` of a call's options
    say: `chain(a.call(), b.options(wait_for="finished").call())`.

    Raises:
        InvalidParents: there is no step.
    """
    calls, links, firsts, lasts = _beside(steps)
    for before, after in pairwise(range(len(firsts))):
        links |= {(parent, child) for parent in lasts[before] for child in firsts[after]}
    return Graph(calls, frozenset(links), firsts[0], lasts[-1])


def group(*steps: Step) -> Graph:
    """Steps side by side: none waits for another. What comes after the group waits for all of them.

    Raises:
        InvalidParents: there is no step.
    """
    calls, links, firsts, lasts = _beside(steps)
    return Graph(calls, frozenset(links), tuple(chained.from_iterable(firsts)), tuple(chained.from_iterable(lasts)))


def _beside(
    steps: Sequence[Step],
) -> tuple[tuple[Call[Any], ...], set[tuple[int, int]], list[tuple[int, ...]], list[tuple[int, ...]]]:
    """All calls of the steps, with their links, and of each step which come first and last in it."""
    if not steps:
        raise InvalidParents("A chain or a group has at least one step.", "steps")
    calls: list[Call[Any]] = []
    links: set[tuple[int, int]] = set()
    firsts, lasts = [], []
    for step in steps:
        graph = step if isinstance(step, Graph) else Graph((step,), frozenset(), (0,), (0,))
        start = len(calls)
        calls.extend(graph.calls)
        links |= {(start + parent, start + child) for parent, child in graph.links}
        firsts.append(tuple(start + position for position in graph.first))
        lasts.append(tuple(start + position for position in graph.last))
    return tuple(calls), links, firsts, lasts


def _request(call: Call[Any], position: int, parents: Sequence[int]) -> JobRequest:
    inside = [ParentRequest(alias=_alias(parent), wait_for=call.wait_for) for parent in parents]
    return msgspec.structs.replace(call.request, alias=_alias(position), parents=[*call.request.parents, *inside])


def _alias(position: int) -> str:
    return f"step {position + 1}"
