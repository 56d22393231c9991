"""Jobs that come after a recurring one: which can, what ends with one, and the runs that are made."""

from random import Random

import pytest

from foliot.domain.ids import IdSequence
from foliot.domain.lineage import Descendant, ends_with, reached, runs_after
from foliot.domain.parents import Join, WaitFor
from foliot.domain.states import RunState
from foliot.ports import Submission
from tests.contract.builders import NOW, after, descendant, job_with, recurring, run_of

ANY = Join.ANY


def _those(*submissions: Submission) -> list[Descendant]:
    return [Descendant(each.job) for each in submissions]


def _ids(those: list[Descendant]) -> set[str]:
    return {each.job.id for each in those}


def test_all_are_reached_in_whatever_order_they_come() -> None:
    root = recurring()
    first = descendant(root)
    second = descendant(root, first)
    third = descendant(root, second, first)
    those = _those(third, first, second)
    assert _ids(reached(root.job.id, those)) == _ids(those)


def test_what_waits_for_one_that_is_gone_is_not_reached_nor_what_comes_after_it() -> None:
    root = recurring()
    gone = descendant(root)
    child = descendant(root, gone)
    both = descendant(root, root, gone)
    either = descendant(root, root, gone, join=ANY)
    last = descendant(root, child, either)
    assert _ids(reached(root.job.id, _those(child, both, either, last))) == {either.job.id}


@pytest.mark.parametrize("depth", [1, 1_000])
def test_with_a_job_end_those_that_cannot_do_without_it(depth: int) -> None:
    root = recurring()
    chain = [descendant(root)]
    for _ in range(depth):
        chain.append(descendant(root, chain[-1]))
    other, either = descendant(root), descendant(root, root, chain[0], join=ANY)
    those = _those(*chain, other, either)
    assert {job.id for job in ends_with(chain[0].job.id, root.job.id, those)} == {each.job.id for each in chain}
    assert {job.id for job in ends_with(root.job.id, root.job.id, those)} == _ids(those)
    assert [job.id for job in ends_with(other.job.id, root.job.id, those)] == [other.job.id]


def test_each_run_waits_for_the_runs_of_its_parents() -> None:
    root = recurring()
    left, right = descendant(root, type="left"), descendant(root, wait_for=WaitFor.FAILED, priority=root.job.priority)
    last = descendant(root, left, right, join=ANY)
    run = run_of(root.job, due_at=after(60), planned_at=after(60))
    made = runs_after(run, [*_those(left, right), Descendant(last.job, remote=True)], IdSequence(Random(1)), after(61))
    by_job = {each.job_id: (each, waits) for each, waits in made}
    assert len({each.id for each, _ in made} | {run.id}) == 4
    for each, _ in made:
        assert (each.state, each.due_at, each.queued_at, each.planned_at) == (
            RunState.BLOCKED, after(60), None, after(60),
        )  # fmt: skip
    [parent] = by_job[left.job.id][1].parents
    assert (parent.job_id, parent.wait_for) == (run.id, WaitFor.SUCCEEDED)
    [parent] = by_job[right.job.id][1].parents
    assert (parent.job_id, parent.wait_for) == (run.id, WaitFor.FAILED)
    joined, waits = by_job[last.job.id]
    assert [parent.job_id for parent in waits.parents] == [by_job[each.job.id][0].id for each in (left, right)]
    assert (waits.join, joined.remote, by_job[left.job.id][0].type) == (ANY, True, "left")


def test_a_run_expires_counted_from_when_its_root_was_due() -> None:
    root, child = recurring(), descendant(recurring())
    overrides = child.job.overrides.__class__(expires_in_seconds=30)
    child = Submission(job=job_with(descendant(root).job, overrides=overrides), run=None)
    [(run, _)] = runs_after(run_of(root.job, due_at=NOW), _those(child), IdSequence(Random(1)), after(1))
    assert run.expires_at == after(30)
