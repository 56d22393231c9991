"""What a job waits for, and which graphs cannot be."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import CyclicGraph, InvalidParents, ParentEnded
from foliot.domain.parents import MOST_PARENTS, After, Join, Parent, WaitFor, check_graph, check_parents
from foliot.domain.states import RunState

OVER = [state for state in RunState if state.is_over]


@pytest.mark.parametrize("state", OVER)
def test_any_end_is_finished_and_each_other_word_means_its_state(state: RunState) -> None:
    assert WaitFor.FINISHED.is_met_by(state)
    met = {wait_for.value for wait_for in WaitFor if wait_for.is_met_by(state)} - {"finished"}
    assert met == {state.value} & {"succeeded", "failed", "cancelled"}


@given(
    st.lists(st.sampled_from([None, *OVER]), min_size=1, max_size=6), st.sampled_from(WaitFor), st.sampled_from(Join)
)
def test_what_is_undecided_is_counted_and_what_can_never_be_is_refused(
    ends: list[RunState | None], wait_for: WaitFor, join: Join
) -> None:
    after = After(tuple(Parent(str(n), wait_for) for n in range(len(ends))), join)
    ended = {str(n): end for n, end in enumerate(ends) if end is not None}
    met = [wait_for.is_met_by(end) for end in ended.values()]
    open_ = len(ends) - len(ended)
    can_never_be = not all(met) if join is Join.ALL else not any(met) and not open_
    if can_never_be:
        with pytest.raises(ParentEnded):
            after.undecided(ended)
    else:
        assert after.undecided(ended) == (0 if join is Join.ANY and any(met) else open_)


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=3), max_size=9))
def test_a_graph_is_refused_exactly_if_a_job_comes_after_itself(links: dict[int, list[int]]) -> None:
    graph = {str(child): [str(parent) for parent in parents] for child, parents in links.items()}

    def ancestors(name: str) -> set[str]:
        reached: set[str] = set()
        left = list(graph.get(name, ()))
        while left:
            if (parent := left.pop()) not in reached:
                reached.add(parent)
                left.extend(graph.get(parent, ()))
        return reached

    if any(name in ancestors(name) for name in graph):
        with pytest.raises(CyclicGraph) as refused:
            check_graph(graph)
        circle = refused.value.message.split(": ", 1)[1].split(". ", 1)[0].split(" → ")
        assert circle[0] == circle[-1]
        assert all(parent in graph[child] for parent, child in pairwise(circle))
    else:
        check_graph(graph)


def test_a_parent_is_named_once_and_there_are_not_too_many() -> None:
    check_parents([str(n) for n in range(MOST_PARENTS)])
    with pytest.raises(InvalidParents, match="b is named twice"):
        check_parents(["a", "b", "c", "b"])
    with pytest.raises(InvalidParents, match="at most"):
        check_parents([str(n) for n in range(MOST_PARENTS + 1)])
